"""Give the sample characters the pictures that were drawn for them."""

import asyncio
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

import structlog
from sqlalchemy import make_url, select

from app.blobs.content import in_database
from app.cards.contents import contents_of_portrait, contents_of_shown
from app.cards.repository import CardRepository
from app.db.locks import LockName, acquire_with_retries, lock_of
from app.db.models import Character, Milestone
from app.db.session import Database
from app.settings import Settings
from characters.cards.pictures import Portrait, ShownPicture, reencode

_MILESTONE = "sample pictures loaded"
_WAIT_SECONDS = 60.0
_SVG = "image/svg+xml"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Drawn:
    name: str
    """The character's name."""
    portrait: Portrait
    backdrop: ShownPicture


async def load_sample_pictures(settings: Settings, database: Database) -> None:
    """Store the samples' pictures once; one that was changed or removed since stays so.

    They are kept in the database, so that a start needs no other place.

    Of processes that start at the same time, one stores them and the others wait.
    """
    if await _are_loaded(database):
        return
    lock = lock_of(make_url(settings.direct_database_url), LockName.UPGRADE)
    if not await acquire_with_retries(lock, shared=False, wait=_WAIT_SECONDS):
        log.warning("sample_pictures_left_to_another_process")
        return
    try:
        if not await _are_loaded(database):
            await _store(database, await asyncio.to_thread(lambda: list(_drawn())))
    finally:
        lock.release()


async def _are_loaded(database: Database) -> bool:
    async with database.read() as session:
        return await session.get(Milestone, _MILESTONE) is not None


async def _store(database: Database, drawn: list[_Drawn]) -> None:
    async with database.write() as session:
        repository = CardRepository(session)
        for each in drawn:
            found = select(Character).where(Character.sample, Character.name == each.name)
            for character in (await session.scalars(found)).all():
                if character.avatar is None:
                    kept = in_database(contents_of_portrait(each.portrait))
                    await repository.set_portrait(character, each.portrait, kept)
                if character.backdrop is None:
                    kept = in_database(contents_of_shown(each.backdrop))
                    await repository.set_backdrop(character, each.backdrop, kept)
        session.add(Milestone(name=_MILESTONE))


def _drawn() -> Iterator[_Drawn]:
    """Yield the pictures of the samples; a portrait is also there as a WebP, for cards."""
    for sample in sorted(files("characters.samples").iterdir(), key=lambda item: item.name):
        folder = sample.joinpath("pictures")
        if not folder.joinpath("pictures.toml").is_file():
            continue
        listed = tomllib.loads(folder.joinpath("pictures.toml").read_text(encoding="utf-8"))
        backdrop = _svg(folder.joinpath(listed["backdrop"]).read_bytes())
        for name, file in listed["portraits"].items():
            png = reencode(folder.joinpath(f"{file}.webp").read_bytes())
            shown = _svg(folder.joinpath(f"{file}.svg").read_bytes())
            yield _Drawn(name, Portrait(png, shown), backdrop)


def _svg(content: bytes) -> ShownPicture:
    return ShownPicture(_SVG, content, content)
