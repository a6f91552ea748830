"""Play a scene of a script with the user: true lines while they follow it, and back to it.

None of this asks the engine. What strays is answered by a turn of the stage, as on any other.
"""

from dataclasses import dataclass, replace
from itertools import pairwise
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.conversations.branch_repository import BranchRepository
from app.conversations.lookup import check_idle, get_conversation
from app.conversations.participants import ParticipantRepository
from app.conversations.presentation import present
from app.conversations.scene_lines import play_lines
from app.conversations.scene_schemas import NextLine
from app.conversations.scene_view import (
    ScenePlay,
    check_scene_read,
    load_play,
    mark_of,
    position_on,
)
from app.conversations.schemas import ConversationOut
from app.conversations.stage_view import StageBranch, load_stage
from app.conversations.stage_writer import StageWriter
from app.db.models import Conversation, Message, StageLine
from app.db.session import Database
from app.errors import ConflictError, InvalidError
from app.turns.played_lines import PlayedLines, played
from app.turns.scene_matcher import SaidLine, SceneMatcher
from app.turns.stage_said import Said
from app.turns.stage_turns import StageTurns
from characters.language import prompt_language
from characters.scenes.position import ScenePosition
from characters.stage import texts

_STRAYED = 4
"""Newest lines that decide which moment of the scene is the nearest."""
_READ = 16
"""Newest messages among which they are looked for."""


@dataclass(frozen=True, slots=True)
class _ScenePoint:
    """Hold a scene as it was when it was read."""

    play: ScenePlay
    position: ScenePosition
    leaf: UUID | None
    stage: StageBranch


class SceneTurns:
    """Play scenes."""

    def __init__(self, database: Database, matcher: SceneMatcher, stages: StageTurns) -> None:
        self._database = database
        self._matcher = matcher
        self._stages = stages

    async def say(self, conversation_id: UUID, owner: str, said: Said) -> PlayedLines | Said:
        """Store a line that is near the script's, with the true lines that follow.

        Returns what is said instead where that is for the participants themselves to answer: it
        strays, is whispered, a direction, or asks someone; and in a conversation without a scene.
        Raises :class:`~app.errors.InvalidError` (``nobody_answers``) where none of them can.
        """
        async with self._database.read() as session:
            conversation = await get_conversation(session, conversation_id, owner)
            point = await _point(session, conversation, conversation.active_leaf_id)
            if point is None:
                return said
            typed = self._stages.read(point.stage, said)
        if (
            said.speaker
            or typed.asked is not None
            or typed.circle is not None
            or typed.is_direction
        ):
            _check_answerable(point.stage)
            return said
        found = await self._matcher.find(point.play.scene, point.position, typed.text)
        if found.line is None:
            _check_answerable(point.stage)
            return replace(said, reason=_strayed(found))
        async with self._database.write() as session:
            conversation = await _unchanged(session, conversation_id, owner, point.leaf)
            writer = StageWriter(session, conversation, point.leaf)
            await writer.write("user", typed.text, "line", reason=_followed(found))
            await play_lines(writer, point.play, found.line + 1)
            await writer.end()
            return played(await writer.present())

    async def answer(
        self, conversation_id: UUID, owner: str, message_id: UUID
    ) -> PlayedLines | None:
        """Judge a line of the user's again, and play on from it on a branch of its own.

        None where the participants themselves are to answer: it is no line of the user's, strays,
        or the conversation has no scene.
        """
        async with self._database.read() as session:
            conversation = await get_conversation(session, conversation_id, owner)
            message = await session.get(Message, message_id)
            line = await session.get(StageLine, message_id)
            if message is None or message.conversation_id != conversation.id or line is None:
                return None
            if message.role != "user" or line.kind != "line" or line.circle is not None:
                return None
            point = await _point(session, conversation, message.parent_id)
            if point is None:
                return None
            leaf = conversation.active_leaf_id
        found = await self._matcher.find(point.play.scene, point.position, message.content)
        if found.line is None:
            _check_answerable(point.stage)
        async with self._database.write() as session:
            conversation = await _unchanged(session, conversation_id, owner, leaf)
            line = await session.get_one(StageLine, message_id)
            line.reason = _strayed(found) if found.line is None else _followed(found)
            if found.line is None:
                return None
            said = (await session.get_one(Message, message_id), line)
            writer = StageWriter(session, conversation, message_id, [said])
            await play_lines(writer, point.play, found.line + 1)
            await writer.end()
            shown, *following = await writer.present()
        return PlayedLines(shown, following, is_new=False)

    async def play_on(self, conversation_id: UUID, owner: str, steps: int) -> list[PlayedLines]:
        """Store the script's next lines, the user's among them, up to so many of the user's.

        Empty where the participants themselves are to go on: the scene has strayed or is over, or
        the conversation has none.
        """
        async with self._database.read() as session:
            conversation = await get_conversation(session, conversation_id, owner)
            point = await _point(session, conversation, conversation.active_leaf_id)
        if point is None or not point.position.on_script:
            return []
        scene, at = point.play.scene, point.position.next
        if at >= len(scene.lines):
            return []
        async with self._database.write() as session:
            conversation = await _unchanged(session, conversation_id, owner, point.leaf)
            writer = StageWriter(session, conversation, point.leaf)
            ends: list[int] = []
            while at < len(scene.lines) and len(ends) < steps:
                if scene.is_own(at):
                    said = SaidLine(at, scene.lines[at].text, 1.0)
                    await writer.write("user", said.text, "line", reason=_followed(said))
                    at += 1
                await play_lines(writer, point.play, at)
                at = scene.until_own(at).stop
                ends.append(len(writer.written))
            await writer.end()
            shown = await writer.present()
        return [played(shown[start:end]) for start, end in pairwise([0, *ends])]

    async def back_to_script(self, conversation_id: UUID, owner: str) -> ConversationOut:
        """Return to the moment of the scene nearest to what was said since it strayed.

        Raises :class:`~app.errors.InvalidError` (``no_scene``, ``on_script``).
        """
        async with self._database.read() as session:
            conversation = await get_conversation(session, conversation_id, owner)
            point = await _point(session, conversation, conversation.active_leaf_id)
            if point is None:
                raise _no_scene()
            if point.position.on_script:
                raise InvalidError("on_script", "The scene is where its script is.")
            strayed = await _strayed_lines(session, conversation, point.leaf)
        scene = point.play.scene
        at = await self._matcher.nearest(scene, point.position, strayed)
        async with self._database.write() as session:
            conversation = await _unchanged(session, conversation_id, owner, point.leaf)
            writer = StageWriter(session, conversation, point.leaf)
            language = prompt_language(conversation.character.language)
            said = texts.back_to_script(at + 1, len(scene.lines), language)
            await writer.write("direction", said, reason={"kind": "back", "line": at})
            await play_lines(writer, point.play, at)
            await writer.end()
            return await present(session, conversation)

    async def next_line(self, conversation_id: UUID, owner: str) -> NextLine:
        """Return the user's next line as the script has it.

        Raises :class:`~app.errors.InvalidError` (``no_scene``, ``scene_over``).
        """
        async with self._database.read() as session:
            conversation = await get_conversation(session, conversation_id, owner)
            point = await _point(session, conversation, conversation.active_leaf_id)
        if point is None:
            raise _no_scene()
        scene = point.play.scene
        own = scene.own_after(point.position.next, 1)
        if not own:
            raise InvalidError("scene_over", "You have no further line in this scene.")
        return NextLine(line=own[0], text=scene.lines[own[0]].text)


async def _point(
    session: AsyncSession, conversation: Conversation, leaf: UUID | None
) -> _ScenePoint | None:
    play = await load_play(session, conversation.id)
    if play is None:
        return None
    await check_scene_read(session, conversation.owner, play.stored.script_id, play.stored.number)
    position = await position_on(session, conversation.id, leaf, play)
    return _ScenePoint(play, position, leaf, await load_stage(session, conversation, leaf))


async def _unchanged(
    session: AsyncSession, conversation_id: UUID, owner: str, leaf: UUID | None
) -> Conversation:
    """Return the conversation, to be changed, if it still ends where it was read."""
    conversation = await get_conversation(session, conversation_id, owner, locked=True)
    check_idle(conversation)
    if conversation.active_leaf_id != leaf:
        raise ConflictError("conflict", "Another request changed this conversation. Try again.")
    return conversation


async def _strayed_lines(
    session: AsyncSession, conversation: Conversation, leaf: UUID | None
) -> list[str]:
    """Return the newest lines since the scene strayed, oldest first."""
    newest = await BranchRepository(session, conversation.id).newest(leaf, _READ)
    repository = ParticipantRepository(session, conversation.id)
    lines = await repository.lines([each.id for each in newest])
    found: list[str] = []
    for message in reversed(newest):
        line = lines.get(message.id)
        mark = None if line is None else mark_of(line.kind, line.reason)
        if mark is not None and mark.kind != "own":
            break
        if mark is not None:
            found.append(message.content)
    return found[:_STRAYED][::-1]


def _check_answerable(stage: StageBranch) -> None:
    if not any(each.character is not None for each in stage.on_stage):
        raise InvalidError(
            "nobody_answers",
            "None of those on stage is a character, so none can answer that."
            " Say the script's line, or make a character of one of them.",
        )


def _followed(found: SaidLine) -> dict[str, object]:
    fit = round(found.fit, 3)
    return {"kind": "script", "line": found.line, "text": found.text, "fit": fit}


def _strayed(found: SaidLine) -> dict[str, object]:
    return {"kind": "strayed", "fit": round(found.fit, 3)}


def _no_scene() -> InvalidError:
    return InvalidError("no_scene", "This conversation plays no scene of a script.")
