"""Define the bodies of ``/api/admin/models``."""

from typing import Annotated, Literal

from pydantic import Field

from app.schemas import Schema

ModelName = Annotated[str, Field(min_length=1, max_length=64)]


class ModelMachine(Schema):
    """Describe what this machine can give to a model."""

    memory: int
    """Available memory in bytes."""
    cores: int
    disk: int
    """Free bytes where models are kept."""


class ModelSpeed(Schema):
    """Describe a model's speed on this machine, in tokens per second."""

    prompt: float
    reply: float
    measured: bool
    """False where it is predicted from another model's."""


class ModelPull(Schema):
    """Describe the last pull: one that runs, or how it ended."""

    model: str
    state: Literal["running", "done", "failed", "cancelled"]
    done: int
    total: int | None
    step: str
    error: str
    """Why it failed, in English; "" otherwise."""


class ModelSwitch(Schema):
    """Describe the last change of the model that was asked for."""

    model: str
    state: Literal["running", "done", "failed"]
    error: str


class ModelReason(Schema):
    """Report why a model answers."""

    code: str
    model: str
    figures: dict[str, float]


class LanguageModelOut(Schema):
    """Describe a model of the catalogue. Sizes are in bytes."""

    name: str
    title: str
    about: str
    about_zh: str
    licence: str
    licence_url: str
    licence_class: Literal["free", "registration", "gated", "non-commercial"]
    languages: list[str]
    context_length: int
    engines: list[str]
    """``llama.cpp`` where it runs in the service, ``vllm`` where a vLLM server runs it."""
    size: int | None
    stand_in: bool
    present: bool
    """Whether its file is here."""
    partial: int
    """Bytes of an unfinished pull, which the next one resumes."""
    answering: bool
    fit: Literal["good", "slow", "memory", "cores", "disk", "unknown"] | None
    """Whether it suits this machine; null for a model that only vLLM serves."""
    speed: ModelSpeed | None
    vllm_command: list[str]
    """Commands, a line each, that serve it with vLLM."""


class LanguageModels(Schema):
    """List the catalogue's models, with what happens to them."""

    items: list[LanguageModelOut]
    kind: Literal["embedded", "openai", "scripted"]
    """Kind of the engine; only ``embedded`` pulls and switches models."""
    setting: str
    """``OFFBOOK_ENGINE__MODEL``: unless ``auto``, it decides and nothing can be chosen here."""
    chosen: str
    """The operator's choice; ``auto`` where the service chooses."""
    reason: ModelReason | None
    """Why the model answers that answers, where the service chose it."""
    machine: ModelMachine
    pull: ModelPull | None
    switch: ModelSwitch | None


class ModelPullRequest(Schema):
    """Ask for a model's file."""

    accept_licence: bool = False
    """Needed for every licence that is not free for any use."""


class ModelChoice(ModelPullRequest):
    """Choose the model that answers."""

    model: ModelName
    """A name of the list, or ``auto``."""
