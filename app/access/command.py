"""Run ``offbook admin-key``: manage keys at a terminal."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.keys import add_key, list_keys, revoke_key, visible_prefix
from app.db.migrate import upgrade
from app.db.models import ApiKey
from app.db.session import Database
from app.errors import AppError
from app.settings import Settings

key_commands = typer.Typer(help="Admin keys.", no_args_is_help=True)

Result = TypeVar("Result")
DataDir = Annotated[Path | None, typer.Option(help="Where the data is kept.")]


@key_commands.command("create")
def create(
    label: Annotated[str, typer.Option(help="What the key is for.")] = "admin",
    data_dir: DataDir = None,
) -> None:
    """Create an admin key. It is shown only once; its hash alone is stored."""
    _, key = _run(data_dir, lambda session: add_key(session, label))
    _say(key)


@key_commands.command("list")
def show(data_dir: DataDir = None) -> None:
    """List admin keys: prefix, label, when made, last used and revoked (UTC)."""
    keys = _run(data_dir, list_keys)
    width = max((len(key.label) for key in keys), default=0)
    for key in keys:
        _say(_line(key, width))
    if not keys:
        _say("There is no admin key.")


@key_commands.command("revoke")
def revoke(
    prefix: Annotated[str, typer.Argument(help="As `offbook admin-key list` shows it.")],
    forget: Annotated[
        bool,
        typer.Option(
            "--forget",
            help="Forget the key altogether. On a loopback address, a service without any key, "
            "revoked ones included, is open from its next start.",
        ),
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """End a key and all sessions that began with it, at once."""
    _run(data_dir, lambda session: revoke_key(session, prefix, forget=forget))
    _say(f"{prefix} is revoked.")


def _line(key: ApiKey, width: int) -> str:
    state = f"revoked {_time(key.revoked_at)}" if key.revoked_at else "valid"
    return (
        f"{visible_prefix(key):12}  {key.label:{width}}  made {_time(key.created_at)}  "
        f"used {_time(key.last_used_at):16}  {state}"
    )


def _time(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at else "never"


def _run(data_dir: Path | None, work: Callable[[AsyncSession], Awaitable[Result]]) -> Result:
    """Run ``work`` in a transaction; an error ends the command with its message."""
    settings = Settings()
    if data_dir:
        settings = settings.model_copy(update={"data_dir": data_dir})
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    upgrade(settings.direct_database_url)
    try:
        return asyncio.run(_within(settings, work))
    except AppError as error:
        Console(stderr=True, highlight=False).print(error.message, style="red", markup=False)
        raise typer.Exit(1) from error


async def _within(settings: Settings, work: Callable[[AsyncSession], Awaitable[Result]]) -> Result:
    database = Database(settings)
    try:
        async with database.write() as session:
            return await work(session)
    finally:
        await database.aclose()


def _say(text: str) -> None:
    Console(highlight=False).print(text, markup=False, soft_wrap=True)
