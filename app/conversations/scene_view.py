"""Read which scene of a script a conversation plays, and where it is on one branch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.bookmarks.reading import is_read, readable_until
from app.conversations.branch_repository import ALL_HEIGHTS, upwards
from app.conversations.scene_schemas import SceneState
from app.db.models import Conversation, Message, Script, StagedScene, StageLine
from app.errors import ConflictError
from characters.scenes.position import Mark, ScenePosition, position_of
from characters.scenes.scene import PlayedScene, SceneLine

Reason = Mapping[str, object]

_UP = upwards()
# Built once: building takes as long as running it does.
_MARKS = (
    select(StageLine.kind, StageLine.reason)
    .join(_UP, StageLine.message_id == _UP.c.id)
    .join(Message, Message.id == _UP.c.id)
    .where(Message.conversation_id == bindparam("conversation"))
    .order_by(_UP.c.height.desc())
)


@dataclass(frozen=True, slots=True)
class ScenePlay:
    """Hold the scene that a conversation plays."""

    stored: StagedScene
    scene: PlayedScene
    speakers: Sequence[UUID | None]
    """Who says each line; None: the user."""


async def load_play(session: AsyncSession, conversation_id: UUID) -> ScenePlay | None:
    """Return the scene that a conversation plays; None for one that plays none."""
    stored = await session.get(StagedScene, conversation_id)
    return None if stored is None else play_of(stored)


async def check_scene_read(
    session: AsyncSession, owner: str, script_id: UUID | None, number: int
) -> None:
    """Raise :class:`~app.errors.ConflictError` (``not_read_yet``) for a scene not read yet."""
    if not await _is_scene_read(session, owner, script_id, number):
        raise ConflictError(
            "not_read_yet",
            "You have not read this scene yet. Move your bookmark on first, to play it.",
        )


async def _is_scene_read(
    session: AsyncSession, owner: str, script_id: UUID | None, number: int
) -> bool:
    script = None if script_id is None else await session.get(Script, script_id)
    if script is None:
        return True
    return is_read(number - 1, await readable_until(session, owner, script))


def play_of(stored: StagedScene) -> ScenePlay:
    """Return a scene as it was stored."""
    lines = [SceneLine(speaker, text, tuple(before)) for speaker, text, before, _ in stored.lines]
    speakers = [None if who is None else UUID(who) for *_, who in stored.lines]
    return ScenePlay(stored, PlayedScene(lines, stored.part), speakers)


async def position_on(
    session: AsyncSession, conversation_id: UUID, leaf: UUID | None, play: ScenePlay
) -> ScenePosition:
    """Return where the scene is at the message ``leaf``."""
    marks: list[Mark] = []
    if leaf is not None:
        values = {"leaf": leaf, "conversation": conversation_id, "most": ALL_HEIGHTS}
        rows = await session.execute(_MARKS, values)
        marks = [mark for kind, reason in rows if (mark := mark_of(kind, reason)) is not None]
    return position_of(marks, len(play.scene.lines))


def mark_of(kind: str, reason: Reason | None) -> Mark | None:
    """Return what a message has to do with the script; None for what happens between lines."""
    reason = reason or {}
    line = int(_number(reason.get("line"), 0))
    if reason.get("kind") == "back":
        return Mark("back", line)
    if kind != "line":
        return None
    if reason.get("kind") == "script":  # what others say has no fit: it is the script
        return Mark("script", line, 1.0 - _number(reason.get("fit"), 1.0))
    return Mark("own", departure=1.0 - _number(reason.get("fit"), 0.0))


async def present_scene_state(
    session: AsyncSession, conversation: Conversation
) -> SceneState | None:
    """Return the scene of a conversation at the end of its visible branch; None without one."""
    if not conversation.is_stage:
        return None
    play = await load_play(session, conversation.id)
    if play is None:
        return None
    leaf = conversation.active_leaf_id
    position = await position_on(session, conversation.id, leaf, play)
    stored, lines = play.stored, len(play.scene.lines)
    read = await _is_scene_read(session, conversation.owner, stored.script_id, stored.number)
    return SceneState(
        script=stored.script_id,
        script_title=stored.script_title,
        scene=stored.number,
        title=stored.title if read else "",
        part=stored.part,
        line=position.next,
        lines=lines,
        drift=round(position.drift, 3),
        on_script=position.on_script,
        ended=position.next >= lines,
    )


def _number(value: object, default: float) -> float:
    return float(value) if isinstance(value, int | float) else default
