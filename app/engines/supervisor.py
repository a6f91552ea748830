"""Decide which model the embedded engine runs: at the start, on request, and as it gets better."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import structlog

from app.engines.adapters import AdapterState, ServedAdapter
from app.engines.auto_model import memory_needed
from app.engines.catalogue import load_catalogue
from app.engines.choice import AUTO, Choice, Reason, read_choice
from app.engines.embedded import EmbeddedEngine
from app.engines.factory import create_embedded
from app.engines.gate import CallGate
from app.engines.machine import read_machine
from app.engines.measuring import ModelMeasurer, keep_choice
from app.engines.model_entry import ModelEntry
from app.engines.model_pulls import ModelPulls, PullRunningError
from app.engines.pinning import verify_file
from app.engines.port import EngineError
from app.engines.pull_errors import PullContext, PullError, PullProgress
from app.engines.resolution import (
    ResolvedModel,
    chosen_by_operator,
    hub_answers,
    plan_stand_in,
    resolve,
    resolved_entry,
)
from app.engines.running_model import RunningModel
from app.engines.speed import Speed
from app.settings import Settings

log = structlog.get_logger(__name__)

SwitchState = Literal["running", "done", "failed"]


@dataclass(slots=True)
class Switch:
    """Hold the state of an exchange that an operator asked for."""

    name: str
    """A name of the catalogue, or ``auto``."""
    state: SwitchState = "running"
    error: str = ""


class ModelSupervisor:
    """Own the embedded engine's model, its pulls and its stored choice."""

    def __init__(self, settings: Settings, gate: CallGate, update: Callable[..., None]) -> None:
        """Call ``update`` with changed fields of the host's status."""
        self._settings = settings
        self._update = update
        self._measurer = ModelMeasurer(settings.engine.models_dir, gate)
        self._cancelled = threading.Event()
        self._improving: asyncio.Task[None] | None = None
        self._switching: asyncio.Task[Any] | None = None
        self._adapters: tuple[ServedAdapter, ...] = ()
        self.switch: Switch | None = None
        """The last exchange that an operator asked for."""
        self.pulls = ModelPulls(settings)
        self.running = RunningModel(self._create, gate, self._measure)
        self.running.on_state = self._on_state

    @property
    def is_auto(self) -> bool:
        """Whether the rule chooses the model, rather than the settings or an operator."""
        return self._settings.engine.model == AUTO and chosen_by_operator(self._settings) is None

    async def run(self) -> None:
        """Start the model of the settings, and serve requests until cancelled."""
        first: ResolvedModel | None = None
        try:
            first = await asyncio.to_thread(self._first)
            self._update(model=first.title, detail=first.loading, is_demo=_is_demo(first))
            await self._prepare(first, first_start=True)
        except (PullError, PullRunningError, EngineError, ValueError, OSError) as error:
            log.error("engine_not_started", reason=str(error))
            self._update(state="unavailable", detail=str(error), progress=None)
            first = None
        await self.running.run(first)

    def begin_switch(self, name: str) -> Switch:
        """Begin to let another model answer, and keep it as the operator's choice.

        ``name`` is one of the catalogue's with a file, or ``auto``. It is pulled first where that
        is needed. The last request wins.
        """
        if self._switching is not None:
            self._switching.cancel()
        if self._improving is not None:
            self._improving.cancel()
        self.switch = Switch(name)
        self._switching = asyncio.create_task(self._run_switch(self.switch), name="model-switch")
        return self.switch

    def decline(self, name: str) -> None:
        """Keep in mind that an operator does not want a model that ``auto`` would pull."""
        choice = read_choice(self._settings.engine.models_dir)
        self._store(replace(choice, declined=tuple(sorted({*choice.declined, name}))))

    async def serve_adapters(self, adapters: Sequence[ServedAdapter]) -> None:
        """See :meth:`~app.engines.adapters.AdapterServer.serve_adapters`.

        Retired ones stay loaded until the next restart, which none of them is worth; no request
        can name them. Raises :class:`~app.engines.port.EngineError` where the model does not start
        again.
        """
        self._adapters = tuple(adapters)
        model = self.running.model
        if model is None:
            return  # it will be loaded with them
        engine = self.running.engine
        if engine is not None:
            engine.keep_adapters(self._adapters)
        if engine is None or not set(adapters) <= set(engine.adapters):
            await self.running.exchange(model)

    def adapter_states(self) -> list[AdapterState]:
        """See :meth:`~app.engines.adapters.AdapterServer.adapter_states`."""
        engine = self.running.engine
        states = {each.name: each for each in engine.adapter_states()} if engine else {}
        waiting = "The model is being loaded with it."
        return [
            states.get(each.name) or AdapterState(each.name, served=False, detail=waiting)
            for each in self._adapters
        ]

    async def aclose(self) -> None:
        """End the model's process and a running pull, which can be resumed."""
        self._cancelled.set()
        tasks = [each for each in (self._improving, self._switching) if each is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.pulls.aclose()
        await self.running.aclose()

    def _first(self) -> ResolvedModel:
        """Return the model to start with. May wait 3 s for a hub, unless a model is here."""
        if self.is_auto:
            catalogue = load_catalogue(self._settings.engine.catalogue)
            folder, plan = self._settings.engine.models_dir, plan_stand_in(self._settings)
            here = catalogue[plan.now]
            if not catalogue["index"].is_present(folder) and here.is_present(folder):
                # It answers at once; the hub is asked afterwards.
                return resolved_entry(self._settings, here, plan.reason)
        return resolve(self._settings)

    def _create(self, model: ResolvedModel) -> EmbeddedEngine:
        return create_embedded(self._settings, model, self._adapters)

    def _on_state(self, state: str, model: ResolvedModel, detail: str) -> None:
        self._update(
            state=state, model=model.title, detail=detail, is_demo=_is_demo(model), progress=None
        )
        if state == "unavailable" and self.is_auto and _is_demo(model) and model.name != "demo":
            self._fall_back(model)
        if state != "ready":
            return
        choice = read_choice(self._settings.engine.models_dir)
        if (choice.answering, choice.reason) != (model.name, model.reason):
            self._store(replace(choice, answering=model.name, reason=model.reason))
        if model.reason is not None:
            log.info("model_chosen", model=model.name, reason=model.reason.code)
        if self.is_auto and self._improving is None:
            self._improving = asyncio.create_task(self._improve(), name="model-improving")

    def _fall_back(self, failed: ResolvedModel) -> None:
        """Let the small stand-in answer in place of one that cannot be run on this machine."""
        machine = read_machine(self._settings.engine.models_dir)
        self._measurer.record(failed, Speed(prompt=0.0, reply=0.0), machine)
        if self._switching is None or self._switching.done():
            self._switching = asyncio.create_task(
                self._improve_to(resolved_entry(self._settings, self._entry_of("demo"))),
                name="model-fallback",
            )

    def _entry_of(self, name: str) -> ModelEntry:
        return load_catalogue(self._settings.engine.catalogue)[name]

    async def _prepare(self, model: ResolvedModel, *, first_start: bool = False) -> None:
        """Pull the model where it is missing, and compare its file with its pins."""
        if not model.present:
            if model.entry is None:
                raise PullError(f"There is no file {model.path}.")
            if first_start:
                self._update(
                    state="downloading", detail=f"{model.title} is being fetched.", progress=0.0
                )
            pulled = self.pulls.begin(
                model.entry,
                lambda job: self._update(progress=job.share) if first_start else None,
            )
            await asyncio.shield(pulled)  # another choice must not lose what was downloaded
        await self._verify(model)

    async def _verify(self, model: ResolvedModel) -> None:
        """Compare the file with its pins; only the settings can pin the user's own file."""
        engine, entry = self._settings.engine, model.entry
        pin = engine.pin_of(entry.name) if entry else engine.model_sha256
        if entry is None and pin is None:
            return
        catalogue = entry.sha256 if entry else None
        context = PullContext(_ignore_progress, self._cancelled)
        await asyncio.to_thread(verify_file, model.name, model.path, catalogue, pin, context)

    async def _measure(self, engine: EmbeddedEngine, model: ResolvedModel) -> None:
        """Measure a model before it serves calls, if the rule has to know its speed."""
        if self.is_auto:
            await self._measurer.measure(engine, model)

    async def _improve(self) -> None:
        """Measure, then pull a better model and let it answer, as long as one is to be had."""
        await self._measurer.measure_when_quiet(self.running)
        hub = self.running.model is not None and self.running.model.name != "index"
        hub = hub and await asyncio.to_thread(hub_answers, self._settings)
        while (better := await asyncio.to_thread(self._better, hub=hub)) is not None:
            if not await self._improve_to(better):
                return

    async def _improve_to(self, better: ResolvedModel) -> bool:
        """Pull a model where it is missing, and let it answer; return whether it does."""
        log.info("model_planned", model=better.name, present=better.present)
        try:
            if not better.present:
                self._update(plan=_planned(better))
            await self._prepare(better)
            await self.running.exchange(better)
        except (PullError, PullRunningError, EngineError, OSError) as error:
            log.warning("model_not_improved", reason=str(error))
            return False
        finally:
            self._update(plan="")
        return True

    def _better(self, *, hub: bool) -> ResolvedModel | None:
        """Return a model that should answer in place of the present one."""
        present = self.running.model
        if not self.is_auto or present is None or not _is_demo(present):
            return None
        settings, catalogue = self._settings, load_catalogue(self._settings.engine.catalogue)
        index, machine = catalogue["index"], read_machine(settings.engine.models_dir)
        declined = read_choice(settings.engine.models_dir).declined
        if hub and index.name not in declined and machine.memory >= memory_needed(index):
            return resolved_entry(settings, index, Reason("hub", index.name))
        plan = plan_stand_in(settings, machine)
        name = plan.later or plan.now
        if name == present.name:
            choice = read_choice(settings.engine.models_dir)
            self._store(replace(choice, reason=plan.reason))
            return None
        return resolved_entry(settings, catalogue[name], plan.reason)

    async def _run_switch(self, switch: Switch) -> None:
        choice = read_choice(self._settings.engine.models_dir)
        try:
            if switch.name == AUTO:
                # What was measured is measured anew: the machine may have been busy.
                self._store(Choice())
                model = await asyncio.to_thread(resolve, self._settings)
            else:
                entry = load_catalogue(self._settings.engine.catalogue)[switch.name]
                model = resolved_entry(self._settings, entry, Reason("operator", entry.name))
            await self._prepare(model)
            if self.running.model is None or self.running.model.path != model.path:
                await self.running.exchange(model)
            if switch.name != AUTO:
                declined = tuple(each for each in choice.declined if each != switch.name)
                kept = read_choice(self._settings.engine.models_dir)
                self._store(
                    replace(kept, model=switch.name, declined=declined, reason=model.reason)
                )
        except (PullError, PullRunningError, EngineError, ValueError, OSError) as error:
            log.warning("model_not_switched", model=switch.name, reason=str(error))
            switch.state, switch.error = "failed", str(error)
            return
        switch.state = "done"
        log.info("model_switched", model=switch.name)
        if switch.name == AUTO:
            self._improving = asyncio.create_task(self._improve(), name="model-improving")

    def _store(self, choice: Choice) -> None:
        keep_choice(self._settings.engine.models_dir, choice)


def _planned(model: ResolvedModel) -> str:
    """Return the sentence for the terminal on a download in the background."""
    size = (_entry(model).bytes_to_pull or 0) / 1e9
    return (
        f"{model.title} ({size:.1f} GB) is pulled in the background and answers once it is here. "
        "The page /admin/models shows how far it is and can stop it."
    )


def _entry(model: ResolvedModel) -> ModelEntry:
    assert model.entry is not None  # noqa: S101 - only the settings name other files
    return model.entry


def _is_demo(model: ResolvedModel) -> bool:
    return model.entry is not None and model.entry.stand_in


def _ignore_progress(_: PullProgress) -> None:
    """Drop the progress of a verification, which takes a second or two."""
