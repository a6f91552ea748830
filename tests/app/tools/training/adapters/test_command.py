"""The commands, as an operator types them."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import cli
from tests.app.tools.training.adapters.rows import dpo_rows, sft_rows, write


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.tools.training.adapters.command.configure_logging", lambda _: None)


def test_errors_are_sentences_with_exit_code_1(tmp_path: Path) -> None:
    pytest.importorskip("trl", reason="needs the extra train")
    write(tmp_path / "pairs", dpo_rows(2), [], {"kind": "dpo"})
    write(tmp_path / "replies", sft_rows(2), [], {"kind": "sft"})
    for command, folder, said in (
        ("lora", "nothing", "is no dataset"),
        ("lora", "pairs", "`offbook train dpo` learns from it"),
        ("dpo", "replies", "`offbook train lora` learns from it"),
        ("lora", "replies", "There is no base model 'none'"),
    ):
        arguments = [str(tmp_path / folder), "--base", "none", "--out", str(tmp_path / "out")]
        result = CliRunner().invoke(cli, ["train", command, *arguments])
        assert result.exit_code == 1
        assert said in result.output
        assert "Traceback" not in result.output


def test_the_defaults_are_shown() -> None:
    for command, rate in (("lora", "1e-05"), ("dpo", "1e-06")):
        shown = CliRunner().invoke(cli, ["train", command, "--help"], env={"COLUMNS": "200"})
        assert rate in shown.output
