"""The command line says in a sentence what an operator can mend: addresses, models, downloads."""

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app import cli as module
from app.cli import cli
from app.engines.model_entry import ModelEntry
from app.engines.pull_errors import PullError, PullProgress

runner = CliRunner()


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("OFFBOOK_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("OFFBOOK_ENGINE__MODELS_DIR", str(tmp_path / "models"))
    monkeypatch.delenv("OFFBOOK_DATABASE__URL", raising=False)
    monkeypatch.setattr(module, "configure_logging", lambda _: None)


def run(*arguments: str) -> tuple[int, str]:
    result = runner.invoke(cli, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, " ".join(result.output.split())


def test_a_port_that_is_taken_is_named_before_anything_is_made(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        code, said = run("serve", "--port", str(port))
    assert code == 1
    assert f"Offbook cannot listen on 127.0.0.1:{port} (Address already in use)" in said
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("host", ["203.0.113.250", "2001:db8::1", "三" * 70], ids=len)
def test_an_address_that_is_not_this_machines_is_named(host: str, tmp_path: Path) -> None:
    code, said = run("serve", "--host", host, "--port", "0")
    assert code == 1
    assert "Offbook cannot listen on" in said
    assert not (tmp_path / "data").exists()


def test_a_machine_without_ipv6_is_named_like_an_address_that_it_lacks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def unsupported(_: socket.AddressFamily) -> socket.socket:
        raise OSError(97, "Address family not supported by protocol")

    monkeypatch.setattr("app.cli.socket.socket", unsupported)
    code, said = run("serve", "--host", "::1", "--port", "0")
    assert (code, "Address family not supported" in said) == (1, True)


@pytest.mark.parametrize("port", ["65536", "-1", "99999999999999999999"])
def test_a_port_that_cannot_be_is_refused_as_a_wrong_option(port: str) -> None:
    code, said = run("serve", "--port", port)
    assert code == 2
    assert "--port" in said


@pytest.fixture
def pulling(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """A download that succeeds at once; the calls of it."""
    calls: list[dict[str, Any]] = []

    def pull(
        entry: ModelEntry, folder: Path, on_progress: Callable[[PullProgress], None], **more: Any
    ) -> Path:
        calls.append({"name": entry.name, "folder": folder, **more})
        on_progress(PullProgress(1, None, "downloading from hub.example"))
        on_progress(PullProgress(2, 2, "verifying"))
        return folder / entry.file

    monkeypatch.setattr("app.engines.command.pull", pull)
    return calls


def test_a_pulled_model_is_where_the_command_says(
    tmp_path: Path, pulling: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "https://mirror.example")
    monkeypatch.delenv("OFFBOOK_HUB_ENDPOINT", raising=False)
    code, said = run("model", "pull", "demo")
    assert code == 0
    (call,) = pulling
    assert (call["name"], call["folder"]) == ("demo", tmp_path / "models")
    assert call["hub_endpoint"] == "https://mirror.example"
    path = run("model", "path", "demo")[1].replace(" ", "")
    assert path in said.replace(" ", "")


def test_a_download_that_fails_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def pull(*_: object, **__: object) -> Path:
        raise PullError("No source has demo: [hub.example] the download broke off.")

    monkeypatch.setattr("app.engines.command.pull", pull)
    code, said = run("model", "pull", "demo")
    assert code == 1
    assert "No source has demo: [hub.example] the download broke off." in said


def test_an_unknown_model_is_not_pulled(pulling: list[dict[str, Any]]) -> None:
    code, said = run("model", "pull", "三")
    assert code == 1
    assert "There is no model named '三'. Known are index, demo, demo-large" in said
    assert pulling == []
