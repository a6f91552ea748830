"""Read what is compared: a model's name, settings, an endpoint, or a file of settings."""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from pydantic import BaseModel, ValidationError

from app.search.benchmark.errors import EvaluationError
from app.settings import Settings

_PREFIX = "OFFBOOK_"
_MOST_BYTES = 100_000
_ENDPOINT = ("http://", "https://")
_TOML = ".toml"
_SECRET = re.compile(r"((?:key|secret|password)=)[^,]+|(?<=//)[^/@,]*@", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Configuration:
    """Hold one of the two that are compared."""

    name: str
    """As the command names it, without secrets: it is printed and stored."""
    settings: Settings


def read_configuration(what: str, data_dir: Path | None = None) -> Configuration:
    """Return the settings of the environment with the settings of ``what`` on top.

    ``what`` is the path of a ``.toml`` file with a table for each section, or of a file of
    ``OFFBOOK_SECTION__NAME=value``; settings such as ``engine.model=demo,retrieval.mode=fused``; an
    address of an OpenAI-compatible server; or the name of a model. Raises
    :class:`~app.search.benchmark.errors.EvaluationError` for a setting that does not exist.
    """
    given: dict[str, Any] = {} if data_dir is None else {"data_dir": data_dir}
    wanted = _wanted(what)
    _check_known(Settings, wanted, what)
    try:
        return Configuration(_name_of(what), Settings(**(given | wanted)))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise EvaluationError(f"{what}: {place}: {first['msg']}") from error


def _name_of(what: str) -> str:
    if Path(what).is_file():
        return what
    return _SECRET.sub(lambda found: f"{found[1]}…" if found[1] else "", what)


def _wanted(what: str) -> dict[str, Any]:
    path = Path(what)
    if path.is_file():
        return _of_toml(path) if path.suffix == _TOML else _of_environment_file(path)
    if what.startswith(_ENDPOINT):
        return {"engine": {"kind": "openai", "base_url": what}}
    if "=" in what:
        return _of_pairs(what)
    if path.suffix in {_TOML, ".env"}:
        raise EvaluationError(f"There is no file {what}.")
    return {"engine": {"model": what}}


def _of_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(_read(path))
    except tomllib.TOMLDecodeError as error:
        raise EvaluationError(f"{path} is no TOML: {error}") from error


def _of_environment_file(path: Path) -> dict[str, Any]:
    _read(path)
    found: dict[str, Any] = {}
    for name, value in dotenv_values(path, interpolate=False).items():
        if not name.upper().startswith(_PREFIX):
            raise EvaluationError(f"{path}: {name} is no setting: settings begin with {_PREFIX}")
        _put(found, name.lower().removeprefix(_PREFIX.lower()).split("__"), value or "", path)
    if not found:
        raise EvaluationError(f"{path} has no setting like {_PREFIX}ENGINE__MODEL=demo.")
    return found


def _of_pairs(what: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for pair in what.split(","):
        name, equals, value = pair.partition("=")
        if not equals:
            raise EvaluationError(f"{pair!r} is no setting like engine.model=demo.")
        _put(found, name.strip().split("."), value.strip(), what)
    return found


def _put(found: dict[str, Any], names: list[str], value: str, source: object) -> None:
    """Store a value under nested names; one that is JSON is read as the environment's is."""
    *sections, last = names
    into = found
    for section in sections:
        into = into.setdefault(section, {})
        if not isinstance(into, dict):
            raise EvaluationError(f"{source}: {section} is a value and a section.")
    if last in into:
        raise EvaluationError(f"{source}: {'.'.join(names)} is given twice.")
    into[last] = value
    if value[:1] in {"[", "{"}:
        try:
            into[last] = json.loads(value)
        except json.JSONDecodeError as error:
            raise EvaluationError(f"{source}: {'.'.join(names)} is no JSON: {error}") from error


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise EvaluationError(f"{path} has more than {_MOST_BYTES} bytes: no settings.")
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationError(f"{path} cannot be read as settings: {error}") from error


def _check_known(model: type[BaseModel], wanted: Mapping[str, Any], source: str) -> None:
    """Raise for a name that is no setting: it would make no difference, unseen."""
    for name, value in wanted.items():
        field = model.model_fields.get(name)
        if field is None:
            known = ", ".join(sorted(model.model_fields))
            raise EvaluationError(f"{source}: there is no setting {name!r} among {known}.")
        section = _section(field.annotation)
        if section is None:
            continue
        if not isinstance(value, Mapping):
            raise EvaluationError(f"{source}: {name} is a section, such as engine.model=demo.")
        _check_known(section, value, source)


def _section(annotation: Any) -> type[BaseModel] | None:
    """Return the model of a setting that is a section of settings; None for a value."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return None
