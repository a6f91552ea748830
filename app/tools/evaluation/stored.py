"""Load the character that an evaluation is about, from a file or from the database."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from app.catalog.repository import CharacterRepository
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
            f"{slug!r} is no file, and no characters can be read from the database: {error.orig}"
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


async def _load(slug: str, settings: Settings) -> BenchmarkCharacter | None:
    database = Database(settings)
    try:
        async with database.read() as session:
            character = await CharacterRepository(session).by_slug(slug)
            if character is None:
                return None
            revisions = [script.revision for script in character.scripts]
            name, speakers = character.name, frozenset(character.speakers)
            profile = character.profile
            session.expunge_all()
            scenes = [scene async for scene in SceneRepository(session).stream(revisions)]
        return BenchmarkCharacter(scenes, name, speakers, profile)
    finally:
        await database.aclose()
