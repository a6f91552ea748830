"""Resolve the model setting to a model of the catalogue, or to a file."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from app.engines.auto_model import Plan, choose_stand_in
from app.engines.catalogue import UnknownModelError, find_model, load_catalogue
from app.engines.choice import AUTO, Reason, read_choice
from app.engines.machine import Machine, read_machine
from app.engines.model_entry import ModelEntry
from app.engines.model_sources import any_hub_answers
from app.engines.port import PromptStyle
from app.engines.reasons import LICENCE_SENTENCES, reason_sentence
from app.engines.traits import ModelTraits
from app.settings import Settings

log = structlog.get_logger(__name__)

_DEFAULT_CONTEXT_LENGTH = 4096
# A GGUF file begins with its metadata, including the chat template after the vocabulary.
_METADATA_BYTES = 32_000_000
_CHAT_TEMPLATE_KEY = b"tokenizer.chat_template"


@dataclass(frozen=True, slots=True)
class ResolvedModel:
    """Hold the model that ``OFFBOOK_ENGINE__MODEL`` resolves to."""

    name: str
    title: str
    path: Path
    present: bool
    """Whether the file exists; otherwise ``pull`` downloads it (catalogue models only)."""
    prompt_style: PromptStyle
    context_length: int
    sentence: str
    """Sentences for users once it answers: which one, why, and how to get the Index model."""
    entry: ModelEntry | None = None
    """``None`` for a file of the user's own."""
    traits: ModelTraits = field(default_factory=ModelTraits)
    reason: Reason | None = None
    """Why ``auto`` chose it."""

    @property
    def loading(self) -> str:
        """Return what to say until it answers."""
        return f"{self.title} is being loaded."


def resolve(
    settings: Settings, *, probe: Callable[[Settings], bool] | None = None
) -> ResolvedModel:
    """Return the model for the embedded engine. May wait 3 s for a hub; run it in a thread.

    The setting wins over an operator's stored choice, and that over the rule of ``auto``. ``probe``
    returns whether a model hub answers, :func:`hub_answers` by default. Raises
    :class:`~app.engines.catalogue.UnknownModelError` for a name not in the catalogue and a path
    that does not exist, and :class:`~app.engines.catalogue.CatalogueError`.
    """
    wanted = settings.engine.model
    if wanted == AUTO:
        return _resolve_auto(settings, probe or hub_answers)
    if wanted.endswith(".gguf"):
        return _resolve_file(settings, Path(wanted).expanduser())
    return resolved_entry(settings, _with_file(find_model(wanted, settings.engine.catalogue)))


def chosen_by_operator(settings: Settings) -> ModelEntry | None:
    """Return the stored choice of an operator, if it is in force and still in the catalogue."""
    name = read_choice(settings.engine.models_dir).model
    if settings.engine.model != AUTO or name == AUTO:
        return None
    entry = load_catalogue(settings.engine.catalogue).get(name)
    if entry is None or not entry.file:
        log.warning("model_choice_unknown", model=name)
        return None
    return entry


def hub_answers(settings: Settings) -> bool:
    """Return whether any hub of the model ``index`` answers within three seconds."""
    index = find_model("index", settings.engine.catalogue)
    return any_hub_answers(index.sources, settings.hub_endpoint)


def plan_stand_in(settings: Settings, machine: Machine | None = None) -> Plan:
    """Return which stand-in suits this machine, by what is stored and pulled."""
    engine = settings.engine
    machine = machine or read_machine(engine.models_dir)
    choice, catalogue = read_choice(engine.models_dir), load_catalogue(engine.catalogue)
    small, large = catalogue["demo"], catalogue["demo-large"]
    return choose_stand_in(
        small,
        large,
        machine,
        choice.speeds_on(machine.cores),
        present=[each.name for each in (small, large) if each.is_present(engine.models_dir)],
        declined=choice.declined,
    )


def _resolve_auto(settings: Settings, probe: Callable[[Settings], bool]) -> ResolvedModel:
    catalogue = load_catalogue(settings.engine.catalogue)
    index = catalogue["index"]
    if (entry := chosen_by_operator(settings)) is not None:
        return resolved_entry(settings, entry, Reason("operator", entry.name))
    if index.is_present(settings.engine.models_dir):
        return resolved_entry(settings, index, Reason("here", index.name))
    if probe(settings):
        return resolved_entry(settings, index, Reason("hub", index.name))
    plan = plan_stand_in(settings)
    return resolved_entry(settings, catalogue[plan.now], plan.reason, hubless=True)


def _with_file(entry: ModelEntry) -> ModelEntry:
    """Return the entry. Raises :class:`UnknownModelError` for one that llama.cpp cannot run."""
    if not entry.file:
        raise UnknownModelError(
            f"{entry.title} has no file for the embedded engine: vLLM serves it from "
            f"{entry.vllm} (`offbook model show {entry.name}`)."
        )
    return entry


def resolved_entry(
    settings: Settings, entry: ModelEntry, reason: Reason | None = None, *, hubless: bool = False
) -> ResolvedModel:
    """Return a model of the catalogue with the settings that hold for it, and its sentence."""
    style, models_dir = settings.engine.prompt_style, settings.engine.models_dir
    catalogue = load_catalogue(settings.engine.catalogue)
    sentences = [f"{entry.title} answers. {entry.about}"]
    if hubless:
        sentences.append("No model hub could be reached.")
    if reason is not None and (about := catalogue.get(reason.model)):
        sentences.append(reason_sentence(reason, about.title))
    if entry.licence_class != "free":
        sentences.append(LICENCE_SENTENCES[entry.licence_class].format(licence=entry.licence))
    if entry.stand_in:
        sentences.append(
            f"For {catalogue['index'].title}, run `offbook model pull index` where a model hub "
            "can be reached, and set OFFBOOK_ENGINE__MODEL=index."
        )
    return ResolvedModel(
        name=entry.name,
        title=entry.title,
        path=entry.path(models_dir),
        present=entry.is_present(models_dir),
        prompt_style=entry.prompt_style if style == "auto" else style,
        context_length=settings.engine.context_length or entry.context_length,
        sentence=" ".join(filter(None, sentences)),
        entry=entry,
        traits=entry.traits,
        reason=reason,
    )


def _resolve_file(settings: Settings, path: Path) -> ResolvedModel:
    """Return the user's own model file.

    Unless set, the prompt style is ``completion`` for the Index model and for a file without a
    chat template, and ``chat`` for the others.
    """
    if not path.is_file():
        raise UnknownModelError(f"There is no model file {path}.")
    style = settings.engine.prompt_style
    if style == "auto":
        is_index = "index-1.9b-character" in str(path).lower()
        style = "chat" if not is_index and _has_chat_template(path) else "completion"
    return ResolvedModel(
        name=path.stem,
        title=path.name,
        path=path,
        present=True,
        prompt_style=style,
        context_length=settings.engine.context_length or _DEFAULT_CONTEXT_LENGTH,
        sentence=f"{path.name} answers, with {style} prompts.",
    )


def _has_chat_template(path: Path) -> bool:
    with path.open("rb") as file:
        return _CHAT_TEMPLATE_KEY in file.read(_METADATA_BYTES)
