"""Write an owner's scripts into the archive, a few scenes at a time."""

from collections.abc import AsyncIterator
from uuid import UUID

from sqlalchemy import select

from app.access import Caller
from app.catalog.slugs import slugify
from app.db.models import Script, StoredScene
from app.db.scenes import SceneRepository, load_scene
from app.db.session import Database
from app.own_data.files import OwnFile, to_json

_PAGE = 200


async def script_files(database: Database, caller: Caller) -> AsyncIterator[OwnFile]:
    """Yield two files for each script: text, and JSON Lines that begin with what it is."""
    if not caller.maker:
        return  # what the service has is no one's own
    after: UUID | None = None
    while True:
        statement = select(Script).where(Script.owner == caller.maker)
        if after is not None:
            statement = statement.where(Script.id > after)
        async with database.read() as session:
            script = await session.scalar(statement.order_by(Script.id).limit(1))
        if script is None:
            return
        stem = f"scripts/{slugify(script.title)} {script.id.hex[-8:]}"
        async for piece in _text(database, script):
            yield OwnFile(f"{stem}.txt", piece)
        async for piece in _lines(database, script):
            yield OwnFile(f"{stem}.jsonl", piece)
        after = script.id


async def _text(database: Database, script: Script) -> AsyncIterator[bytes]:
    async for page in _pages(database, script.revision):
        parts = []
        for stored in page:
            heading = [stored.heading] if stored.heading else []
            parts.append(
                "\n".join([*heading, *(each.render() for each in load_scene(stored).lines)])
            )
        yield ("\n\n".join(parts) + "\n\n").encode(errors="replace")


async def _lines(database: Database, script: Script) -> AsyncIterator[bytes]:
    shown = ("id", "title", "filename", "format", "encoding", "language", "sha256", "created_at")
    head = {name: getattr(script, name) for name in shown}
    yield to_json(head, indent=None) + b"\n"
    fields = ("number", "part", "heading", "episode", "lines")
    async for page in _pages(database, script.revision):
        for stored in page:
            scene = {name: getattr(stored, name) for name in fields}
            yield to_json(scene, indent=None) + b"\n"


async def _pages(database: Database, revision: UUID) -> AsyncIterator[list[StoredScene]]:
    after = 0
    while True:
        async with database.read() as session:
            page = list(await SceneRepository(session).page(revision, after, _PAGE))
        if not page:
            return
        yield page
        after = page[-1].number
