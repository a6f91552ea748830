"""A SQLite database of the first schema, with a row in most tables."""

import sqlite3
from pathlib import Path

from alembic import command
from sqlalchemy import make_url

from app.db.migration_connection import migrating
from app.db.revisions import alembic_config

WHEN = "2026-01-02 03:04:05.678900"
BEN, TALK, SCRIPT, REVISION = "b" * 32, "c" * 32, "d" * 32, "e" * 32
FIRST, SECOND = "1" * 32, "2" * 32

ROWS: dict[str, list[dict[str, object]]] = {
    "admin_keys": [{"id": "a" * 32, "label": "laptop", "key_hash": "ab" * 32, "created_at": WHEN}],
    "characters": [
        {
            **{"id": BEN, "slug": "ben", "name": "Ben", "aliases": "[]", "tagline": ""},
            **{"profile": "Keeper of the lamp.", "greeting": "", "language": "en"},
            **{"speakers": '["Ben"]', "others": "[]", "sampling": "{}", "published": 1},
            **{"sample": 0, "status": "ready", "lines": 3, "examples": 0, "dropped": "{}"},
            **{"created_at": WHEN, "updated_at": WHEN},
        }
    ],
    "conversations": [
        {
            **{"id": TALK, "character_id": BEN, "owner": "somebody", "user_name": "旅人"},
            **{"title": "", "active_leaf_id": SECOND, "created_at": WHEN, "updated_at": WHEN},
        }
    ],
    "messages": [
        {
            **{"id": id, "conversation_id": TALK, "parent_id": parent, "role": "user"},
            **{"content": content, "state": "complete", "examples": "[]", "created_at": WHEN},
        }
        for id, parent, content in ((FIRST, None, "Hello?"), (SECOND, FIRST, "And now?"))
    ],
    "key_vectors": [{"embedder": "by hand", "key_hash": b"\x00\x01", "vector": b"\x00\x00\x80?"}],
    "milestones": [{"name": "samples loaded", "reached_at": WHEN}],
}


def make_old_database(file: Path, revision: str = "0001") -> Path:
    """A database as a version of Offbook left it that had this schema."""
    with migrating(make_url(f"sqlite:///{file}")) as connection:
        config = alembic_config("")
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    fill(file)
    with migrating(make_url(f"sqlite:///{file}")) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    return file


def fill(file: Path) -> None:
    connection = sqlite3.connect(file)
    for table, rows in ROWS.items():
        for row in rows:
            names, places = ", ".join(row), ", ".join("?" * len(row))
            connection.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", [*row.values()])
    connection.commit()
    connection.close()


def schema_of(file: Path) -> dict[str, str]:
    """What makes each table and index, spaces aside, and which schema the database says it has."""
    connection = sqlite3.connect(file)
    rows = connection.execute("SELECT name, sql FROM sqlite_master").fetchall()
    version = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
    return {name: " ".join((sql or "").split()) for name, sql in rows} | {"schema": str(version)}


def rows_of(file: Path) -> dict[str, list[dict[str, object]]]:
    """The columns of the first schema, as they were filled."""
    connection = sqlite3.connect(file)
    connection.row_factory = sqlite3.Row
    found = {
        table: [
            {name: row[name] for name in rows[0]}
            for row in connection.execute(f"SELECT * FROM {table} ORDER BY 1")
        ]
        for table, rows in ROWS.items()
    }
    connection.close()
    return found
