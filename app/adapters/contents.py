"""Check a folder with an adapter: which files it has, and that they belong together."""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.adapters.errors import AdapterError
from app.adapters.tensors import check_tensors
from app.engines.gguf import GgufError, read_shapes
from app.engines.model_entry import ModelEntry
from characters.json_values import JsonTextError, JsonValue, parse_json

CONFIG, WEIGHTS, GGUF, CARD = (
    *("adapter_config.json", "adapter_model.safetensors"),
    *("adapter.gguf", "card.json"),
)
FILES = (CONFIG, WEIGHTS, GGUF, CARD)
"""The files of an adapter; all others are left out. ``adapter_model.safetensors`` is for vLLM,
``adapter.gguf`` for llama.cpp: one of them is enough."""
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_PICKLES = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt")
_MOST_JSON_BYTES = {CONFIG: 1_000_000, CARD: 8_000_000}
_MOST_RANK = 1_024
_GGUF_PARTS = (".lora_a", ".lora_b")
_PIECE = 1 << 20
_SHA256 = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterContents:
    """Hold what a folder's files say of an adapter."""

    name: str
    """As its card has it; empty where it has none that can be used."""
    base: str
    base_sha256: str | None
    rank: int
    files: Mapping[str, dict[str, Any]]
    card: dict[str, Any]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(each["size"] for each in self.files.values())


def check_name(name: str) -> str:
    """Return ``name``. Raises :class:`~app.adapters.errors.AdapterError` for one that is none."""
    if not NAME.fullmatch(name):
        raise AdapterError(
            "adapter_name_invalid",
            "A name of an adapter has 64 characters at most, of a to z, 0 to 9, '.', '_' and '-', "
            f"and begins with a letter or a digit; {name[:80]!r} does not. Give another one.",
        )
    return name


def check_members(names: list[str]) -> None:
    """Raise :class:`~app.adapters.errors.AdapterError` where these files make no adapter."""
    has_weights = WEIGHTS in names or GGUF in names
    pickles = [name for name in names if name.lower().endswith(_PICKLES)]
    if pickles and not has_weights:
        raise AdapterError(
            "adapter_pickled",
            f"{pickles[0][:80]} is a pickle, which could run any program when it is opened. "
            "Save the adapter with safe_serialization=True, as adapter_model.safetensors.",
        )
    for name in (CONFIG, CARD):
        if name not in names:
            raise AdapterError(
                "adapter_incomplete",
                f"{name} is missing. An adapter is a folder as `offbook train lora` writes it: "
                f"{', '.join(FILES)}.",
            )
    if not has_weights:
        raise AdapterError(
            "adapter_incomplete", f"Neither {WEIGHTS} nor {GGUF} is there; one of them is needed."
        )


def read_contents(
    folder: Path, catalogue: Mapping[str, ModelEntry], most_bytes: int
) -> AdapterContents:
    """Return what the known files of a folder hold, each checked and hashed. It blocks.

    Raises :class:`~app.adapters.errors.AdapterError`.
    """
    check_members([each.name for each in folder.iterdir()])
    present = [name for name in FILES if _is_file(folder / name)]
    sizes = {name: (folder / name).stat().st_size for name in present}
    check_sizes(sizes, most_bytes)
    config, card = _read_object(folder / CONFIG), _read_object(folder / CARD)
    rank = _rank_of(config)
    if WEIGHTS in present:
        _check_same_rank(check_tensors(folder / WEIGHTS), rank, config)
    if GGUF in present:
        _check_gguf(folder / GGUF)
    base, base_sha256 = _check_base(card, catalogue)
    files = {
        name: {"size": sizes[name], "sha256": hash_file(folder / name)} for name in sorted(present)
    }
    _check_hashes(card, files)
    name = card.get("name")
    return AdapterContents(
        name=name if isinstance(name, str) and NAME.fullmatch(name) else "",
        base=base,
        base_sha256=base_sha256,
        rank=rank,
        files=files,
        card=card,
    )


def check_sizes(sizes: Mapping[str, int], most_bytes: int) -> None:
    """Raise :class:`~app.adapters.errors.AdapterError` where files are larger than they may be."""
    for name, most in _MOST_JSON_BYTES.items():
        if sizes.get(name, 0) > most:
            raise AdapterError("adapter_too_large", f"{name} has more than {most:,} bytes.")
    if sum(sizes.values()) > most_bytes:
        raise AdapterError(
            "adapter_too_large",
            f"The adapter has {sum(sizes.values()):,} bytes; {most_bytes:,} is the most it may "
            "have (OFFBOOK_ADAPTERS__MOST_BYTES).",
        )


def hash_file(path: Path, report: Callable[[int], None] = lambda _: None) -> str:
    """Return the SHA-256 of a file in hexadecimal; ``report`` gets the bytes of each piece."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
            report(len(piece))
    return digest.hexdigest()


def _is_file(path: Path) -> bool:
    if path.is_symlink():
        raise AdapterError("adapter_unsafe", f"{path.name} is a link. Copy the file itself.")
    return path.is_file()


def _read_object(path: Path) -> dict[str, Any]:
    try:
        value: JsonValue = parse_json(path.read_bytes())
    except JsonTextError as error:
        raise AdapterError("adapter_damaged", f"{path.name} is {error}.") from error
    if not isinstance(value, dict):
        raise AdapterError("adapter_damaged", f"{path.name} is no JSON object.")
    return dict(value)


def _rank_of(config: Mapping[str, Any]) -> int:
    kind, rank = config.get("peft_type"), config.get("r")
    if kind != "LORA":
        raise AdapterError(
            "adapter_kind_unknown",
            f"{CONFIG} describes a {str(kind)[:40]!r}; engines serve LoRA adapters alone.",
        )
    if not isinstance(rank, int) or isinstance(rank, bool) or not 0 < rank <= _MOST_RANK:
        raise AdapterError("adapter_damaged", f"{CONFIG} has no rank `r` from 1 to {_MOST_RANK}.")
    return rank


def _check_same_rank(found: int, said: int, config: Mapping[str, Any]) -> None:
    if found != said and not config.get("rank_pattern"):
        raise AdapterError(
            "adapter_damaged", f"{CONFIG} says rank {said}, and the weights have rank {found}."
        )


def _check_gguf(path: Path) -> None:
    try:
        tensors = read_shapes(path).tensors
    except GgufError as error:
        raise AdapterError("adapter_damaged", f"{GGUF} cannot be used: {error}") from error
    if not tensors or not all(name.endswith(_GGUF_PARTS) for name in tensors):
        raise AdapterError(
            "adapter_damaged", f"{GGUF} is a model rather than a LoRA adapter. Convert it again."
        )


def _check_base(
    card: Mapping[str, Any], catalogue: Mapping[str, ModelEntry]
) -> tuple[str, str | None]:
    """Return the catalogue's name of the base model, and the hash of its file."""
    base, sha256 = card.get("base"), card.get("base_sha256")
    if not isinstance(base, str) or base not in catalogue:
        raise AdapterError(
            "adapter_base_unknown",
            f"{CARD} names the base model {str(base)[:80]!r}; the catalogue has "
            f"{', '.join(catalogue)}.",
        )
    if sha256 is None or sha256 == "":
        return base, None
    if not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
        raise AdapterError("adapter_damaged", f"`base_sha256` of {CARD} is no SHA-256.")
    pinned = catalogue[base].sha256
    if pinned is not None and pinned != sha256:
        raise AdapterError(
            "adapter_base_differs",
            f"The adapter was trained on another file of {base} than the catalogue's: its hash "
            f"begins with {sha256[:12]}, the catalogue's with {pinned[:12]}.",
        )
    return base, sha256


def _check_hashes(card: Mapping[str, Any], files: Mapping[str, dict[str, Any]]) -> None:
    said = card.get("files")
    for name, digest in said.items() if isinstance(said, dict) else ():
        expected = digest.get("sha256") if isinstance(digest, dict) else digest
        if name in files and name != CARD and files[name]["sha256"] != expected:
            raise AdapterError(
                "adapter_hash_differs",
                f"{name} is not the file that {CARD} describes: its hash differs. Copy the folder "
                "again.",
            )
