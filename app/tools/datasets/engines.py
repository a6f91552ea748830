"""Provide prompts with an engine that counts tokens, by estimate where none answers."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from app.engines.catalogue import UnknownModelError, load_catalogue
from app.engines.factory import EngineSettingsError
from app.engines.model_entry import ModelEntry
from app.engines.port import (
    ChatEngine,
    EngineError,
    EnginePrompt,
    Limits,
    ScoringEngine,
    ScoringUnsupportedError,
)
from app.search.benchmark.costs import ESTIMATE, estimate
from app.settings import Settings
from app.tools.bench.in_process import Say
from app.tools.datasets.errors import DatasetError
from app.tools.evaluation.counting import TokensBy, start_engine

_CONTEXT_LENGTH = 4_096
UNKNOWN_LICENCE = "not known: the model is not in the catalogue"


class EstimatingEngine:
    """Implement :class:`~app.engines.port.ScoringEngine` without a model: it only counts."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits

    async def score(
        self,
        prompt: EnginePrompt,
        continuation: str,
        *,
        affinity: str | None = None,
        adapter: str | None = None,
    ) -> list[float]:
        """Raise :class:`~app.engines.port.ScoringUnsupportedError`."""
        raise ScoringUnsupportedError("No engine answers, so nothing can be scored.")

    def as_sent(self, prompt: EnginePrompt) -> EnginePrompt:
        """Return the prompt: no model's control tokens are known."""
        return prompt

    async def count_tokens(self, texts: Sequence[str], *, rough: int = 0) -> list[int]:
        """Estimate the tokens of each text."""
        return estimate(texts)

    async def limits(self) -> Limits:
        """Return the limits it was given."""
        return self._limits


@asynccontextmanager
async def open_engine(
    settings: Settings, by: TokensBy, say: Say, *, needed: str = ""
) -> AsyncIterator[tuple[ScoringEngine, ChatEngine | None]]:
    """Yield what counts tokens, and the configured engine, None where tokens are estimated.

    ``needed``: what the dataset cannot be made without an engine for; nothing is estimated then.
    Raises :class:`~app.tools.datasets.errors.DatasetError` where an engine is needed and none
    answers.
    """
    if by == "estimate" and not needed:
        yield EstimatingEngine(_without_engine(settings)), None
        return
    try:
        engine = await start_engine(settings)
    except (EngineError, EngineSettingsError, UnknownModelError, OSError) as error:
        if needed:
            raise DatasetError(f"An engine is needed for {needed}: {error}") from error
        if by == "engine":
            raise DatasetError(f"No engine counts tokens: {error}") from error
        say(f"Tokens are ESTIMATED, not counted: {error}")
        yield EstimatingEngine(_without_engine(settings)), None
        return
    try:
        yield engine, engine
    finally:
        await engine.aclose()


def limits_for(base: str, limits: Limits, settings: Settings) -> Limits:
    """Return the limits of a model of the catalogue; those given where ``base`` is empty."""
    if not base:
        return limits
    entry = load_catalogue(settings.engine.catalogue).get(base)
    if entry is None:
        known = ", ".join(load_catalogue(settings.engine.catalogue))
        raise DatasetError(f"There is no model {base!r} in the catalogue. Known are {known}.")
    return _limits_of(entry)


def licence_of(model: str, settings: Settings) -> str:
    """Return the licence of what a model writes, with its class in the catalogue."""
    for name, entry in load_catalogue(settings.engine.catalogue).items():
        if model in (name, entry.title, entry.file, entry.vllm):
            return f"{entry.licence} ({entry.licence_class})"
    return UNKNOWN_LICENCE


def _without_engine(settings: Settings) -> Limits:
    """Return the limits of the configured model, or usual ones where it has no name."""
    entry = load_catalogue(settings.engine.catalogue).get(settings.engine.model)
    limits = (
        _limits_of(entry)
        if entry is not None
        else Limits(model=ESTIMATE, context_length=_CONTEXT_LENGTH, prompt_style="chat")
    )
    style, length = settings.engine.prompt_style, settings.engine.context_length
    return replace(
        limits,
        prompt_style=limits.prompt_style if style == "auto" else style,
        context_length=length or limits.context_length,
    )


def _limits_of(entry: ModelEntry) -> Limits:
    return Limits(
        model=entry.name,
        context_length=entry.context_length,
        prompt_style=entry.prompt_style,
        sampling=entry.sampling,
        max_examples=entry.max_examples,
        profile_length=entry.profile_length,
    )
