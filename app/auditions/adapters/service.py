"""Begin and stop auditions of adapters, which workers run."""

import asyncio
from collections.abc import Callable

from app.adapters.presentation import present_audition
from app.adapters.repository import AdapterAuditionRepository, Asked
from app.adapters.schemas import AdapterAuditionOut
from app.adapters.service import AdapterService, find_adapter
from app.adapters.serving import serving_status
from app.adapters.speaking import refusal
from app.auditions.adapters.held_out import TooFewHeldOutError, held_out_of
from app.auditions.subjects import load_subject
from app.catalog.service import get_character
from app.db.session import Database
from app.errors import ConflictError, InvalidError
from app.settings import Settings


class AdapterAuditionService:
    """Have adapters measured for characters, beside what is in force."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        adapters: AdapterService,
        wake: Callable[[], None],
    ) -> None:
        """``wake`` lets a worker of this process begin at once."""
        self._settings = settings
        self._database = database
        self._adapters = adapters
        self._wake = wake

    async def begin(self, slug: str, name: str) -> AdapterAuditionOut:
        """Ask for an audition, unless it runs or waits already; return it.

        Raises :class:`~app.errors.InvalidError` (``too_few_held_out``, with how many ``replies``
        are left and the ``least``), and :class:`~app.errors.ConflictError`:
        ``adapter_not_served``, ``adapter_in_force``, or ``audition_running`` while another one
        does.
        """
        asked = await self._check(slug, name)
        async with self._database.write() as session:
            auditions = AdapterAuditionRepository(session)
            running = present_audition(await auditions.get(asked))
            if running.status == "running":
                return running
            if await auditions.is_any_running():
                raise ConflictError(
                    "audition_running",
                    "Another adapter's audition runs. Try again when it is over.",
                    retry_after=60,
                )
            begun = present_audition(await auditions.begin(asked))
        self._wake()
        return begun

    async def stop(self, slug: str, name: str) -> AdapterAuditionOut:
        """Stop an audition; the last result stays."""
        async with self._database.write() as session:
            character, adapter = (
                await get_character(session, slug),
                await find_adapter(session, name),
            )
            auditions, asked = AdapterAuditionRepository(session), Asked(adapter.id, character.id)
            await auditions.stop(asked)
            session.expire_all()
            return present_audition(await auditions.get(asked))

    async def _check(self, slug: str, name: str) -> Asked:
        """Return what is asked for, where it can be measured."""
        limits, catalogue = await self._adapters.limits(), self._adapters.catalogue()
        length = self._settings.retrieval.max_query_length
        async with self._database.read() as session:
            character, adapter = (
                await get_character(session, slug),
                await find_adapter(session, name),
            )
            asked = Asked(adapter.id, character.id)
            in_force, card = character.adapter, adapter.card
            base, files = adapter.base, adapter.files
            titles = [script.title for script in character.scripts]
            subject = await load_subject(session, character.id, length)
        missing = await asyncio.to_thread(self._adapters.files.missing, name, files)
        status = serving_status(
            name, base, complete=not missing, limits=limits, catalogue=catalogue
        )
        if in_force == name:
            raise refusal("adapter_in_force", [], name, status)
        if status != "served":
            raise refusal("adapter_not_served", [], name, status)
        least = self._settings.adapters.least_replies
        held_out = await asyncio.to_thread(held_out_of, card, subject, titles)
        try:
            held_out.check_enough(subject, least)
        except TooFewHeldOutError as error:
            raise InvalidError(
                "too_few_held_out", str(error), replies=error.replies, least=least
            ) from error
        return asked
