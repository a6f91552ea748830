"""Find the characters that a dataset is made of: in script files, and in the database."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.repository import CharacterRepository
from app.db.models import Character
from app.db.problems import explain
from app.db.scenes import SceneRepository
from app.db.session import Database
from app.search.benchmark.corpus import BenchmarkCharacter, check_enough, read_subject
from app.search.benchmark.errors import EvaluationError
from app.settings import RetrievalMode, Settings
from app.tools.datasets.errors import DatasetError
from app.turns.dialogue_context import persona_of
from characters.prompting.prompt import UNNAMED
from characters.scripts.model import Scene

ALL = "all"
"""Names every published character of the database."""
NOT_GIVEN = "not given"
OF_SAMPLES = "Apache-2.0, with Offbook"

_AT_ONCE = 100
MOST_CHARACTERS = 10_000_000
"""Most characters of all scenes in which the characters speak, each once: they are compared with
each other in memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptSource:
    """Hold a character, and where its lines are from."""

    subject: BenchmarkCharacter
    title: str
    """The file, or the titles of its scripts."""
    licence: str
    mode: RetrievalMode
    character_id: UUID | None = None
    """None for a file's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Hold the characters found, and those of ``all`` that were passed over, with the reason."""

    sources: list[ScriptSource]
    skipped: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Hold what an operator asks for; the lists are in the order of the files."""

    what: Sequence[str]
    names: Sequence[str] = ()
    speakers: Sequence[str] = ()
    profiles: Sequence[Path] = ()
    licences: Sequence[str] = ()
    """In the order of ``what``."""
    needs_lines: bool = True
    """Whether rows are made of lines: a character with hardly any is refused then."""


def find_sources(wanted: Wanted, settings: Settings) -> Found:
    """Return the characters that are asked for.

    Raises :class:`~app.tools.datasets.errors.DatasetError` for what is neither a file nor a slug,
    and for a character with too few lines, unless it is one of ``all``.
    """
    _check_options(wanted)
    found, skipped, scenes = list[ScriptSource](), list[str](), dict[UUID, list[Scene]]()
    for number, each in enumerate(wanted.what):
        licence = _nth(wanted.licences, number)
        if Path(each).is_file():
            found.append(_of_file(wanted, number, licence, settings))
        else:
            stored, left_out = asyncio.run(_stored(each, licence, settings, scenes, wanted))
            found += stored
            skipped += left_out
    _check_size(found)
    return Found(sources=_distinct(found), skipped=skipped)


def _check_options(wanted: Wanted) -> None:
    for option, given in (
        ("--name", wanted.names),
        ("--speaker", wanted.speakers),
        ("--profile", wanted.profiles),
        ("--licence", wanted.licences),
    ):
        if len(given) > len(wanted.what):
            raise DatasetError(f"{len(given)} times {option}, and {len(wanted.what)} scripts.")


def _nth(values: Sequence[str], number: int) -> str:
    return values[number].strip() if number < len(values) else ""


def _of_file(wanted: Wanted, number: int, licence: str, settings: Settings) -> ScriptSource:
    path = Path(wanted.what[number])
    speaker = _nth(wanted.speakers, number)
    try:
        subject = read_subject(
            path, _nth(wanted.names, number) or path.stem, [speaker] if speaker else []
        )
    except EvaluationError as error:
        raise DatasetError(str(error)) from error
    profile = _read(wanted.profiles[number]) if number < len(wanted.profiles) else ""
    return ScriptSource(
        subject=replace(subject, profile=profile, query_length=settings.retrieval.max_query_length),
        title=path.name,
        licence=licence or NOT_GIVEN,
        mode=settings.retrieval.mode,
    )


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path} cannot be read as a profile: {error}") from error


async def _stored(
    slug: str,
    licence: str,
    settings: Settings,
    scenes: dict[UUID, list[Scene]],
    wanted: Wanted,
) -> tuple[list[ScriptSource], list[str]]:
    """Return the characters of a slug, or of ``all``, and sentences about those passed over."""
    database = Database(settings)
    found, skipped = list[ScriptSource](), list[str]()
    try:
        async with database.read() as session:
            for each in await _published(session) if slug == ALL else [slug]:
                source = await _of_slug(session, each, licence, settings, scenes)
                try:
                    if wanted.needs_lines:
                        check_enough(source.subject, each)
                except EvaluationError as error:
                    if slug != ALL:
                        raise DatasetError(str(error)) from error
                    skipped.append(str(error).partition(". Choose")[0] + ".")
                else:
                    found.append(source)
    except DBAPIError as error:
        raise DatasetError(
            f"{slug!r} is no file, and no characters can be read. "
            f"{explain(error, make_url(settings.database_url)) or error.orig}"
        ) from error
    finally:
        await database.aclose()
    return found, skipped


async def _published(session: AsyncSession) -> list[str]:
    """Return the slugs of the published characters, the oldest first."""
    repository, slugs = CharacterRepository(session), list[str]()
    after: UUID | None = None
    while page := await repository.page(after=after, limit=_AT_ONCE):
        slugs += [each.slug for each in page if each.published]
        after = page[-1].id
        session.expunge_all()
    return slugs[::-1]


async def _of_slug(
    session: AsyncSession,
    slug: str,
    licence: str,
    settings: Settings,
    scenes: dict[UUID, list[Scene]],
) -> ScriptSource:
    character = await CharacterRepository(session).by_slug(slug)
    if character is None:
        raise DatasetError(f"{slug!r} is neither a file nor the slug of a character.")
    revisions = [script.revision for script in character.scripts]
    source = _source(character, licence, settings)
    session.expunge_all()
    for revision in revisions:
        if revision not in scenes:
            scenes[revision] = [
                scene async for scene in SceneRepository(session).stream([revision])
            ]
    said = [scene for revision in revisions for scene in scenes[revision]]
    return replace(source, subject=replace(source.subject, scenes=said))


def _source(character: Character, licence: str, settings: Settings) -> ScriptSource:
    """Return the source of a stored character, without its scenes."""
    persona = persona_of(character, UNNAMED)
    return ScriptSource(
        subject=BenchmarkCharacter(
            [],
            persona.name,
            frozenset(character.speakers),
            persona.profile,
            settings.retrieval.max_query_length,
            persona.language,
        ),
        title=", ".join(script.title for script in character.scripts),
        licence=licence or (OF_SAMPLES if character.sample else NOT_GIVEN),
        mode=character.retrieval or settings.retrieval.mode,
        character_id=character.id,
    )


def _check_size(sources: Sequence[ScriptSource]) -> None:
    scenes = {
        id(scene): scene
        for source in sources
        for scene in source.subject.scenes
        if any(line.speaker in source.subject.own for line in scene.lines)
    }
    size = sum(len(line.text) for scene in scenes.values() for line in scene.lines)
    if size > MOST_CHARACTERS:
        raise DatasetError(
            f"The scenes have {size:,} characters together, and one dataset is made of at most "
            f"{MOST_CHARACTERS:,}. Make several, each of fewer characters."
        )


def _distinct(sources: Sequence[ScriptSource]) -> list[ScriptSource]:
    """Return the sources, of the same character only the first."""
    known: dict[object, ScriptSource] = {}
    for source in sources:
        own = source.subject
        key = source.character_id or (source.title, own.name, own.own, len(own.scenes))
        known.setdefault(key, source)
    return list(known.values())
