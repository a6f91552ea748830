"""Hear an adapter for a character at a terminal, with an engine of this process."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from app.adapters.files import AdapterFiles
from app.adapters.keeper import registered_adapters
from app.adapters.presentation import present_audition
from app.adapters.repository import AdapterAuditionRepository, Asked
from app.adapters.schemas import AdapterResult
from app.adapters.service import find_adapter
from app.auditions.adapters.worker import Progress
from app.catalog.service import get_character
from app.container import Services, build_services
from app.db.session import Database
from app.engines.factory import create_embedded
from app.engines.host import EngineHost
from app.engines.port import AdapterUnknownError, ChatEngine
from app.search.benchmark.errors import EvaluationError
from app.settings import AccessSettings, ServerSettings, Settings
from app.tools.evaluation.counting import present_model, started_engine

_LOOK_SECONDS = 0.5


async def audition(
    settings: Settings, name: str, slug: str, report: Callable[[int, int], None]
) -> AdapterResult:
    """Return the result of an audition, which is stored as one of the service's is.

    An embedded model is loaded in this process, beside a service that runs. Raises the engine's
    errors, :class:`~app.errors.AppError` for unknown names, and
    :class:`~app.search.benchmark.errors.EvaluationError` where there is no result.
    """
    alone = settings.model_copy(update={"server": ServerSettings(), "access": AccessSettings()})
    async with _engine(alone) as engine:
        host = EngineHost(alone, on_change=lambda _: None, engine=engine)
        services = await build_services(alone, host)
        try:
            await services.adapter_keeper.look()
            return await _run(services, name, slug, report)
        finally:
            await services.readers.aclose()
            await services.database.aclose()


@asynccontextmanager
async def _engine(settings: Settings) -> AsyncIterator[ChatEngine]:
    """Yield the engine of the settings; an embedded one has loaded the registered adapters."""
    if settings.engine.kind != "embedded":
        async with started_engine(settings) as engine:
            yield engine
        return
    model = await asyncio.to_thread(present_model, settings)
    database = Database(settings)
    try:
        adapters = await registered_adapters(database, AdapterFiles(settings.adapters_dir))
    finally:
        await database.aclose()
    embedded = create_embedded(settings, model, adapters)
    await embedded.start()
    try:
        yield embedded
    finally:
        await embedded.aclose()


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
