"""Kill upgrades of a database from an older schema to the newest."""

import asyncio
import time

from alembic import command

from app.db.migrate import upgrade
from app.db.revisions import alembic_config, known_revisions
from fuzz.kills.databases import Place, contents, copy_file
from fuzz.kills.processes import Process
from fuzz.kills.snapshot import SnapshotReader
from fuzz.kills.stage import Stage

_TRIES = 8
_SERVED_SHARE = 1 / 3
"""Share of kills of the service, which upgrades its database as it starts."""
_COMMAND_SECONDS = 4.0
"""About how long the command runs; when it writes cannot be seen with PostgreSQL."""


async def kill_upgrade(stage: Stage) -> None:
    """Kill an upgrade: the next one must give the result of an uninterrupted upgrade."""
    revision = stage.random.choice(known_revisions()[1:])
    served = stage.random.random() < _SERVED_SHARE
    old, reference = await asyncio.to_thread(_prepare, stage, revision)
    began = time.monotonic()
    await asyncio.to_thread(upgrade, reference.service_url)
    window = time.monotonic() - began
    for _ in range(_TRIES):
        if await _kill_one(stage, old, window, served=served):
            stage.count("upgrade")
            break
        window /= 2
        old, _ = await asyncio.to_thread(_prepare, stage, revision, reference=False)
    await _finish(stage, old, reference, revision, served=served)


def _prepare(stage: Stage, revision: str, *, reference: bool = True) -> tuple[Place, Place]:
    """Return the service's database at an older schema, and a copy of it. Blocking."""
    source = stage.service.place
    old = stage.databases.empty("old")
    command.upgrade(alembic_config(old.service_url), revision)
    stage.databases.fill(source, old)
    copy = stage.databases.place("upgraded")
    if reference:
        stage.databases.empty("upgraded")
        if old.file is not None and copy.file is not None:
            copy_file(old.file, copy.file)
        else:
            command.upgrade(alembic_config(copy.service_url), revision)
            stage.databases.fill(source, copy)
    return old, copy


async def _kill_one(stage: Stage, old: Place, window: float, *, served: bool) -> bool:
    """Kill an upgrade, and return whether it had not ended yet."""
    wrote = old.watch()
    process = await (_serve(stage, old) if served else _upgrade(stage, old))
    if wrote is not None:
        await process.until(wrote)
    else:
        await asyncio.sleep(stage.random.uniform(0, _COMMAND_SECONDS))
    await asyncio.sleep(stage.random.uniform(0, window))
    hit = not process.ended
    await process.kill()
    return hit


async def _finish(
    stage: Stage, old: Place, reference: Place, revision: str, *, served: bool
) -> None:
    """Upgrade again, and compare the result with the reference."""
    process = await _upgrade(stage, old)
    if await process.wait() != 0:
        errors = [row for row in process.said().splitlines() if "Error" in row]
        stage.ledger.blame("broken upgrade", f"from {revision}: {' '.join(errors[-1:])}")
        return
    left = _files(old) - _files(reference)
    if left:
        stage.ledger.blame("leftover", f"after an upgrade from {revision}: {', '.join(left)}")
    if served:  # the service has also begun to work on it
        same = await asyncio.to_thread(_facts, old) == await asyncio.to_thread(_facts, reference)
        differing = ["what people made"] if not same else []
    else:
        found = await asyncio.to_thread(contents, old)
        expected = await asyncio.to_thread(contents, reference)
        names = found.keys() | expected.keys()
        differing = [name for name in names if found.get(name) != expected.get(name)]
    if differing:
        text = f"from {revision}: {', '.join(sorted(differing))} differ"
        stage.ledger.blame("other upgrade", text)


def _files(place: Place) -> set[str]:
    """Return the names of files beside a SQLite database, except for its log."""
    if place.file is None:
        return set()
    names = {each.name for each in place.file.parent.iterdir()}
    return names - {f"{place.file.name}{suffix}" for suffix in ("-wal", "-shm")}


def _facts(place: Place) -> object:
    reader = SnapshotReader(place.service_url)
    snapshot = reader.read()
    reader.close()
    return snapshot.facts, snapshot.damage


async def _upgrade(stage: Stage, place: Place) -> Process:
    arguments = ("db", "upgrade")
    return await stage.processes.start(*arguments, log="upgrade", OFFBOOK_DATABASE__URL=place.url)


async def _serve(stage: Stage, place: Place) -> Process:
    arguments = ("serve", "--port", "0", "--data-dir", str(stage.folder / "upgrading"))
    return await stage.processes.start(*arguments, log="upgrade", OFFBOOK_DATABASE__URL=place.url)
