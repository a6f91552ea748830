"""The list of integration tests names tests that exist: a renamed file would drop out silently.

What is asked for by rare marks is read from the expression, or else nothing is left out.
"""

from pathlib import Path

import pytest

from tests.conftest import INTEGRATION, rare_marks

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize("entry", INTEGRATION)
def test_a_listed_test_exists(entry: str) -> None:
    path, _, name = entry.partition("::")
    assert (ROOT / path).exists()
    if name:
        source = (ROOT / path).read_text("utf-8")
        assert f"def {name}" in source or f"class {name}" in source


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("slow", {"slow"}),
        ("(browser or model) and not alone", {"browser", "model"}),
        ("browser or model and not alone and not vllm", {"browser", "model"}),
        ("", set()),
        ("not browser and not slow", set()),
        ("slow or postgres", set()),
        ("not (slow or model)", set()),
    ],
)
def test_an_expression_asks_for_rare_marks(expression: str, names: set[str]) -> None:
    assert rare_marks(expression) == names
