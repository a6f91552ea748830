"""A short run of ``make fuzz-api``: no answer of 500 and above, none that is not described."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import openapi
from fuzz.api.running import CALLERS, Caller, run
from fuzz.api.service import serve

# Of a form that is cut off in its last file, Starlette leaves the file to the garbage collector.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings(
        "ignore:Unclosed file <tempfile.SpooledTemporaryFile:ResourceWarning"
    ),
]
CASES = 120
FEW = 40


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """Leave no garbage to a test that knows nothing of it."""
    yield
    gc.collect()


@pytest.mark.parametrize("caller", CALLERS)
def test_the_api_answers_as_it_describes_itself(caller: Caller, tmp_path: Path) -> None:
    with serve(tmp_path) as service:
        tally = run(service, caller, cases=CASES, seed=1, seconds=40)
    assert not tally.findings, "\n".join(tally.rows())
    assert tally.cases > 0
    assert tally.damaged > 0


def test_errors_that_are_not_described_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openapi, "refusals", lambda facts: ())
    with serve(tmp_path) as service:
        tally = run(service, "admin", cases=FEW, seed=1, seconds=40)
    problems = {problem for _, problem in tally.findings}
    assert any(each.startswith("status_code_conformance: ") for each in problems)
    # Cases that were made up have a finding by the name of the check instead.
    assert any("Undocumented status code" in each for each in problems)
