"""Where lore stands in the two layouts, and what gives way to what."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.lorebooks.model import Placement
from characters.prompting import (
    ChatDraft,
    CompletionDraft,
    Lore,
    Persona,
    Prompt,
    PromptDraft,
    PromptMessage,
    Utterance,
)
from tests.characters.test_prompting import ASKED, EXAMPLES, SANSAN, Make, both, fit, text_of

BEFORE = Lore("灯塔建于一九零三年。", Placement("before_char"))
AFTER = Lore("雾号已经哑了。", Placement("after_char"))
TALK = [*ASKED, Utterance("character", "三三。"), Utterance("user", "然后呢")]


def completion(*lore: Lore, history: list[Utterance] = TALK) -> str:
    return text_of(fit(CompletionDraft(SANSAN, EXAMPLES, history, lore=lore)))


def chat(*lore: Lore, history: list[Utterance] = TALK) -> list[PromptMessage]:
    content = fit(ChatDraft(SANSAN, EXAMPLES, history, lore=lore)).content
    assert isinstance(content, list)
    return content


def at_depth(text: str, depth: int, role: str = "system") -> Lore:
    return Lore(text, Placement("depth", depth, role))  # type: ignore[arg-type]  # one of three


class TestCompletion:
    def test_it_surrounds_the_profile(self) -> None:
        plain = completion()
        assert "以下是三三的人设：\n话不多。\n\n" in plain
        expected = f"以下是三三的人设：\n{BEFORE.text}\n话不多。\n{AFTER.text}\n\n"
        assert completion(AFTER, BEFORE) == plain.replace(
            "以下是三三的人设：\n话不多。\n\n", expected
        )

    @pytest.mark.parametrize("position", ["personality", "scenario"])
    def test_what_belongs_to_a_part_of_the_profile_follows_it(self, position: str) -> None:
        lore = Lore("细节。", Placement(position))  # type: ignore[arg-type]  # one of five
        assert "话不多。\n细节。\n" in completion(lore)

    def test_examples_stay_in_front_of_it_for_the_cache(self) -> None:
        plain, told = completion(), completion(BEFORE, AFTER)
        start = plain.index("话不多。")
        assert told[:start] == plain[:start]

    @pytest.mark.parametrize(
        ("lore", "expected"),
        [
            (at_depth("铃响了。", 0), "小明:然后呢\n铃响了。\n\n三三:"),
            (at_depth("铃响了。", 1, "user"), "三三:三三。\n小明:铃响了。\n小明:然后呢\n"),
            (at_depth("铃响了。", 2, "assistant"), "小明:你是谁\n三三:铃响了。\n三三:三三。\n"),
            (at_depth("铃响了。", 99), "铃响了。\n小明:你是谁\n"),
        ],
    )
    def test_at_a_depth_it_stands_among_the_lines(self, lore: Lore, expected: str) -> None:
        assert expected in completion(lore)


class TestChat:
    def test_what_is_always_there_stands_by_the_profile(self) -> None:
        system = chat(Lore("灯塔建于一九零三年。", Placement("before_char"), lasting=True))[0]
        assert "三三的资料：灯塔建于一九零三年。\n话不多。" in system.content

    def test_what_this_turn_called_up_stands_in_front_of_the_line_to_answer(self) -> None:
        plain, told = chat(), chat(BEFORE, AFTER)
        assert told[:-1] == plain[:-1]
        notes = f"（{BEFORE.text}）\n（{AFTER.text}）\n"
        assert told[-1].content == notes + plain[-1].content

    def test_at_a_depth_it_stands_in_front_of_the_users_line_there(self) -> None:
        plain, told = chat(), chat(at_depth("远。", 9), at_depth("铃响了。", 2))
        first = next(at for at, message in enumerate(plain) if "你是谁" in message.content)
        assert told[first].content == "（远。）\n" + plain[first].content
        assert told[-1].content == "（铃响了。）\n" + plain[-1].content

    def test_roles_still_take_turns(self) -> None:
        lore = [at_depth(str(depth), depth, "assistant") for depth in range(5)]
        roles = [message.role for message in chat(*lore)]
        assert roles == [message.role for message in chat()]

    def test_without_a_line_to_answer_it_stands_by_the_profile(self) -> None:
        assert "灯塔" in chat(BEFORE, history=[])[0].content


@both
def test_a_prompt_without_lore_is_the_prompt_as_it_was(make: Make) -> None:
    assert fit(make(SANSAN, EXAMPLES, TALK, lore=[])) == fit(make(SANSAN, EXAMPLES, TALK))


@both
def test_the_least_important_goes_first_and_what_is_shown_is_told(make: Make) -> None:
    lore = [
        Lore("轻" * 30, Placement("after_char"), importance=1),
        Lore("重" * 30, Placement("after_char"), importance=9),
    ]
    bare = least(make(SANSAN, [], ASKED))
    draft = make(SANSAN, [], ASKED, lore=lore)
    prompt = fit(draft, bare + 40)
    assert prompt.lore_shown == (1,)
    assert "重" in text_of(prompt)
    assert "轻" not in text_of(prompt)
    assert fit(draft, bare).lore_shown == ()


@both
def test_examples_give_way_to_lore(make: Make) -> None:
    plain = fit(make(SANSAN, EXAMPLES, ASKED))
    told = fit(make(SANSAN, EXAMPLES, ASKED, lore=[BEFORE]), plain.tokens)
    assert told.lore_shown == (0,)
    assert len(told.examples_shown) < len(EXAMPLES)


positions = st.sampled_from(["before_char", "after_char", "personality", "scenario", "depth"])
placements = st.builds(
    Placement, positions, st.integers(0, 6), st.sampled_from(["system", "user", "assistant"])
)
entries = st.builds(
    Lore,
    st.text(st.sampled_from("灯塔雾{}%\n"), min_size=1, max_size=30).filter(str.strip),
    placements,
    st.booleans(),
    st.floats(-5, 5),
)


@both
@given(lore=st.lists(entries, max_size=6), room=st.integers(0, 300))
def test_whatever_lore_there_is_the_budget_holds(make: Make, lore: list[Lore], room: int) -> None:
    persona = Persona("Bev", "Drives a horse.", "en", "Sam")
    history = [Utterance("user", "a"), Utterance("character", "b"), Utterance("user", "c")]
    budget = least(make(persona, EXAMPLES, history)) + room
    prompt = fit(make(persona, EXAMPLES, history, lore=lore), budget)
    assert prompt.tokens <= budget
    assert list(prompt.lore_shown) == sorted(set(prompt.lore_shown))
    text = text_of(prompt)
    assert all(lore[number].text.strip() in text for number in prompt.lore_shown)


def least(draft: PromptDraft) -> int:
    """The smallest budget with which the draft is no error."""
    low, high = 0, fit(draft).tokens
    while low < high:
        middle = (low + high) // 2
        if fits(draft, middle):
            high = middle
        else:
            low = middle + 1
    return high


def fits(draft: PromptDraft, budget: int) -> Prompt | None:
    from characters.prompting import PromptTooLongError

    try:
        return fit(draft, budget)
    except PromptTooLongError:
        return None
