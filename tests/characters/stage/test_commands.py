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
        ("@Kitty is no one", Typed("@Kitty is no one")),
        ("/whisper Kit, Bev took the horse", Typed("Bev took the horse", ("kit",))),
        ("/whisper Kit and Bev took it", Typed("and Bev took it", ("kit",))),
        ("/whisper Kit, Bev, Kit: now", Typed("now", ("kit", "bev"))),
        ("／whisper 凯：钥匙", Typed("钥匙", ("kai",))),
        ("／w 凯 钥匙", Typed("钥匙", ("kai",))),
        ("/whisper 凯和阿英：走", Typed("走", ("kai", "ying"))),
        ("/whisper 凯文：走", Typed("走", ("kaiwen",))),
        ("/whisper Sam Trent: go", Typed("go", ("young",))),
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
