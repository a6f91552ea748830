"""Run libFuzzer on a target, and parse its output."""

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from fuzz.corpus import unpack
from fuzz.ledger import Run
from fuzz.seeds import seeds_of
from fuzz.targets import TARGETS
from fuzz.timing import INPUT_BYTES, stretched, timed

FOUND = Path("build/fuzz")

HANG_SECONDS = 20
"""Wall time after which an input is abandoned; ``timing`` is stricter, but needs it to end."""
MEMORY_MB = 512
"""Of the whole process; the interpreter with every library takes about 150."""
STRETCHED_INPUTS = 500
"""Most inputs of 64 KB in a run."""

_STATISTIC = re.compile(r"stat::(\w+):\s+(\d+)")


@dataclass(frozen=True, slots=True)
class Outcome:
    """Hold a run and its failure: the end of libFuzzer's output, None without a failure."""

    run: Run
    failure: str | None


def fuzz(target: str, seconds: int) -> Outcome:
    """Fuzz ``target`` for ``seconds``, and keep inputs that reach new code in the corpus.

    An input that fails, or takes too much time or memory, ends the run and is left in
    ``build/fuzz``.
    """
    corpus = unpack(target)
    FOUND.mkdir(parents=True, exist_ok=True)
    flags = [
        f"-max_total_time={seconds}",
        f"-max_len={INPUT_BYTES}",
        f"-timeout={HANG_SECONDS}",
        f"-rss_limit_mb={MEMORY_MB}",
        f"-artifact_prefix={FOUND}/{target}-",
        "-print_final_stats=1",
    ]
    if seeds := ",".join(map(str, seeds_of(target))):
        flags.append(f"-seed_inputs={seeds}")
    started = datetime.now(UTC)
    done = subprocess.run(
        [sys.executable, "-m", "fuzz.worker", target, *flags, str(corpus)],
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


def stretch(target: str) -> int:
    """Run corpus and seeds again, each input repeated to 64 KB, and return the number of inputs.

    Raises the target's errors, among them :class:`~fuzz.timing.TooSlowError`.
    """
    run = timed(TARGETS[target])
    count = 0
    for content in islice(stretched(_inputs(target)), STRETCHED_INPUTS):
        count += 1
        try:
            run(content)
        except Exception:
            (FOUND / f"{target}-stretched").write_bytes(content)
            raise
    return count


def _inputs(target: str) -> Iterator[bytes]:
    for path in (*unpack(target).iterdir(), *seeds_of(target)):
        yield path.read_bytes()


def _explain(output: str) -> str:
    """Return the end of libFuzzer's output, without its progress."""
    rows = [row for row in output.splitlines() if not row.startswith(("#", "INFO:"))]
    return "\n".join(rows)[-4_000:]
