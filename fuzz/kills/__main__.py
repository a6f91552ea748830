"""Kill the service, backups and migrations; account for all acknowledged: ``make fuzz-kills``.

Exits with 1 where an acknowledged change is lost, or more than five seconds of a reply.
"""

import argparse
import asyncio
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from fuzz.kills.api import ServiceGoneError
from fuzz.kills.campaign import Options, run, staged
from fuzz.kills.processes import ProcessError
from fuzz.kills.report import explain, summarize


def main() -> None:
    """Run, report, and exit."""
    parser = argparse.ArgumentParser(prog="make fuzz-kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--clients", type=int, default=12)
    parser.add_argument("--minutes", type=float, default=90, help="no kills after so long")
    parser.add_argument(
        "--database",
        default="sqlite",
        help="sqlite, or the URL of a PostgreSQL database, in which schemas are made",
    )
    parser.add_argument(
        "--keep",
        action="store_true",
        help="keep the folder of a run that passed, and PostgreSQL's schemas",
    )
    given = parser.parse_args()
    server = None if given.database == "sqlite" else given.database
    options = Options(given.kills, given.seed, given.clients, given.minutes, server)
    try:
        sys.exit(asyncio.run(_main(options, keep=given.keep)))
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("\nInterrupted: every process is ended, and nothing is judged.")
        sys.exit(130)


async def _main(options: Options, *, keep: bool) -> int:
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 (a coroutine runs in one)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    folder = Path(tempfile.mkdtemp(prefix="offbook-kills-"))
    print(f"Seed {options.seed}; what happens is written to {folder / 'events.jsonl'}", flush=True)
    failed = await _run(options, folder, keep=keep)
    if failed:
        print(f"\nSeed {options.seed}; see {folder / 'events.jsonl'} and the logs beside it.")
    elif not keep:
        shutil.rmtree(folder)
    return 1 if failed else 0


async def _run(options: Options, folder: Path, *, keep: bool) -> bool:
    """Run everything, print the report, and return whether it has faults."""
    began = time.monotonic()
    async with staged(options, folder) as stage:
        try:
            await run(options, stage)
        except (ProcessError, ServiceGoneError) as error:
            stage.ledger.blame("service", str(error))
        print(summarize(stage.tally, stage.ledger, (time.monotonic() - began) / 60))
        for row in explain(stage.ledger.faults):
            print(row)
    if not keep and options.server is not None:
        stage.databases.remove_all()
    return bool(stage.ledger.faults)


if __name__ == "__main__":
    main()
