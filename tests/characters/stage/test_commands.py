"""What a user types on a stage."""

import pytest

from characters.stage.commands import Names, Typed, UnknownNameError, read_typed

NAMES: Names = {
    "bev": ["Bev Ruddock", "Bev"],
    "kit": ["Kit"],
    "ying": ["阿英", "英"],
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
        ("/whispering is rude", Typed("/whispering is rude")),
    ],
)
def test_commands(text: str, typed: Typed) -> None:
    assert read_typed(text, NAMES) == typed


@pytest.mark.parametrize("text", ["/whisper Nora hello", "/whisper", "/w  "])
def test_a_whisper_to_nobody_is_refused(text: str) -> None:
    with pytest.raises(UnknownNameError):
        read_typed(text, NAMES)
