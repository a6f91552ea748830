"""Fuzz every reader in turn, count executions, and report failures: ``make fuzz``."""

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from fuzz import ledger
from fuzz.corpus import pack
from fuzz.running import Outcome, fuzz, stretch
from fuzz.targets import TARGETS


def main() -> None:
    """Fuzz, or only report the executions so far."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", help=f"of {', '.join(TARGETS)}; by default all")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--jobs", type=int, default=1, help="targets side by side")
    parser.add_argument("--count", action="store_true", help="only report what was run so far")
    arguments = parser.parse_args()
    if unknown := set(arguments.targets) - TARGETS.keys():
        parser.error(f"no such target: {', '.join(sorted(unknown))}")
    failed = False
    if not arguments.count:
        wanted = arguments.targets or list(TARGETS)
        failed = _fuzz(wanted, arguments.seconds, arguments.jobs)
    _print_totals()
    sys.exit(failed)


def _fuzz(targets: list[str], seconds: int, jobs: int) -> bool:
    """Fuzz the targets, and return whether any failed."""
    failed = False
    with ThreadPoolExecutor(jobs) as pool:
        for outcome in pool.map(lambda target: _fuzz_one(target, seconds), targets):
            _print(outcome)
            failed = failed or outcome.failure is not None
    return failed


def _fuzz_one(target: str, seconds: int) -> Outcome:
    outcome = fuzz(target, seconds)
    pack(target)
    failure, repeated = outcome.failure, 0
    try:
        repeated = stretch(target)
    except Exception as error:
        failure = f"{failure or ''}\n{type(error).__name__}: {error}"
    run = replace(outcome.run, executions=outcome.run.executions + repeated)
    ledger.append(run)
    return Outcome(run, failure)


def _print(outcome: Outcome) -> None:
    run = outcome.run
    print(
        f"{run.target:24} {run.executions:12,} in {run.seconds:5} s, slowest under"
        f" {run.slowest_seconds + 1} s, at most {run.peak_mb} MB",
        flush=True,
    )
    if outcome.failure is not None:
        print(outcome.failure, flush=True)


def _print_totals() -> None:
    totals = ledger.totals()
    print("\nExecutions so far:")
    for target, executions in totals.most_common():
        print(f"{target:24} {executions:12,}")
    print(f"{'all':24} {totals.total():12,}")


if __name__ == "__main__":
    main()
