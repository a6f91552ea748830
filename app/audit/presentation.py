"""Present acts to admins, as JSON and as rows of a table."""

import csv
import io
import json
from collections.abc import AsyncIterator, Iterable
from typing import Literal, cast
from uuid import UUID

from app.access.audit import ERASED
from app.access.identity import ANY_PERSON, LOCAL_OWNER, person_of
from app.audit.repository import AuditFilter, AuditRepository
from app.audit.schemas import AuditEntryOut
from app.db.models import AuditEntry
from app.db.session import Database

_PAGE = 500
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a cell begins with that spreadsheets compute."""
_COLUMNS = (
    "at",
    "action",
    "outcome",
    "count",
    "person",
    "login",
    "key",
    "guest",
    "erased",
    "address",
    "target_kind",
    "target_id",
    "target_title",
    "detail",
)


def present_entry(entry: AuditEntry) -> AuditEntryOut:
    """Return an act as admins see it."""
    return AuditEntryOut(
        id=entry.id,
        at=entry.at,
        action=entry.action,
        outcome=cast(Literal["done", "refused"], entry.outcome),
        count=entry.count,
        person=person_of(entry.owner),
        login=entry.login,
        key=entry.key,
        guest=_is_guest(entry.owner),
        erased=entry.owner.startswith(ERASED),
        address=entry.address,
        target_kind=entry.target_kind,
        target_id=entry.target_id,
        target_title=entry.target_title,
        detail=entry.detail,
    )


def _is_guest(owner: str) -> bool:
    return bool(owner) and not owner.startswith((ANY_PERSON, ERASED, LOCAL_OWNER))


async def stream_csv(database: Database, wanted: AuditFilter) -> AsyncIterator[bytes]:
    """Yield a table of the acts, the newest first; no connection is held while it is sent."""
    yield b"\xef\xbb\xbf" + _lines([_COLUMNS])  # spreadsheets need the mark to read UTF-8
    after: UUID | None = None
    while True:
        async with database.read() as session:
            found = await AuditRepository(session).page(wanted, after, _PAGE)
        if found:
            yield _lines(_cells(present_entry(each)) for each in found)
            after = found[-1].id
        if len(found) < _PAGE:
            return


def _lines(rows: Iterable[Iterable[object]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([[_harmless(cell) for cell in row] for row in rows])
    return text.getvalue().encode(errors="replace")


def _cells(entry: AuditEntryOut) -> list[object]:
    shown = entry.model_dump(mode="json")
    shown["detail"] = json.dumps(entry.detail, ensure_ascii=False) if entry.detail else ""
    return [shown[column] for column in _COLUMNS]


def _harmless(cell: object) -> object:
    """Return a cell that no spreadsheet takes for a formula."""
    if isinstance(cell, str) and cell.startswith(_FORMULA):
        return f"'{cell}"
    return "" if cell is None else cell
