"""Say where each setting in force comes from, and what it means, without its secrets."""

import ast
import inspect
import os
import re
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain, pairwise
from typing import Any, Literal
from urllib.parse import unquote

from pydantic import AliasChoices, BaseModel, SecretStr
from pydantic.fields import FieldInfo

from app.settings.environment import Settings

Source = Literal["default", "environment", "command_line"]

_PREFIX, _DELIMITER = "OFFBOOK_", "__"
_HIDDEN = "…"
_BETWEEN_URLS = re.compile(r",(?=\s*[A-Za-z][A-Za-z0-9+.-]*://)")
_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)(?P<rest>.*)", re.DOTALL)
_HOST = re.compile(r"[^:\s]*(:\d*)?|\[[^\]\s]*\](:\d*)?")
_SECRET_NAMES = re.compile(r"pass|pwd|secret|token|key|auth|sig|credential", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Setting:
    """Hold a setting in force. Its texts contain no secret."""

    name: str
    """Its path, ``engine.base_url``."""
    variable: str
    """The environment variable that sets it."""
    value: str
    """As people read it; of a secret only that it is set."""
    default: str
    changed: bool
    """Whether the value differs from the default."""
    source: Source
    set_by: str
    """The environment variable that set it; empty for other sources."""
    secret: bool
    about: str


def settings_in_force(settings: Settings) -> list[Setting]:
    """Return every setting, the ones with other values than their defaults first."""
    environment = Settings()  # as the environment alone gives them
    found = [_describe(settings, leaf, environment) for leaf in _leaves()]
    return sorted(found, key=lambda each: not each.changed)


def unknown_variables() -> list[str]:
    """Return the names of variables that begin as settings do, and that no setting reads."""
    read = {name.lower() for leaf in _leaves() for name in leaf.variables}
    read |= {f"{_PREFIX}{leaf.path[0]}".lower() for leaf in _leaves()}
    return sorted(
        name for name in os.environ if name.upper().startswith(_PREFIX) and name.lower() not in read
    )


def without_secrets(text: str, *, is_url: bool = False) -> str:
    """Return a text with what may be a password in its URLs left out: log-ins, and parameters.

    ``is_url``: also where the scheme is missing.
    """
    shown = (_without_secrets(part, is_url=is_url) for part in _BETWEEN_URLS.split(text))
    return ",".join(shown)


def _without_secrets(text: str, *, is_url: bool) -> str:
    found = _URL.fullmatch(text.strip())
    if found is None and not is_url:
        return text
    scheme, content = (found["scheme"], found["rest"]) if found else ("", text)
    # Up to the last "@": a password may contain "/", "?" and "@" where it was not escaped.
    login, at, rest = content.rpartition("@")
    address, mark, query = rest.partition("?")
    host, slash, path = address.partition("/")
    if not _HOST.fullmatch(host):
        host = _HIDDEN  # the beginning of a password with a comma in it, or of no URL at all
    shown = scheme + (f"{_HIDDEN}@" if at and login else at) + host + slash + path
    return shown + mark + "&".join(map(_parameter, query.split("&")))


def _parameter(text: str) -> str:
    name, equals, _ = text.partition("=")
    return f"{name}={_HIDDEN}" if equals and _SECRET_NAMES.search(unquote(name)) else text


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A field that holds a value: of ``Settings`` itself, or of one of its sections."""

    path: tuple[str, ...]
    field: FieldInfo
    about: str

    @property
    def variables(self) -> list[str]:
        """The environment variables that set it, the first that counts first."""
        alias = self.field.validation_alias
        if isinstance(alias, AliasChoices):
            return [each for each in alias.choices if isinstance(each, str)]
        return [_PREFIX + _DELIMITER.join(self.path).upper()]

    def of(self, settings: Settings) -> tuple[object, bool]:
        """Return its value, and whether it was given rather than left as it is by default."""
        holder: BaseModel = settings
        for name in self.path[:-1]:
            holder = getattr(holder, name)
        name = self.path[-1]
        return getattr(holder, name), name in holder.model_fields_set


@cache
def _leaves() -> tuple[_Leaf, ...]:
    return tuple(_leaves_of(Settings, ()))


def _leaves_of(model: type[BaseModel], above: tuple[str, ...]) -> Iterator[_Leaf]:
    docs = _docstrings(model)
    for name, field in model.model_fields.items():
        section = field.annotation
        if isinstance(section, type) and issubclass(section, BaseModel):
            yield from _leaves_of(section, (*above, name))
        else:
            yield _Leaf((*above, name), field, docs.get(name, ""))


def _docstrings(model: type[BaseModel]) -> dict[str, str]:
    """Return the text that stands below each field in the source of its class, or of a base."""
    found = {}
    bases = [each for each in model.__mro__ if issubclass(each, BaseModel)]
    for field, text in chain.from_iterable(pairwise(_body(each)) for each in reversed(bases[:-1])):
        is_text = isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and is_text:
            found[field.target.id] = " ".join(str(text.value.value).split())  # type: ignore[attr-defined]  # is_text
    return found


def _body(model: type[BaseModel]) -> list[ast.stmt]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(model))).body[0]
    return tree.body if isinstance(tree, ast.ClassDef) else []


def _describe(settings: Settings, leaf: _Leaf, environment: Settings) -> Setting:
    value, is_given = leaf.of(settings)
    default = leaf.field.get_default(call_default_factory=True)
    secret = "SecretStr" in str(leaf.field.annotation)
    is_url = leaf.path[-1].endswith(("url", "endpoint"))
    source, set_by = _origin(leaf, value, environment) if is_given else ("default", "")
    return Setting(
        name=".".join(leaf.path),
        variable=leaf.variables[0],
        value=_text(value, secret=secret, is_url=is_url),
        default=_text(default, secret=secret, is_url=is_url),
        changed=value != default,
        source=source,
        set_by=set_by,
        secret=secret,
        about=leaf.about,
    )


def _origin(leaf: _Leaf, value: object, environment: Settings) -> tuple[Source, str]:
    """Return what gave a value: a variable, unless the command line has overruled it."""
    known = {name.lower(): name for name in os.environ}
    section = f"{_PREFIX}{leaf.path[0]}".lower()
    names = [known[name.lower()] for name in leaf.variables if name.lower() in known]
    if not names and len(leaf.path) > 1 and section in known:
        names = [known[section]]  # the whole section as JSON
    if names and leaf.of(environment)[0] == value:
        return "environment", names[0]
    return "command_line", ""


def _text(value: object, *, secret: bool, is_url: bool) -> str:
    if secret:
        return "set" if _is_set(value) else "not set"
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return ", ".join(_text(each, secret=False, is_url=is_url) for each in _flat(value))
    return without_secrets(str(value), is_url=is_url)


def _flat(values: Iterable[Any]) -> Iterator[Any]:
    for value in values:
        yield " ".join(map(str, value)) if isinstance(value, list | tuple) else value


def _is_set(value: object) -> bool:
    return isinstance(value, SecretStr) and bool(value.get_secret_value())
