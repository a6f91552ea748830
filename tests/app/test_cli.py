"""The console script."""

import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.access import hash_key
from app.cli import cli
from app.engines.catalogue import find_model
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
    assert "register" in runner.invoke(cli, ["model", "show", "index"]).output
    assert "vllm serve Neph0s/CoSER" in runner.invoke(cli, ["model", "show", "coser-8b"]).output


def test_a_model_is_chosen_and_the_choice_is_explained(tmp_path: Path) -> None:
    assert "Nothing has been measured yet" in runner.invoke(cli, ["model", "show"]).output
    missing = runner.invoke(cli, ["model", "use", "demo"])
    assert (missing.exit_code, "offbook model pull demo" in missing.output) == (1, True)
    entry = find_model("demo")
    models = tmp_path / "models"
    models.mkdir(exist_ok=True)
    with entry.path(models).open("wb") as file:
        file.truncate(entry.size)
    assert runner.invoke(cli, ["model", "use", "demo"]).exit_code == 0
    assert "demo answers: an operator chose it" in runner.invoke(cli, ["model", "show"]).output
    assert runner.invoke(cli, ["model", "use", "auto"]).exit_code == 0
    assert "chooses at its first start" in runner.invoke(cli, ["model", "show"]).output
    served = runner.invoke(cli, ["model", "use", "coser-8b"])
    assert (served.exit_code, "vLLM serves it" in served.output) == (1, True)


def test_a_gated_licence_is_accepted_before_a_pull(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    refused = runner.invoke(cli, ["model", "pull", "gemma-3-1b"])
    assert refused.exit_code == 1
    assert "Gemma terms of use" in refused.output
    assert "--accept-licence" in refused.output
    accepted = runner.invoke(cli, ["model", "pull", "gemma-3-1b", "--accept-licence"])
    assert accepted.exit_code == 1
    assert "No source has gemma-3-1b" in accepted.output  # it was asked for


def test_a_pull_compares_the_file_with_the_pinned_hash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, models = tmp_path / "own.toml", tmp_path / "models"
    own.write_text(
        '[mine]\ntitle = "Mine"\nlicence = "MIT"\nlicence_url = ""\nprompt_style = "chat"\n'
        'context_length = 512\nfile = "mine.gguf"\nsize = 4\nabout = ""\n'
        '[[mine.sources]]\nkind = "huggingface"\nrepository = "me/mine"\nfile = "mine.gguf"\n',
        encoding="utf-8",
    )
    models.mkdir()
    (models / "mine.gguf").write_bytes(b"GGUF")
    monkeypatch.setenv("OFFBOOK_ENGINE__CATALOGUE", str(own))
    monkeypatch.setenv("OFFBOOK_ENGINE__MODEL_SHA256", "0" * 64)
    refused = runner.invoke(cli, ["model", "pull", "mine"])
    assert refused.exit_code == 1
    assert "by OFFBOOK_ENGINE__MODEL_SHA256" in refused.output
    monkeypatch.setenv("OFFBOOK_ENGINE__MODEL", "demo")  # whose hash it is then
    assert runner.invoke(cli, ["model", "pull", "mine"]).exit_code == 0


def test_a_catalogue_that_cannot_be_used_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own.toml").write_text("[mine]\nwheel = 3\n", encoding="utf-8")
    monkeypatch.setenv("OFFBOOK_ENGINE__CATALOGUE", str(tmp_path / "own.toml"))
    for command in (["model", "list"], ["model", "show", "mine"], ["model", "pull", "demo"]):
        result = runner.invoke(cli, command)
        assert result.exit_code == 1, command
        assert "own.toml: mine" in result.output


def test_the_database_is_made(tmp_path: Path) -> None:
    result = runner.invoke(cli, ["db", "upgrade"])
    assert result.exit_code == 0
    said = result.output.splitlines()
    assert said[0].startswith("Migrations to apply: ")
    assert said[1].startswith("0001 first_schema (")
    assert said[-1] == "The database is up to date."
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
