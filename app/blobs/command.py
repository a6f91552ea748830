"""Run ``offbook blobs``: show where pictures and files are, and move them."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, NoReturn, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from sqlalchemy import func, select

from app.blobs.errors import BlobUnavailableError
from app.blobs.factory import create_stores
from app.blobs.fields import CONTENT_FIELDS
from app.blobs.moving import Moved, Mover
from app.blobs.service import Blobs
from app.db.in_use import held_in_use
from app.db.migrate import upgrade
from app.db.models import Blob
from app.db.session import Database
from app.observability import Metrics
from app.settings import Place, Settings

blob_commands = typer.Typer(
    help="Where pictures and the files of cards are kept.", no_args_is_help=True
)

Result = TypeVar("Result")
DataDir = Annotated[Path | None, typer.Option(help="Where the data is kept.")]
_COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())


@blob_commands.command("show")
def show(data_dir: DataDir = None) -> None:
    """Show how many contents are in each place, and their bytes."""
    settings = _settings(data_dir)
    for place, (count, size) in _run(settings, lambda database, _: _count(database)).items():
        mark = "   new ones go here" if place == settings.blobs.place else ""
        _say(f"{place:12} {count:>10,} contents  {size:>16,} bytes{mark}")


@blob_commands.command("move")
def move(
    to: Annotated[
        Place | None, typer.Argument(help="The place; without it, that of OFFBOOK_BLOBS__PLACE.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Move every content into one place; the service may go on meanwhile.

    An interrupted move goes on when it is started again. Where contents were, they are deleted an
    hour later, by the service.
    """
    settings = _settings(data_dir)
    place = to or settings.blobs.place

    async def work(database: Database, blobs: Blobs) -> Moved:
        # A restore meanwhile would leave rows that refer to what it knows nothing of.
        async with held_in_use(settings.direct_database_url):
            with Progress(*_COLUMNS, console=Console(stderr=True)) as progress:
                task = progress.add_task(f"into the {place}")
                return await Mover(database, blobs, place).move(
                    lambda done, total: progress.update(task, completed=done, total=total)
                )

    done = _run(settings, work)
    _say(f"{done.moved:,} contents were moved into the {place}.")
    if done.changed:
        _say(f"{done.changed:,} were changed meanwhile and are where new ones go.")
    if done.lost:
        _fail(f"{done.lost:,} are missing or damaged where they were; the log names them.")


async def _count(database: Database) -> dict[str, tuple[int, int]]:
    count, size = 0, 0
    async with database.read() as session:
        for field in CONTENT_FIELDS:
            length = func.length(field.content)
            inside = select(func.count(), func.coalesce(func.sum(length), 0)).where(
                field.blob.is_(None), length > 0
            )
            row = (await session.execute(inside)).one()
            count, size = count + row[0], size + int(row[1])
        outside = await session.execute(
            select(Blob.place, func.count(), func.sum(Blob.size))
            .where(Blob.character_id.is_not(None))
            .group_by(Blob.place)
            .order_by(Blob.place)
        )
        return {"database": (count, size), **{row[0]: (row[1], int(row[2])) for row in outside}}


def _settings(data_dir: Path | None) -> Settings:
    settings = Settings()
    return settings.model_copy(update={"data_dir": data_dir}) if data_dir else settings


def _run(settings: Settings, work: Callable[[Database, Blobs], Awaitable[Result]]) -> Result:
    """Run ``work``; a place that does not answer ends the command with a sentence."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    stores = create_stores(settings, Metrics())
    upgrade(settings.direct_database_url)

    async def within() -> Result:
        database = Database(settings)
        try:
            return await work(database, Blobs(database, stores, settings.blobs.place))
        finally:
            await database.aclose()

    try:
        return asyncio.run(within())
    except BlobUnavailableError:
        _fail(
            "The place does not answer, or refuses; the log above says which and why. What was "
            "moved so far stays moved: start the command again to go on."
        )


def _fail(message: str) -> NoReturn:
    Console(stderr=True, highlight=False).print(message, style="red", markup=False)
    raise typer.Exit(1)


def _say(text: str) -> None:
    Console(highlight=False).print(text, markup=False, soft_wrap=True)
