"""Which examples prompts lately showed, in which order: those keep their places."""

from collections.abc import Hashable, Sequence

from cachetools import LRUCache

from app.conversations.branch_repository import BranchRepository
from app.conversations.way import BranchMessage

_REMEMBERED = 2_000

ExampleOrders = LRUCache[Hashable, list[int]]
"""Ids of the examples in a prompt, in its order, by what tells the next turn that it follows."""


def new_example_orders() -> ExampleOrders:
    """None yet."""
    return LRUCache(_REMEMBERED)


async def previous_example_order(
    branch: Sequence[BranchMessage], known: ExampleOrders, branches: BranchRepository
) -> list[int]:
    """Ids of the examples behind the newest reply: known, or read where it was stored.

    Another process may have gone on with a reply since: then its examples keep their places a
    little less well, which costs the engine's cache a little and nothing else.
    """
    reply = next((said for said in reversed(branch) if said.role == "assistant"), None)
    if reply is None:
        return []
    if (ids := known.get(reply.id)) is not None:
        return ids
    examples = [
        used
        for used in await branches.examples(reply.id)
        if used.get("kind", "example") == "example"
    ]
    return [used["id"] for used in sorted(examples, key=lambda used: used.get("place", 0))]
