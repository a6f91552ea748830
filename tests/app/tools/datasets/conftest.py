"""Fixtures of datasets."""

from pathlib import Path

import pytest

from tests.app.tools.datasets.making import twelve, write_script


@pytest.fixture(autouse=True)
def scripted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFBOOK_ENGINE__KIND", "scripted")


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """Twelve scenes in which Mira answers once."""
    return write_script(tmp_path, twelve())
