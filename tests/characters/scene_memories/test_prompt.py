"""What a model is asked about a scene."""

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.language import reading_length
from characters.prompting import PromptMessage, PromptTooLongError
from characters.scene_memories import SceneMemoryDraft, SceneMemoryPrompt, prompt_length

SCENE = [("Anna", "Did you bring the letter?"), ("BEN", "I have it here."), ("Anna", "Good.")]


def count(text: str) -> int:
    return round(reading_length(text))


def ask(
    lines: list[tuple[str, str]] = SCENE,
    style: Literal["chat", "completion"] = "completion",
    *,
    small: bool = False,
    budget: int = 3_000,
) -> SceneMemoryPrompt:
    draft = SceneMemoryDraft("Ben", "en", lines, {"BEN", "Ben"}, style, small=small)
    return draft.fit(dict(zip(draft.pieces(), map(count, draft.pieces()), strict=True)).get, budget)  # type: ignore[arg-type]  # only known pieces are counted


def text_of(prompt: SceneMemoryPrompt) -> str:
    if isinstance(prompt.content, str):
        return prompt.content
    return "\n".join(message.content for message in prompt.content)


def test_a_text_to_continue_ends_with_the_answers_first_word() -> None:
    prompt = ask()
    assert isinstance(prompt.content, str)
    assert prompt.content.endswith(
        "A scene:\nAnna: Did you bring the letter?\nBen: I have it here.\nAnna: Good.\n\n"
        "What Ben remembers of this scene, in one or two sentences:\nI"
    )
    assert prompt.content.startswith("A scene:\nNora: Tom, where is the small screwdriver?\n")
    assert (prompt.opening, prompt.lines_shown) == ("I", 3)


@pytest.mark.parametrize(("small", "roles"), [(False, "suaua"), (True, "sua")])
def test_a_model_that_chats_gets_messages(small: bool, roles: str) -> None:
    prompt = ask(style="chat", small=small)
    assert not isinstance(prompt.content, str)
    assert "".join(message.role[0] for message in prompt.content) == roles
    assert "You are Ben" in prompt.content[0].content
    assert "Ben: I have it here.\n" in prompt.content[-2].content
    assert prompt.content[-1] == PromptMessage("assistant", "I")


def test_chinese_scenes_are_asked_about_in_chinese() -> None:
    draft = SceneMemoryDraft("老周", "zh", [("老周", "灯亮了。")], {"老周"}, "chat", small=False)
    prompt = draft.fit(count, 2_000)
    assert "你是下面这场戏里的老周" in text_of(prompt)
    assert "老周：灯亮了。\n" in text_of(prompt)
    assert prompt.opening == "我"


def test_of_a_long_scene_the_characters_lines_stay_from_all_over_it() -> None:
    lines = [
        ("Ben" if at % 10 == 5 else "Anna", f"Line {at} about the ferry and the harbour lamp.")
        for at in range(200)
    ]
    text = text_of(ask(lines))
    own = [at for at in range(200) if f"Ben: Line {at} " in text]
    assert own == list(range(5, 200, 10))
    assert all(f"Anna: Line {at - 1} " in text for at in own)  # what it answers
    assert "\n…\n" in text


def test_of_one_that_only_the_character_speaks_in_lines_from_all_over_stay() -> None:
    lines = [("Ben", f"Line {at}: " + "the ferry sails again " * 8) for at in range(300)]
    text = text_of(ask(lines, small=True))
    shown = [at for at in range(300) if f"Ben: Line {at}:" in text]
    assert 3 < len(shown) < 20
    for third in (range(100), range(100, 200), range(200, 300)):
        assert set(third) & set(shown)


def test_a_long_line_is_cut_off() -> None:
    text = text_of(ask([("Ben", "lamp " * 10_000)]))
    assert text.count("lamp") < 60
    assert "…" in text


def test_where_nothing_fits_it_says_so() -> None:
    with pytest.raises(PromptTooLongError):
        ask(budget=50)
    with pytest.raises(PromptTooLongError):
        ask([])


@given(
    lines=st.lists(st.tuples(st.sampled_from(["Ben", "Anna"]), st.text(max_size=400)), max_size=80),
    style=st.sampled_from(["chat", "completion"]),
    small=st.booleans(),
    budget=st.integers(0, 4_000),
)
def test_it_never_exceeds_its_budget(
    lines: list[tuple[str, str]],
    style: Literal["chat", "completion"],
    small: bool,
    budget: int,
) -> None:
    try:
        prompt = ask(lines, style, small=small, budget=budget)
    except PromptTooLongError:
        return
    pieces = text_of(prompt).splitlines(keepends=True)
    # Counted piece by piece, as the draft does; rounding can add half a token a line.
    assert reading_length(text_of(prompt)) <= budget + 0.5 * len(pieces) + 5
    assert 0 < prompt.lines_shown <= len(lines)


def test_the_cost_told_beforehand_is_about_that_of_the_prompt() -> None:
    lines = [("Ben", f"Line {at} about the ferry and the lamp.") for at in range(20)]
    length = sum(reading_length(f"{speaker}: {text}\n") for speaker, text in lines)
    asked = reading_length(text_of(ask(lines, "chat")))
    assert asked <= prompt_length(length, "en") <= 1.4 * asked
    assert prompt_length(10**6, "en") < 1_500
