"""``offbook backup`` and ``offbook restore``."""

import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.access import hash_key
from app.cli import cli

runner = CliRunner()


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OFFBOOK_DATABASE__URL", raising=False)


def key_hashes(folder: Path) -> list[str]:
    connection = sqlite3.connect(folder / "offbook.sqlite3")
    rows = connection.execute("SELECT key_hash FROM admin_keys").fetchall()
    connection.close()
    return [key_hash for (key_hash,) in rows]


def test_there_and_back(tmp_path: Path) -> None:
    home, away, file = tmp_path / "home", tmp_path / "away", tmp_path / "all.zip"
    created = runner.invoke(cli, ["admin-key", "create", "--data-dir", str(home)])
    key = created.stdout.strip().splitlines()[-1]

    made = runner.invoke(cli, ["backup", str(file), "--data-dir", str(home)])
    assert (made.exit_code, made.stdout.startswith("1 rows of ")) == (0, True), made.output
    assert key.encode() not in file.read_bytes()
    done = runner.invoke(cli, ["restore", str(file), "--data-dir", str(away)])
    assert (done.exit_code, "1 rows of" in done.stdout) == (0, True), done.output
    assert key_hashes(away) == [hash_key(key)]

    refused = runner.invoke(cli, ["restore", str(file), "--data-dir", str(away)])
    assert (refused.exit_code, "--replace" in refused.output) == (1, True)
    again = runner.invoke(cli, ["restore", str(file), "--data-dir", str(away), "--replace"])
    assert again.exit_code == 0
    assert key_hashes(away) == [hash_key(key)]


def test_what_is_wrong_is_said_in_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "all.zip"
    nothing = runner.invoke(cli, ["backup", str(file), "--data-dir", str(tmp_path / "none")])
    assert (nothing.exit_code, "nothing to back up" in nothing.output) == (1, True)
    file.write_bytes(b"PK, or so it says")
    wrong = runner.invoke(cli, ["restore", str(file), "--data-dir", str(tmp_path / "none")])
    assert (wrong.exit_code, "is not a backup" in wrong.output) == (1, True)
    assert not (tmp_path / "none").exists()
