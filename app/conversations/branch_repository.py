"""Walk a conversation's tree: up to the root, down to a leaf, and sideways.

The database walks, so that the process reads only what it needs of a long conversation.
"""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    Executable,
    Integer,
    Row,
    Select,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from app.conversations.branch_path import BranchMessage, BranchPath, PositionedMessage
from app.db.models import Message

PROMPT_MESSAGES = 3_000
"""Fewest of the newest messages that a turn reads: what fits a prompt, and the 2,000 lines before
it that may be recalled."""
PROMPT_STEP = 500
"""A turn begins to read at a multiple of this, counted from the root. The prompt's beginning
depends on where reading begins, so this moves rarely and an engine's cache stays good."""
ALL_HEIGHTS = 2**31 - 1
"""The ``most`` of a walk to the root."""
_COLUMNS = (
    Message.id,
    Message.parent_id,
    Message.role,
    Message.content,
    Message.hidden,
    Message.until_scene,
)


# Built once: building takes as long as running them does.
def upwards() -> CTE:
    """Walk from the message ``leaf``, height 0, towards the root, below the height ``most``."""
    path = (
        select(Message.id, Message.parent_id, literal_column("0", Integer).label("height"))
        .where(
            Message.id == bindparam("leaf"), Message.conversation_id == bindparam("conversation")
        )
        .cte("path", recursive=True)
    )
    return path.union_all(
        select(Message.id, Message.parent_id, path.c.height + 1)
        .join(path, Message.id == path.c.parent_id)
        .where(path.c.height + 1 < bindparam("most"))
    )


def _downwards() -> CTE:
    """Walk from the message ``top`` by newest children; ends with a row without an id."""

    def newest_child(of: object) -> Select[Any]:
        return (
            select(Message.id).where(Message.parent_id == of).order_by(Message.id.desc()).limit(1)
        )

    down = (
        select(Message.id, literal_column("0", Integer).label("depth"))
        .where(Message.id == bindparam("top"))
        .cte("down", recursive=True)
    )
    child = newest_child(down.c.id).correlate(down).scalar_subquery()
    return down.union_all(select(child, down.c.depth + 1).where(down.c.id.is_not(None)))


_UP = upwards()
_DOWN = _downwards()
_BY_AGE = _UP.c.height.desc()
_PATH = (
    select(*_COLUMNS, _UP.c.height)
    .join(_UP, Message.id == _UP.c.id)
    .where(
        or_(
            _UP.c.height < bindparam("newest"),
            _UP.c.parent_id.is_(None),
            _UP.c.id == bindparam("upto"),
        )
    )
    .order_by(_BY_AGE)
)
_NEWEST = select(*_COLUMNS).join(_UP, Message.id == _UP.c.id).order_by(_BY_AGE)
_SHOWN = (
    select(Message)
    .join(_UP, Message.id == _UP.c.id)
    .options(defer(Message.source, raiseload=True))
    .order_by(_BY_AGE)
)
_AFTER = (
    select(*_COLUMNS)
    .join(_UP, Message.id == _UP.c.id)
    .where(_UP.c.height < bindparam("below"))
    .order_by(_BY_AGE)
    .limit(bindparam("count"))
)
_HEIGHT = select(_UP.c.height).where(_UP.c.id == bindparam("id"))
_LENGTH = select(func.max(_UP.c.height) + 1)
_LEAF = select(_DOWN.c.id).where(_DOWN.c.id.is_not(None)).order_by(_DOWN.c.depth.desc()).limit(1)
_ONE = select(*_COLUMNS).where(
    Message.id == bindparam("id"), Message.conversation_id == bindparam("conversation")
)
_CHILDREN = select(Message.parent_id, Message.id).where(
    Message.conversation_id == bindparam("conversation"),
    Message.parent_id.in_(bindparam("parents", expanding=True)),
)
_ROOTS = select(Message.parent_id, Message.id).where(
    Message.conversation_id == bindparam("conversation"), Message.parent_id.is_(None)
)
_BOTH = union_all(_CHILDREN, _ROOTS)


class BranchRepository:
    """Read the messages of one conversation, within one session."""

    def __init__(self, session: AsyncSession, conversation_id: UUID) -> None:
        self._session = session
        self._conversation = {"conversation": conversation_id}

    async def message(self, id: UUID | None) -> BranchMessage | None:
        """Return one message; None where the conversation has none with this id."""
        row = (await self._session.execute(_ONE, {**self._conversation, "id": id})).first()
        return None if row is None else BranchMessage._make(row)

    async def path(self, leaf: UUID | None, summary_upto: UUID | None) -> BranchPath:
        """Return what a turn reads of the path from the root to ``leaf``, its last message."""
        if leaf is None:
            return BranchPath()
        most = PROMPT_MESSAGES + PROMPT_STEP
        values = {"newest": most, "upto": summary_upto, "most": ALL_HEIGHTS}
        rows = await self._rows(_PATH, leaf, **values)
        if not rows:
            return BranchPath()
        root = BranchMessage._make(rows[0][:-1])
        length: int = rows[0][-1] + 1
        start = max(0, -(-(length - most) // PROMPT_STEP) * PROMPT_STEP)
        messages = [BranchMessage._make(row[:-1]) for row in rows if length - row[-1] > start]
        return BranchPath(messages, start, root, _summarized(rows, summary_upto, length))

    async def newest(self, leaf: UUID | None, most: int) -> list[BranchMessage]:
        """Return the newest messages on the path to ``leaf``, at most ``most``, oldest first."""
        return [BranchMessage._make(row) for row in await self._rows(_NEWEST, leaf, most=most)]

    async def after(self, leaf: UUID | None, upto: UUID | None, most: int) -> list[BranchMessage]:
        """Return the oldest messages after ``upto`` on the path to ``leaf``, at most ``most``.

        Where ``upto`` is not on the path, the oldest of all.
        """
        height = await self.height(leaf, upto)
        below = ALL_HEIGHTS if height is None else height
        rows = await self._rows(_AFTER, leaf, most=ALL_HEIGHTS, below=below, count=most)
        return [BranchMessage._make(row) for row in rows]

    async def shown(self, leaf: UUID | None, most: int) -> Sequence[Message]:
        """Return the newest messages on the path, at most ``most``, without their source."""
        values = {**self._conversation, "leaf": leaf, "most": most}
        return (await self._session.scalars(_SHOWN, values)).all()

    async def height(self, leaf: UUID | None, id: UUID | None) -> int | None:
        """Return how many messages follow ``id`` on the path to ``leaf``.

        None where it is not on the path.
        """
        if leaf is None or id is None:
            return None
        rows = await self._rows(_HEIGHT, leaf, most=ALL_HEIGHTS, id=id)
        height: int | None = rows[0][0] if rows else None
        return height

    async def length(self, leaf: UUID | None) -> int:
        """Return how many messages are on the path to ``leaf``, itself included."""
        length: int | None = (await self._rows(_LENGTH, leaf, most=ALL_HEIGHTS))[0][0]
        return length or 0

    async def newest_leaf(self, id: UUID) -> UUID:
        """Return the end of the branch through ``id`` that was begun last."""
        leaf = await self._session.scalar(_LEAF, {"top": id})
        return leaf or id

    async def siblings(self, parents: Collection[UUID | None]) -> dict[UUID | None, list[UUID]]:
        """Return the ids of the messages that follow each of ``parents``, oldest first.

        Messages without a parent are listed under None.
        """
        known = [parent for parent in parents if parent is not None]
        statement = _CHILDREN if None not in parents else _BOTH if known else _ROOTS
        values = {**self._conversation, **({"parents": known} if known else {})}
        found: dict[UUID | None, list[UUID]] = {parent: [] for parent in parents}
        for parent, id in await self._session.execute(statement, values):
            found[parent].append(id)
        for ids in found.values():
            ids.sort(key=lambda id: id.int)
        return found

    async def examples(self, id: UUID) -> list[Any]:
        """Return what the prompt of a reply showed, as it was stored."""
        return await self._session.scalar(select(Message.examples).where(Message.id == id)) or []

    async def _rows(
        self, statement: Executable, leaf: UUID | None, **values: object
    ) -> Sequence[Row[Any]]:
        values |= {**self._conversation, "leaf": leaf}
        rows: Sequence[Row[Any]] = (await self._session.execute(statement, values)).all()
        return rows


def _summarized(
    rows: Sequence[Row[Any]], upto: UUID | None, length: int
) -> PositionedMessage | None:
    found = next((row for row in rows if upto is not None and row[0] == upto), None)
    return (
        None
        if found is None
        else PositionedMessage(BranchMessage._make(found[:-1]), length - 1 - found[-1])
    )
