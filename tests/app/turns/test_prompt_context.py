"""Which lines a prompt may show, and what stands beside them."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.turns.dialogue_context import DialogueContext
from app.turns.prompt_budget import PromptBudget
from app.turns.prompt_context import PromptContext, open_context
from characters.language import Language
from characters.prompting import Utterance, summary_lore
from tests.app.turns.prompts import dialogue, lore, memory, overheard, persona


def monologue(*lengths: int) -> DialogueContext:
    return DialogueContext(
        persona=persona(), history=[Utterance("user", "x" * length) for length in lengths]
    )


def test_all_lines_of_a_short_dialogue() -> None:
    talk = dialogue("Hi.", "Yes?", "Is it burning?")
    context = open_context(talk, [lore("The lamp is old.")], PromptBudget(prompt=100))
    assert context.history == talk.history
    assert [each.text for each in context.inserted] == ["The lamp is old."]


def test_what_cannot_fit_is_skipped_in_whole_hundreds() -> None:
    # Ten tokens have at most 160 characters: of 350 lines of one letter, 190 are too many.
    assert open_context(monologue(*[1] * 350), (), PromptBudget(prompt=10)).shown_from == 100
    assert open_context(monologue(*[1] * 360), (), PromptBudget(prompt=10)).shown_from == 100
    assert open_context(monologue(*[1] * 361), (), PromptBudget(prompt=10)).shown_from == 200
    # 259 lines of which 98 are beyond the 160: not a hundred yet.
    assert open_context(monologue(*[1] * 259), (), PromptBudget(prompt=10)).shown_from == 0


@given(
    lengths=st.lists(st.sampled_from([0, 1, 15, 400]), min_size=1, max_size=450),
    tokens=st.integers(1, 60),
)
def test_no_line_that_could_fit_is_skipped(lengths: list[int], tokens: int) -> None:
    context = open_context(monologue(*lengths), (), PromptBudget(prompt=tokens))
    skipped = context.shown_from
    assert skipped % 100 == 0
    assert skipped < len(lengths)  # the newest line always stays
    assert skipped == 0 or sum(lengths[skipped:]) > tokens * 16


@given(length=st.integers(1, 40), tokens=st.integers(1, 100))
def test_the_beginning_only_moves_forward_as_a_dialogue_grows(length: int, tokens: int) -> None:
    budget = PromptBudget(prompt=tokens)
    starts = [
        open_context(monologue(*[length] * count), (), budget).shown_from
        for count in range(1, 700, 50)
    ]
    assert all(earlier <= later for earlier, later in pairwise(starts))


@pytest.mark.parametrize(
    ("language", "summary", "text"),
    [
        ("en", "They met\nat sea.", "What happened so far: They met at sea."),
        ("zh", "他们在海上相遇。", "此前的经过：他们在海上相遇。"),
    ],
)
def test_a_summary_stands_for_the_lines_it_covers(
    language: Language, summary: str, text: str
) -> None:
    talk = dialogue("A.", "B.", "C.", "D.", "E.", summary=summary, covered=2, language=language)
    context = open_context(talk, (), PromptBudget(prompt=300))
    assert [line.text for line in context.history] == ["C.", "D.", "E."]
    assert [each.text for each in context.inserted] == [text]


def test_a_summary_longer_than_a_third_of_the_prompt_is_not_used() -> None:
    # Three letters are a token: 90 letters fill the third of 90 tokens.
    talk = dialogue("A.", "B.", "C.", summary="x" * 90, covered=2)
    assert open_context(talk, (), PromptBudget(prompt=90)).shown_from == 2
    talk = dialogue("A.", "B.", "C.", summary="x" * 91, covered=2)
    context = open_context(talk, (), PromptBudget(prompt=90))
    assert (context.shown_from, context.inserted) == (0, [])


def test_lines_behind_a_summary_that_cannot_fit_are_skipped_too() -> None:
    talk = DialogueContext(
        persona=persona(),
        history=[Utterance("user", "x" * 160)] * 350,
        summary="So it was.",
        covered=20,
    )
    assert open_context(talk, (), PromptBudget(prompt=160)).shown_from == 300


def test_what_a_prompt_shows_is_found_by_its_number() -> None:
    context = PromptContext(
        dialogue=dialogue("Hi."),
        shown_from=0,
        lore=[lore("one"), lore("two", 1)],
        memories=[memory(7, "three")],
        overheard=[overheard(9, "four")],
        summary=[summary_lore("en", "five")],
    )
    texts = [each.text for each in context.inserted]
    assert texts == ["one", "two", "three", "four", "What happened so far: five"]
    shown = context.shown([4, 3, 1])
    assert [each.text for each in shown.lore] == ["two"]
    assert shown.memories == []
    assert [each.number for each in shown.overheard] == [9]
    shown = context.shown(iter([2, 0]))
    assert [each.text for each in shown.lore] == ["one"]
    assert [each.number for each in shown.memories] == [7]
    assert shown.overheard == []
