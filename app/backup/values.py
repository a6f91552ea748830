"""Convert values of columns to JSON and back, the same for both databases."""

import base64
import binascii
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    String,
    Text,
    Uuid,
    cast,
)
from sqlalchemy.types import NullType, TypeEngine

from app.db.base import UtcDateTime

Kind = Literal["text", "integer", "float", "boolean", "json", "bytes", "uuid", "datetime", "date"]
JsonScalar = str | int | float | bool | None

_KINDS: list[tuple[type[TypeEngine[Any]], Kind]] = [
    (String, "text"),
    (Boolean, "boolean"),
    (Integer, "integer"),
    (Float, "float"),
    (JSON, "json"),
    (LargeBinary, "bytes"),
    (Uuid, "uuid"),
    (UtcDateTime, "datetime"),
    (DateTime, "datetime"),
    (Date, "date"),
]

_SQL_TYPES: dict[Kind, TypeEngine[Any]] = {
    "text": String(),
    "integer": BigInteger(),
    "float": Float(),
    "boolean": Boolean(),
    # Untyped, so that the text reaches either database unchanged; see :func:`selected`.
    "json": NullType(),
    "bytes": LargeBinary(),
    "uuid": Uuid(),
    "datetime": UtcDateTime(),
    "date": Date(),
}


def kind_of(column: Column[Any]) -> Kind:
    """Return the kind of a column.

    Raises :class:`TypeError` for a type that no table had when this was written.
    """
    for sql_type, kind in _KINDS:
        if isinstance(column.type, sql_type):
            return kind
    raise TypeError(f"{column} has the type {column.type!r}, which no backup can hold yet.")


def selected(column: Column[Any]) -> ColumnElement[Any]:
    """Return the expression to select for a column.

    JSON is read as its stored text: SQL's NULL stays distinct from JSON's ``null``, and numbers
    keep their spelling.
    """
    return cast(column, Text).label(column.name) if kind_of(column) == "json" else column


def sql_type(kind: Kind) -> TypeEngine[Any]:
    """Return the SQL type with which a value of this kind is written."""
    return _SQL_TYPES[kind]


def encode(kind: Kind, value: Any) -> JsonScalar:
    """Return a value as JSON: bytes in Base64, times in ISO 8601 with their zone."""
    if value is None:
        return None
    if kind == "bytes":
        return base64.b64encode(value).decode("ascii")
    if kind == "uuid":
        return str(value)
    if kind in {"datetime", "date"}:
        return str(value.isoformat())
    return value  # type: ignore[no-any-return]  # the other kinds are JSON's own


def decode(kind: Kind, value: JsonScalar) -> object:
    """Return the value that :func:`encode` converted. Raises :class:`ValueError`."""
    if value is None:
        return None
    expected, convert = _DECODERS[kind]
    if type(value) not in expected:
        raise ValueError(f"{value!r:.60} is not a value of the kind {kind}")
    return convert(value)


def _from_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(f"{text[:60]!r} is not Base64") from error


_DECODERS: dict[Kind, tuple[tuple[type, ...], Callable[[Any], object]]] = {
    "text": ((str,), str),
    "integer": ((int,), int),
    "float": ((float, int), float),
    "boolean": ((bool,), bool),
    "json": ((str,), str),
    "bytes": ((str,), _from_base64),
    "uuid": ((str,), UUID),
    "datetime": ((str,), datetime.fromisoformat),
    "date": ((str,), date.fromisoformat),
}
