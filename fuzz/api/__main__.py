"""Send requests generated from the API's description; exit 1 at a finding: ``make fuzz-api``."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from app.observability import configure_logging
from app.settings import Settings
from fuzz.api.running import ALL_CASES, CALLERS, run
from fuzz.api.service import serve


def main() -> None:
    """Run, print the answers by operation, and exit."""
    parser = argparse.ArgumentParser(prog="make fuzz-api", description=__doc__)
    parser.add_argument("--cases", type=int, default=ALL_CASES, help="of each caller, at least")
    parser.add_argument("--seconds", type=float, default=86_400, help="of each caller, at most")
    parser.add_argument("--as", dest="caller", choices=(*CALLERS, "both"), default="both")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", help="URL of an empty database; by default SQLite")
    given = parser.parse_args()
    # Half for generated cases, half for damaged requests.
    seconds = given.seconds / 2
    failed = False
    configure_logging(Settings(log_level="error"))
    with (
        tempfile.TemporaryDirectory(prefix="offbook-fuzz-") as folder,
        serve(Path(folder), given.database) as service,
    ):
        for caller in CALLERS if given.caller == "both" else (given.caller,):
            started = time.monotonic()
            tally = run(service, caller, cases=given.cases, seed=given.seed, seconds=seconds)
            took = time.monotonic() - started
            print(*tally.rows(), sep="\n")
            print(f"{took:.0f} s, {1_000 * took / tally.total:.1f} s for 1,000\n", flush=True)
            failed = failed or bool(tally.findings)
    sys.exit(failed)


if __name__ == "__main__":
    main()
