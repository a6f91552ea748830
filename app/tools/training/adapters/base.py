"""Find the model that an adapter is trained on: its weights, its name, and how it is asked."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from app.engines.catalogue import UnknownModelError, load_catalogue
from app.engines.model_entry import ModelEntry
from app.engines.port import PromptStyle
from app.engines.resolution import ResolvedModel, resolve
from app.settings import Settings
from app.tools.training.adapters.errors import TrainingError

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")
_WEIGHTS = "*.safetensors"
_CONFIG = "config.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """Hold a base model, before anything of it is loaded."""

    name: str
    """The catalogue's, where it has the model; the file's, the folder's or the hub's otherwise."""
    source: str
    """A folder, or an id of the model hub, for transformers."""
    file: str | None = None
    """The .gguf file in the folder; None where the folder holds a Hugging Face checkpoint."""
    style: PromptStyle | None = None
    """How the service asks it; None leaves that to the dataset."""
    template_options: Mapping[str, bool | int | str] = field(default_factory=dict)
    repository: str = ""
    """Where vLLM has the same model from."""
    licence: str = "not known"
    context_length: int | None = None

    @property
    def given(self) -> dict[str, str]:
        """Parameters of transformers' ``from_pretrained``, beside the source."""
        return {"gguf_file": self.file} if self.file else {}

    def sha256(self) -> str | None:
        """Return the hash of the .gguf file, or of a folder's weights in the order of their names.

        None for weights of a hub. It takes seconds for large files.
        """
        folder = Path(self.source)
        paths = [folder / self.file] if self.file else sorted(folder.glob(_WEIGHTS))
        if not paths:
            return None
        digest = hashlib.sha256()
        for path in paths:
            with path.open("rb") as file:
                while piece := file.read(1 << 20):
                    digest.update(piece)
        return digest.hexdigest()


def find_base(name: str, settings: Settings, called: str = "") -> Base:
    """Return the base model that an operator names. Raises :class:`TrainingError`.

    ``called`` is the catalogue's name of a model in a folder or at a hub.
    """
    catalogue = load_catalogue(settings.engine.catalogue)
    if called and called not in catalogue:
        raise TrainingError(
            f"--base-name: the catalogue has no {called!r}; it has {', '.join(catalogue)}."
        )
    if Path(name).expanduser().is_dir():
        return _as_entry(_of_folder(Path(name).expanduser()), catalogue.get(called))
    if name.endswith(".gguf") or name in catalogue:
        return _of_catalogue(name, catalogue.get(name), settings, called)
    if _HUB_ID.fullmatch(name):
        known = (each for each in catalogue.values() if each.vllm == name)
        return _of_hub(name, catalogue.get(called) or next(known, None))
    raise TrainingError(
        f"There is no base model {name!r}: give a name of the catalogue ({', '.join(catalogue)}), "
        "a .gguf file, a folder with a Hugging Face checkpoint, or an id of the model hub."
    )


def _of_catalogue(name: str, entry: ModelEntry | None, settings: Settings, called: str) -> Base:
    if entry is not None and not entry.file and entry.vllm:
        return _of_hub(entry.vllm, entry)
    engine = settings.engine.model_copy(update={"model": name})
    try:
        resolved = resolve(settings.model_copy(update={"engine": engine}))
    except UnknownModelError as error:
        raise TrainingError(str(error)) from error
    if not resolved.present:
        raise TrainingError(
            f"{resolved.title} is not on this machine. Run `offbook model pull {name}` first."
        )
    if called and resolved.entry is None:
        return replace(_of_file(resolved), name=called)
    return _of_file(resolved)


def _of_file(resolved: ResolvedModel) -> Base:
    entry = resolved.entry
    return Base(
        name=resolved.name,
        source=str(resolved.path.parent),
        file=resolved.path.name,
        style=resolved.prompt_style,
        template_options=resolved.traits.template_options,
        repository=(entry.vllm or "") if entry else "",
        licence=entry.licence if entry else "not known",
        context_length=resolved.context_length,
    )


def _of_hub(name: str, entry: ModelEntry | None) -> Base:
    if entry is not None and entry.vllm_converts:
        raise TrainingError(
            f"{entry.title} has to be converted first: `offbook convert-index`, then give the "
            f"folder as --base, and --base-name {entry.name}."
        )
    return _as_entry(Base(name=name, source=name), entry)


def _of_folder(folder: Path) -> Base:
    if not (folder / _CONFIG).is_file():
        raise TrainingError(
            f"{folder} holds no Hugging Face checkpoint: it has no {_CONFIG}. "
            "A .gguf file is given by its own path."
        )
    return Base(name=folder.resolve().name, source=str(folder))


def _as_entry(base: Base, entry: ModelEntry | None) -> Base:
    """Return the base with what the catalogue says of the model."""
    if entry is None:
        return base
    return replace(
        base,
        name=entry.name,
        style=entry.prompt_style,
        template_options=entry.template_options,
        repository=entry.vllm or "",
        licence=entry.licence,
        context_length=entry.context_length,
    )
