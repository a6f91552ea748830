"""Check the end of a run: conversations go on, indexes are whole, no leftovers stay."""

import asyncio
import time
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.db.models import Character, Conversation, Example, IndexJob, StoredScene
from fuzz.kills.actions.turns import send_in
from fuzz.kills.stage import Stage

_INDEX_SECONDS = 240.0
_CLEANING_SECONDS = 30.0
_TWO_HOURS_MS = 2 * 3_600_000
"""Longer than an upload may take; see ``ScriptService.discard_abandoned``."""


async def close(stage: Stage) -> None:
    """Make the checks that take longer than the time between two kills."""
    await stage.up()
    for client in stage.load.clients:
        client.use(stage.service.api)
    await _until_indexed(stage)
    await _go_on(stage)
    await stage.compare(None)
    await _clean_up(stage)
    stage.ledger.touched |= stage.ledger.facts.keys()
    await stage.compare(None)
    await stage.service.kill()
    _check_folders(stage)


async def _go_on(stage: Stage) -> None:
    """Check that every conversation with an interrupted turn takes another one."""

    async def go_on(name: str, since: float) -> None:
        client = next(each for each in stage.load.clients if name.startswith(each.mark))
        if name not in client.conversations():
            return  # its character is not published
        await asyncio.sleep(max(0.0, since - time.monotonic()))
        await send_in(client, name)
        if name in stage.ledger.interrupted:
            stage.ledger.blame("stuck conversation", f"{name} takes no turn any more")

    await asyncio.gather(*(go_on(*each) for each in list(stage.ledger.interrupted.items())))


async def _until_indexed(stage: Stage) -> None:
    """Check that every character becomes ready, with a whole index."""
    end = time.monotonic() + _INDEX_SECONDS
    while waiting := await asyncio.to_thread(_unready, stage):
        if time.monotonic() > end:
            stage.ledger.blame("not indexed", f"after {_INDEX_SECONDS:.0f} s: {waiting}")
            return
        await asyncio.sleep(1)
    for problem in await asyncio.to_thread(_broken_indexes, stage):
        stage.ledger.blame("broken index", problem)


def _unready(stage: Stage) -> list[str]:
    with Session(stage.reader.engine) as session:
        jobs = session.scalars(
            select(Character.name).join(IndexJob, IndexJob.character_id == Character.id)
        )
        states = session.scalars(select(Character.name).where(Character.status != "ready"))
        return sorted({*jobs, *states})


def _broken_indexes(stage: Stage) -> list[str]:
    problems = []
    with Session(stage.reader.engine) as session:
        counts: dict[tuple[UUID, UUID | None], int] = {
            (character, version): count
            for character, version, count in session.execute(
                select(Example.character_id, Example.version, func.count()).group_by(
                    Example.character_id, Example.version
                )
            )
        }
        for each in session.scalars(select(Character)):
            count = counts.pop((each.id, each.index_version), 0)
            if count != each.examples or not count:
                problems.append(f"{each.name} has {count} of {each.examples} examples")
        problems += [f"{count} examples of {key} are in no use" for key, count in counts.items()]
    return problems


async def _clean_up(stage: Stage) -> None:
    """Check that leftovers of interrupted uploads are removed, once they are old enough."""
    stage.log.write("cut off", what=await asyncio.to_thread(_cut_off, stage))
    await asyncio.to_thread(_make_older, stage)
    await stage.service.kill()
    await stage.service.start()
    end = time.monotonic() + _CLEANING_SECONDS
    while left := await asyncio.to_thread(_cut_off, stage):
        if time.monotonic() > end:
            stage.ledger.blame("leftover", f"{len(left)} uploads or imports stay: {left[:3]}")
            return
        await asyncio.sleep(0.5)


def _cut_off(stage: Stage) -> list[str]:
    """Return revisions without a script, and conversations without an owner."""
    with Session(stage.reader.engine) as session:
        ownerless = session.scalars(select(Conversation.user_name).where(Conversation.owner == ""))
        return [*ownerless, *map(str, stage.reader.staged_revisions())]


def _make_older(stage: Stage) -> None:
    """Date leftovers back by two hours, revisions in the time that their ids contain."""
    with Session(stage.reader.engine) as session, session.begin():
        for each in session.scalars(select(Conversation).where(Conversation.owner == "")):
            if each.deleted_at is not None:
                each.deleted_at -= timedelta(milliseconds=_TWO_HOURS_MS)
        for revision in stage.reader.staged_revisions():
            older = UUID(int=revision.int - (_TWO_HOURS_MS << 80))
            session.execute(
                update(StoredScene).where(StoredScene.revision == revision).values(revision=older)
            )


def _check_folders(stage: Stage) -> None:
    """Check that neither uploads nor backups left files behind."""
    for folder in (stage.folder / "temporary", stage.backups):
        if left := sorted(each.name for each in folder.iterdir()):
            stage.ledger.blame("leftover", f"in {folder.name}: {', '.join(left[:10])}")
