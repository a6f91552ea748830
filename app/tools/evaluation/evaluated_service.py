"""Run the service in this process, with a database of its own, for evaluations that use it."""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from app.cards.scenes import store_scenes
from app.catalog.service import add_character, check_fields
from app.engines.port import ChatEngine, Limits
from app.errors import AppError
from app.openai_api.dialogue import clip
from app.search.benchmark.errors import EvaluationError
from app.settings import AccessSettings, DatabaseSettings, ServerSettings, Settings
from app.tools.bench.in_process import InProcessService, Say, in_process
from characters.language import detect_language
from characters.scripts.model import Scene

_PROFILE_SHARE = 0.35
"""Of the context, in a model's reading length: a profile may be an encyclopedia article, and
dialogue and examples need room too."""
_PROFILE_CHARACTERS = 40_000
"""The longest profile that can be stored."""
_REPORTED_EVERY = 20
"""Characters."""


@dataclass(frozen=True, slots=True)
class EvaluatedService(InProcessService):
    """Hold a started service whose engine is ready."""

    limits: Limits
    """Of the engine."""

    async def add_character(
        self,
        name: str,
        profile: str,
        title: str,
        scenes: Sequence[Scene],
        speakers: Collection[str] = (),
    ) -> str:
        """Store a character that knows these scenes, or none, and return its slug.

        A profile that would fill the engine's context is cut at its end. Raises
        :class:`~app.search.benchmark.errors.EvaluationError` where the fields make no character.
        """
        room = self.limits.context_length * _PROFILE_SHARE
        said = [line.text for scene in scenes for line in scene.lines]
        fields = {
            "name": name,
            "profile": clip(profile, room)[:_PROFILE_CHARACTERS],
            "language": detect_language([name, profile, *said]),
            "speakers": sorted(speakers),
        }
        try:
            async with self.services.database.write() as session:
                scripts = [await store_scenes(session, "", title, scenes)] if scenes else []
                character = await add_character(session, check_fields(fields), scripts)
                slug = character.slug
        except AppError as error:
            raise EvaluationError(f"{name} cannot be made a character: {error.message}") from error
        self.services.indexer.wake()
        return slug

    async def until_all_indexed(self, slugs: Sequence[str], say: Say) -> None:
        """Wait until the indexes of all characters are built, and report the progress.

        Raises :class:`~app.search.benchmark.errors.EvaluationError` where one cannot be built.
        """
        for done, slug in enumerate(slugs, start=1):
            await self.until_indexed(slug)
            if done % _REPORTED_EVERY == 0:
                say(f"{done} of {len(slugs)} characters are ready.")


@asynccontextmanager
async def open_service(
    settings: Settings,
    folder: Path,
    say: Say,
    *,
    side_by_side: int | None = None,
    engine: ChatEngine | None = None,
) -> AsyncIterator[EvaluatedService]:
    """Run the service with the engine, the embedder and the retrieval of the settings.

    Its database is a file in ``folder``, and stays there. ``side_by_side`` bounds the turns that
    run at once. Raises :class:`~app.search.benchmark.errors.EvaluationError` where the engine does
    not come up.
    """
    own = _settings_of(settings, folder, side_by_side)
    async with in_process(own, engine=engine) as service:
        limits = await service.until_engine_ready(say)
        yield EvaluatedService(service.services, service.http, limits)


def _settings_of(settings: Settings, folder: Path, side_by_side: int | None) -> Settings:
    """Return settings for a service that listens nowhere and starts without data."""
    limits = settings.limits
    if side_by_side is not None:
        limits = limits.model_copy(update={"running_turns": side_by_side})
    return settings.model_copy(
        update={
            "data_dir": folder,
            "database": DatabaseSettings(),
            "server": ServerSettings(),
            "access": AccessSettings(),
            "load_samples": False,
            "limits": limits,
        }
    )
