"""``python -m benchmarks.versions REVISION``: this working tree beside another version, in turn.

``offbook bench`` runs with the same options in a checkout of the revision and here, pair after pair
and each pair the other way round, in the same environment. A machine that is busy for a while then
slows down both. Name the character (``--script FILE --name NAME``): what comes first in a sample
may differ between versions. The requirements of both must be installed.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parents[1]
_FIGURES = {
    "added_first_token_ms": "added first token p50, ms",
    "throughput_share": "tokens/s, service over engine alone",
    "cpu_per_1000_tokens": "service's CPU s per 1,000 tokens",
}


@contextmanager
def _checkout(revision: str) -> Iterator[Path]:
    """Check a revision out into a folder, which goes afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder, "tree")
        _git("worktree", "add", "--quiet", "--detach", str(tree), revision)
        try:
            yield tree
        finally:
            _git("worktree", "remove", "--force", str(tree))


def _git(*arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=_HERE, check=True)  # noqa: S603, S607 (the caller's)


def _bench(tree: Path, options: Sequence[str], out: Path) -> list[dict[str, Any]]:
    """Run ``offbook bench`` in a checkout; return its levels."""
    command = [sys.executable, "-m", "app.cli", "bench", *options, "--out", str(out)]
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    subprocess.run(  # noqa: S603 (our own module; the options are the caller's)
        command, cwd=tree, env=environment, stdout=subprocess.DEVNULL, check=True
    )
    levels: list[dict[str, Any]] = json.loads((out / "report.json").read_text("utf-8"))["levels"]
    return levels


def table(
    before: Sequence[Sequence[dict[str, Any]]], after: Sequence[Sequence[dict[str, Any]]]
) -> str:
    """Return a row for each figure of each number of chatters: all runs, and the medians' ratio."""
    rows = ["| chatters | | before | after | after / before |", "|---|---|---|---|---|"]
    for at, level in enumerate(after[0]):
        for field, title in _FIGURES.items():
            ours, theirs = ([run[at][field] for run in runs] for runs in (after, before))
            ratio = statistics.median(ours) / statistics.median(theirs)
            shown = (", ".join(f"{value:.3g}" for value in values) for values in (theirs, ours))
            rows.append(f"| {level['chatters']} | {title} | {' | '.join(shown)} | {ratio:.2f} |")
    return "\n".join(rows)


def main() -> None:
    """Measure both versions, and print the table."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.versions",
        description=__doc__,
        epilog="All other options are those of offbook bench.",
        allow_abbrev=False,
    )
    parser.add_argument("revision", help="the version before: a tag, branch or commit")
    parser.add_argument("--pairs", type=int, default=3, help="runs of each version")
    arguments, others = parser.parse_known_args()
    # The same file for both, wherever they run.
    options = [str(Path(each).resolve()) if Path(each).is_file() else each for each in others]
    runs: dict[bool, list[list[dict[str, Any]]]] = {False: [], True: []}
    with _checkout(arguments.revision) as before, tempfile.TemporaryDirectory() as folder:
        for pair in range(arguments.pairs):
            for is_new in (pair % 2 == 1, pair % 2 == 0):
                print(f"Pair {pair + 1} of {arguments.pairs}: {'after' if is_new else 'before'}")
                tree, out = _HERE if is_new else before, Path(folder, f"{pair}-{is_new}")
                runs[is_new].append(_bench(tree, options, out))
    print(f"\n{table(runs[False], runs[True])}")


if __name__ == "__main__":
    main()
