"""Vectors of exchanges in the database."""

from collections.abc import AsyncIterator

import pytest

from app.db.ids import new_id
from app.db.session import Database
from app.settings import Settings
from app.turns import memory_repository
from app.turns.memory_repository import Key, MemoryRepository
from tests.app.conversations.stored import opened, store_character, store_conversation

pytestmark = pytest.mark.anyio


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    async with opened(settings) as made:
        yield made


async def add(database: Database, embedder: str, *vectors: tuple[Key, bytes]) -> None:
    async with database.write() as session:
        await MemoryRepository(session).add(embedder, vectors)


async def found(database: Database, embedder: str, *keys: Key) -> dict[Key, bytes]:
    async with database.read() as session:
        return await MemoryRepository(session).vectors(keys, embedder)


async def test_each_space_and_conversation_has_its_own(database: Database) -> None:
    ben = await store_character(database)
    one, two = [await store_conversation(database, ben) for _ in range(2)]
    await add(database, "a", ((one, b"x"), b"1"), ((two, b"x"), b"2"), ((two, b"y"), b"3"))
    await add(database, "b", ((one, b"x"), b"4"))
    asked = [(one, b"x"), (two, b"y"), (one, b"y"), (new_id(), b"x")]
    assert (await found(database, "a", *asked[:1])) == {(one, b"x"): b"1"}
    assert (await found(database, "b", *asked)) == {(one, b"x"): b"4"}
    everything = await found(database, "a", *asked)
    assert {key: everything[key] for key in asked if key in everything} == {
        (one, b"x"): b"1",
        (two, b"y"): b"3",
    }
    assert await found(database, "a") == {}


async def test_what_another_turn_stored_meanwhile_stays(database: Database) -> None:
    one = await store_conversation(database, await store_character(database))
    await add(database, "a", ((one, b"x"), b"first"))
    await add(database, "a", ((one, b"y"), b"new"), ((one, b"x"), b"second"))
    await add(database, "a")
    assert await found(database, "a", (one, b"x"), (one, b"y")) == {
        (one, b"x"): b"first",
        (one, b"y"): b"new",
    }


async def test_more_than_one_statement_may_ask_for(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory_repository, "_MANY", 2)
    one = await store_conversation(database, await store_character(database))
    kept = [((one, bytes([number])), bytes([number])) for number in range(5)]
    await add(database, "a", *kept)
    assert await found(database, "a", *(key for key, _ in kept)) == dict(kept)
