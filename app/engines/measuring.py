"""Measure stand-ins once on each machine, while it has nothing else to do."""

import asyncio
import os
from pathlib import Path

import structlog

from app.engines.choice import Choice, read_choice, store_choice
from app.engines.embedded import EmbeddedEngine
from app.engines.gate import CallGate, GateBusyError
from app.engines.machine import Machine, read_machine
from app.engines.port import EngineError
from app.engines.resolution import ResolvedModel
from app.engines.running_model import RunningModel
from app.engines.speed import Speed, measure_speed

log = structlog.get_logger(__name__)

_AGAIN_SECONDS = 60.0
_ATTEMPTS = 10
"""Attempts while the machine is busy, a minute apart; the next start makes as many."""


class ModelMeasurer:
    """Measure models, and keep the results with the stored choice."""

    def __init__(self, models_dir: Path, gate: CallGate) -> None:
        self._models_dir = models_dir
        self._gate = gate

    def is_needed(self, model: ResolvedModel, machine: Machine) -> bool:
        """Return whether a stand-in's speed on this machine is unknown."""
        known = read_choice(self._models_dir).speeds_on(machine.cores)
        stand_in = model.entry is not None and model.entry.stand_in
        return stand_in and model.name not in known

    async def measure(self, engine: EmbeddedEngine, model: ResolvedModel) -> None:
        """Measure a model whose speed is unknown, unless other programs keep the machine busy.

        Takes a few seconds. Raises the engine's errors.
        """
        machine = await asyncio.to_thread(read_machine, self._models_dir)
        if not self.is_needed(model, machine) or is_busy(machine):
            return
        self.record(model, await measure_speed(engine), machine)

    async def measure_when_quiet(self, running: RunningModel) -> None:
        """Measure the running model between turns, which wait meanwhile."""
        for attempt in range(_ATTEMPTS):
            model, engine = running.model, running.engine
            machine = await asyncio.to_thread(read_machine, self._models_dir)
            if model is None or engine is None or not self.is_needed(model, machine):
                return
            if attempt:
                await asyncio.sleep(_AGAIN_SECONDS)
            try:
                async with self._gate.closed(0.0):
                    await self.measure(engine, model)
            except (GateBusyError, EngineError) as error:
                log.debug("model_not_measured", reason=str(error))

    def record(self, model: ResolvedModel, speed: Speed, machine: Machine) -> None:
        """Keep a model's speed."""
        log.info(
            "model_measured",
            model=model.name,
            prompt_tokens_per_second=round(speed.prompt, 1),
            reply_tokens_per_second=round(speed.reply, 1),
        )
        choice = read_choice(self._models_dir)
        keep_choice(self._models_dir, choice.measured(model.name, speed, machine.cores))


def keep_choice(models_dir: Path, choice: Choice) -> None:
    """Store the choice where the models' directory can be written."""
    try:
        store_choice(models_dir, choice)
    except OSError as error:
        log.warning("model_choice_not_stored", reason=str(error))


def is_busy(machine: Machine) -> bool:
    """Return whether other programs keep all cores busy, so that a measurement says little."""
    try:
        return os.getloadavg()[0] > machine.cores
    except (AttributeError, OSError):  # Windows
        return False
