"""Load the sample scripts and characters that newcomers meet first."""

import io
import tomllib
from importlib.resources import files

import structlog
from sqlalchemy import make_url

from app.catalog.schemas import CharacterCreate
from app.catalog.service import CatalogService
from app.db.locks import LockName, acquire_with_retries, lock_of
from app.db.models import Milestone
from app.db.session import Database
from app.scripts.service import ScriptService
from app.scripts.upload import Upload
from app.settings import Settings

_MILESTONE = "samples loaded"
_WAIT_SECONDS = 60.0

log = structlog.get_logger(__name__)


async def load_samples(
    settings: Settings, database: Database, scripts: ScriptService, catalog: CatalogService
) -> None:
    """Store the sample scripts and their characters once; deleted ones stay deleted.

    Of processes that start at the same time, one loads and the others wait. Where a start dies on
    the way, the next one loads the rest.
    """
    if await _are_loaded(database):
        return
    lock = lock_of(make_url(settings.direct_database_url), LockName.UPGRADE)
    if not await acquire_with_retries(lock, shared=False, wait=_WAIT_SECONDS):
        log.warning("samples_left_to_another_process")
        return
    try:
        if not await _are_loaded(database):
            await _load(database, scripts, catalog)
    finally:
        lock.release()


async def _are_loaded(database: Database) -> bool:
    async with database.read() as session:
        return await session.get(Milestone, _MILESTONE) is not None


async def _load(database: Database, scripts: ScriptService, catalog: CatalogService) -> None:
    for folder in sorted(files("characters.samples").iterdir(), key=lambda item: item.name):
        if not folder.is_dir() or not folder.joinpath("sample.toml").is_file():
            continue
        sample = tomllib.loads(folder.joinpath("sample.toml").read_text(encoding="utf-8"))
        content = folder.joinpath("script.txt").read_bytes()
        upload = Upload(
            io.BytesIO(content), filename="script.txt", size=len(content), title=sample["title"]
        )
        stored = await scripts.store(upload, owner="", may_replace=False)
        for character in sample["characters"]:
            await catalog.create_or_update(
                CharacterCreate(
                    script_ids=[stored.report.id],
                    language=sample["language"],
                    **{name: _text(value) for name, value in character.items()},
                ),
                sample=True,
            )
        log.info("sample_loaded", title=sample["title"])
    async with database.write() as session:
        session.add(Milestone(name=_MILESTONE))


def _text(value: object) -> object:
    return value.strip() if isinstance(value, str) else value
