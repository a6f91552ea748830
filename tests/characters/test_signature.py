"""A character's signature line."""

from characters.scripts.model import Line, Scene
from characters.signature import signature_line


def scenes(*lines: tuple[str, str]) -> list[Scene]:
    return [Scene([Line(speaker, text, row) for row, (speaker, text) in enumerate(lines, 1)], 1)]


def test_it_is_complete_and_its_own() -> None:
    play = scenes(
        ("Ben", "Where is the letter that you were to bring?"),
        ("Ben", "I keep the lamp. I keep the lamp myself."),
        ("Anna", "Nobody keeps a lamp like that by night alone."),
        ("Ben", "Hm."),
        ("Ben", "And then I thought that perhaps…"),
    )
    assert signature_line(play, ["Ben"]) == "I keep the lamp. I keep the lamp myself."
    assert signature_line(play, ["Anna"]) == "Nobody keeps a lamp like that by night alone."


def test_directions_are_left_out_and_names_of_others_avoided() -> None:
    play = scenes(
        ("阿应", "（小声）我今年四十一个字大！"),
        ("阿应", "老闻老闻，快来听呀，快来听！"),
        ("老闻", "登记了。"),
    )
    assert signature_line(play, ["阿应"]) == "我今年四十一个字大！"


def test_nothing_fit_is_nothing() -> None:
    assert signature_line([], ["Ben"]) is None
    assert signature_line(scenes(("Ben", "Why?"), ("Ben", "x" * 500 + ".")), ["Ben"]) is None
    assert signature_line(scenes(("Anna", "I keep the lamp myself.")), ["Ben"]) is None


def test_the_same_script_gives_the_same_line() -> None:
    play = scenes(*((name, f"I have the number {n} today.") for n in range(9) for name in "AB"))
    assert {signature_line(play, ["A"]) for _ in range(3)} == {"I have the number 0 today."}
