"""What a user types on a stage."""

import pytest

from characters.stage.commands import (
    AmbiguousNameError,
    Names,
    Typed,
    UnknownCommandError,
    UnknownNameError,
    read_typed,
)

NAMES: Names = {
    "bev": ["Bev Ruddock", "Bev"],
    "kit": ["Kit"],
    "ying": ["阿英", "英"],
    "kai": ["凯"],
    "kaiwen": ["凯文"],
    "old": ["Sam Weller", "Sam"],
    "young": ["Sam Trent", "Sam"],
}


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("Hello, all.", Typed("Hello, all.")),
        ("/whisper Kit the key is here", Typed("the key is here", ("kit",))),
        ("/w bev ruddock, Kit: the key", Typed("the key", ("bev", "kit"))),
        ("/whisper Bev and Kit: now", Typed("now", ("bev", "kit"))),
        ("/whisper 阿英：钥匙在井里", Typed("钥匙在井里", ("ying",))),
        ("/direct The lights go out.", Typed("The lights go out.", None, True)),
        ("@Kit where is it?", Typed("Kit where is it?", asked="kit")),
        ("And you, @Bev?", Typed("And you, Bev?", asked="bev")),
        ("mail me at a@b.example", Typed("mail me at a@b.example")),
        ("write to sam@kit.example", Typed("write to sam@kit.example")),
        ("请＠凯 过来", Typed("请凯 过来", asked="kai")),
        ("@Kitty is no one", Typed("@Kitty is no one")),
        ("/whisper Kit, Bev took the horse", Typed("Bev took the horse", ("kit",))),
        ("/whisper Kit and Bev took it", Typed("and Bev took it", ("kit",))),
        ("/whisper Kit, Bev, Kit: now", Typed("now", ("kit", "bev"))),
        ("／whisper 凯：钥匙", Typed("钥匙", ("kai",))),
        ("／w 凯 钥匙", Typed("钥匙", ("kai",))),
        ("/whisper 凯和阿英：走", Typed("走", ("kai", "ying"))),
        ("/whisper 凯文：走", Typed("走", ("kaiwen",))),
        ("/whisper Sam Trent: go", Typed("go", ("young",))),
        ("/whisper Kit, Bev, and 阿英: now", Typed("now", ("kit", "bev", "ying"))),
        ("/whisper Kit, and Bev took it", Typed("and Bev took it", ("kit",))),
        ("/whisper @Kit, @Bev: now", Typed("now", ("kit", "bev"))),
        ("/whisper ＠凯：走", Typed("走", ("kai",))),
        ("left/right, and/or", Typed("left/right, and/or")),
        ("see http://w.example/d ", Typed("see http://w.example/d")),
    ],
)
def test_commands(text: str, typed: Typed) -> None:
    assert read_typed(text, NAMES) == typed


@pytest.mark.parametrize(
    "text",
    [
        "/whispers Kit: the key",
        "/whisper: Kit the key",
        "／whispers Kit the key",
        "/shrug",
        "/ whisper Kit: the key",
        "@Kit /whisper Bev: the key",
        "@Kit/whisper Bev: the key",
        "Well. /w Bev the key",
        "/direct /whisper Kit: he faints",
        "/whisper Kit: /whisper Bev: the key",
        "凯/whisper 阿英：钥匙",
    ],
)
def test_what_may_be_a_slip_is_never_said_aloud(text: str) -> None:
    with pytest.raises(UnknownCommandError):
        read_typed(text, NAMES)


@pytest.mark.parametrize("text", ["/whisper Sam: go", "@Sam go", "/w Kit, Sam: go"])
def test_a_name_that_two_have_is_refused(text: str) -> None:
    with pytest.raises(AmbiguousNameError, match=r"Sam may be Sam Weller or Sam Trent"):
        read_typed(text, NAMES)
    assert read_typed("/whisper Sam: go", NAMES, ["old"]) == Typed("go", ("young",))


def test_a_name_that_is_shown_is_no_one_elses() -> None:
    """Where a name is all of one's and only another name of the other's."""
    names: Names = {"second": ["Kit 2", "Kit"], "first": ["Kit"]}
    assert read_typed("/whisper Kit: go", names) == Typed("go", ("first",))
    assert read_typed("/whisper kit 2: go", names) == Typed("go", ("second",))
    assert read_typed("@Kit go", names).asked == "first"


@pytest.mark.parametrize("text", ["/whisper 凯文：走", "/w 凯文 走", "/w Kit, 凯文: go"])
def test_those_away_hear_nothing_and_nobody_in_their_place(text: str) -> None:
    with pytest.raises(UnknownNameError):
        read_typed(text, NAMES, ["kaiwen"])


@pytest.mark.parametrize(
    "text", ["/whisper Nora hello", "/whisper", "/w  ", "/w 凯钥匙在井里", "/w Kit's key"]
)
def test_a_whisper_to_nobody_is_refused(text: str) -> None:
    with pytest.raises(UnknownNameError):
        read_typed(text, NAMES)


def test_a_whisper_says_what_is_wrong_with_its_name() -> None:
    with pytest.raises(UnknownNameError, match=r"^No one here is called Nora\. Write"):
        read_typed("/whisper @Nora: the key", NAMES)
    for text in ("/whisper", "/w : the key", "/whisper @"):
        with pytest.raises(UnknownNameError, match=r"^Say who hears the whisper") as refused:
            read_typed(text, NAMES)
        assert refused.value.code == "unknown_command"
