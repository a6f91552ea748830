"""Load the characters that an evaluation is about, from a file or from the database."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError

from app.catalog.repository import CharacterRepository
from app.db.problems import explain
from app.db.scenes import SceneRepository
from app.db.session import Database
from app.search.benchmark.corpus import BenchmarkCharacter, check_enough, read_subject
from app.search.benchmark.errors import EvaluationError
from app.settings import Settings


def stored_subject(slug: str, settings: Settings) -> BenchmarkCharacter:
    """Return the character with this slug from the database of the settings.

    Raises :class:`~app.search.benchmark.errors.EvaluationError` where the slug is unknown, and
    like :func:`~app.search.benchmark.corpus.read_subject`.
    """
    try:
        subject = asyncio.run(_load(slug, settings))
    except DBAPIError as error:
        raise EvaluationError(
            f"{slug!r} is no file, and no characters can be read. "
            f"{explain(error, make_url(settings.database_url)) or error.orig}"
        ) from error
    if subject is None:
        raise EvaluationError(f"{slug!r} is neither a file nor the slug of a character")
    return check_enough(subject, slug)


def find_subject(
    what: str, name: str, speakers: Sequence[str], settings: Settings
) -> BenchmarkCharacter:
    """Return the character that a command names: by a script file and a speaker, or by a slug.

    Raises :class:`~app.search.benchmark.errors.EvaluationError`.
    """
    path = Path(what)
    if path.is_file():
        return read_subject(path, name or path.stem, speakers)
    return stored_subject(what, settings)


def find_subjects(
    what: Sequence[str],
    names: Sequence[str],
    speakers: Sequence[str],
    profiles: Sequence[Path],
    settings: Settings,
) -> list[BenchmarkCharacter]:
    """Return the characters that a command names, as :func:`find_subject` does.

    ``names``, ``speakers`` and ``profiles`` are those of the first ones, in order.
    """
    for option, given in (("--name", names), ("--speaker", speakers), ("--profile", profiles)):
        if len(given) > len(what):
            raise EvaluationError(f"{len(given)} times {option}, and {len(what)} scripts")
    found = []
    for number, each in enumerate(what):
        name = names[number] if number < len(names) else ""
        own = [speakers[number]] if number < len(speakers) else []
        subject = find_subject(each, name, own, settings)
        if number < len(profiles):
            subject = replace(subject, profile=_read(profiles[number]))
        found.append(replace(subject, query_length=settings.retrieval.max_query_length))
    if len({subject.name for subject in found}) < len(found):
        raise EvaluationError("two characters have the same name: name them apart with --name")
    return found


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationError(f"{path} cannot be read as a profile: {error}") from error


def titles_of(what: str, settings: Settings) -> list[str]:
    """Return the titles of the scripts of a character that :func:`find_subject` found."""
    path = Path(what)
    return [path.name] if path.is_file() else asyncio.run(_titles(what, settings))


async def _titles(slug: str, settings: Settings) -> list[str]:
    database = Database(settings)
    try:
        async with database.read() as session:
            character = await CharacterRepository(session).by_slug(slug)
            return [] if character is None else [script.title for script in character.scripts]
    finally:
        await database.aclose()


async def _load(slug: str, settings: Settings) -> BenchmarkCharacter | None:
    database = Database(settings)
    try:
        async with database.read() as session:
            character = await CharacterRepository(session).by_slug(slug)
            if character is None:
                return None
            revisions = [script.revision for script in character.scripts]
            name, speakers = character.name, frozenset(character.speakers)
            profile, aliases = character.profile, (*character.aliases, character.nickname)
            session.expunge_all()
            scenes = [scene async for scene in SceneRepository(session).stream(revisions)]
        return BenchmarkCharacter(scenes, name, speakers, profile, aliases=aliases)
    finally:
        await database.aclose()
