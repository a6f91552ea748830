"""Read a database directly, in the form of the ledger."""

from collections import defaultdict
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import Connection, Engine, create_engine, func, select, text
from sqlalchemy.orm import Session

from app.db.models import (
    Character,
    CharacterScript,
    Conversation,
    Message,
    Script,
    StoredLorebook,
    StoredScene,
)
from fuzz.kills.facts import (
    CharacterFact,
    ConversationFact,
    Fact,
    Key,
    LorebookFact,
    MessageFact,
    ScriptFact,
)
from fuzz.kills.texts import digest


@dataclass(slots=True)
class Snapshot:
    """Hold the content of a database while the service is not in use."""

    facts: dict[Key, Fact] = field(default_factory=dict)
    ids: dict[Key, str] = field(default_factory=dict)
    """As in the ledger."""
    parents: dict[str, str | None] = field(default_factory=dict)
    unfinished: set[str] = field(default_factory=set)
    """Ids of replies marked as incomplete."""
    damage: list[str] = field(default_factory=list)
    """Faults that the database itself reports, or that no schema excludes."""


class SnapshotReader:
    """Read snapshots of one database, and cache the digests of scripts."""

    def __init__(self, url: str) -> None:
        """Take a URL in the form of the service's settings."""
        self.engine: Engine = create_engine(url.replace("+aiosqlite", ""))
        self._digests: dict[tuple[UUID, int], str] = {}

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    def read(self) -> Snapshot:
        """Return a snapshot of all kinds of facts. Blocking."""
        snapshot = Snapshot()
        with Session(self.engine) as session:
            snapshot.damage = check_database(session.connection())
            titles = self._read_scripts(session, snapshot)
            names = _read_characters(session, snapshot, titles)
            _read_lorebooks(session, snapshot, names)
            _read_conversations(session, snapshot, names)
        return snapshot

    def staged_revisions(self) -> set[UUID]:
        """Return the revisions whose scenes belong to no script."""
        with Session(self.engine) as session:
            staged = set(session.scalars(select(StoredScene.revision).distinct()))
            return staged - set(session.scalars(select(Script.revision)))

    def _read_scripts(self, session: Session, snapshot: Snapshot) -> dict[UUID, str]:
        titles = {}
        counted = select(StoredScene.revision, func.count()).group_by(StoredScene.revision)
        counts: dict[UUID, int] = {row[0]: row[1] for row in session.execute(counted)}
        rows = session.execute(select(Script.id, Script.title, Script.revision, Script.scenes))
        for id, title, revision, scenes in rows.all():
            titles[id] = title
            snapshot.ids["script", title] = str(id)
            count = counts.get(revision, 0)
            if (revision, count) not in self._digests:
                self._digests[revision, count] = _digest_of(session, revision)
            if count != scenes:
                snapshot.damage.append(f"{title} has {count} of its {scenes} scenes")
            snapshot.facts["script", title] = ScriptFact(count, self._digests[revision, count])
        return titles


def check_database(connection: Connection) -> list[str]:
    """Return SQLite's reports of damage and of broken references; PostgreSQL needs no check."""
    if connection.dialect.name != "sqlite":
        return []
    found = [str(row[0]) for row in connection.execute(text("PRAGMA integrity_check"))]
    found += [str(tuple(row)) for row in connection.execute(text("PRAGMA foreign_key_check"))]
    return [each for each in found if each != "ok"]


def _digest_of(session: Session, revision: UUID) -> str:
    statement = select(StoredScene.lines).where(StoredScene.revision == revision)
    scenes = session.scalars(statement.order_by(StoredScene.number)).all()
    return digest([line[:2] for line in scene] for scene in scenes)


def _read_characters(
    session: Session, snapshot: Snapshot, titles: dict[UUID, str]
) -> dict[UUID, str]:
    scripts = defaultdict(list)
    for played in session.scalars(select(CharacterScript).order_by(CharacterScript.position)):
        scripts[played.character_id].append(titles[played.script_id])
    names = {}
    for each in session.scalars(select(Character)):
        names[each.id] = each.name
        snapshot.ids["character", each.name] = each.slug
        snapshot.facts["character", each.name] = CharacterFact(
            scripts=tuple(scripts[each.id]),
            profile=each.profile,
            greeting=each.greeting,
            tagline=each.tagline,
            published=each.published,
            picture=each.avatar is not None,
            temperature=each.sampling.get("temperature"),
        )
    return names


def _read_lorebooks(session: Session, snapshot: Snapshot, names: dict[UUID, str]) -> None:
    for each in session.scalars(select(StoredLorebook)):
        snapshot.ids["lorebook", each.name] = str(each.id)
        fact = LorebookFact(names[each.character_id], each.entries, each.enabled)
        snapshot.facts["lorebook", each.name] = fact


def _read_conversations(session: Session, snapshot: Snapshot, names: dict[UUID, str]) -> None:
    called: dict[UUID, str] = {}
    # A conversation without an owner is being imported or removed, and is not visible.
    for each in session.scalars(select(Conversation).where(Conversation.owner != "")):
        called[each.id] = each.user_name
        key: Key = ("conversation", each.user_name)
        if key in snapshot.facts:
            snapshot.damage.append(f"conversation {each.user_name} is there twice")
        snapshot.ids[key] = str(each.id)
        snapshot.facts[key] = ConversationFact(
            names[each.character_id], each.title, each.summary, each.deleted_at is not None
        )
    columns = (
        Message.id,
        Message.parent_id,
        Message.conversation_id,
        Message.role,
        Message.content,
        Message.state,
    )
    for id, parent, conversation, role, content, state in session.execute(select(*columns)):
        if conversation not in called:
            continue
        key = ("said", content) if role == "user" else ("reply", str(id))
        before = snapshot.facts.get(key)
        copies = before.copies + 1 if isinstance(before, MessageFact) else 1
        snapshot.facts[key] = MessageFact(called[conversation], content, copies)
        snapshot.ids[key] = str(id)
        snapshot.parents[str(id)] = str(parent) if parent else None
        if state != "complete":
            snapshot.unfinished.add(str(id))
