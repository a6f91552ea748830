"""The prompt of a summary, within a budget."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.prompting import Persona, PromptTooLongError, Utterance
from characters.prompting.summary_prompt import SummaryDraft, SummaryPrompt

SANSAN = Persona("三三", "话不多。", "zh", "小明")
BEV = Persona("Bev", "Drives a horse.", "en", "Sam")
TALK = [
    Utterance("user", "Where is\nthe horse?"),
    Utterance("character", "In the stable."),
    Utterance("user", "And the cart?"),
    Utterance("character", "Behind it."),
]
styles = pytest.mark.parametrize("style", ["chat", "completion"])


def fit(draft: SummaryDraft, budget: int = 10_000) -> SummaryPrompt:
    """With a token for each character, and counts for nothing but the draft's own pieces."""
    counts = {piece: len(piece) for piece in draft.pieces()}
    return draft.fit(counts.__getitem__, budget)


def text_of(prompt: SummaryPrompt) -> str:
    if isinstance(prompt.content, str):
        return prompt.content
    return "\n".join(message.content for message in prompt.content)


def make(style: str, *, summary: str = "", small: bool = False) -> SummaryDraft:
    return SummaryDraft(BEV, summary, TALK, style, small=small)  # type: ignore[arg-type]  # of two


@styles
def test_it_shows_the_lines_and_begins_the_answer(style: str) -> None:
    prompt = fit(make(style))
    assert "Sam: Where is the horse?\nBev: In the stable.\nSam: And the cart?" in text_of(prompt)
    assert text_of(prompt).endswith("Sam and Bev")
    assert (prompt.opening, prompt.covered) == ("Sam and Bev", 4)
    assert "What happened so far" not in text_of(prompt)


@styles
def test_what_came_before_goes_into_it(style: str) -> None:
    text = text_of(fit(make(style, summary="They met.")))
    assert text.index("What happened so far: They met.") < text.index("Where is the horse?")


@styles
def test_it_is_in_the_characters_language(style: str) -> None:
    lines = [Utterance("user", "你在吗？"), Utterance("character", "在。")]
    draft = SummaryDraft(SANSAN, "", lines, style, small=False)  # type: ignore[arg-type]  # of two
    text = text_of(fit(draft))
    assert "小明：你在吗？\n三三：在。\n" in text
    assert text.endswith("小明和三三")
    assert not any(letter.isascii() and letter.isalpha() for letter in text)


@styles
def test_the_oldest_lines_go_first_where_not_all_fit(style: str) -> None:
    draft = make(style)
    everything = len(text_of(fit(draft)))
    covered = []
    for budget in range(everything + 50, 0, -1):
        try:
            prompt = fit(draft, budget)
        except PromptTooLongError:
            break
        covered.append(prompt.covered)
        shown = [line.text.split()[-1] in text_of(prompt) for line in TALK]
        assert shown == [n < prompt.covered for n in range(4)]
    assert covered == sorted(covered, reverse=True)
    assert set(covered) == {1, 2, 3, 4}


def test_a_small_model_gets_fewer_lines() -> None:
    lines = [Utterance("user", f"Line {n}.") for n in range(100)]
    for small, most in ((False, 40), (True, 16)):
        assert fit(SummaryDraft(BEV, "", lines, "chat", small=small)).covered == most


@given(st.text(max_size=3_000))
def test_no_line_is_long(text: str) -> None:
    draft = SummaryDraft(BEV, "", [Utterance("user", text)], "chat", small=False)
    line = draft.pieces()[1]
    assert line.endswith("\n")
    assert line.count("\n") == 1
    assert len(line) <= 460
