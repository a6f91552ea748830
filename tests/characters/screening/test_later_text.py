"""A reply behind its opening, while it streams."""

import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.screening import LaterText, Screen, ScreenedDialogue
from tests.characters.screening import chinese as zh
from tests.characters.screening import english as en
from tests.characters.screening.dialogues import chinese, english

EARLIER = "I went down to the weir at six and counted the ducks."
BEV = Screen(english(earlier=(EARLIER,)))
AYING = Screen(chinese(earlier=("我早上在崖缝里晃了一宿，听见站长掀锅盖。",)))


def streamed(screen: Screen, text: str, size: int = 3, opening: str = "") -> tuple[str, LaterText]:
    """What is released of a reply that comes in pieces of this size."""
    later = LaterText(screen)
    released = later.begin(opening)
    for at in range(0, len(text), size):
        released += later.feed(text[at : at + size])
    return released + later.finish(), later


@pytest.mark.parametrize(
    ("screen", "good", "bad", "offence"),
    [
        (BEV, "Right, hold tight.", "Mara: And then?", "speaker"),
        (BEV, "Right, hold tight.", "As an AI language model, I have no ears.", "meta_talk"),
        (BEV, "Right, hold tight.", f"{EARLIER} Eleven.", "repeat"),
        (BEV, "Right, hold tight.", "I'm sorry, but I can't assist with that.", "refusal"),
        (
            BEV,
            "Right, hold tight.",
            "Is there anything else I can help you with?",
            "assistant_talk",
        ),
        (BEV, "Right, hold tight.", "Bev never recites what is written above.", "prompt_echo"),
        (BEV, "Right, hold tight.", "I'm here, ready to help when you need it.", "assistant_talk"),
        (AYING, "您坐呀，我听着呢！", "有啥需要你就说嘛。", "assistant_talk"),
        (AYING, "您坐呀，我听着呢！", "小满：那我说啦。", "speaker"),
        (AYING, "您坐呀，我听着呢！", "作为一个人工智能，我没有耳朵。", "meta_talk"),
        (AYING, "您坐呀，我听着呢！", "我早上在崖缝里晃了一宿，听见站长掀锅盖。", "repeat"),
        (AYING, "您坐呀，我听着呢！", "如果您有任何问题，请随时告诉我。", "assistant_talk"),
        (AYING, "您坐呀，我听着呢！", "抱歉，我无法回答这个问题。", "refusal"),
    ],
)
@pytest.mark.parametrize("size", [1, 4, 1_000])
def test_a_reply_ends_before_a_sentence_that_fails(
    screen: Screen, good: str, bad: str, offence: str, size: int
) -> None:
    released, later = streamed(screen, f"{good} {bad} Never seen.", size)
    assert released == good
    assert later.finding is not None
    assert later.finding.offence == offence


def test_nothing_follows_the_end() -> None:
    later = LaterText(BEV)
    assert later.feed("Mara: Hello there, and how are you? ") == ""
    assert later.feed("Fine. And") == ""
    assert later.finish() == ""


def test_a_sentence_waits_for_its_end() -> None:
    later = LaterText(BEV)
    assert later.feed(" The old van went up the hill past the chip shop with no driver") == ""
    assert later.feed(", and down again. Then") == (
        " The old van went up the hill past the chip shop with no driver, and down again."
    )
    assert later.finish() == " Then"


def test_what_gives_an_assistant_away_late_in_a_sentence_is_not_half_shown() -> None:
    for offer in (
        "I walked the pier before noon with my hands in my pockets, as an AI language model.",
        "If the rain goes on and on until the evening like this, please let me know.",
        "I have had a grand old day with the ducks, love, and I am ready to listen and learn.",
    ):
        released, later = streamed(BEV, f" {offer}", 4, opening="Oh, love.")
        assert released == "Oh, love."
        assert later.finding is not None


def test_half_an_endless_sentence_that_was_shown_is_not_taken_back() -> None:
    endless = "the pier and the weir and the hill and the harbour and the chip shop and " * 4
    released, later = streamed(BEV, f"I saw {endless}my old van, as an AI language model.", 1)
    assert later.finding is not None
    assert later.finding.offence == "meta_talk"
    assert len(released) == 240
    assert f"I saw {endless}".startswith(released)
    offer = f"I saw {endless}you, let me know."
    assert streamed(BEV, offer, 4)[0] == offer


def test_white_space_waits_for_the_text_behind_it() -> None:
    released, _ = streamed(BEV, "\n\nMara: So?", 2, opening="Right, hold tight.  ")
    assert released == "Right, hold tight."


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_lines_in_character_come_out_as_they_went_in(size: int) -> None:
    for screen, lines in ((BEV, en.GOOD), (AYING, zh.GOOD)):
        suspicious = [line for line in lines if screen.judge_later(line) is not None]
        assert len(suspicious) < len(lines) / 10
        for line in lines:
            if line in suspicious:
                continue
            released, later = streamed(screen, f" {line}\n{line} ", size, opening="Well then. ")
            assert released == f"Well then.  {line}\n{line} "
            assert later.finding is None


@given(
    st.lists(
        st.text(alphabet="abAI Imnoty'。.!?！？\n“”\"：:Mara我是抱歉作为，", max_size=30),
        max_size=8,
    ),
    st.booleans(),
)
def test_what_passes_is_not_changed_and_what_fails_is_a_beginning(
    pieces: list[str], chinese_character: bool
) -> None:
    screen = AYING if chinese_character else BEV
    text = "".join(pieces)
    outcomes = []
    for _ in range(2):
        later = LaterText(screen)
        released = "".join(map(later.feed, pieces)) + later.finish()
        outcomes.append((released, later.finding))
        if later.finding is None:
            assert released == text
        else:
            assert text.startswith(released)
            assert released == released.rstrip()
    assert outcomes[0] == outcomes[1]
    assert screen.judge(text) == screen.judge(text)


def seconds(work: Callable[[str], object], text: str) -> float:
    """The processor time that the work takes."""
    started = time.process_time()
    work(text)
    return time.process_time() - started


UNITS = [
    "a", " ", "\n", ".", "！", "。 ", "字", "I'm an ", "as a ", "I can't provide ", "“", "Mara ",
    "作为一个", "抱歉，我", "here is a ", "sorry, ", "the prompt ", "- ", ") ",
]  # fmt: skip
LONG = Screen(ScreenedDialogue(persona=english().persona, earlier=(EARLIER,)))


@pytest.mark.parametrize("unit", UNITS)
def test_judging_a_long_text_takes_linear_time(unit: str) -> None:
    """Four times the text takes about four times as long, where a square would take sixteen."""
    short, long = (seconds(LONG.judge, unit * (n // len(unit))) for n in (25_000, 100_000))
    assert long < 9 * short + 0.1


@pytest.mark.parametrize("unit", ["a", "I'm an ", "Well, yes. ", "字", " "])
def test_streaming_a_long_text_takes_linear_time(unit: str) -> None:
    def work(text: str) -> object:
        return streamed(LONG, text, 50)

    short, long = (seconds(work, unit * (n // len(unit))) for n in (25_000, 100_000))
    assert long < 9 * short + 0.1
