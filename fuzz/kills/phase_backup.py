"""Kill ``offbook backup`` beside the service, and ``offbook restore`` on another database."""

import asyncio
import time
import zipfile
from pathlib import Path

from fuzz.kills.databases import Place, contents
from fuzz.kills.facts import Fact, Key
from fuzz.kills.processes import Process
from fuzz.kills.snapshot import SnapshotReader
from fuzz.kills.stage import Stage

_TRIES = 8
_WRITE_SECONDS = 1.0
"""About how long a command writes; after a kill that came too late, half of it is tried."""


async def kill_backup(stage: Stage) -> None:
    """Kill a backup beside the load; the next one must be whole and the only file left."""
    stage.load.begin()
    await asyncio.sleep(stage.random.uniform(0.5, 2.0))
    window = _WRITE_SECONDS
    for number in range(_TRIES):
        path = stage.backups / f"{stage.tally.kills['backup']}-{number}.zip"
        process = await _back_up(stage, path)
        await process.until(lambda: any(stage.backups.iterdir()))
        await asyncio.sleep(stage.random.uniform(0, window))
        hit = not process.ended and not path.exists()
        await process.kill()
        if path.exists() and not zipfile.is_zipfile(path):
            stage.ledger.blame("half backup", f"{path.name} has its name and is no whole archive")
        path.unlink(missing_ok=True)
        if hit:
            stage.count("backup")
            break
        window /= 2
    await _make_whole_backup(stage)
    stage.load.check()


async def _make_whole_backup(stage: Stage) -> None:
    """Make a backup under load, and keep the facts it must contain for later comparison."""
    path = stage.backups / "whole.zip"
    ledger = stage.ledger
    before, count = dict(ledger.facts), ledger.acknowledged
    process = await _back_up(stage, path)
    if await process.wait() != 0:
        stage.ledger.blame("failed backup", process.said())
        return
    # Changes of requests still open may be in the backup or not.
    unsure = {key for operation in ledger.open for key in operation.changes}
    unsure |= {("reply", each.continues) for each in ledger.streams if each.continues}
    left = [each.name for each in stage.backups.iterdir() if each != path]
    if left:
        stage.ledger.blame("leftover", f"after a whole backup: {', '.join(left)}")
        for name in left:
            (stage.backups / name).unlink()
    same = {
        key: fact
        for key, fact in before.items()
        if key not in unsure and ledger.changed_at.get(key, 0) <= count
    }
    path = path.rename(stage.folder / f"whole-{stage.tally.kills['backup']}.zip")
    stage.to_restore[path] = same


async def compare_backups(stage: Stage) -> None:
    """Restore the backups made under load, and compare them with what was acknowledged."""
    for path, known in stage.to_restore.items():
        await _compare_backup(stage, path, known)
        path.unlink()
    stage.to_restore.clear()


async def _compare_backup(stage: Stage, path: Path, known: dict[Key, Fact | None]) -> None:
    target = stage.databases.empty("restored")
    process = await _restore(stage, path, target)
    if await process.wait() != 0:
        stage.ledger.blame("failed restore", process.said())
        return
    reader = SnapshotReader(target.service_url)
    snapshot = await asyncio.to_thread(reader.read)
    reader.close()
    wrong = [key for key, fact in known.items() if snapshot.facts.get(key) != fact]
    for key in wrong:
        found = snapshot.facts.get(key)
        stage.ledger.blame("other backup", f"{'/'.join(key)}: {found} instead of {known[key]}")
    stage.tally.verified += len(known) - len(wrong)
    stage.tally.backups += 1


async def kill_restore(stage: Stage) -> None:
    """Kill a restore: the database must be unchanged, and the next restore must succeed."""
    path = stage.backups / "to-restore.zip"
    process = await _back_up(stage, path)
    if await process.wait() != 0:
        stage.ledger.blame("failed backup", process.said())
        return
    target = stage.databases.place("other")
    if stage.random.random() < 1 / 2 or not stage.tally.kills["restore"]:
        target = stage.databases.empty(
            "other"
        )  # otherwise it has the content of an earlier restore
    before = await asyncio.to_thread(contents, target)
    whole = await asyncio.to_thread(contents, stage.service.place)
    window = _WRITE_SECONDS
    for _ in range(_TRIES):
        if await _kill_one_restore(stage, path, target, window):
            break
        window /= 2
        before = whole
    after = await asyncio.to_thread(contents, target)
    if after not in (before, whole):
        stage.ledger.blame("half restore", _differences(after, before))
    process = await _restore(stage, path, target)
    if await process.wait() != 0:
        stage.ledger.blame("failed restore", process.said())
    else:
        restored = await asyncio.to_thread(contents, target)
        if restored != whole:
            stage.ledger.blame("other restore", _differences(restored, whole))
        stage.tally.backups += 1
    path.unlink()


async def _kill_one_restore(stage: Stage, path: Path, target: Place, window: float) -> bool:
    """Kill a restore, and return whether it had not ended yet."""
    wrote = target.watch()
    started = time.monotonic()
    process = await _restore(stage, path, target)
    if wrote is not None:
        await process.until(wrote)
    else:
        await asyncio.sleep(stage.random.uniform(0, stage.service.start_seconds))
    await asyncio.sleep(stage.random.uniform(0, window))
    hit = not process.ended
    await process.kill()
    stage.log.write("restore", hit=hit, seconds=round(time.monotonic() - started, 2))
    if hit:
        stage.count("restore")
    return hit


async def _back_up(stage: Stage, path: Path) -> Process:
    url = stage.service.place.url
    return await stage.processes.start("backup", str(path), log="backup", OFFBOOK_DATABASE__URL=url)


async def _restore(stage: Stage, path: Path, target: Place) -> Process:
    arguments = ("restore", str(path), "--replace")
    return await stage.processes.start(*arguments, log="restore", OFFBOOK_DATABASE__URL=target.url)


def _differences(found: dict[str, list[str]], expected: dict[str, list[str]]) -> str:
    """Return the tables that differ, with their numbers of rows."""
    names = sorted(found.keys() | expected.keys())
    return ", ".join(
        f"{name}: {len(found.get(name, []))} rows for {len(expected.get(name, []))}"
        for name in names
        if found.get(name) != expected.get(name)
    )
