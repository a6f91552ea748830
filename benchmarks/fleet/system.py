"""Build the systems that are compared: a fleet, and one process."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from app.tools.bench.errors import BenchError
from app.tools.bench.processes import free_port
from benchmarks.fleet import commands
from benchmarks.fleet.configurations import write_nginx, write_pgbouncer
from benchmarks.fleet.databases import database, through
from benchmarks.fleet.meters import Meter
from benchmarks.fleet.options import FIRST_EMBEDDER, FleetOptions
from benchmarks.fleet.processes import Child, Children, Command

_TAKEN_OUT_SECONDS = 1.0
"""For nginx to begin with its new configuration."""


@dataclass(slots=True, kw_only=True)
class System:
    """Hold a system that answers at ``base_url``."""

    options: FleetOptions
    base_url: str
    database: str
    """Past any pooler."""
    children: Children
    meter: Meter
    parts: dict[str, Child] = field(default_factory=dict)
    """The running processes by name."""
    pooled: str = ""
    """The database behind PgBouncer; empty without one."""
    engine_url: str = ""
    nginx_port: int = 0

    async def start(self, command: Command) -> Child:
        """Start a process, or start it again, and count its costs from when it is ready."""
        child = await self.children.start(command)
        self.parts[command.name] = child
        self.meter.watch(child)
        return child

    async def restart(self, name: str, embedder: str | None = None) -> None:
        """Replace a process by a new one at the same address, without a request being refused.

        A web process is taken out of nginx first: without paid modules nginx asks no ``/readyz``.
        """
        command = self.parts[name].command
        if embedder is not None:
            environment = {**command.environment, "OFFBOOK_EMBEDDER__NAME": embedder}
            command = Command(
                *(command.name, command.kind, command.arguments, command.port, command.ready),
                environment,
            )
        if command.kind == "web":
            await self._point_nginx(without=name)
        await self.parts[name].stop()
        await self.start(command)
        if command.kind == "web":
            await self._point_nginx()

    async def _point_nginx(self, without: str = "") -> None:
        self.write_nginx(without)
        os.kill(self.parts["nginx"].pid, signal.SIGHUP)
        await asyncio.sleep(_TAKEN_OUT_SECONDS)

    def write_nginx(self, without: str = "") -> None:
        """Write nginx's configuration; ``without`` is a web process that gets no requests."""
        webs = [self.parts[name].command for name in ("web-1", "web-2")]
        addresses = [f"{each.address}{' down' * (each.name == without)}" for each in webs]
        worker = self.parts["worker"].command.address
        write_nginx(self.options.folder, addresses, worker, self.nginx_port)


@asynccontextmanager
async def fleet(options: FleetOptions) -> AsyncIterator[System]:
    """Run two web processes, a worker, PgBouncer, nginx, the router and two engines."""
    async with _system(options, "fleet") as system:
        await _pool(system)
        await _migrate(system)
        engines = [await system.start(_engine(f"engine-{at}", options)) for at in (1, 2)]
        addresses = [each.command.base_url for each in engines]
        router = commands.router(free_port(), free_port(), addresses)
        system.engine_url = (await system.start(router)).command.base_url
        for name, role in (("worker", "worker"), ("web-1", "web"), ("web-2", "web")):
            await system.start(_serve(system, name, role, FIRST_EMBEDDER))
        system.nginx_port = free_port()
        system.write_nginx()
        nginx = commands.nginx(options.folder / "nginx.conf", system.nginx_port)
        system.base_url = (await system.start(nginx)).command.base_url
        yield system


@asynccontextmanager
async def alone(options: FleetOptions) -> AsyncIterator[System]:
    """Run one process and one engine on PostgreSQL, and nothing between them."""
    async with _system(options, "alone") as system:
        await _migrate(system)
        engine = await system.start(_engine("engine", options))
        system.engine_url = engine.command.base_url
        one = await system.start(_serve(system, "alone", "all", FIRST_EMBEDDER))
        system.base_url = one.command.base_url
        yield system


@asynccontextmanager
async def _system(options: FleetOptions, name: str) -> AsyncIterator[System]:
    (options.folder / "data").mkdir(parents=True, exist_ok=True)
    async with database(options.postgres, name) as url:
        children = Children(options.folder)
        try:
            yield System(
                options=options, base_url="", database=url, children=children, meter=Meter(url)
            )
        finally:
            await children.aclose()


async def _pool(system: System) -> None:
    port = free_port()
    folder, mode = system.options.folder, system.options.pool_mode
    file = write_pgbouncer(folder, system.database, port, mode)
    await system.start(commands.pgbouncer(file, port))
    system.pooled = through(system.database, port)


async def _migrate(system: System) -> None:
    arguments, environment = commands.upgrade(system.options, system.database)
    process = await asyncio.create_subprocess_exec(
        *arguments,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    if process.returncode:
        raise BenchError(f"The database was not upgraded: {said.decode(errors='replace')}")


def _engine(name: str, options: FleetOptions) -> Command:
    return commands.engine(name, free_port(), options)


def _serve(system: System, name: str, role: str, embedder: str) -> Command:
    return commands.serve(
        name,
        role,
        free_port(),
        system.options,
        database=system.pooled or system.database,
        direct=system.database,
        engine=system.engine_url,
        embedder=embedder,
    )
