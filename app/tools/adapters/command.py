"""Run ``offbook adapter``: register adapters, list, remove, and hear them for a character."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, NoReturn, TypeVar

import typer
from rich.console import Console

from app.access.identity import Actor
from app.adapters.promotion import describe_failed, failed_figures
from app.adapters.schemas import AdapterResult, IntervalOut
from app.adapters.service import AdapterService
from app.db.in_use import held_in_use
from app.db.migrate import upgrade
from app.db.session import Database
from app.engines.catalogue import CatalogueError, UnknownModelError
from app.engines.factory import EngineSettingsError
from app.engines.host import EngineHost
from app.engines.port import EngineError
from app.errors import AppError
from app.observability import configure_logging
from app.readers.pool import ReaderPool
from app.search.benchmark.errors import EvaluationError
from app.settings import Settings
from app.tools.adapters.audition import audition
from app.tools.markdown import table
from retrieval.errors import RetrievalError

adapter_commands = typer.Typer(
    help="Adapters: small sets of weights that change how the model speaks.", no_args_is_help=True
)

Result = TypeVar("Result")
DataDir = Annotated[Path | None, typer.Option(help="Where the data is kept.")]
Name = Annotated[str, typer.Argument(help="The adapter's registered name.")]
OPERATOR = Actor()
"""Who acts at a terminal: no person that the service knows."""


@adapter_commands.command("add")
def add(
    folder: Annotated[
        Path, typer.Argument(help="As `offbook train lora` writes it.", file_okay=False)
    ],
    name: Annotated[str, typer.Option(help="By default the one on its card.")] = "",
    data_dir: DataDir = None,
) -> None:
    """Register an adapter: check its files and copy them into the data directory.

    A service that runs loads it within seconds; no character speaks with it before it was promoted.
    """
    settings = _settings(data_dir)
    made = _run(settings, lambda adapters: adapters.register(folder, name, OPERATOR))
    _say(f"{made.name} is registered: rank {made.rank}, {made.size:,} bytes, for {made.base}.")


@adapter_commands.command("list")
def list_(data_dir: DataDir = None) -> None:
    """List the registered adapters, and for whom they speak."""
    found = _run(_settings(data_dir), lambda adapters: adapters.list_adapters())
    if not found.items:
        _say("No adapter is registered.")
        return
    rows = [["name", "base", "rank", "bytes", "speaks for"]]
    rows += [
        [
            each.name,
            each.base,
            str(each.rank),
            f"{each.size:,}",
            ", ".join(who.slug for who in each.in_force) or "-",
        ]
        for each in found.items
    ]
    _say(table(rows))


@adapter_commands.command("remove")
def remove(name: Name, data_dir: DataDir = None) -> None:
    """Delete an adapter's files; refused while it speaks for a character."""
    _run(_settings(data_dir), lambda adapters: adapters.remove(name, OPERATOR))
    _say(f"{name} was removed.")


@adapter_commands.command("audition")
def audition_command(
    name: Name,
    character: Annotated[str, typer.Argument(help="The character's slug.")],
    data_dir: DataDir = None,
) -> None:
    """Compare an adapter with what is in force, on scenes that it was not trained on.

    The configured engine scores the true replies and writes others, with the adapter and without.
    The result is stored: the character's page shows it, and promotes by it.
    """
    settings = _settings(data_dir)
    configure_logging(settings.model_copy(update={"log_level": "warning"}))
    upgrade(settings.direct_database_url)
    try:
        result = asyncio.run(
            _held(settings, lambda: audition(settings, name, character, _progress))
        )
    except AppError as error:
        _fail(error.message)
    except EngineError as error:
        _fail(f"The engine does not answer: {error}")
    except _EXPECTED as error:
        _fail(str(error))
    _say(result_text(result, settings.adapters.most_copying))


_EXPECTED = (
    *(EvaluationError, RetrievalError, UnknownModelError),
    *(EngineSettingsError, CatalogueError, OSError),
)


def result_text(result: AdapterResult, most_copying: float) -> str:
    """Return what an audition found as a table and a sentence."""
    rows = [["figure", "adapter", "in force", "difference"]]
    for label, name in (
        ("log-probability of true replies, nats a token", "nats_a_token"),
        ("recognised as the character", "right"),
        ("copied from the lines shown", "copied"),
    ):
        sides = (result.adapter, result.in_force, result.differences)
        rows.append([label, *(_interval(getattr(each, name)) for each in sides)])
    failed = failed_figures(result, most_copying)
    verdict = "It can be promoted." if not failed else f"It stays. {describe_failed(failed)}"
    return (
        f"{table(rows)}\n\n{result.replies} true replies and {result.written} written ones in "
        f"{result.scenes} scenes; 95 % intervals over scenes. The true replies are recognised with "
        f"{result.true_right:.3f}, and copy {result.true_copied:.3f}. {verdict}"
    )


def _interval(found: IntervalOut) -> str:
    return f"{found.value:.3f} ({found.low:.3f} to {found.high:.3f})"


def _settings(data_dir: Path | None) -> Settings:
    settings = Settings()
    return settings.model_copy(update={"data_dir": data_dir}) if data_dir else settings


def _run(settings: Settings, work: Callable[[AdapterService], Awaitable[Result]]) -> Result:
    """Run ``work`` with an engine that is not started; errors become sentences."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    configure_logging(settings.model_copy(update={"log_level": "warning"}))
    upgrade(settings.direct_database_url)

    async def within() -> Result:
        database, readers = Database(settings), ReaderPool(settings.limits)
        engine = EngineHost(settings, on_change=lambda _: None)
        try:
            return await work(AdapterService(settings, database, engine, readers))
        finally:
            await engine.aclose()
            await readers.aclose()
            await database.aclose()

    try:
        return asyncio.run(_held(settings, within))
    except AppError as error:
        _fail(error.message)
    except _EXPECTED as error:
        _fail(str(error))


async def _held(settings: Settings, work: Callable[[], Awaitable[Result]]) -> Result:
    """Await ``work`` while no restore can exchange the database."""
    async with held_in_use(settings.direct_database_url):
        return await work()


def _progress(done: int, total: int) -> None:
    if done % 10 == 0 or done == total:
        Console(stderr=True, highlight=False).print(f"{done} of {total} scores and replies.")


def _fail(message: str) -> NoReturn:
    Console(stderr=True, highlight=False).print(message, style="red", markup=False, soft_wrap=True)
    raise typer.Exit(1)


def _say(text: str) -> None:
    Console(highlight=False).print(text, markup=False, soft_wrap=True)
