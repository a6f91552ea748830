"""List the models of the catalogue, and resolve the model setting to one of them or a file."""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, fields, replace
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import httpx

from app.engines.port import PromptStyle, Sampling
from app.settings import Settings

_PROBE_SECONDS = 3.0
_MODELSCOPE = "https://modelscope.cn"
_DEFAULT_CONTEXT_LENGTH = 4096
# A GGUF file begins with its metadata, including the chat template after the vocabulary.
_METADATA_BYTES = 32_000_000
_CHAT_TEMPLATE_KEY = b"tokenizer.chat_template"


class UnknownModelError(ValueError):
    """The setting is neither a model of the catalogue nor a file."""


@dataclass(frozen=True, slots=True)
class HubSource:
    """Locate a file on a model hub."""

    kind: Literal["huggingface", "modelscope"]
    repository: str
    file: str

    def url(self, hub_endpoint: str) -> str:
        """Return the file's URL; ``hub_endpoint`` is the Hugging Face hub or a mirror of it."""
        if self.kind == "modelscope":
            return f"{_MODELSCOPE}/models/{self.repository}/resolve/master/{self.file}"
        return f"{hub_endpoint.rstrip('/')}/{self.repository}/resolve/main/{self.file}"

    @property
    def listing_url(self) -> str:
        """URL of the listing with each file's SHA-256; ModelScope only."""
        return f"{_MODELSCOPE}/api/v1/models/{self.repository}/repo/files?Revision=master"


@dataclass(frozen=True, slots=True)
class WheelSource:
    """Locate parts of a file in wheels; the model is their concatenation, in order."""

    wheels: tuple[tuple[str, str], ...]
    """Requirement (``name==version``) and path inside the wheel, of each part."""


Source = HubSource | WheelSource


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """Hold one model of the catalogue. Sizes are in bytes, ``context_length`` in tokens."""

    name: str
    title: str
    licence: str
    licence_url: str
    prompt_style: PromptStyle
    context_length: int
    file: str
    """Name of the file in the models directory."""
    about: str
    sources: tuple[Source, ...]
    size: int | None = None
    approximate_size: int | None = None
    sha256: str | None = None
    max_examples: int | None = None
    screened: bool = False
    """Whether its replies are screened: it speaks as an assistant too often."""
    sampling: Sampling = field(default_factory=Sampling)

    def path(self, models_dir: Path) -> Path:
        """Return the path of the file, whether pulled or not."""
        return models_dir / self.file

    def is_present(self, models_dir: Path) -> bool:
        """Return whether the model was pulled: only verified files get its name."""
        path = self.path(models_dir)
        return path.is_file() and (self.size is None or path.stat().st_size == self.size)


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
    sampling: Sampling
    max_examples: int | None
    screened: bool
    sentence: str
    """Sentences for users: the model that answers, why, and how to get the Index model."""
    entry: ModelEntry | None = None
    """``None`` for a file of the user's own."""


def load_catalogue() -> dict[str, ModelEntry]:
    """Return all entries by name, in the order of the file."""
    text = files("app.engines").joinpath("models.toml").read_text(encoding="utf-8")
    return {name: _entry(name, table) for name, table in tomllib.loads(text).items()}


def find_model(name: str) -> ModelEntry:
    """Return an entry by name. Raises :class:`UnknownModelError`, which lists the names."""
    catalogue = load_catalogue()
    if name not in catalogue:
        raise UnknownModelError(
            f"There is no model named {name!r}. Known are {', '.join(catalogue)}, "
            "and any path of a .gguf file."
        )
    return catalogue[name]


def resolve(
    settings: Settings, *, probe: Callable[[Settings], bool] | None = None
) -> ResolvedModel:
    """Return the model for the embedded engine. May wait 3 s for a hub; run it in a thread.

    ``probe`` returns whether a model hub answers, :func:`hub_answers` by default. Raises
    :class:`UnknownModelError` for a name not in the catalogue and a path that does not exist.
    """
    wanted = settings.engine.model
    if wanted == "auto":
        return _resolve_auto(settings, probe or hub_answers)
    if wanted.endswith(".gguf"):
        return _resolve_file(settings, Path(wanted).expanduser())
    return _resolved(settings, find_model(wanted))


def hub_answers(settings: Settings) -> bool:
    """Return whether any hub of the model ``index`` answers within three seconds."""
    sources = [each for each in find_model("index").sources if isinstance(each, HubSource)]
    urls = [source.url(settings.hub_endpoint) for source in sources]
    with ThreadPoolExecutor(len(urls)) as pool:
        return any(pool.map(_answers, urls))


def with_overrides(sampling: Sampling, overrides: Mapping[str, Any]) -> Sampling:
    """Return ``sampling`` with other values; names of no field become ``extra`` fields."""
    known = {each.name for each in fields(Sampling)}
    extra = {key: value for key, value in overrides.items() if key not in known}
    named = {key: value for key, value in overrides.items() if key in known}
    return replace(sampling, **named, extra={**sampling.extra, **extra})


def _resolve_auto(settings: Settings, probe: Callable[[Settings], bool]) -> ResolvedModel:
    index, demo = find_model("index"), find_model("demo")
    if index.is_present(settings.engine.models_dir):
        return _resolved(settings, index)
    if probe(settings):
        return _resolved(settings, index, because="A model hub answers, so it can be pulled.")
    return _resolved(settings, demo, because="No model hub could be reached.")


def _resolved(settings: Settings, entry: ModelEntry, because: str = "") -> ResolvedModel:
    style, models_dir = settings.engine.prompt_style, settings.engine.models_dir
    sentences = [f"{entry.title} answers. {entry.about}", because]
    if entry.name != "index":
        sentences.append(
            f"For {find_model('index').title}, run `offbook model pull index` where a model hub "
            "can be reached, and set OFFBOOK_ENGINE__MODEL=index."
        )
    return ResolvedModel(
        name=entry.name,
        title=entry.title,
        path=entry.path(models_dir),
        present=entry.is_present(models_dir),
        prompt_style=entry.prompt_style if style == "auto" else style,
        context_length=settings.engine.context_length or entry.context_length,
        sampling=entry.sampling,
        max_examples=entry.max_examples,
        screened=entry.screened,
        sentence=" ".join(filter(None, sentences)),
        entry=entry,
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
        sampling=Sampling(),
        max_examples=None,
        screened=False,
        sentence=f"{path.name} answers, with {style} prompts.",
    )


def _has_chat_template(path: Path) -> bool:
    with path.open("rb") as file:
        return _CHAT_TEMPLATE_KEY in file.read(_METADATA_BYTES)


def _answers(url: str) -> bool:
    try:
        response = httpx.head(url, timeout=_PROBE_SECONDS)
    except (httpx.HTTPError, httpx.InvalidURL):
        return False
    return response.status_code < httpx.codes.BAD_REQUEST


def _entry(name: str, table: Mapping[str, Any]) -> ModelEntry:
    values = {key: value for key, value in table.items() if key not in ("sources", "sampling")}
    return ModelEntry(
        name=name,
        sources=_sources(table["sources"]),
        sampling=with_overrides(Sampling(), table.get("sampling", {})),
        **values,
    )


def _sources(tables: Sequence[Mapping[str, Any]]) -> tuple[Source, ...]:
    sources: list[Source] = []
    for table in tables:
        if table["kind"] == "wheels":
            pairs = tuple((requirement, member) for requirement, member in table["wheels"])
            sources.append(WheelSource(pairs))
        else:
            sources.append(HubSource(**table))
    return tuple(sources)
