"""What is kept equals what is counted, whatever was created, changed and deleted before."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args
from uuid import UUID

import pytest
from sqlalchemy import delete, func, make_url, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.admin.deletion import purge_character
from app.backup.dumping import back_up
from app.catalog.visibility import let_in, share, unshare
from app.conversations.purging import disown, purge_deleted
from app.conversations.repository import ConversationRepository
from app.db.base import utc_now
from app.db.ids import new_id
from app.db.kept_counts import (
    OfCharacter,
    Total,
    fold_counts,
    read_counts,
    read_messages,
    read_totals,
)
from app.db.migrate import move
from app.db.migration_connection import migrating
from app.db.models import (
    Character,
    CharacterGuest,
    CharacterScript,
    Conversation,
    CountChange,
    Example,
    KeptCount,
    KeyVector,
    Message,
    Script,
)
from app.db.revisions import known_revisions
from app.db.session import Database
from app.scripts.repository import ScriptRepository
from app.search.repository import ExampleRepository
from app.settings import Settings
from app.tools.backup.restoring import restore

pytestmark = pytest.mark.anyio

TOTALS: tuple[Total, ...] = get_args(Total)
OF_CHARACTERS: tuple[OfCharacter, ...] = get_args(OfCharacter)


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    opened = Database(settings)
    yield opened
    await opened.aclose()


class World:
    """Do something or other, as the service does it."""

    def __init__(self, database: Database, seed: int) -> None:
        self._database = database
        self._random = random.Random(seed)

    async def do(self, *names: str) -> None:
        """One thing, of all or of those named."""
        every = [name for name in dir(self) if name.startswith("may_")]
        name = self._random.choice(names or every)
        async with self._database.write() as session:
            await getattr(self, name)(session)

    async def may_upload(self, session: AsyncSession) -> None:
        session.add(new_script(scenes=self._random.randint(1, 9)))

    async def may_upload_again(self, session: AsyncSession) -> None:
        if (script := await self._any(session, Script)) is not None:
            script.scenes, script.lines = self._random.randint(1, 9), self._random.randint(9, 99)

    async def may_delete_script(self, session: AsyncSession) -> None:
        script = await self._any(session, Script)
        played = select(CharacterScript.script_id)
        if script is not None and script.id not in set(await session.scalars(played)):
            await ScriptRepository(session).delete(script)

    async def may_create(self, session: AsyncSession) -> None:
        character = new_character(
            published=self._random.random() < 0.5,
            status=self._random.choice(["indexing", "ready", "failed"]),
        )
        session.add(character)
        await session.flush()
        scripts = list(await session.scalars(select(Script.id)))
        for position, id in enumerate(scripts[: self._random.randint(0, 3)]):
            session.add(CharacterScript(character_id=character.id, script_id=id, position=position))

    async def may_index(self, session: AsyncSession) -> None:
        if (character := await self._any(session, Character)) is None:
            return
        await ExampleRepository(session).add(
            [new_example(character.id, b"%d" % n) for n in range(self._random.randint(1, 4))]
        )
        keys = [b"%d" % self._random.randint(0, 30) for _ in range(3)]
        await ExampleRepository(session).add_vectors("hashing", [(key, b"v") for key in set(keys)])
        character.status = "ready"

    async def may_delete_vectors(self, session: AsyncSession) -> None:
        while await ExampleRepository(session).delete_orphaned_vectors():
            pass

    async def may_publish(self, session: AsyncSession) -> None:
        if (character := await self._any(session, Character)) is not None:
            character.published = not character.published

    async def may_share(self, session: AsyncSession) -> None:
        character = await self._any(session, Character)
        if character is not None and character.deleted_at is None:
            link = await share(session, character)
            await session.flush()
            await let_in(session, link, f"guest-{self._random.randint(1, 3)}")

    async def may_unshare(self, session: AsyncSession) -> None:
        if (character := await self._any(session, Character)) is not None:
            await unshare(session, character)

    async def may_put_aside_or_restore(self, session: AsyncSession) -> None:
        if (character := await self._any(session, Character)) is not None:
            character.deleted_at = None if character.deleted_at else utc_now()

    async def may_link(self, session: AsyncSession) -> None:
        script, character = await self._any(session, Script), await self._any(session, Character)
        if script is None or character is None:
            return
        key = (character.id, script.id)
        link = await session.get(CharacterScript, key, with_for_update=True)
        if link is not None:
            await session.delete(link)
        else:
            session.add(CharacterScript(character_id=key[0], script_id=key[1], position=9))

    async def may_purge_character(self, session: AsyncSession) -> None:
        if (character := await self._any(session, Character)) is not None:
            await purge_character(session, character)

    async def may_open(self, session: AsyncSession) -> None:
        if (character := await self._any(session, Character)) is not None:
            owner = f"owner-{self._random.randint(1, 3)}"
            session.add(Conversation(character_id=character.id, owner=owner, user_name="Anna"))

    async def may_talk(self, session: AsyncSession) -> None:
        if (talk := await self._any(session, Conversation)) is None:
            return
        messages = [new_message(talk.id) for _ in range(self._random.randint(1, 4))]
        for before, after in pairwise(messages):
            after.parent_id = before.id
        session.add_all(messages)

    async def may_delete_message(self, session: AsyncSession) -> None:
        if (message := await self._any(session, Message)) is not None:
            await ConversationRepository(session).delete_message(message.id)

    async def may_delete_conversation(self, session: AsyncSession) -> None:
        if (talk := await self._any(session, Conversation)) is not None:
            talk.deleted_at = None if talk.deleted_at else utc_now()

    async def may_give_up_conversation(self, session: AsyncSession) -> None:
        if (talk := await self._any(session, Conversation)) is not None:
            await disown(session, [talk.id])

    async def purge(self) -> None:
        await purge_deleted(self._database, utc_now())

    async def _any(self, session: AsyncSession, model: Any) -> Any:
        ids = list(await session.scalars(select(model.id).order_by(model.id)))
        if not ids:
            return None
        return await session.get(model, self._random.choice(ids), with_for_update=True)


def new_script(scenes: int = 1) -> Script:
    id = new_id()
    return Script(
        title=f"Play {id}",
        revision=new_id(),
        filename="play.txt",
        format="text",
        encoding="utf-8",
        encoding_confidence=1,
        language="en",
        size_bytes=1,
        sha256="",
        scenes=scenes,
        lines=2 * scenes,
        speakers=[],
        rejected=[],
        rejected_total=0,
    )


def new_character(status: str = "ready", **fields: Any) -> Character:
    id = new_id()
    return Character(
        id=id,
        slug=f"ben-{id}",
        name="Ben",
        aliases=[],
        tagline="",
        profile="",
        greeting="",
        language="en",
        speakers=[],
        sampling={},
        status=status,
        **fields,
    )


def new_example(character: UUID, key: bytes) -> dict[str, object]:
    version = UUID(int=1)
    return {"character_id": character, "version": version, "lines": [], "key": "", "key_hash": key}


def new_message(conversation: UUID) -> Message:
    return Message(id=new_id(), conversation_id=conversation, role="user", content="Hello?")


async def check(database: Database) -> None:
    """Compare everything that is kept with what is counted."""
    async with database.read() as session:
        totals = await read_totals(session, TOTALS)
        assert {name: totals[name] for name in TOTALS} == await _count_all(session)
        for name, counted in (await _count_by_character(session)).items():
            kept = await read_counts(session, name, list(counted))
            assert {id: kept[id] for id in counted} == counted, name
        scripts = list(await session.scalars(select(Script.id)))
        playing = await _group(
            session,
            select(CharacterScript.script_id, func.count())
            .join(Character, Character.id == CharacterScript.character_id)
            .where(Character.deleted_at.is_(None))
            .group_by(CharacterScript.script_id),
        )
        kept = await read_counts(session, "players", scripts)
        assert {id: kept[id] for id in scripts} == {id: playing[id] for id in scripts}
        for owner in ("owner-1", "owner-2"):
            talks = select(Conversation.id).where(Conversation.owner == owner)
            said = select(func.count()).where(Message.conversation_id.in_(talks))
            assert await read_messages(session, talks) == await session.scalar(said)


async def _count_all(session: AsyncSession) -> dict[Total, int]:
    async def count(model: Any, *where: Any) -> int:
        return await session.scalar(select(func.count()).select_from(model).where(*where)) or 0

    kept = Character.deleted_at.is_(None)
    sums = await session.execute(select(func.sum(Script.scenes), func.sum(Script.lines)))
    scenes, lines = sums.one()
    return {
        "characters": await count(Character, kept),
        "published": await count(Character, kept, Character.published),
        "indexing": await count(Character, kept, Character.status == "indexing"),
        "failed": await count(Character, kept, Character.status == "failed"),
        "scripts": await count(Script),
        "scenes": scenes or 0,
        "lines": lines or 0,
        "examples": await count(Example),
        "vectors": await count(KeyVector),
        "kept_conversations": await count(Conversation, Conversation.deleted_at.is_(None)),
        "messages": await count(Message),
    }


async def _count_by_character(session: AsyncSession) -> dict[OfCharacter, dict[UUID, int]]:
    ids = list(await session.scalars(select(Character.id)))
    of = Conversation.character_id
    counted = {
        "conversations": select(of, func.count()).group_by(of),
        "owned_conversations": select(of, func.count())
        .where(Conversation.owner != "")
        .group_by(of),
        "messages": select(of, func.count())
        .join(Message, Message.conversation_id == Conversation.id)
        .group_by(of),
        "examples": select(Example.character_id, func.count()).group_by(Example.character_id),
        "guests": select(CharacterGuest.character_id, func.count()).group_by(
            CharacterGuest.character_id
        ),
    }
    assert set(counted) == set(OF_CHARACTERS)
    found = {name: await _group(session, counted[name]) for name in OF_CHARACTERS}
    return {name: {id: counts[id] for id in ids} for name, counts in found.items()}


async def _group(session: AsyncSession, statement: Any) -> Counter[UUID]:
    return Counter({row[0]: row[1] for row in await session.execute(statement)})


@pytest.mark.parametrize("seed", range(3))
async def test_after_anything_what_is_kept_is_what_there_is(database: Database, seed: int) -> None:
    world = World(database, seed)
    for step in range(1, 101):
        await world.do()
        if step % 60 == 0:
            await world.purge()
        if step % 35 == 0:
            await fold_counts(database)
        if step % 20 == 0:
            await check(database)
    await fold_counts(database)
    await check(database)


async def test_nothing_is_kept_of_what_was_purged(database: Database) -> None:
    world = World(database, 7)
    for _ in range(60):
        await world.do()
    async with database.write() as session:
        for character in await session.scalars(select(Character)):
            await purge_character(session, character)
        for script in (await session.scalars(select(Script))).all():
            await ScriptRepository(session).delete(script)
        await session.execute(delete(KeyVector))
    await fold_counts(database)
    async with database.read() as session:
        totals = UUID(int=0)
        left = select(KeptCount.n).where((KeptCount.n != 0) | (KeptCount.subject != totals))
        assert (await session.scalars(left)).all() == []
        assert await session.scalar(select(func.count()).select_from(CountChange)) == 0


async def test_many_at_once_count_right(database: Database) -> None:
    """All talk with one character, while it is put aside and restored, and counts are folded."""
    async with database.write() as session:
        character, script = new_character(), new_script()
        session.add_all([character, script])
        await session.flush()
        session.add(Conversation(character_id=character.id, owner="owner-1", user_name="Anna"))

    async def talk(world: World) -> None:
        for _ in range(15):
            await world.do("may_open", "may_talk", "may_delete_message", "may_delete_conversation")

    async def direct(world: World) -> None:
        for _ in range(15):
            await world.do("may_put_aside_or_restore", "may_link", "may_publish")

    async def fold() -> None:
        for _ in range(10):
            await fold_counts(database)

    worlds = [World(database, seed) for seed in range(6)]
    await asyncio.gather(
        *map(talk, worlds[:4]), *map(direct, worlds[4:]), fold(), fold(), return_exceptions=False
    )
    await check(database)


async def test_what_an_upgrade_and_a_restore_find_is_counted(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    world = World(database, 3)
    for _ in range(70):
        await world.do()
    for name in ("may_upload", "may_create", "may_index", "may_open", "may_talk"):
        await world.do(name)
    before = await _kept(database)
    assert before["messages"] > 0

    def down_and_up() -> None:
        with migrating(make_url(settings.database_url)) as connection:
            move(connection, "0040")
        with migrating(make_url(settings.database_url)) as connection:
            move(connection, known_revisions()[0])

    await asyncio.to_thread(down_and_up)
    await check(database)
    assert await _kept(database) == before
    backup = tmp_path / "backup"
    await asyncio.to_thread(back_up, settings, backup, _silent)
    async with database.write() as session:
        await session.execute(update(KeptCount).values(n=KeptCount.n + 1))
    await database.engine.dispose()
    await asyncio.to_thread(_restore, settings, backup)
    await check(database)
    assert await _kept(database) == before


def _restore(settings: Settings, backup: Path) -> None:
    restore(settings, backup, _silent, replace=True)


def _silent(*_: object) -> None:
    pass


async def _kept(database: Database) -> dict[str, int]:
    async with database.read() as session:
        return {name: n for name, n in _items(await read_totals(session, TOTALS)) if n}


def _items(counter: Counter[str]) -> Iterable[tuple[str, int]]:
    return sorted(counter.items())
