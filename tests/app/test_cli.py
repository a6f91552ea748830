"""The console script."""

import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.access import hash_key
from app.cli import cli
from tests.app.running import SCRIPT

runner = CliRunner()


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("OFFBOOK_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("OFFBOOK_ENGINE__MODELS_DIR", str(tmp_path / "models"))
    monkeypatch.delenv("OFFBOOK_DATABASE__URL", raising=False)


def test_a_script_is_checked_without_storing_it(tmp_path: Path) -> None:
    script = tmp_path / "play.txt"
    script.write_text(SCRIPT + "no colon [here]\n", encoding="utf-8")
    result = runner.invoke(cli, ["script", "check", str(script)])
    assert result.exit_code == 0
    assert "text, utf-8 (confidence 1.00): 3 scenes, 8 lines" in result.output
    assert "3  Anna" in result.output
    assert "row 11:" in result.output
    assert "no colon [here]" in result.output
    assert "1 rows were rejected, or a part of them: 1 no_colon." in result.output
    assert not (tmp_path / "data").exists()


def test_what_is_no_script_fails(tmp_path: Path) -> None:
    empty = tmp_path / "empty.txt"
    empty.write_bytes(b"")
    result = runner.invoke(cli, ["script", "check", str(empty)])
    assert result.exit_code == 1
    assert "The file is empty" in result.output
    assert runner.invoke(cli, ["script", "check", str(tmp_path / "none")]).exit_code == 2


def test_models_are_listed(tmp_path: Path) -> None:
    result = runner.invoke(cli, ["model", "list"])
    assert result.exit_code == 0
    for name in ("index", "demo", "demo-large", "demo-small"):
        assert name in result.output
    assert "not here" in result.output
    path = runner.invoke(cli, ["model", "path", "demo"])
    assert path.output.startswith(str(tmp_path / "models"))
    unknown = runner.invoke(cli, ["model", "path", "nothing"])
    assert (unknown.exit_code, "no model named 'nothing'" in unknown.output) == (1, True)


def test_the_database_is_made(tmp_path: Path) -> None:
    result = runner.invoke(cli, ["db", "upgrade"])
    assert result.exit_code == 0
    assert (tmp_path / "data" / "offbook.sqlite3").is_file()
    other = tmp_path / "other"
    assert runner.invoke(cli, ["db", "upgrade", "--data-dir", str(other)]).exit_code == 0
    assert (other / "offbook.sqlite3").is_file()


def test_a_key_is_shown_once_and_kept_hashed(tmp_path: Path) -> None:
    result = runner.invoke(cli, ["admin-key", "create", "--label", "laptop"])
    assert result.exit_code == 0
    key = result.stdout.strip().splitlines()[-1]
    assert key.startswith("ob_")
    connection = sqlite3.connect(tmp_path / "data" / "offbook.sqlite3")
    rows = connection.execute("SELECT label, key_hash FROM admin_keys").fetchall()
    connection.close()
    assert rows == [("laptop", hash_key(key))]


def test_serving_beyond_loopback_without_a_key_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFBOOK_ENGINE__KIND", "scripted")
    monkeypatch.setenv("OFFBOOK_EMBEDDER__NAME", "hashing")
    monkeypatch.setattr("app.cli.configure_logging", lambda _: None)
    result = runner.invoke(cli, ["serve", "--host", "0.0.0.0", "--port", "0"])
    assert result.exit_code == 1
    assert "admin key" in result.output
