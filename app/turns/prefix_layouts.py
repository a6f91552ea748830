"""Remember the order of examples in recent prompts, so that they keep their positions."""

from collections.abc import Hashable, Sequence

from cachetools import LRUCache

from app.conversations.branch_path import BranchMessage
from app.conversations.branch_repository import BranchRepository

_REMEMBERED = 2_000

ExampleOrders = LRUCache[Hashable, list[int]]
"""Ids of a prompt's examples, in its order, by a key that the next turn finds them with."""


def new_example_orders() -> ExampleOrders:
    """Return an empty cache of example orders."""
    return LRUCache(_REMEMBERED)


async def previous_example_order(
    branch: Sequence[BranchMessage], known: ExampleOrders, branches: BranchRepository
) -> list[int]:
    """Return the ids of the newest reply's examples, from the cache or the stored reply.

    Another process may have continued a reply since: then fewer examples keep their positions,
    which costs the engine's cache a little and nothing else.
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
