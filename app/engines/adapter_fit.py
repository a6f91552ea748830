"""Check that an adapter fits the model that llama.cpp is to load it with.

llama.cpp itself refuses to start where one adapter of several does not fit.
"""

from dataclasses import dataclass
from pathlib import Path

from app.engines.adapters import ServedAdapter
from app.engines.gguf import GgufError, GgufShapes, read_shapes
from characters.json_values import JsonObject, JsonTextError, parse_json

_FILE, _CARD = "adapter.gguf", "card.json"
_MOST_CARD_BYTES = 8_000_000
_PARTS = (".lora_a", ".lora_b")
_EMBEDDING = "token_embd.weight"
"""Its two parts are stored the other way round: ``llm_build_inp_embd`` picks rows of them."""
_SHOWN_DIGITS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterBase:
    """Hold the model that adapters are loaded with."""

    path: Path
    name: str | None
    """The catalogue's name; None for a file of the user's own."""
    sha256: str | None
    """The hash that the file is pinned to."""


def gguf_of(adapter: ServedAdapter) -> Path:
    """Return the path of the file that llama.cpp loads."""
    return adapter.folder / _FILE


def misfits(adapter: ServedAdapter, base: AdapterBase) -> str | None:
    """Return a sentence on why an adapter cannot be loaded with a model; None where it can.

    Compares the model's name and hash with the adapter's card, and the architecture and all shapes
    of both files, whose heads are read: it blocks for some 0.2 s.
    """
    if base.name is not None and adapter.base != base.name:
        return (
            f"It was trained on the model {adapter.base}, and {base.name} answers. Let "
            f"{adapter.base} answer, or train an adapter on {base.name}."
        )
    try:
        trained_on = _card(adapter.folder / _CARD).get("base_sha256")
    except (OSError, JsonTextError) as error:
        return f"Its {_CARD} cannot be used ({error}). Register it again."
    known = isinstance(trained_on, str) and trained_on and base.sha256
    if known and str(trained_on).lower() != base.sha256:
        return (
            f"It was trained on another file of {adapter.base}: the hash of that file begins with "
            f"{str(trained_on)[:_SHOWN_DIGITS]}, the one of the file here with "
            f"{str(base.sha256)[:_SHOWN_DIGITS]}. Train it on the file that answers."
        )
    return _shapes_differ(gguf_of(adapter), base.path)


def _card(path: Path) -> JsonObject:
    with path.open("rb") as file:
        card = parse_json(file.read(_MOST_CARD_BYTES))
    return card if isinstance(card, dict) else {}


def _shapes_differ(adapter: Path, model: Path) -> str | None:
    if not adapter.is_file():
        return (
            f"Its folder has no {_FILE}, which llama.cpp needs. `offbook train` writes one beside "
            "the files for vLLM."
        )
    try:
        found, base = read_shapes(adapter), read_shapes(model)
    except (GgufError, OSError) as error:
        return f"Its {_FILE} cannot be compared with the model: {error}"
    if found.architecture != base.architecture:
        return (
            f"It is for models of the architecture {found.architecture!r}, and the one that "
            f"answers is {base.architecture!r}."
        )
    first, second = _PARTS
    names = {name.removesuffix(first).removesuffix(second) for name in found.tensors}
    wrong = [name for name in sorted(names) if not _fits(name, found, base)]
    if not found.tensors or wrong:
        what = f"{wrong[0]} is of another shape" if wrong else "it has no weights"
        return f"Its {_FILE} does not fit the model that answers: {what}."
    return None


def _fits(name: str, found: GgufShapes, base: GgufShapes) -> bool:
    first, second = (found.tensors.get(name + part) for part in _PARTS)
    whole = base.tensors.get(name)
    if first is None or second is None or whole is None:
        return False
    if min(map(len, (first, second, whole))) < len(_PARTS):  # all three are matrices
        return False
    if name == _EMBEDDING:
        return (whole[0], whole[1]) == (second[1], first[1])
    return (whole[0], whole[1], first[1]) == (first[0], second[1], second[0])
