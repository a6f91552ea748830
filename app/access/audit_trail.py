"""Store acts that have no transaction of their own, such as sign-ins, a second later.

An act neither waits for its entry nor fails with it. What a caller repeats within a minute is one
entry with a count, and each kind of act has a bounded number of entries a minute: a flood of wrong
passwords does not fill the table. Entries of the last second are lost where the process dies.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Update, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.audit import ERASED, NOTHING, Action, Detail, Outcome, Target, make_entry
from app.access.identity import Actor, person_of
from app.db.base import utc_now
from app.db.errors import DATABASE_ERRORS, reason_of
from app.db.ids import new_id
from app.db.models import AuditEntry, Person
from app.db.session import Database
from app.text import is_storable

log = structlog.get_logger(__name__)

_TOGETHER = 60.0
"""Seconds within which a repeated act is counted in one entry."""
_DELAY = 1.0
_DELAY_AFTER_FAILURE = 15.0
_MOST_OF_ACTION = 100
"""Entries of one kind of act that callers without an account or a key may begin in a minute;
further ones share one without an address."""


@dataclass(slots=True)
class _Repeated:
    """Hold an act and how often it was repeated."""

    actor: Actor
    action: Action
    target: Target
    tried: str | None
    """The login that was tried to sign in with."""
    detail: Detail
    outcome: Outcome
    began: float
    at: datetime = field(default_factory=utc_now)
    id: UUID = field(default_factory=new_id)
    unsaved: int = 1
    stored: bool = False
    several: bool = False
    """Whether the repetitions differ in what they were done to."""

    def repeat(self, target: Target, tried: str | None, detail: Detail) -> None:
        """Count the act once more."""
        self.unsaved += 1
        if (self.target, self.tried, self.detail) != (target, tried, detail):
            self.several = True


class AuditTrail:
    """Collect acts, and write them in the background."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock
        self._acts: dict[tuple[str, ...], _Repeated] = {}
        self._writing: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()
        self._lock = asyncio.Lock()

    def note(
        self,
        actor: Actor,
        action: Action,
        target: Target = NOTHING,
        *,
        outcome: Outcome = "done",
        tried: str | None = None,
        **detail: str | int | bool | list[str],
    ) -> None:
        """Remember an act, to be stored soon; ``tried`` is the login of a failed sign-in."""
        self._forget_old()
        if tried is not None and not is_storable(tried):
            tried = None  # no database can look for it
        key = (action, outcome, actor.address, actor.owner or actor.key)
        if key not in self._acts and actor.is_unknown and self._is_flooded(action):
            key, actor, tried = (action, outcome, "", ""), Actor(), None
        if (known := self._acts.get(key)) is not None:
            known.repeat(target, tried, detail)
        else:
            began = self._clock()
            self._acts[key] = _Repeated(actor, action, target, tried, detail, outcome, began)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_soon(), name="audit")

    async def flush(self) -> bool:
        """Store what was noted so far; return False where the database keeps it for later."""
        async with self._lock:
            waiting = [(each, each.unsaved) for each in self._acts.values() if each.unsaved]
            if not waiting:
                return True
            try:
                async with self._database.write() as session:
                    await _store(session, waiting)
            except (*DATABASE_ERRORS, OSError) as error:
                reason = reason_of(error)  # not the statement, which has names
                log.warning("audit_put_off", error=reason, acts=len(waiting))
                return False
            for each, count in waiting:
                each.unsaved -= count
                each.stored = True
            return True

    async def aclose(self) -> None:
        """Store what is left, and stop."""
        # Not cancelled: PostgreSQL keeps a connection that is cancelled while it is being opened.
        self._closing.set()
        if self._writing is not None:
            await self._writing
        await self.flush()

    async def _write_soon(self) -> None:
        delay = _DELAY
        while any(each.unsaved for each in self._acts.values()) and not self._closing.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), delay)
            delay = _DELAY if await self.flush() else _DELAY_AFTER_FAILURE

    def _is_flooded(self, action: Action) -> bool:
        acts = self._acts.values()
        unknown = sum(each.action == action and each.actor.is_unknown for each in acts)
        return unknown >= _MOST_OF_ACTION

    def _forget_old(self) -> None:
        now = self._clock()
        for key, each in list(self._acts.items()):
            if not each.unsaved and now - each.began >= _TOGETHER:
                del self._acts[key]


async def _store(session: AsyncSession, waiting: Sequence[tuple[_Repeated, int]]) -> None:
    tried = {each.tried for each, _ in waiting if each.tried and not each.several}
    found = await session.execute(select(Person.login, Person.id).where(Person.login.in_(tried)))
    people = {row.login: row.id for row in found}
    ids = {person_of(each.actor.owner) for each, _ in waiting} - {None}
    alive = set(await session.scalars(select(Person.id).where(Person.id.in_(ids))))
    for each, count in waiting:
        if each.stored:
            await session.execute(_counted(each, count))
            continue
        # Someone who was erased within this second leaves no name behind.
        person = person_of(each.actor.owner)
        is_gone = person is not None and person not in alive
        actor = Actor(owner=ERASED) if is_gone else each.actor
        target = NOTHING if each.several or is_gone else each.target
        if each.tried is not None and each.tried in people and not each.several:
            target = Target("person", str(people[each.tried]), each.tried)
        detail = {} if each.several else each.detail
        entry = make_entry(actor, each.action, target, detail, each.outcome)
        entry.id, entry.at, entry.count = each.id, each.at, count
        session.add(entry)


def _counted(each: _Repeated, count: int) -> Update:
    values: dict[str, Any] = {"count": AuditEntry.count + count}
    if each.several:
        values |= {"target_id": "", "target_title": "", "detail": {}}
    return update(AuditEntry).where(AuditEntry.id == each.id).values(**values)
