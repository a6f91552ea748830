"""What becomes of the lines that a prompt has no room for."""

import pytest

from app.conversations.history import BranchLine, Exchange
from app.db.ids import new_id
from app.db.models import Conversation
from app.turns.dialogue_context import DialogueContext
from app.turns.memory import ConversationPast, Memory, RecalledExchange, RecallResult
from app.turns.prompt_budget import PromptBudget
from app.turns.prompt_context import PromptContext
from app.turns.prompt_draft import draft_prompt
from app.turns.recall import RecalledMemories, recall_memories
from characters.prompting import Persona, PromptTooLongError
from tests.app.turns.prompts import LIMITS, dialogue, memory

pytestmark = pytest.mark.anyio

FRAME, LINE = 100, 10
"""Tokens of the instructions, and of every line."""


class Remembering(Memory):
    """Recalls what it is given, and notes for how many lines it was asked."""

    def __init__(self, *found: RecalledExchange, unknown: int = 0) -> None:
        self._found = found
        self._unknown = [Exchange(new_id(), "user", "a", "b", None)] * unknown
        self.asked: list[int] = []

    async def recall(self, past: ConversationPast, persona: Persona, dropped: int) -> RecallResult:
        self.asked.append(dropped)
        return RecallResult(self._found, self._unknown)


def count(piece: str) -> int:
    return FRAME if "Please play" in piece else LINE


def talk(lines: int, *, others: bool = False, past: bool = True) -> DialogueContext:
    conversation = Conversation(remembers_others=others)
    spoken = [BranchLine("user", "x", new_id(), None)] * lines
    said = [f"line {number}" for number in range(lines)]
    return dialogue(*said, past=ConversationPast(conversation, spoken) if past else None)


async def recalled(
    of: DialogueContext, budget: PromptBudget, remembering: Memory, *, shown_from: int = 0
) -> RecalledMemories:
    context = PromptContext(dialogue=of, shown_from=shown_from)
    frame = draft_prompt(LIMITS, context)
    return await recall_memories(context, frame, count, budget, remembering, most=50)


async def test_nothing_is_recalled_while_all_lines_fit() -> None:
    budget, remembering = PromptBudget(prompt=FRAME + 5 * LINE), Remembering(memory(0, "a"))
    assert await recalled(talk(5), budget, remembering) == RecalledMemories(dropped=0)
    assert (budget.memories, remembering.asked) == (0, [])


async def test_the_dropped_lines_are_recalled_within_a_share_of_their_own() -> None:
    # An eighth of 200 tokens is 25. The frame and eleven lines are 35 tokens too many for the other
    # 175: two blocks of 18, a quarter of the 75 beside the frame, which four lines fill.
    budget, remembering = PromptBudget(prompt=200), Remembering(memory(3, "bees"), unknown=2)
    found = await recalled(talk(11), budget, remembering)
    assert budget.memories == 25
    assert found.dropped == 4
    assert remembering.asked == [4]
    assert [each.number for each in found.memories] == [3]
    assert len(found.unknown) == 2


async def test_lines_hidden_before_are_recalled_as_well() -> None:
    budget, remembering = PromptBudget(prompt=400), Remembering()
    found = await recalled(talk(8), budget, remembering, shown_from=5)
    assert (found.dropped, remembering.asked) == (0, [5])
    assert budget.memories == 50  # the operator's bound, an eighth of the prompt


async def test_other_conversations_are_recalled_though_everything_fits() -> None:
    budget, remembering = PromptBudget(prompt=400), Remembering()
    await recalled(talk(3, others=True), budget, remembering)
    assert remembering.asked == [0]


async def test_a_call_without_a_conversation_recalls_nothing() -> None:
    budget, remembering = PromptBudget(prompt=200), Remembering(memory(0, "a"))
    found = await recalled(talk(20, past=False), budget, remembering)
    assert found.dropped > 0
    assert (found.memories, budget.memories, remembering.asked) == ((), 0, [])


async def test_where_only_the_newest_line_fits_nothing_is_reserved() -> None:
    budget, remembering = PromptBudget(prompt=FRAME + LINE), Remembering(memory(0, "a"))
    found = await recalled(talk(4), budget, remembering)
    assert (found.dropped, budget.memories, remembering.asked) == (3, 0, [])


async def test_a_newest_line_that_does_not_fit_is_an_error() -> None:
    with pytest.raises(PromptTooLongError):
        await recalled(talk(4), PromptBudget(prompt=FRAME + LINE - 1), Remembering())


async def test_the_best_that_fit_stand_in_the_order_in_which_they_were_said() -> None:
    # 50 tokens are reserved; four stand around each memory. 38 letters are 13 tokens.
    best, too_long = memory(8, "x" * 38), memory(1, "x" * 100)
    other, second = memory(5, "y" * 38, "Winter"), memory(2, "z" * 29)
    remembering = Remembering(best, too_long, other, second, memory(0, "q" * 29))
    budget = PromptBudget(prompt=400)
    found = await recalled(talk(3, others=True), budget, remembering)
    # 17 + 17 + 14 of the 50; the long one needs 38, and the last would be 14 more.
    assert [(each.conversation, each.number) for each in found.memories] == [
        ("Winter", 5),
        ("", 2),
        ("", 8),
    ]
