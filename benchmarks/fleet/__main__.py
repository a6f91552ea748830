"""``python -m benchmarks.fleet``: chatters on a whole fleet, while its processes die and change.

Two web processes, a worker, PgBouncer, nginx, vllm-router and two scripted engines run on loopback
beside a PostgreSQL that is up. Meanwhile a web process, the worker and an engine are killed, all
processes are restarted one by one, and the embedder is changed. The command ends with 1 where an
acknowledged message is lost, or where a turn fails that no killed process had.

The server's URL is ``--postgres``, or ``OFFBOOK_TEST_POSTGRES_URL``; a database is made there and
dropped at the end.
"""

import argparse
import asyncio
import os
import signal
import sys
import tempfile
from pathlib import Path

from uvicorn.loops.auto import auto_loop_factory

from app.tools.bench.errors import BenchError
from benchmarks.fleet.options import FleetOptions
from benchmarks.fleet.run import run


def _options(given: argparse.Namespace, folder: Path) -> FleetOptions:
    return FleetOptions(
        postgres=given.postgres,
        folder=folder,
        chatters=given.chatters,
        minutes=given.minutes,
        think_seconds=given.think,
        reply_tokens=given.reply_tokens,
        characters=given.characters,
        pool_mode=given.pool_mode,
        seed=given.seed,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.fleet",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    default = os.environ.get("OFFBOOK_TEST_POSTGRES_URL")
    parser.add_argument("--postgres", default=default, required=default is None)
    parser.add_argument("--chatters", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--think", type=float, default=30.0, help="seconds before a message")
    parser.add_argument("--reply-tokens", type=int, default=100)
    parser.add_argument("--characters", type=int, default=8)
    parser.add_argument("--pool-mode", choices=["transaction", "session"], default="transaction")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-alone", action="store_true", help="without the one process beside")
    parser.add_argument("--keep", type=Path, help="a new folder that keeps logs and the report")
    return parser


def main() -> int:
    """Run, print the report, and return the exit code."""
    given = _parser().parse_args()
    # Ended from outside, it still stops its processes and drops its database.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if given.keep is not None:
        given.keep.mkdir(parents=True)
        return _run(given, given.keep.absolute())
    with tempfile.TemporaryDirectory(prefix="offbook-fleet-", ignore_cleanup_errors=True) as name:
        return _run(given, Path(name))


def _run(given: argparse.Namespace, folder: Path) -> int:
    folder.chmod(0o755)  # PgBouncer reads its file as another user
    try:
        with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
            job = run(_options(given, folder), print, beside=not given.no_alone)
            report, good = runner.run(job)
    except BenchError as error:
        print(error, file=sys.stderr)
        return 1
    (folder / "report.txt").write_text(report + "\n", encoding="utf-8")
    print(report)
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
