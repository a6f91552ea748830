"""Show, promote and take back the adapter that speaks for a character."""

import asyncio
from collections.abc import Mapping

import structlog

from app.access import Caller
from app.access.audit import record
from app.adapters.presentation import present_audition
from app.adapters.promotion import describe_failed, failed_figures
from app.adapters.repository import AdapterAuditionRepository, AdapterRepository, Asked
from app.adapters.schemas import (
    AdapterAuditionOut,
    AdapterForCharacter,
    CharacterAdapters,
    FailedFigure,
    Reason,
)
from app.adapters.service import AdapterService, find_adapter
from app.adapters.serving import ServingStatus, serving_status
from app.catalog.service import get_character, target_of
from app.db.models import Adapter, AdapterAudition, Character
from app.db.session import Database
from app.engines.model_entry import ModelEntry
from app.engines.port import Limits
from app.errors import ConflictError
from app.settings import AdapterSettings
from app.turns.adapters import adapter_of

log = structlog.get_logger(__name__)


class SpeakingAdapters:
    """Serve ``/api/admin/characters/{slug}/adapters``."""

    def __init__(
        self, settings: AdapterSettings, database: Database, adapters: AdapterService
    ) -> None:
        self._settings = settings
        self._database = database
        self._adapters = adapters

    async def show(self, slug: str) -> CharacterAdapters:
        """Return which adapter speaks for a character, and which could."""
        limits, catalogue = await self._adapters.limits(), self._adapters.catalogue()
        async with self._database.read() as session:
            character = await get_character(session, slug)
            adapters = await AdapterRepository(session).all()
            auditions = await AdapterAuditionRepository(session).of_character(character.id)
        statuses = {each.name: await self._status(each, limits, catalogue) for each in adapters}
        speaks = speaking_name(character, limits)
        own: ServingStatus | None = None
        if character.adapter is not None:
            own = statuses.get(character.adapter, "files_missing")
        if speaks:  # an engine that has loaded it speaks with it, whatever became of its files
            own = "served"
        items = [
            self._item(each, character, auditions.get(each.id), statuses[each.name], speaks)
            for each in adapters
            if statuses[each.name] != "other_base"
            or each.id in auditions
            or each.name == character.adapter
        ]
        return CharacterAdapters(
            in_force=character.adapter,
            status=own,
            model=None if limits is None else limits.model,
            before=character.adapter_before,
            least_replies=self._settings.least_replies,
            items=items,
        )

    async def promote(self, slug: str, name: str, caller: Caller) -> CharacterAdapters:
        """Let an adapter speak for a character, which beats what is in force.

        Raises :class:`~app.errors.ConflictError` with a code of
        :data:`~app.adapters.schemas.Reason`; ``adapter_not_better`` has the figures that failed.
        """
        limits, catalogue = await self._adapters.limits(), self._adapters.catalogue()
        async with self._database.read() as session:
            adapter = await find_adapter(session, name)
        damaged = await asyncio.to_thread(self._adapters.files.damaged, adapter.name, adapter.files)
        status = await self._status(adapter, limits, catalogue)
        async with self._database.write() as session:
            found = await get_character(session, slug)
            character = await AdapterRepository(session).lock_character(found.id)
            assert character is not None  # noqa: S101 - found within this transaction
            adapter = await find_adapter(session, name, hold="use")
            audition = await AdapterAuditionRepository(session).get(Asked(adapter.id, character.id))
            if damaged:
                status = "files_missing"
            speaks = speaking_name(character, limits)
            reason, failed = self._judge(adapter, character, audition, status, speaks)
            if reason is not None:
                raise refusal(reason, failed, adapter.name, status)
            character.adapter_before = character.adapter or ""
            character.adapter = adapter.name
            record(
                session,
                caller.actor,
                "adapter_promoted",
                target_of(character),
                adapter=adapter.name,
                before=character.adapter_before,
            )
        log.info("adapter_promoted", character=slug, adapter=name)
        return await self.show(slug)

    async def revert(self, slug: str, caller: Caller) -> CharacterAdapters:
        """Go back to what the newest promotion replaced: to the model alone where that is gone.

        Raises :class:`~app.errors.ConflictError` (``nothing_to_revert``).
        """
        async with self._database.write() as session:
            found = await get_character(session, slug)
            repository = AdapterRepository(session)
            character = await repository.lock_character(found.id)
            assert character is not None  # noqa: S101 - found within this transaction
            before = character.adapter_before
            if before is None:
                raise ConflictError(
                    "nothing_to_revert",
                    f"Nothing was in force for {character.name} before that could come back.",
                )
            kept = await repository.by_name(before, hold="use") if before else None
            left, character.adapter = character.adapter, kept.name if kept else None
            character.adapter_before = None
            record(
                session,
                caller.actor,
                "adapter_reverted",
                target_of(character),
                adapter=character.adapter or "",
                before=left or "",
            )
        log.info("adapter_reverted", character=slug, adapter=character.adapter)
        return await self.show(slug)

    async def audition(self, slug: str, name: str) -> AdapterAuditionOut:
        """Return the newest audition of an adapter for a character."""
        async with self._database.read() as session:
            character, adapter = (
                await get_character(session, slug),
                await find_adapter(session, name),
            )
            asked = Asked(adapter.id, character.id)
            return present_audition(await AdapterAuditionRepository(session).get(asked))

    async def _status(
        self, adapter: Adapter, limits: Limits | None, catalogue: Mapping[str, ModelEntry]
    ) -> ServingStatus:
        return serving_status(
            adapter.name,
            adapter.base,
            complete=await self._adapters.complete(adapter),
            limits=limits,
            catalogue=catalogue,
        )

    def _item(
        self,
        adapter: Adapter,
        character: Character,
        audition: AdapterAudition | None,
        status: ServingStatus,
        speaks: str,
    ) -> AdapterForCharacter:
        reason, failed = self._judge(adapter, character, audition, status, speaks)
        return AdapterForCharacter(
            name=adapter.name,
            base=adapter.base,
            rank=adapter.rank,
            size=adapter.size,
            status=status,
            detail=self._adapters.details().get(adapter.name, ""),
            audition=present_audition(audition),
            reason=reason,
            failed=failed,
        )

    def _judge(
        self,
        adapter: Adapter,
        character: Character,
        audition: AdapterAudition | None,
        status: ServingStatus,
        speaks: str,
    ) -> tuple[Reason | None, list[FailedFigure]]:
        """Return why an adapter cannot be promoted, and the figures that failed.

        ``speaks``: the adapter that answers now, empty for the model alone.
        """
        shown = present_audition(audition)
        failed = []
        if shown.result is not None:
            failed = failed_figures(shown.result, self._settings.most_copying)
        if character.adapter == adapter.name:
            return "adapter_in_force", failed
        if status != "served":
            return "adapter_not_served", failed
        if shown.result is None:
            return "audition_needed", failed
        if shown.against != speaks:
            return "audition_outdated", failed
        return ("adapter_not_better" if failed else None), failed


def speaking_name(character: Character, limits: Limits | None) -> str:
    """Return the adapter that answers for a character now; empty for the model alone."""
    return (adapter_of(character, limits).adapter or "") if limits is not None else ""


def refusal(
    reason: Reason, failed: list[FailedFigure], name: str, status: ServingStatus
) -> ConflictError:
    """Return the error of a promotion that is refused."""
    figures = [each.model_dump() for each in failed]
    sentences: Mapping[Reason, str] = {
        "audition_needed": f"{name} has had no audition for this character. Begin one first.",
        "audition_outdated": f"{name} was compared with what is not in force any more. Begin "
        "another audition.",
        "adapter_not_served": f"The engine does not speak with {name}: {_WHY[status]}",
        "adapter_not_better": f"{name} does not beat what is in force. {describe_failed(failed)}",
        "adapter_in_force": f"{name} is in force already.",
    }
    return ConflictError(reason, sentences[reason], failed=figures, status=status)


_WHY: Mapping[ServingStatus, str] = {
    "served": "",
    "other_base": "it was trained on another model than the one that runs.",
    "not_served": "it has not been loaded yet.",
    "files_missing": "its files are missing or damaged in the adapters' folder.",
    "engine_away": "no engine answers.",
}
