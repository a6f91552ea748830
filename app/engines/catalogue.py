"""Read the model catalogue, and an operator's own, and refuse entries that cannot work."""

import tomllib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from app.engines.model_entry import ModelEntry, with_overrides
from app.engines.model_sources import WheelSource
from app.engines.port import Sampling

_MOST_BYTES = 1_000_000
_ENTRY, _SAMPLING = TypeAdapter(ModelEntry), TypeAdapter(Sampling)


class UnknownModelError(ValueError):
    """The setting is neither a model of the catalogue nor a file."""


class CatalogueError(ValueError):
    """A catalogue cannot be read, or has an entry that cannot work; the message says which."""


def load_catalogue(own: Path | None = None) -> dict[str, ModelEntry]:
    """Return all entries by name, in the order of the file.

    ``own`` is an operator's file in the same format: its entries replace those of the same name,
    and follow the others. Raises :class:`CatalogueError` for a file that cannot be read and an
    entry that cannot work.
    """
    shipped = _shipped()
    if own is None:
        return dict(shipped)
    try:
        with own.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise CatalogueError(f"{own} cannot be read: {error.strerror}.") from error
    if len(content) > _MOST_BYTES:
        raise CatalogueError(f"{own} has more than {_MOST_BYTES:,} bytes.")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise CatalogueError(f"{own} is not UTF-8.") from error
    merged = {**shipped, **parse_catalogue(text, str(own))}
    _refuse_shared_files(merged, str(own))
    return merged


def find_model(name: str, own: Path | None = None) -> ModelEntry:
    """Return an entry by name; ``own`` as for :func:`load_catalogue`.

    Raises :class:`UnknownModelError`, which lists the names, and :class:`CatalogueError`.
    """
    catalogue = load_catalogue(own)
    if name not in catalogue:
        raise UnknownModelError(
            f"There is no model named {name!r}. Known are {', '.join(catalogue)}, "
            "and any path of a .gguf file."
        )
    return catalogue[name]


def parse_catalogue(text: str, where: str) -> dict[str, ModelEntry]:
    """Return the entries of a catalogue's text. Raises :class:`CatalogueError`, with ``where``."""
    try:
        tables = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise CatalogueError(f"{where} is no TOML: {error}.") from error
    entries = {name: _entry(name, table, where) for name, table in tables.items()}
    _refuse_shared_files(entries, where)
    return entries


def _refuse_shared_files(entries: Mapping[str, ModelEntry], where: str) -> None:
    """Raise :class:`CatalogueError` where two models would overwrite each other's file."""
    names = Counter(entry.file.lower() for entry in entries.values() if entry.file)
    if shared := [name for name, count in names.items() if count > 1]:
        raise CatalogueError(f"{where}: several models have the file {', '.join(shared)}.")


@lru_cache(maxsize=1)
def _shipped() -> dict[str, ModelEntry]:
    text = files("app.engines").joinpath("models.toml").read_text(encoding="utf-8")
    return parse_catalogue(text, "models.toml")


def _entry(name: str, table: object, where: str) -> ModelEntry:
    if not isinstance(table, dict):
        raise CatalogueError(f"{where}: {name} is not a table.")
    try:
        sampling = with_overrides(Sampling(), table.get("sampling", {}))
        values = {**table, "name": name, "sampling": _SAMPLING.validate_python(asdict(sampling))}
        values["sources"] = [_source(each) for each in table.get("sources", [])]
        entry = _ENTRY.validate_python(values)
    except ValidationError as error:
        raise CatalogueError(f"{where}: {name}: {_problems(error)}") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise CatalogueError(f"{where}: {name} has a field of the wrong kind.") from error
    for problem, present in _CONTRADICTIONS.items():
        if present(entry):
            raise CatalogueError(f"{where}: {name} {problem}.")
    return entry


def _source(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return a source's fields; only a hub's have a ``kind`` of their own."""
    return {key: value for key, value in table.items() if (key, value) != ("kind", "wheels")}


def _problems(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in found[:5])


_CONTRADICTIONS: Mapping[str, Callable[[ModelEntry], bool]] = {
    "has neither sources nor a repository for vLLM": lambda entry: not entry.engines,
    "has sources but no file": lambda entry: bool(entry.sources) and not entry.file,
    "has a file but no sources": lambda entry: bool(entry.file) and not entry.sources,
    "has no size": lambda entry: bool(entry.sources) and entry.bytes_to_pull is None,
    "comes from wheels and has no sha256": lambda entry: (
        entry.sha256 is None and any(isinstance(each, WheelSource) for each in entry.sources)
    ),
}
"""Combinations of fields that cannot work, by what is wrong with them."""
