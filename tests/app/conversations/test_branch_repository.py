"""The database walks a conversation's tree as a walk by hand does."""

import random
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest

from app.conversations import branch_repository
from app.conversations.branch_repository import BranchRepository
from app.db.ids import new_id
from app.db.models import Message
from app.db.session import Database
from app.settings import Settings
from tests.app.conversations.stored import (
    opened,
    store_chain,
    store_character,
    store_conversation,
    store_messages,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    async with opened(settings) as made:
        yield made


@pytest.fixture
async def conversation(database: Database) -> UUID:
    return await store_conversation(database, await store_character(database))


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A turn reads six messages or a few more, from a multiple of four on."""
    monkeypatch.setattr(branch_repository, "PROMPT_MESSAGES", 6)
    monkeypatch.setattr(branch_repository, "PROMPT_STEP", 4)


async def grow(database: Database, conversation: UUID, size: int) -> dict[UUID, UUID | None]:
    """A random tree in the database: the parent of each message, oldest first."""
    chance = random.Random(size)
    tree: dict[UUID, UUID | None] = {}
    async with database.write() as session:
        for _ in range(size):
            ids = list(tree)
            parent = ids[-1] if ids and chance.random() < 2 / 3 else chance.choice([None, *ids])
            id = new_id()
            tree[id] = parent
            session.add(
                Message(
                    id=id,
                    conversation_id=conversation,
                    parent_id=parent,
                    role="user",
                    content=str(len(ids)),
                )
            )
            await session.flush()
    return tree


def path(tree: dict[UUID, UUID | None], leaf: UUID) -> list[UUID]:
    found: list[UUID] = []
    at: UUID | None = leaf
    while at is not None:
        found.append(at)
        at = tree[at]
    return found[::-1]


@pytest.mark.parametrize("size", [1, 2, 25])
async def test_every_walk_in_a_random_tree(
    database: Database, conversation: UUID, size: int
) -> None:
    tree = await grow(database, conversation, size)
    async with database.read() as session:
        branches = BranchRepository(session, conversation)
        for leaf in tree:
            way = path(tree, leaf)
            children = [id for id, parent in tree.items() if parent == leaf]
            assert await branches.length(leaf) == len(way)
            newest = [message.id for message in await branches.newest(leaf, 3)]
            assert newest == way[-3:]
            assert [message.id for message in await branches.shown(leaf, 2)] == way[-2:]
            assert await branches.height(leaf, way[0]) == len(way) - 1
            off = next((id for id in tree if id not in way), None)
            assert await branches.height(leaf, off) is None
            behind = await branches.after(leaf, way[0], 2)
            assert [message.id for message in behind] == way[1:3]
            assert [message.id for message in await branches.after(leaf, off, 2)] == way[:2]
            assert (await branches.siblings([leaf]))[leaf] == children
            end = leaf
            while later := [id for id, parent in tree.items() if parent == end]:
                end = later[-1]
            assert await branches.newest_leaf(leaf) == end
        roots = [id for id, parent in tree.items() if parent is None]
        first = next(iter(tree))
        both = await branches.siblings([None, first])
        assert both == {None: roots, first: [id for id, of in tree.items() if of == first]}


async def test_what_is_not_there(database: Database, conversation: UUID) -> None:
    async with database.read() as session:
        branches = BranchRepository(session, conversation)
        assert await branches.message(uuid4()) is None
        assert await branches.message(None) is None
        assert await branches.newest(None, 5) == []
        assert await branches.length(None) == 0
        assert await branches.examples(uuid4()) == []
        for leaf in (None, uuid4()):
            assert list((await branches.path(leaf, None)).messages) == []


async def test_another_conversations_messages_are_out_of_reach(
    database: Database, conversation: UUID
) -> None:
    other = await store_conversation(database, await store_character(database, "Ann"))
    ids = await store_chain(database, other, "Hello.", ">Hi.")
    async with database.read() as session:
        branches = BranchRepository(session, conversation)
        assert await branches.message(ids[0]) is None
        assert await branches.newest(ids[1], 5) == []
        assert list((await branches.path(ids[1], None)).messages) == []
        assert (await branches.siblings([ids[0]]))[ids[0]] == []


async def test_a_turn_begins_to_read_at_a_multiple_of_the_step(
    database: Database, conversation: UUID, short: None
) -> None:
    ids = await store_chain(database, conversation, *map(str, range(19)))
    starts = {1: 0, 6: 0, 10: 0, 11: 4, 14: 4, 15: 8, 18: 8, 19: 12}
    async with database.read() as session:
        branches = BranchRepository(session, conversation)
        for length, start in starts.items():
            found = await branches.path(ids[length - 1], ids[0])
            assert found.start == start
            assert [message.id for message in found.messages] == ids[start:length]
            assert found.root is not None
            assert found.root.id == ids[0]
            assert found.summarized is not None
            assert (found.summarized.message.id, found.summarized.position) == (ids[0], 0)


async def test_where_a_summary_ends_is_known_wherever_it_is_on_the_way(
    database: Database, conversation: UUID, short: None
) -> None:
    ids = await store_chain(database, conversation, *map(str, range(15)))
    [aside] = await store_messages(database, conversation, [(ids[2], "aside")])
    async with database.read() as session:
        branches = BranchRepository(session, conversation)
        for place in (3, 7, 14):
            found = (await branches.path(ids[-1], ids[place])).summarized
            assert found is not None
            assert (found.message.id, found.position) == (ids[place], place)
        assert (await branches.path(ids[-1], aside)).summarized is None
        assert (await branches.path(ids[-1], None)).summarized is None
