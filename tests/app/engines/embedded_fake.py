"""An embedded engine without llama.cpp, and a machine and speeds that a test chooses."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from app.engines.adapters import ServedAdapter
from app.engines.machine import Machine
from app.engines.port import ChatEngine, EngineUnavailableError
from app.engines.resolution import ResolvedModel
from app.engines.scripted import ScriptedEngine
from app.engines.speed import Speed
from app.settings import Settings

ROOMY = Machine(memory=64_000_000_000, cores=4, disk=500_000_000_000)
QUICK, SLOW = Speed(prompt=170.0, reply=43.0), Speed(prompt=9.0, reply=2.0)


class FakeEmbedded(ScriptedEngine):
    """Replies with its model's name, until it is stopped or dies."""

    def __init__(
        self, model: ResolvedModel, world: "World", adapters: Sequence[ServedAdapter] = ()
    ) -> None:
        super().__init__(reply=f"I am {model.name}. I speak until the end of it.")
        self.adapters = tuple(adapters)
        self.model = model
        self.detail = f"{model.name} ended."
        self._world = world
        self._dead = asyncio.Event()

    def keep_adapters(self, adapters: Sequence[ServedAdapter]) -> None:
        self.adapters = tuple(each for each in self.adapters if each in adapters)
        self._limits = replace(self._limits, adapters=tuple(each.name for each in self.adapters))

    async def start(self) -> None:
        await self.serve_adapters(self.adapters)
        self._world.started.append(self.model.name)
        if self.model.name in self._world.broken:
            raise EngineUnavailableError(f"llama.cpp cannot load {self.model.name}.")

    async def wait_stopped(self) -> None:
        await self._dead.wait()

    def die(self) -> None:
        self._dead.set()

    async def aclose(self) -> None:
        self._world.stopped.append(self.model.name)
        await super().aclose()


@dataclass
class World:
    """What happens to every model, and what has happened."""

    speeds: dict[str, Speed] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    machine: Machine = ROOMY
    busy: bool = False
    started: list[str] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    measured: list[str] = field(default_factory=list)
    engines: list[FakeEmbedded] = field(default_factory=list)


def pretend(monkeypatch: pytest.MonkeyPatch) -> World:
    """Replace llama.cpp, the machine and the measurement everywhere."""
    world = World()

    def create(
        _: Settings, model: ResolvedModel, adapters: Sequence[ServedAdapter] = ()
    ) -> FakeEmbedded:
        world.engines.append(FakeEmbedded(model, world, adapters))
        return world.engines[-1]

    def read(_: Path) -> Machine:
        return world.machine

    async def measure(engine: ChatEngine) -> Speed:
        assert isinstance(engine, FakeEmbedded)
        world.measured.append(engine.model.name)
        return world.speeds[engine.model.name]

    monkeypatch.setattr("app.engines.supervisor.create_embedded", create)
    for module in ("supervisor", "resolution", "measuring"):
        monkeypatch.setattr(f"app.engines.{module}.read_machine", read)
    monkeypatch.setattr("app.engines.measuring.measure_speed", measure)
    monkeypatch.setattr("app.engines.measuring.is_busy", lambda _: world.busy)
    monkeypatch.setattr("app.engines.running_model._RESTART_SECONDS", 0.0)
    monkeypatch.setattr("app.engines.running_model._REOPEN_SECONDS", 0.0)
    monkeypatch.setattr("app.engines.measuring._AGAIN_SECONDS", 0.2)
    return world
