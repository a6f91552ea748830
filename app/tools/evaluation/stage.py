"""The service in this process, with a database of its own, for evaluations that talk to it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from app.cards.scenes import store_scenes
from app.catalog.service import add_character, check_fields
from app.container import Services
from app.db.migrate import upgrade
from app.engines.port import ChatEngine, Limits
from app.errors import AppError
from app.main import create_app
from app.openai_api.dialogue import clip
from app.search.benchmark.errors import EvaluationError
from app.settings import AccessSettings, DatabaseSettings, ServerSettings, Settings
from characters.language import detect_language
from characters.scripts.model import Scene

Say = Callable[[str], None]

_PROFILE_SHARE = 0.35
"""Of the context, in a model's reading length: a profile may be an encyclopedia article, and
dialogue and examples want their room too."""
_PROFILE_CHARACTERS = 40_000
"""A stored profile has no more."""
_POLL_SECONDS = 0.1
_TELL_EVERY = 20
"""Characters."""


@dataclass(frozen=True, slots=True)
class InProcessService:
    """A started service whose engine is ready."""

    services: Services
    http: httpx.AsyncClient
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
        """A character that knows these scenes, which may be none; its slug.

        A profile that would fill the engine's context is cut at its end. Raises
        :class:`~app.search.benchmark.errors.EvaluationError` for what cannot be a character.
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
                scripts = [await store_scenes(session, title, scenes)] if scenes else []
                character = await add_character(session, check_fields(fields), scripts)
                slug = character.slug
        except AppError as error:
            raise EvaluationError(f"{name} cannot be made a character: {error.message}") from error
        self.services.indexer.wake()
        return slug

    async def until_indexed(self, slugs: Sequence[str], say: Say) -> None:
        """Wait for the indexes of characters.

        Raises :class:`~app.search.benchmark.errors.EvaluationError` where one cannot be built.
        """
        for done, slug in enumerate(slugs, start=1):
            while True:
                shown = await self.json("GET", f"/api/characters/{slug}")
                if shown["status"] == "failed":
                    raise EvaluationError(f"{shown['name']} cannot be indexed: {shown['error']}")
                if shown["status"] == "ready" and shown["progress"] is None:
                    break
                await asyncio.sleep(_POLL_SECONDS)
            if done % _TELL_EVERY == 0:
                say(f"{done} of {len(slugs)} characters are ready.")

    async def json(self, method: str, path: str, **body: Any) -> dict[str, Any]:
        """The object that a request is answered with.

        Raises :class:`~app.search.benchmark.errors.RefusedError` for an error.
        """
        response = await self.http.request(method, path, **body)
        content = response.json()
        if not response.is_success:
            raise RefusedError(response.status_code, str(content["error"]["message"]))
        return dict(content)


class RefusedError(EvaluationError):
    """The service answered a request with an error."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@asynccontextmanager
async def staging(
    settings: Settings,
    folder: Path,
    say: Say,
    *,
    side_by_side: int | None = None,
    engine: ChatEngine | None = None,
) -> AsyncIterator[InProcessService]:
    """The service with the engine, the embedder and the retrieval of the settings.

    Its database is a file in ``folder``, and it stays there. ``side_by_side``: how many replies
    may be asked for at once. Raises :class:`~app.search.benchmark.errors.EvaluationError` where the
    engine does not come up.
    """
    own = _settings_of(settings, folder, side_by_side)
    await asyncio.to_thread(_migrate, own)
    app = create_app(own, engine=engine)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http,
    ):
        services: Services = app.state.services
        limits = await _until_ready(services, say)
        yield InProcessService(services, http, limits)


def _settings_of(settings: Settings, folder: Path, side_by_side: int | None) -> Settings:
    """Nobody listens, nobody else's data is there, and as many replies run as are wanted."""
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


def _migrate(settings: Settings) -> None:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    upgrade(settings.database_url)


async def _until_ready(services: Services, say: Say) -> Limits:
    told = ""
    while not await services.engine.ready():
        status = await services.engine.status()
        if status.state == "unavailable":
            raise EvaluationError(f"No model answers: {status.detail}")
        if status.detail != told:
            say(told := status.detail)
        await asyncio.sleep(_POLL_SECONDS)
    limits = await services.engine.limits()
    say(f"{limits.model} answers.")
    return limits
