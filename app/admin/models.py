"""List, pull, choose and delete language models for operators."""

import asyncio
import shlex
from pathlib import Path

import structlog

from app.admin.model_schemas import (
    LanguageModelOut,
    LanguageModels,
    ModelMachine,
    ModelPull,
    ModelReason,
    ModelSpeed,
    ModelSwitch,
)
from app.engines.auto_model import judge_fit
from app.engines.catalogue import load_catalogue
from app.engines.choice import AUTO, Choice, read_choice
from app.engines.host import EngineHost
from app.engines.machine import Machine, read_machine
from app.engines.model_entry import ModelEntry
from app.engines.model_pulls import PullRunningError
from app.engines.pull import delete_model, partial_bytes
from app.engines.pull_errors import PullError
from app.engines.supervisor import ModelSupervisor
from app.engines.vllm_command import vllm_commands
from app.errors import ConflictError, InvalidError, NotFoundError
from app.settings import Settings

log = structlog.get_logger(__name__)


class ModelService:
    """Serve ``/api/admin/models``. A model is only ever named by its name in the catalogue."""

    def __init__(self, settings: Settings, engine: EngineHost) -> None:
        self._settings = settings
        self._engine = engine

    async def list_models(self) -> LanguageModels:
        """Return all models, the machine, and what is being done."""
        supervisor = self._engine.supervisor
        # Before the files are read: whatever is said to be done is then among them.
        pull, switch = (_pull(supervisor), _switch(supervisor)) if supervisor else (None, None)
        machine, choice = await asyncio.to_thread(self._read)
        catalogue = self._catalogue()
        items = [
            await asyncio.to_thread(self._describe, each, catalogue, machine, choice)
            for each in catalogue.values()
        ]
        return LanguageModels(
            items=items,
            kind=self._settings.engine.kind,
            setting=self._settings.engine.model,
            chosen=choice.model,
            reason=_reason(choice, self._answering()),
            machine=ModelMachine(memory=machine.memory, cores=machine.cores, disk=machine.disk),
            pull=pull,
            switch=switch,
        )

    async def begin_pull(self, name: str, *, accepted: bool) -> None:
        """Begin or resume a pull. Raises :class:`~app.errors.AppError` where that is refused."""
        supervisor, entry = self._supervisor(), self._runnable(name)
        _check_licence(entry, accepted=accepted)
        try:
            supervisor.pulls.begin(entry)
        except PullRunningError as error:
            raise ConflictError("pull_running", str(error)) from error
        log.info("model_pull_asked", model=name)

    def cancel_pull(self, name: str) -> None:
        """Stop a pull; what it has downloaded stays.

        A model that the service pulled on its own is not pulled again without being asked for.
        """
        supervisor, entry = self._supervisor(), self._entry(name)
        if not supervisor.pulls.cancel(entry.name):
            raise ConflictError("no_pull", f"{entry.title} is not being pulled.")
        if supervisor.is_auto and self._answering() not in {None, entry.name}:
            supervisor.decline(entry.name)

    async def choose(self, name: str, *, accepted: bool) -> None:
        """Let another model answer, now and after every start."""
        supervisor = self._supervisor()
        if self._settings.engine.model != AUTO:
            raise ConflictError(
                "model_set_by_settings",
                f"OFFBOOK_ENGINE__MODEL={self._settings.engine.model} decides which model answers. "
                "Remove the setting and restart the service to choose models here.",
            )
        if name != AUTO:
            entry = self._runnable(name)
            if not entry.is_present(self._settings.engine.models_dir):
                _check_licence(entry, accepted=accepted)
                job = supervisor.pulls.job
                if job is not None and job.state == "running" and job.entry.name != name:
                    raise ConflictError("pull_running", str(PullRunningError(job.entry.title)))
        supervisor.begin_switch(name)
        log.info("model_choice_asked", model=name)

    async def delete(self, name: str) -> None:
        """Delete a pulled file, or what an unfinished pull left."""
        supervisor, entry = self._supervisor(), self._entry(name)
        running = supervisor.running.model
        if running is not None and running.path == self._path(entry):
            raise ConflictError(
                "model_in_use", f"{entry.title} is answering. Choose another model first."
            )
        switch = supervisor.switch
        busy = switch is not None and switch.state == "running" and switch.name in {name, AUTO}
        if supervisor.pulls.is_pulling(name) or busy:
            raise ConflictError("pull_running", f"{entry.title} is being pulled or loaded.")
        folder = self._settings.engine.models_dir
        try:
            deleted = await asyncio.to_thread(delete_model, entry, folder)
        except PullError as error:
            raise ConflictError("model_not_deleted", str(error)) from error
        if not deleted:
            raise NotFoundError("model_not_here", f"{entry.title} has not been pulled.")
        log.info("model_deleted", model=name)

    def _read(self) -> tuple[Machine, Choice]:
        folder = self._settings.engine.models_dir
        return read_machine(folder), read_choice(folder)

    def _catalogue(self) -> dict[str, ModelEntry]:
        return load_catalogue(self._settings.engine.catalogue)

    def _entry(self, name: str) -> ModelEntry:
        entry = self._catalogue().get(name)
        if entry is None:
            raise NotFoundError("model_not_found", "The catalogue has no model of this name.")
        return entry

    def _runnable(self, name: str) -> ModelEntry:
        entry = self._entry(name)
        if not entry.file:
            raise InvalidError(
                "model_needs_vllm", f"{entry.title} has no file for this engine; vLLM serves it."
            )
        return entry

    def _supervisor(self) -> ModelSupervisor:
        if self._engine.supervisor is None:
            raise ConflictError(
                "engine_not_embedded",
                "The engine is a server of its own, so models are pulled and chosen where it runs.",
            )
        return self._engine.supervisor

    def _answering(self) -> str | None:
        supervisor = self._engine.supervisor
        model = supervisor.running.model if supervisor else None
        return model.name if model is not None and model.entry is not None else None

    def _path(self, entry: ModelEntry) -> Path | None:
        return entry.path(self._settings.engine.models_dir) if entry.file else None

    def _describe(
        self,
        entry: ModelEntry,
        catalogue: dict[str, ModelEntry],
        machine: Machine,
        choice: Choice,
    ) -> LanguageModelOut:
        """Return a model's description; reads the models' directory."""
        folder = self._settings.engine.models_dir
        present, speeds = entry.is_present(folder), choice.speeds_on(machine.cores)
        fit, speed = judge_fit(entry, machine, speeds, catalogue, present=present)
        return LanguageModelOut(
            name=entry.name,
            title=entry.title,
            about=entry.about,
            about_zh=entry.about_zh,
            licence=entry.licence,
            licence_url=entry.licence_url,
            licence_class=entry.licence_class,
            languages=list(entry.languages),
            context_length=entry.context_length,
            engines=list(entry.engines),
            size=entry.bytes_to_pull,
            stand_in=entry.stand_in,
            present=present,
            partial=0 if present else partial_bytes(entry, folder),
            answering=self._answering() == entry.name,
            fit=fit if entry.file else None,
            speed=speed
            and ModelSpeed(prompt=speed.prompt, reply=speed.reply, measured=entry.name in speeds),
            vllm_command=[shlex.join(each) for each in vllm_commands(entry)],
        )


def _check_licence(entry: ModelEntry, *, accepted: bool) -> None:
    if entry.licence_class != "free" and not accepted:
        raise ConflictError(
            "licence_not_accepted",
            f"The licence of {entry.title} is not free for any use. Read it, and confirm it with "
            "accept_licence.",
            licence=entry.licence,
            licence_url=entry.licence_url,
            licence_class=entry.licence_class,
        )


def _reason(choice: Choice, answering: str | None) -> ModelReason | None:
    reason = choice.reason
    if reason is None or choice.answering != answering:
        return None
    return ModelReason(code=reason.code, model=reason.model, figures=dict(reason.figures))


def _pull(supervisor: ModelSupervisor) -> ModelPull | None:
    job = supervisor.pulls.job
    if job is None:
        return None
    return ModelPull(
        model=job.entry.name,
        state=job.state,
        done=job.done,
        total=job.total,
        step=job.step,
        error=job.error,
    )


def _switch(supervisor: ModelSupervisor) -> ModelSwitch | None:
    switch = supervisor.switch
    if switch is None:
        return None
    return ModelSwitch(model=switch.name, state=switch.state, error=switch.error)
