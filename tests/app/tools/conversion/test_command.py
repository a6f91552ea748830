"""``offbook convert-index``."""

from pathlib import Path

from typer.testing import CliRunner

from app.cli import cli
from tests.app.tools.conversion.checkpoints import random_weights, write_checkpoint

runner = CliRunner()


def test_a_checkpoint_is_converted(tmp_path: Path, tokenizer_model: bytes) -> None:
    source = write_checkpoint(tmp_path / "index", tokenizer_model, random_weights())
    target = tmp_path / "llama"
    result = runner.invoke(cli, ["convert-index", str(source), str(target), "--dtype", "bfloat16"])
    assert result.exit_code == 0
    assert f"The model is at {target}" in result.stdout
    assert (target / "model-00001-of-00001.safetensors").is_file()
    assert '"torch_dtype": "bfloat16"' in (target / "config.json").read_text()


def test_what_went_wrong_is_said(tmp_path: Path) -> None:
    result = runner.invoke(cli, ["convert-index", str(tmp_path), str(tmp_path / "llama")])
    assert result.exit_code == 1
    assert "config.json is missing" in result.stderr
    assert "Traceback" not in result.stderr


def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    arguments = ["convert-index", str(tmp_path), str(tmp_path / "llama"), "--dtype", "int4"]
    assert runner.invoke(cli, arguments).exit_code == 2
