"""The list of integration tests names tests that exist: a renamed file would drop out silently."""

from pathlib import Path

import pytest

from tests.conftest import INTEGRATION

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize("entry", INTEGRATION)
def test_a_listed_test_exists(entry: str) -> None:
    path, _, name = entry.partition("::")
    assert (ROOT / path).exists()
    if name:
        source = (ROOT / path).read_text("utf-8")
        assert f"def {name}" in source or f"class {name}" in source
