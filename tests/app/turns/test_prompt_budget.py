"""How the tokens of a prompt are allotted, worked out by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engines.port import Sampling
from app.turns.prompt_budget import PromptBudget, budget_of
from tests.app.turns.prompts import LIMITS

REPLY = Sampling(max_tokens=512)


@pytest.mark.parametrize(("share", "tokens"), [(1.0, 4_096 - 512 - 16), (0.75, 3_072 - 512 - 16)])
def test_the_reply_and_a_little_spare_are_left_out(share: float, tokens: int) -> None:
    assert budget_of(LIMITS, REPLY, share).prompt == tokens


def test_the_shares_of_a_usual_prompt() -> None:
    budget = PromptBudget(prompt=3_600)
    assert budget.lore == 900
    assert budget.summary == 1_200
    assert budget.most_overheard == 200  # a sixteenth would be 225
    assert budget.most_memories(400) == 400  # an eighth would be 450


def test_the_shares_of_a_small_prompt() -> None:
    budget = PromptBudget(prompt=1_600)
    assert budget.most_overheard == 100
    budget.overheard = 100
    assert budget.unreserved == 1_500
    assert budget.most_memories(400) == 187  # an eighth of what the passages leave


def test_examples_get_what_the_rest_leaves_and_no_more_than_they_may() -> None:
    budget = PromptBudget(prompt=1_000, overheard=60, memories=40)
    assert budget.leave_for_examples(600, 2_000) == budget.examples == 300
    assert budget.leave_for_examples(600, 250) == budget.examples == 250
    assert budget.leave_for_examples(901, 250) == budget.examples == 0


@given(
    prompt=st.integers(0, 100_000),
    others=st.integers(0, 100_000),
    memories=st.integers(0, 5_000),
    examples=st.integers(0, 5_000),
)
def test_everything_together_never_exceeds_the_prompt(
    prompt: int, others: int, memories: int, examples: int
) -> None:
    budget = PromptBudget(prompt=prompt)
    budget.overheard = budget.most_overheard
    budget.memories = budget.most_memories(memories)
    left = budget.leave_for_examples(others, examples)
    assert budget.memories <= memories
    assert left <= examples
    if others <= budget.unreserved:
        assert budget.overheard + budget.memories + others + left <= prompt
    else:
        assert left == 0
