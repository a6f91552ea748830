"""Store scenes from a card as a script."""

import asyncio
import hashlib
import json
from collections.abc import Sequence
from itertools import count

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.ids import new_id
from app.db.models import Script
from app.db.scenes import SceneRepository, dump_scene
from app.scripts.repository import ScriptRepository
from app.scripts.schemas import RowCountsOut, SpeakerOut
from app.text import has_control_characters
from characters.scripts.model import Scene
from characters.scripts.report import ParseReport

_TITLE_CHARACTERS = 200
_ROOM_FOR_NUMBER = 8
_FORMAT = "card"


async def store_scenes(
    session: AsyncSession, owner: str, title: str, scenes: Sequence[Scene]
) -> Script:
    """Store the scenes as a script of this owner, in the caller's transaction.

    A script of the same title and content is reused; if only the title is the same, the new
    script's title gets a number.
    """
    size, sha256, summary = await asyncio.to_thread(_prepare, scenes)
    repository = ScriptRepository(session)
    title = _one_line(title)[: _TITLE_CHARACTERS - _ROOM_FOR_NUMBER] or "script"
    for number in count(1):
        numbered = title if number == 1 else f"{title} ({number})"
        script = await repository.by_title(numbered, owner)
        if script is None:
            break
        if script.sha256 == sha256:
            return script
    script = Script(owner=owner, title=numbered, size_bytes=size, sha256=sha256, **summary)
    repository.add(script)
    await SceneRepository(session).add(
        [dump_scene(script.revision, number, scene) for number, scene in enumerate(scenes, 1)]
    )
    await session.flush()
    return script


def _one_line(title: str) -> str:
    """Return a title of a card as an upload's may be: without control characters."""
    return " ".join("".join(" " if has_control_characters(c) else c for c in title).split())


def _prepare(scenes: Sequence[Scene]) -> tuple[int, str, dict[str, object]]:
    """Return size and hash of the scenes, and a script's other fields."""
    content = json.dumps([scene.lines for scene in scenes]).encode()
    return len(content), hashlib.sha256(content).hexdigest(), _summary(_count(scenes))


def _count(scenes: Sequence[Scene]) -> ParseReport:
    report = ParseReport()
    for scene in scenes:
        report.add(scene)
    return report


def _summary(report: ParseReport) -> dict[str, object]:
    speakers = [SpeakerOut.model_validate(speaker) for speaker in report.speakers]
    return {
        "revision": new_id(),
        "filename": "",
        "format": _FORMAT,
        "encoding": "utf-8",
        "encoding_confidence": 1.0,
        "language": report.language,
        "scenes": report.scenes,
        "lines": report.lines,
        "rows": RowCountsOut.model_validate(report.rows).model_dump(),
        "speakers": [speaker.model_dump() for speaker in speakers],
        "rejected": [],
        "rejected_total": 0,
    }
