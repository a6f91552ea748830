"""Backups that cannot be made or trusted: whatever goes wrong, the database is as it was."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic import command

from app.backup.dumping import back_up
from app.backup.errors import BackupError
from app.db.revisions import alembic_config
from app.settings import Settings
from app.tools.backup.restoring import restore
from tests.app.conftest import make_settings

KEY = ("11111111111171118111111111111111", "laptop", "ab" * 32, "2026-01-02 03:04:05.678900")
OTHER = ("22222222222272228222222222222222", "phone", "cd" * 32, "2026-01-02 03:04:05.678900")

Members = dict[str, bytes]


def quiet(step: str, done: int, total: int) -> None:
    """Progress that nobody looks at."""


@pytest.fixture
def home(sqlite_template: Path, tmp_path: Path) -> Settings:
    """A SQLite installation with one admin key."""
    return installation(sqlite_template, tmp_path / "home", KEY)


@pytest.fixture
def archive(home: Settings, tmp_path: Path) -> Path:
    """Its backup."""
    file = tmp_path / "backup.zip"
    back_up(home, file, quiet)
    return file


@pytest.fixture
def away(sqlite_template: Path, tmp_path: Path) -> Settings:
    """Another installation with another key."""
    return installation(sqlite_template, tmp_path / "away", OTHER)


def installation(template: Path, folder: Path, key: tuple[str, str, str, str]) -> Settings:
    settings = make_settings(f"sqlite:///{folder / 'offbook.sqlite3'}", folder)
    folder.mkdir()
    shutil.copy(template, database_file(settings))
    with sqlite3.connect(database_file(settings)) as connection:
        connection.execute(
            "INSERT INTO admin_keys (id, label, key_hash, created_at) VALUES (?, ?, ?, ?)", key
        )
    connection.close()
    return settings


def database_file(settings: Settings) -> Path:
    return settings.data_dir / "offbook.sqlite3"


def labels(settings: Settings) -> list[str]:
    """The labels of the admin keys."""
    connection = sqlite3.connect(database_file(settings))
    found = [label for (label,) in connection.execute("SELECT label FROM admin_keys")]
    connection.close()
    return found


def repack(archive: Path, change: Callable[[Members], None]) -> Path:
    """The archive with other members."""
    with zipfile.ZipFile(archive) as original:
        members = {name: original.read(name) for name in original.namelist()}
    change(members)
    changed = archive.with_name("changed.zip")
    with zipfile.ZipFile(changed, "w") as copy:
        for name, content in members.items():
            copy.writestr(name, content)
    return changed


def rewrite_manifest(members: Members, change: Callable[[Any], None]) -> None:
    manifest = json.loads(members["manifest.json"])
    change(manifest)
    members["manifest.json"] = json.dumps(manifest).encode()


def test_a_database_that_holds_something_is_replaced_only_when_told(
    away: Settings, archive: Path
) -> None:
    with pytest.raises(BackupError, match=r"not empty: there are admin_keys.*--replace"):
        restore(away, archive, quiet, replace=False)
    assert labels(away) == ["phone"]
    restore(away, archive, quiet, replace=True)
    assert labels(away) == ["laptop"]


def flip_a_letter(members: Members) -> None:
    rows = members["tables/admin_keys.jsonl"]
    members["tables/admin_keys.jsonl"] = rows.replace(b"laptop", b"lapdog")


def lose_a_row(members: Members) -> None:
    members["tables/admin_keys.jsonl"] = b""


def lose_a_table(members: Members) -> None:
    del members["tables/messages.jsonl"]


def add_a_file(members: Members) -> None:
    members["tables/../../etc/cron.jsonl"] = b""


def lose_the_manifest(members: Members) -> None:
    del members["manifest.json"]


def claim_another_count(members: Members) -> None:
    rewrite_manifest(members, lambda manifest: manifest["tables"][0].update(rows=7))


def name_an_outside_table(members: Members) -> None:
    rewrite_manifest(members, lambda manifest: manifest["tables"][0].update(name="../x"))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (flip_a_letter, "tables/admin_keys.jsonl: its checksum"),
        (lose_a_row, "tables/admin_keys.jsonl: its checksum"),
        (lose_a_table, "not those that its manifest names"),
        (add_a_file, "not those that its manifest names"),
        (lose_the_manifest, "no manifest"),
        (claim_another_count, "its checksum"),
        (name_an_outside_table, "not a backup that this version can read"),
    ],
)
def test_what_was_tampered_with_is_not_restored(
    away: Settings, archive: Path, change: Callable[[Members], None], told: str
) -> None:
    with pytest.raises(BackupError, match=told):
        restore(away, repack(archive, change), quiet, replace=True)
    assert labels(away) == ["phone"]


@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
def test_half_a_file_is_not_restored(away: Settings, archive: Path, share: float) -> None:
    content = archive.read_bytes()
    archive.write_bytes(content[: int(share * len(content))])
    with pytest.raises(BackupError, match="not a backup, or only a part of one"):
        restore(away, archive, quiet, replace=True)
    assert labels(away) == ["phone"]


def test_bytes_that_changed_on_the_disk_are_noticed(away: Settings, archive: Path) -> None:
    content = bytearray(archive.read_bytes())
    with zipfile.ZipFile(archive) as opened:
        info = opened.getinfo("tables/admin_keys.jsonl")
    start = info.header_offset + 30 + len(info.filename) + 20  # within the compressed rows
    content[start + 10] ^= 0xFF
    archive.write_bytes(content)
    with pytest.raises(BackupError, match="damaged"):
        restore(away, archive, quiet, replace=True)
    assert labels(away) == ["phone"]


KILLED = """
import os, signal, sys
from pathlib import Path
from app.tools.backup.restoring import restore
from app.settings import Settings

def kill(step, done, total):
    if step == "admin_keys":
        os.kill(os.getpid(), signal.SIGKILL)

restore(Settings(), Path(sys.argv[1]), kill, replace=True)
"""


def test_a_restore_that_is_killed_changes_nothing(away: Settings, archive: Path) -> None:
    environment = os.environ | {"OFFBOOK_DATABASE__URL": away.database_url}
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(archive)], env=environment, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    assert labels(away) == ["phone"]


def test_a_restore_that_is_interrupted_changes_nothing(away: Settings, archive: Path) -> None:
    def interrupt(step: str, done: int, total: int) -> None:
        if step == "admin_keys":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        restore(away, archive, interrupt, replace=True)
    assert labels(away) == ["phone"]


def test_a_backup_that_breaks_off_leaves_no_file(home: Settings, tmp_path: Path) -> None:
    def interrupt(step: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    folder = tmp_path / "backups"
    folder.mkdir()
    with pytest.raises(KeyboardInterrupt):
        back_up(home, folder / "backup.zip", interrupt)
    assert list(folder.iterdir()) == []


def test_a_newer_backup_is_refused(away: Settings, archive: Path) -> None:
    def from_the_future(members: Members) -> None:
        rewrite_manifest(members, lambda manifest: manifest.update(schema_revision="9999"))

    with pytest.raises(BackupError, match=r"schema 9999 .* newer than this version"):
        restore(away, repack(archive, from_the_future), quiet, replace=True)
    assert labels(away) == ["phone"]


def test_columns_of_another_schema_are_refused(away: Settings, archive: Path) -> None:
    def rename_a_column(members: Members) -> None:
        def rename(manifest: Any) -> None:
            columns = next(t for t in manifest["tables"] if t["name"] == "admin_keys")["columns"]
            columns["title"] = columns.pop("label")

        rewrite_manifest(members, rename)

    with pytest.raises(BackupError, match="admin_keys is not a table of the schema"):
        restore(away, repack(archive, rename_a_column), quiet, replace=True)
    assert labels(away) == ["phone"]


def test_no_backup_over_a_file_and_none_of_nothing(
    home: Settings, archive: Path, tmp_path: Path
) -> None:
    with pytest.raises(BackupError, match="exists already"):
        back_up(home, archive, quiet)
    nowhere = make_settings(f"sqlite:///{tmp_path / 'none' / 'x.sqlite3'}", tmp_path)
    with pytest.raises(BackupError, match="nothing to back up"):
        back_up(nowhere, tmp_path / "new.zip", quiet)
    assert not (tmp_path / "none").exists()
    with pytest.raises(BackupError, match="cannot be written"):
        back_up(home, tmp_path / "no folder" / "new.zip", quiet)
    with pytest.raises(BackupError, match="There is no file"):
        restore(home, tmp_path / "nothing.zip", quiet, replace=True)


def test_only_a_database_of_this_schema_is_backed_up(home: Settings, tmp_path: Path) -> None:
    command.downgrade(alembic_config(home.database_url), "0001")
    with pytest.raises(BackupError, match=r"schema 0001, .* Run `offbook db upgrade` first"):
        back_up(home, tmp_path / "old.zip", quiet)
    mark_as(home, "9999")
    with pytest.raises(BackupError, match="schema 9999, which is newer"):
        back_up(home, tmp_path / "new.zip", quiet)


def test_a_newer_database_is_not_restored_into(away: Settings, archive: Path) -> None:
    mark_as(away, "9999")
    with pytest.raises(BackupError, match="schema 9999, which is newer"):
        restore(away, archive, quiet, replace=True)
    assert labels(away) == ["phone"]


def mark_as(settings: Settings, revision: str) -> None:
    with sqlite3.connect(database_file(settings)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    connection.close()
