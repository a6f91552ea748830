"""Which examples the prompt before showed, so that they keep their positions."""

from uuid import UUID

import pytest

from app.conversations.branch_path import BranchMessage
from app.conversations.branch_repository import BranchRepository
from app.db.ids import new_id
from app.turns.prefix_layouts import new_example_orders, previous_example_order

pytestmark = pytest.mark.anyio


class Stored(BranchRepository):
    """Replies and what their prompts showed; notes which were read."""

    def __init__(self, shown: dict[UUID, list[dict[str, object]]]) -> None:
        self._shown = shown
        self.read: list[UUID] = []

    async def examples(self, id: UUID) -> list[dict[str, object]]:
        self.read.append(id)
        return self._shown.get(id, [])


def said(role: str) -> BranchMessage:
    return BranchMessage(new_id(), None, role, "x", False, None)


async def test_the_newest_reply_counts_whatever_follows_it() -> None:
    older, newest = said("assistant"), said("assistant")
    orders = new_example_orders()
    orders[older.id], orders[newest.id] = [1], [3, 2]
    branch = [older, said("user"), newest, said("user")]
    stored = Stored({})
    assert await previous_example_order(branch, orders, stored) == [3, 2]
    assert stored.read == []


async def test_after_a_restart_the_stored_reply_says_it() -> None:
    reply = said("assistant")
    stored = Stored(
        {
            reply.id: [
                {"id": 5, "kind": "example", "place": 1},
                {"id": 9, "kind": "lore", "place": 0},
                {"id": -4, "kind": "example", "place": 0},
                {"id": 2, "kind": "memory", "place": 0},
            ]
        }
    )
    assert await previous_example_order([reply], new_example_orders(), stored) == [-4, 5]


async def test_replies_of_old_have_their_examples_in_the_prompts_order() -> None:
    reply = said("assistant")
    stored = Stored({reply.id: [{"id": 8}, {"id": 3}, {"id": 6}]})
    assert await previous_example_order([reply], new_example_orders(), stored) == [8, 3, 6]


async def test_a_known_prompt_without_examples_is_not_read_again() -> None:
    reply, orders = said("assistant"), new_example_orders()
    orders[reply.id] = []
    stored = Stored({reply.id: [{"id": 8}]})
    assert await previous_example_order([reply], orders, stored) == []
    assert stored.read == []


async def test_before_the_first_reply_nothing_was_shown() -> None:
    stored = Stored({})
    assert await previous_example_order([said("user")], new_example_orders(), stored) == []
    assert await previous_example_order([], new_example_orders(), stored) == []
