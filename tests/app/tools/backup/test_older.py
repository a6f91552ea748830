"""A backup made by an older version: an archive written by hand, of the first schema."""

import asyncio
import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from app.backup.errors import BackupError
from app.settings import Settings
from app.tools.backup.restoring import restore
from tests.app.running import running

pytestmark = pytest.mark.anyio

ROOT, CHILD = "0190f7a0-0000-7000-8000-000000000002", "0190f7a0-0000-7000-8000-000000000001"
CHARACTER, TALK = "0190f7a0-0000-7000-8000-00000000000a", "0190f7a0-0000-7000-8000-00000000000b"
WHEN = "2026-01-02T03:04:05.678900+00:00"

CHARACTER_ROW = {
    "id": ("uuid", CHARACTER),
    "slug": ("text", "ben"),
    "name": ("text", "Ben"),
    "aliases": ("json", "[]"),
    "tagline": ("text", ""),
    "profile": ("text", "Keeper of the lamp."),
    "greeting": ("text", ""),
    "language": ("text", "en"),
    "speakers": ("json", '["Ben"]'),
    "others": ("json", "[]"),
    "sampling": ("json", '{"temperature": 0.50}'),
    "published": ("boolean", True),
    "sample": ("boolean", False),
    "status": ("text", "ready"),
    "error": ("text", None),
    "index_version": ("uuid", None),
    "embedder": ("text", None),
    "lines": ("integer", 3),
    "examples": ("integer", 0),
    "dropped": ("json", "{}"),
    "created_at": ("datetime", WHEN),
    "updated_at": ("datetime", WHEN),
}
TALK_ROW = {
    "id": ("uuid", TALK),
    "character_id": ("uuid", CHARACTER),
    "owner": ("text", "somebody"),
    "user_name": ("text", "旅人"),
    "title": ("text", ""),
    "active_leaf_id": ("uuid", CHILD),
    "turn_id": ("uuid", None),
    "turn_lease_until": ("datetime", None),
    "created_at": ("datetime", WHEN),
    "updated_at": ("datetime", WHEN),
    "deleted_at": ("datetime", None),
}


def message_row(id: str, parent: str | None, usage: str | None) -> dict[str, tuple[str, Any]]:
    return {
        "id": ("uuid", id),
        "conversation_id": ("uuid", TALK),
        "parent_id": ("uuid", parent),
        "role": ("text", "user"),
        "content": ("text", "Hello?"),
        "state": ("text", "complete"),
        "finish_reason": ("text", None),
        "error": ("text", None),
        "examples": ("json", "[]"),
        "model": ("text", None),
        "usage": ("json", usage),
        "timings": ("json", None),
        "sampling": ("json", None),
        "created_at": ("datetime", WHEN),
        "edited_at": ("datetime", None),
    }


VECTOR_ROW = {
    "embedder": ("text", "by hand"),
    "key_hash": ("bytes", "AAEC/w=="),
    "vector": ("bytes", "AACAPw=="),
}

# The child stands before its parent, as ids that were made while a clock was set back would.
TABLES: dict[str, list[dict[str, tuple[str, Any]]]] = {
    "characters": [CHARACTER_ROW],
    "conversations": [TALK_ROW],
    "messages": [message_row(CHILD, ROOT, None), message_row(ROOT, None, "null")],
    "key_vectors": [VECTOR_ROW],
}


def write_archive(file: Path, tables: dict[str, list[dict[str, tuple[str, Any]]]]) -> Path:
    """An archive as ``app/backup/archive.py`` describes it."""
    entries = []
    with zipfile.ZipFile(file, "w") as archive:
        for name, rows in tables.items():
            lines = [json.dumps([value for _, value in row.values()]) + "\n" for row in rows]
            content = "".join(lines).encode()
            archive.writestr(f"tables/{name}.jsonl", content)
            entries.append(
                {
                    "name": name,
                    "columns": {column: kind for column, (kind, _) in rows[0].items()},
                    "rows": len(rows),
                    "bytes": len(content),
                    "sha256": hashlib.sha256(content).hexdigest(),
                }
            )
        manifest = {
            "format": "offbook-backup",
            "version": 1,
            "app_version": "0.0.1",
            "schema_revision": "0001",
            "database": "sqlite",
            "created_at": WHEN,
            "tables": entries,
        }
        archive.writestr("manifest.json", json.dumps(manifest))
    return file


def quiet(step: str, done: int, total: int) -> None:
    """Progress that nobody looks at."""


def test_it_is_filled_in_at_its_schema_and_migrated(settings: Settings, tmp_path: Path) -> None:
    restore(settings, write_archive(tmp_path / "old.zip", TABLES), quiet, replace=False)
    engine = create_engine(settings.database_url.replace("+aiosqlite", ""))
    with engine.connect() as connection:
        (character,) = connection.execute(text("SELECT * FROM characters")).mappings()
        messages = connection.execute(
            text("SELECT content, usage IS NULL, parent_id IS NULL FROM messages ORDER BY id")
        ).all()
        (vector,) = connection.execute(text("SELECT key_hash, vector FROM key_vectors")).all()
        parents = connection.execute(
            text("SELECT count(*) FROM messages a JOIN messages b ON a.parent_id = b.id")
        ).scalar()
        exact = connection.execute(text("SELECT CAST(sampling AS TEXT) FROM characters")).scalar()
    engine.dispose()
    assert (character["profile"], character["nickname"]) == ("Keeper of the lamp.", "")
    assert [tuple(map(bool, row)) for row in messages] == [
        (True, True, False),
        (True, False, True),
    ]
    assert parents == 1
    assert tuple(map(bytes, vector)) == (b"\x00\x01\x02\xff", b"\x00\x00\x80?")
    assert exact == '{"temperature": 0.50}'


async def test_the_service_runs_on_it(settings: Settings, tmp_path: Path) -> None:
    file = write_archive(tmp_path / "old.zip", TABLES)
    await asyncio.to_thread(restore, settings, file, quiet, replace=False)
    async with running(settings) as stage:
        shown = (await stage.http.get("/api/characters/ben")).json()
        assert (shown["profile"], shown["sampling"]["temperature"]) == ("Keeper of the lamp.", 0.5)


def test_rows_that_refer_to_nothing_are_refused(settings: Settings, tmp_path: Path) -> None:
    torn = {name: rows for name, rows in TABLES.items() if name != "characters"}
    with pytest.raises(BackupError, match=r"refers to|refused"):
        restore(settings, write_archive(tmp_path / "torn.zip", torn), quiet, replace=False)
    # Nothing of it is there: another restore finds an empty database.
    restore(settings, write_archive(tmp_path / "old.zip", TABLES), quiet, replace=False)


@pytest.mark.parametrize(
    ("kind", "value"),
    [("uuid", "not one"), ("uuid", 5), ("boolean", 1), ("datetime", "today"), ("bytes", "ä")],
)
def test_values_of_the_wrong_kind_are_refused(
    settings: Settings, tmp_path: Path, kind: str, value: object
) -> None:
    column = next(name for name, (k, _) in (CHARACTER_ROW | VECTOR_ROW).items() if k == kind)
    name, row = (
        ("characters", CHARACTER_ROW) if column in CHARACTER_ROW else ("key_vectors", VECTOR_ROW)
    )
    wrong = write_archive(tmp_path / "wrong.zip", {name: [row | {column: (kind, value)}]})
    with pytest.raises(BackupError, match=f"damaged at tables/{name}.jsonl"):
        restore(settings, wrong, quiet, replace=False)
