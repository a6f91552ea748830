"""A short run of ``make fuzz-api``: no answer of 500 and above, none that is not described."""

from pathlib import Path

import pytest

from fuzz.api.running import CALLERS, Caller, run
from fuzz.api.service import serve

CASES = 400


@pytest.mark.slow
# Of a form that is cut off in its last file, Starlette leaves the file to the garbage collector.
@pytest.mark.filterwarnings("ignore:Unclosed file <tempfile.SpooledTemporaryFile:ResourceWarning")
@pytest.mark.parametrize("caller", CALLERS)
def test_the_api_answers_as_it_describes_itself(caller: Caller, tmp_path: Path) -> None:
    with serve(tmp_path) as service:
        tally = run(service, caller, cases=CASES, seed=1, seconds=40)
    assert not tally.findings, "\n".join(tally.rows())
    assert tally.cases > 0
    assert tally.damaged > 0
