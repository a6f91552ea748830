"""Starting libFuzzer on a target, and understanding what it says."""

import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from fuzz.ledger import Run

CORPUS = Path(__file__).with_name("corpus")
SEEDS = Path(__file__).with_name("seeds")
FIXTURES = Path(__file__).parent.parent / "tests" / "fixtures"
FOUND = Path("build/fuzz")

INPUT_BYTES = 1 << 16
SECONDS_PER_INPUT = 1
MEMORY_MB = 512
"""Of the whole process; the interpreter with every library takes about 150."""
KEPT_INPUTS = 150
"""Of each target's corpus."""

_STATISTIC = re.compile(r"stat::(\w+):\s+(\d+)")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended. ``failure`` is the end of libFuzzer's output, None if nothing failed."""

    run: Run
    failure: str | None


def fuzz(target: str, seconds: int) -> Outcome:
    """Run ``target`` for ``seconds``; new inputs that reach new code are kept in the corpus.

    An input that fails, takes over a second or too much memory ends the run, and is left in
    ``build/fuzz``.
    """
    corpus = CORPUS / target
    corpus.mkdir(parents=True, exist_ok=True)
    FOUND.mkdir(parents=True, exist_ok=True)
    flags = [
        f"-max_total_time={seconds}",
        f"-max_len={INPUT_BYTES}",
        f"-timeout={SECONDS_PER_INPUT}",
        f"-rss_limit_mb={MEMORY_MB}",
        f"-artifact_prefix={FOUND}/{target}-",
        "-print_final_stats=1",
        "-verbosity=1",
    ]
    folders = [corpus, SEEDS, *(path for path in FIXTURES.iterdir() if path.is_dir())]
    started = datetime.now(UTC)
    done = subprocess.run(
        [sys.executable, "-m", "fuzz.worker", target, *flags, *map(str, folders)],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    seen = {name: int(value) for name, value in _STATISTIC.findall(done.stderr)}
    run = Run(
        started.date().isoformat(),
        target,
        seen.get("number_of_executed_units", 0),
        round((datetime.now(UTC) - started).total_seconds()),
        seen.get("slowest_unit_time_sec", 0),
        seen.get("peak_rss_mb", 0),
    )
    return Outcome(run, _explain(done.stdout + done.stderr) if done.returncode else None)


def _explain(output: str) -> str:
    """The end of what libFuzzer said, without its progress."""
    rows = [row for row in output.splitlines() if not row.startswith(("#", "INFO:"))]
    return "\n".join(rows)[-4_000:]


def thin_out(target: str) -> None:
    """Keep the smallest inputs of the corpus: they run fastest, and mutate most."""
    kept = sorted((CORPUS / target).iterdir(), key=lambda path: (path.stat().st_size, path.name))
    for path in kept[KEPT_INPUTS:]:
        path.unlink()
