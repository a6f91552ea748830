"""Take reports from readers and guests, who report only what they see."""

import math
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.access import AccessControl, Caller, Identity
from app.catalog.service import get_character
from app.conversations.lookup import get_conversation, get_message
from app.conversations.participants import speaking_character
from app.db.base import utc_now
from app.db.session import Database
from app.errors import InvalidError, TooManyRequestsError
from app.moderation.repository import ReportRepository
from app.reports.pace import ReportPace
from app.reports.schemas import NewReport, ReportReceipt

_PERIOD = timedelta(hours=1)
_OF_ONE_READER = 20
"""Reports of one reader within the period."""
_OF_ONE_ADDRESS = 60
"""Guests are as many as browsers forget cookies; a class room has one address."""


class ReportService:
    """Take reports, and erase them with whom they concern."""

    def __init__(self, database: Database, access: AccessControl) -> None:
        self._database = database
        self._access = access
        self._pace = ReportPace(_OF_ONE_ADDRESS, _PERIOD.total_seconds())

    async def report(self, caller: Caller, identity: Identity, wanted: NewReport) -> ReportReceipt:
        """Store a report; it joins one that is open about the same.

        Raises the errors of what the caller does not see, :class:`~app.errors.InvalidError`
        (``not_a_reply``) for the caller's own words, and
        :class:`~app.errors.TooManyRequestsError` (``too_many_reports``).
        """
        wait = self._pace.admit(identity.client.site)
        if wait is not None:
            raise _too_many(wait)
        async with self._database.write() as session:
            reports = ReportRepository(session)
            await _check_pace(reports, caller.owner)
            if wanted.character is not None:
                character = await get_character(session, wanted.character, viewer=caller)
                report = await reports.open(message_id=None, character_id=character.id)
            else:
                report = await _open_about_reply(session, caller, wanted)
            await reports.enter(report, caller.owner, wanted.reason, wanted.note)
        self._access.log.info(
            "reported", address=identity.client.address, report=str(report), reason=wanted.reason
        )
        return ReportReceipt(reason=wanted.reason, note=wanted.note, created_at=utc_now())


async def _open_about_reply(session: AsyncSession, caller: Caller, wanted: NewReport) -> UUID:
    assert wanted.conversation is not None  # noqa: S101 (the schema says so)
    assert wanted.message is not None  # noqa: S101 (the schema says so)
    conversation = await get_conversation(session, wanted.conversation, caller.owner)
    message = await get_message(session, conversation.id, wanted.message)
    if message.role != "assistant":
        raise InvalidError("not_a_reply", "Only what the character said can be reported.")
    said_by = await speaking_character(session, message.id) if conversation.is_stage else None
    return await ReportRepository(session).open(
        message_id=message.id, character_id=said_by or conversation.character_id
    )


async def _check_pace(reports: ReportRepository, reporter: str) -> None:
    now = utc_now()
    times = await reports.times(reporter, now - _PERIOD)
    if len(times) >= _OF_ONE_READER:
        raise _too_many(math.ceil((times[-_OF_ONE_READER] + _PERIOD - now).total_seconds()))


def _too_many(wait: int) -> TooManyRequestsError:
    minutes = math.ceil(wait / 60)
    return TooManyRequestsError(
        "too_many_reports",
        f"You have reported a lot within an hour; the admins will see to it. Try again in "
        f"{minutes} min.",
        retry_after=max(1, wait),
    )
