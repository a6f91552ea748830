"""Run the console script ``offbook``."""

import asyncio
import contextlib
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Annotated, NoReturn

import typer
import uvicorn
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from uvicorn.loops.auto import auto_loop_factory

from app.access import AccessSetupError
from app.access.command import key_commands
from app.backup.leftovers import remove_leftovers
from app.blobs.command import blob_commands
from app.commands import Commands
from app.container import Services
from app.db.migrate import LOCK_SECONDS, check_writable, upgrade
from app.engines.command import model_commands
from app.engines.host import HostStatus
from app.http.server import BoundedServer, server_config
from app.main import create_app, end_streams, freeze_heap
from app.observability import configure_logging
from app.scripts.command import check_command
from app.settings import Role, ServerSettings, Settings
from app.settings.environment import check_role
from app.telemetry.exporting import TelemetryError, start_exporting
from app.tools.adapters.command import adapter_commands
from app.tools.backup.command import backup_command, restore_command
from app.tools.bench.command import bench_command
from app.tools.conversion.command import convert_index_command
from app.tools.datasets.command import dataset_commands
from app.tools.evaluation.command import eval_commands
from app.tools.model_auditions.command import audition_command
from app.tools.training.adapters.command import train_commands
from app.tools.training.command import train_selector_command

cli = typer.Typer(
    name="offbook",
    cls=Commands,
    help="Turn any script into characters that people can talk to.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
db = typer.Typer(help="The database.", no_args_is_help=True)
script = typer.Typer(help="Scripts.", no_args_is_help=True)
cli.add_typer(db, name="db")
cli.add_typer(script, name="script")
cli.add_typer(model_commands, name="model")
cli.add_typer(key_commands, name="admin-key")
cli.add_typer(blob_commands, name="blobs")
cli.add_typer(adapter_commands, name="adapter")
script.command("check")(check_command)
cli.command("convert-index")(convert_index_command)
cli.command("bench")(bench_command)
cli.add_typer(eval_commands, name="eval")
cli.add_typer(dataset_commands, name="dataset")
cli.command("audition")(audition_command)
cli.command("train-selector")(train_selector_command)
cli.add_typer(train_commands, name="train")
cli.command("backup")(backup_command)
cli.command("restore")(restore_command)

_SWITCH_SECONDS = 0.0005
"""Switch interval of threads, a tenth of Python's default: each statement in SQLite's thread waits
that long while replies stream, and the replies while a thread indexes."""

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

DataDir = Annotated[Path | None, typer.Option(help="Where the data is kept.")]


def _fail(message: str) -> NoReturn:
    err.print(message, style="red", markup=False)
    raise typer.Exit(1)


def _settings(data_dir: Path | None) -> Settings:
    settings = Settings()
    return settings.model_copy(update={"data_dir": data_dir}) if data_dir else settings


@cli.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65_535, help="Port; 0 takes a free one.")
    ] = None,
    role: Annotated[
        Role | None,
        typer.Option(
            help="What this process does: pages and API, the work in the background, or all."
        ),
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Migrate the database, then serve pages and API until interrupted."""
    settings = _settings(data_dir)
    given = {"host": host, "port": port, "role": role}
    server = settings.server.model_copy(
        update={name: value for name, value in given.items() if value is not None}
    )
    settings = settings.model_copy(update={"server": server})
    try:
        check_role(settings)
    except ValueError as error:
        _fail(f"Offbook does not start: {error}.")
    configure_logging(settings)
    _check_address(settings.server)
    _prepare_database(settings)
    check_writable(settings.database_url)
    remove_leftovers(settings.data_dir)
    # uvicorn raises the signal that stopped it again at the end; here it becomes an exception.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with (
            contextlib.suppress(KeyboardInterrupt),
            asyncio.Runner(loop_factory=auto_loop_factory()) as runner,
        ):
            runner.run(_serve(settings))
    except (AccessSetupError, TelemetryError) as error:
        _fail(str(error))


def _prepare_database(settings: Settings) -> None:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    upgrade(settings.direct_database_url)


def _check_address(server: ServerSettings) -> None:
    """Fail at once where the address cannot be bound."""
    family = socket.AF_INET6 if ":" in server.host else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((server.host, server.port))
    except (OSError, TypeError) as error:  # TypeError: a name that no host can have
        reason = error.strerror if isinstance(error, OSError) else error
        _fail(
            f"Offbook cannot listen on {server.host}:{server.port} ({reason}). "
            "If it runs there already, open it; else choose another port: "
            "make run ARGS='--port 8001'."
        )


async def _serve(settings: Settings) -> None:
    announcer = _Announcer(is_web=settings.server.is_web)
    app = create_app(settings, announcer.on_engine)
    config = server_config(app, settings.server)
    async with contextlib.AsyncExitStack() as lifespan:
        await lifespan.enter_async_context(app.router.lifespan_context(app))
        config.lifespan = "off"
        freeze_heap()
        sys.setswitchinterval(_SWITCH_SECONDS)
        services: Services = app.state.services
        stop_exporting = start_exporting(app, settings.telemetry, services.metrics.registry)
        lifespan.push_async_callback(asyncio.to_thread, stop_exporting)
        await _Server(config, announcer, services, lifespan.aclose).serve()


class _Announcer:
    """Print the service's address and its model on the terminal, each line once."""

    def __init__(self, *, is_web: bool) -> None:
        self._is_web = is_web
        self._printed: set[str] = set()
        self._progress: Progress | None = None

    def listening(self, url: str) -> None:
        does = "is open" if self._is_web else "works, and serves uploads, health and metrics"
        out.print(f"\n  [bold]Offbook[/bold] {does}: [bold cyan]{url}[/bold cyan]\n")

    def on_engine(self, status: HostStatus) -> None:
        """Show a download's progress as a bar, any other status as a line."""
        if status.state == "downloading":
            self._download(status)
            return
        self._end_download()
        if status.state == "ready":
            self._once(f"  {status.model} answers and is ready.")
        elif status.state == "unavailable":
            self._once(f"  No model answers: {status.detail}")
        elif status.model:
            self._once(f"  {status.detail}")
        if status.plan:
            self._once(f"  {status.plan}")

    def _once(self, line: str) -> None:
        if line not in self._printed:
            self._printed.add(line)
            out.print(line, markup=False)

    def _download(self, status: HostStatus) -> None:
        if self._progress is None:
            self._once(f"  {status.detail}")
            self._progress = Progress(
                TextColumn("  Downloading the model"),
                BarColumn(),
                TextColumn("{task.percentage:>3.0f} %"),
                console=out,
            )
            self._progress.add_task("model", total=1.0)
            self._progress.start()
        if status.progress is not None:
            self._progress.update(self._progress.task_ids[0], completed=status.progress)

    def _end_download(self) -> None:
        if self._progress is not None:
            self._progress.stop()
            self._progress = None


class _Server(BoundedServer):
    """Announce the bound address; end the application before the signal is raised again."""

    def __init__(
        self,
        config: uvicorn.Config,
        announcer: _Announcer,
        services: Services,
        close_app: Callable[[], Awaitable[None]],
    ) -> None:
        super().__init__(
            config,
            partial(end_streams, services),
            services.draining,
            services.settings.server.drain_seconds,
        )
        self._announcer = announcer
        self._close_app = close_app

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            port = self.servers[0].sockets[0].getsockname()[1]
            host = self.config.host
            self._announcer.listening(f"http://{f'[{host}]' if ':' in host else host}:{port}")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        await self._close_app()


@db.command("upgrade")
def db_upgrade(
    data_dir: DataDir = None,
    wait: Annotated[
        float,
        typer.Option(
            min=0,
            help="Seconds to wait for another process's upgrade or restore, and for the locks of "
            "each migration.",
        ),
    ] = LOCK_SECONDS,
) -> None:
    """Bring the database to the newest schema, as a job before the processes of a new release.

    It prints a line for each migration, and ends with 0 once the schema is there, also where
    another process made it, and with 1 and a sentence where it cannot be had. After that, and after
    an interruption, the next call goes on where this one ended.
    """
    say = partial(out.print, markup=False, soft_wrap=True)
    upgrade(_settings(data_dir).direct_database_url, wait=wait, report=say)
    out.print("The database is up to date.")


def main() -> None:
    """Run the command line."""
    cli()


if __name__ == "__main__":
    main()
