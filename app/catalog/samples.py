"""The samples: what a newcomer meets first."""

import io
import tomllib
from importlib.resources import files

import structlog
from sqlalchemy import func, select

from app.catalog.schemas import CharacterCreate
from app.catalog.service import CatalogService
from app.db.models import Script
from app.db.session import Database
from app.scripts.service import ScriptService, Upload

log = structlog.get_logger(__name__)


async def load_samples(database: Database, scripts: ScriptService, catalog: CatalogService) -> None:
    """Store the sample scripts and their characters, at the first start only.

    A database that has, or ever had, anything in it is left alone: what was deleted stays so.
    """
    async with database.read() as session:
        if await session.scalar(select(func.count()).select_from(Script)):
            return
    for folder in sorted(files("characters.samples").iterdir(), key=lambda item: item.name):
        if not folder.is_dir() or not folder.joinpath("sample.toml").is_file():
            continue
        sample = tomllib.loads(folder.joinpath("sample.toml").read_text(encoding="utf-8"))
        content = folder.joinpath("script.txt").read_bytes()
        upload = Upload(
            io.BytesIO(content), filename="script.txt", size=len(content), title=sample["title"]
        )
        stored = await scripts.store(upload, may_replace=False)
        for character in sample["characters"]:
            await catalog.create(
                CharacterCreate(
                    script_ids=[stored.report.id],
                    language=sample["language"],
                    **{name: _text(value) for name, value in character.items()},
                ),
                sample=True,
            )
        log.info("sample_loaded", title=sample["title"])


def _text(value: object) -> object:
    return value.strip() if isinstance(value, str) else value
