"""Load the dialogue that a turn goes on with."""

from app.conversations.branch_path import BranchMessage, BranchPath
from app.conversations.history import ends_before, split_at_summary
from app.turns.dialogue_context import DialogueContext, persona_of
from app.turns.memory import ConversationPast
from app.turns.prefix_layouts import ExampleOrders, previous_example_order
from app.turns.store import Claim
from characters.prompting.thoughts import without_thoughts


async def load_dialogue(
    claim: Claim, path: BranchPath, orders: ExampleOrders, continued: BranchMessage | None
) -> DialogueContext:
    """Return the dialogue up to the last message of ``path``, and the reply to continue, if any."""
    conversation = claim.conversation
    covered, rest = split_at_summary(conversation, path.messages)
    summarized = bool(covered) or ends_before(conversation, path)
    lines = [*covered, *rest]
    seed = str(conversation.id)
    persona = persona_of(
        conversation.character,
        conversation.user_name,
        seed,
        conversation.until_scene,
        conversation.user_description,
    )
    return DialogueContext(
        persona=persona,
        history=[line.utterance for line in lines],
        continued=without_thoughts(continued.content) if continued else "",
        example_order=await previous_example_order(path.messages, orders, claim.branches),
        seed=seed,
        greeting=await _greeting(claim, path),
        until_scene=conversation.until_scene,
        past=ConversationPast(conversation, lines),
        summary=conversation.summary if summarized else "",
        covered=len(covered),
        unread=path.start,
    )


async def _greeting(claim: Claim, path: BranchPath) -> int:
    """Return which greeting the branch begins with, from 0; 0 also where it begins with none.

    Only lore depends on it, so characters without lore cost no query.
    """
    first = path.root
    if first is None or first.role != "assistant" or not claim.conversation.character.has_lore:
        return 0
    return (await claim.branches.siblings([None]))[None].index(first.id)
