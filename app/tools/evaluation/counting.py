"""Provide the retrieval benchmark with the configured engine's tokenizer and limits."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

from app.engines.adapters import AdapterServer, ServedAdapter
from app.engines.catalogue import UnknownModelError
from app.engines.factory import EngineSettingsError, create_embedded, create_engine
from app.engines.port import ChatEngine, EngineError, Limits, ScoringEngine
from app.engines.resolution import ResolvedModel, resolve
from app.search.benchmark.costs import ESTIMATE, CountAll, PromptCosts
from app.search.benchmark.errors import EvaluationError
from app.settings import Settings
from app.tools.bench.in_process import Say
from characters.scripts.model import Line

TokensBy = Literal["auto", "engine", "estimate"]

_CONTEXT_LENGTH = 4_096
_PATIENCE_SECONDS = 120.0
"""For one request; an engine that is being asked by others answers later."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Hold the tokens of a script's lines, and the limits of the engine that counted them."""

    costs: PromptCosts
    limits: Limits


@asynccontextmanager
async def counting(
    settings: Settings, by: TokensBy, lines: Iterable[Line], say: Say
) -> AsyncIterator[Counted]:
    """Count with the engine of the settings, which runs until the block ends.

    The costs may be used in other threads. ``auto`` estimates, and says so and why, where the
    engine does not answer or its model is not on this machine; with ``engine``
    :class:`~app.search.benchmark.errors.EvaluationError` is raised then.
    """
    if by == "estimate":
        yield _estimated(settings)
        return
    try:
        engine = await start_engine(settings)
    except (EngineError, EngineSettingsError, UnknownModelError, OSError) as error:
        if by == "engine":
            raise EvaluationError(f"No engine counts tokens: {error}") from error
        say(f"Tokens are ESTIMATED, not counted: {error}")
        yield _estimated(settings)
        return
    try:
        yield await _counted(engine, lines)
    except EngineError as error:
        raise EvaluationError(f"The engine stopped counting tokens: {error}") from error
    finally:
        await engine.aclose()


async def start_engine(settings: Settings, adapters: Sequence[ServedAdapter] = ()) -> ChatEngine:
    """Return an engine that has answered; the embedded one runs without a download.

    It serves ``adapters``, as far as it can.
    """
    if settings.engine.kind != "embedded":
        engine = create_engine(settings)
        try:
            if adapters and isinstance(engine, AdapterServer):
                await engine.serve_adapters(adapters)
            await engine.limits()
        except EngineError:
            await engine.aclose()
            raise
        return engine
    model = await asyncio.to_thread(present_model, settings)
    embedded = create_embedded(settings, model, adapters)
    await embedded.start()
    return embedded


@asynccontextmanager
async def started_engine(settings: Settings) -> AsyncIterator[ChatEngine]:
    """Yield :func:`start_engine`'s engine, and close it."""
    engine = await start_engine(settings)
    try:
        yield engine
    finally:
        await engine.aclose()


def present_model(settings: Settings) -> ResolvedModel:
    """Return the embedded model of the settings.

    Raises :class:`~app.engines.catalogue.UnknownModelError` where its file is not on this machine.
    """
    resolved = resolve(settings)
    if not resolved.present:
        raise UnknownModelError(
            f"{resolved.title} is not on this machine. Run `offbook model pull {resolved.name}`, "
            "or set OFFBOOK_ENGINE__MODEL to a model that is."
        )
    return resolved


async def _counted(engine: ChatEngine, lines: Iterable[Line]) -> Counted:
    count = count_from_threads(engine, asyncio.get_running_loop())
    return Counted(await PromptCosts.of_engine(engine, lines, count), await engine.limits())


def count_from_threads(engine: ScoringEngine, loop: asyncio.AbstractEventLoop) -> CountAll:
    """Return a function that other threads count with."""

    def count(texts: Sequence[str]) -> Sequence[int]:
        counted = asyncio.run_coroutine_threadsafe(engine.count_tokens(texts), loop)
        return counted.result(_PATIENCE_SECONDS)

    return count


def _estimated(settings: Settings) -> Counted:
    style = settings.engine.prompt_style
    limits = Limits(
        model=ESTIMATE,
        context_length=settings.engine.context_length or _CONTEXT_LENGTH,
        prompt_style="completion" if style == "auto" else style,
    )
    return Counted(PromptCosts(style=limits.prompt_style), limits)
