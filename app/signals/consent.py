"""Read, give and withdraw the consent to learn from what someone says about replies.

A transaction that keeps a signal holds the owner's row until its end. So a withdrawal, and an
erasure, waits for it, and then finds the signal.
"""

from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.base import utc_now
from app.db.models import Signal, SignalConsent
from app.settings import SignalRule
from app.signals.schemas import LearningOut


async def read_consent(session: AsyncSession, owner: str) -> bool | None:
    """Return what an owner answered; None: nothing so far."""
    given: bool | None = await session.scalar(
        select(SignalConsent.given).where(SignalConsent.owner == owner)
    )
    return given


def allows(rule: SignalRule, given: bool | None) -> bool:
    """Return whether a setting and an owner's answer allow to keep what the owner says."""
    return rule != "off" and (given if given is not None else rule == "on")


async def hold_consent(session: AsyncSession, rule: SignalRule, owner: str) -> bool:
    """Return whether what an owner says may be kept; until the transaction ends, it stays so."""
    if rule == "off":
        return False
    if rule == "on":
        await _note_unasked(session, owner)
    given = await session.scalar(
        select(SignalConsent.given).where(SignalConsent.owner == owner).with_for_update(read=True)
    )
    return allows(rule, given)


async def decide(session: AsyncSession, owner: str, *, given: bool) -> None:
    """Store an owner's answer; a no deletes all that was kept."""
    values = {"given": given, "updated_at": utc_now()}
    await session.execute(
        _insert(session)
        .values(owner=owner, **values)
        .on_conflict_do_update(index_elements=["owner"], set_=values)
    )
    if not given:
        await _forget(session, owner)


async def describe_consent(session: AsyncSession, rule: SignalRule, owner: str) -> LearningOut:
    """Return an owner's answer, and how much is kept."""
    kept = await session.scalar(select(func.count()).where(Signal.owner == owner))
    given = await read_consent(session, owner)
    return LearningOut(rule=rule, given=given, kept=kept or 0)


async def hand_over(session: AsyncSession, before: str, after: str) -> None:
    """Give what a guest said about replies to an account, whose own answer counts.

    Where the account has none, the guest's becomes its own; also that the guest was not asked.
    """
    answers = {owner: await read_consent(session, owner) for owner in (before, after)}
    known = [given for given in (answers[after], answers[before]) if given is not None]
    was_unasked = await session.get(SignalConsent, before) is not None
    moved = update(Signal).where(Signal.owner == before).values(owner=after)
    await session.execute(moved.execution_options(synchronize_session=False))
    gone = delete(SignalConsent).where(SignalConsent.owner == before)
    await session.execute(gone.execution_options(synchronize_session=False))
    if known:
        await decide(session, after, given=known[0])
    elif was_unasked:
        await _note_unasked(session, after)


async def _note_unasked(session: AsyncSession, owner: str) -> None:
    """Store that an owner has not answered, unless they have: signals are found by this row."""
    row = {"owner": owner, "given": None, "updated_at": utc_now()}
    await session.execute(_insert(session).values(**row).on_conflict_do_nothing())


async def _forget(session: AsyncSession, owner: str) -> None:
    await session.execute(
        delete(Signal).where(Signal.owner == owner).execution_options(synchronize_session=False)
    )


def _insert(session: AsyncSession) -> Any:
    dialect = session.get_bind().dialect.name
    build = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return build(SignalConsent)
