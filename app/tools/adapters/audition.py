"""Hear an adapter for a character at a terminal, with an engine of this process."""

import asyncio
from collections.abc import Callable

from app.adapters.presentation import present_audition
from app.adapters.repository import AdapterAuditionRepository, Asked
from app.adapters.schemas import AdapterResult
from app.adapters.service import find_adapter
from app.auditions.adapters.worker import Progress
from app.catalog.service import get_character
from app.container import Services, build_services
from app.engines.host import EngineHost
from app.engines.port import AdapterUnknownError
from app.search.benchmark.errors import EvaluationError
from app.settings import Settings
from app.tools.evaluation.counting import started_engine

_LOOK_SECONDS = 0.5


async def audition(
    settings: Settings, name: str, slug: str, report: Callable[[int, int], None]
) -> AdapterResult:
    """Return the result of an audition, which is stored as one of the service's is.

    Raises the engine's errors, :class:`~app.errors.AppError` for unknown names, and
    :class:`~app.search.benchmark.errors.EvaluationError` where there is no result.
    """
    async with started_engine(settings) as engine:
        services = await build_services(settings, EngineHost(settings, engine=engine))
        try:
            await services.adapter_offer.look()
            return await _run(services, name, slug, report)
        finally:
            await services.readers.aclose()
            await services.database.aclose()


async def _run(
    services: Services, name: str, slug: str, report: Callable[[int, int], None]
) -> AdapterResult:
    async with services.database.read() as session:
        character, adapter = await get_character(session, slug), await find_adapter(session, name)
        asked = Asked(adapter.id, character.id)
        if character.adapter == name:
            raise EvaluationError(f"{name} is in force already: there is nothing to compare.")
    if name not in (await services.engine.limits()).adapters:
        raise AdapterUnknownError(services.adapters.details().get(name, f"{name} is not served."))
    async with services.database.write() as session:
        auditions = AdapterAuditionRepository(session)
        if await auditions.is_any_running():
            raise EvaluationError("Another audition runs. Try again when it is over.")
        await auditions.begin(asked, waiting=False)
    progress = Progress()
    watching = asyncio.create_task(_watch(progress, report))
    try:
        await services.adapter_audition_worker.run(asked, progress)
    finally:
        watching.cancel()
    async with services.database.read() as session:
        shown = present_audition(await AdapterAuditionRepository(session).get(asked))
    if shown.status != "done" or shown.result is None:
        raise EvaluationError(shown.error or "The audition did not end with a result.")
    return shown.result


async def _watch(progress: Progress, report: Callable[[int, int], None]) -> None:
    said = 0
    while True:
        await asyncio.sleep(_LOOK_SECONDS)
        if progress.done != said:
            said = progress.done
            report(progress.done, progress.total)
