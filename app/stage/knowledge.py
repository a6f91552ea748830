"""Answer “who knows this?” and “how do you know that?” from the witness ledger."""

from collections.abc import Iterator, Sequence
from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.conversations.bounds import is_read_message, latest_point, read_sources
from app.conversations.branch_path import BranchMessage
from app.conversations.branch_repository import BranchRepository
from app.conversations.lookup import get_conversation, get_message
from app.conversations.openers import split_line
from app.conversations.participants import CastMember
from app.conversations.schemas import PromptSource
from app.conversations.stage_presentation import speaker_of
from app.conversations.stage_view import StageBranch, cue_line, load_stage
from app.db.models import Conversation, Message, StageLine
from app.errors import InvalidError
from app.stage.schemas import KnowerOut, Knowledge, KnownLine, Witnesses
from characters.language import prompt_language

_FROM_SCRIPT: dict[str, Literal["script", "overheard", "remembered"]] = {
    "example": "script",
    "witnessed": "overheard",
    "scene_memory": "remembered",
}


async def witnesses_of(
    session: AsyncSession, conversation_id: UUID, owner: str, message_id: UUID
) -> Witnesses:
    """Return who knows a message, as informed up to the end of the visible branch, or its own."""
    conversation = await _stage(session, conversation_id, owner)
    message = await get_message(session, conversation_id, message_id)
    stage = await load_stage(session, conversation, conversation.active_leaf_id)
    if stage.ledger.event(message.id) is None:
        stage = await load_stage(session, conversation, message.id)
    knows = stage.ledger.who_knows(message.id)
    shown = {
        each.participant.id: speaker_of(stage.cast, each.participant.id) for each in stage.cast
    }
    return Witnesses(
        message=message.id,
        knows=[
            KnowerOut(participant=out, how=knows[id])
            for id, out in shown.items()
            if id in knows and out is not None
        ],
        others=[out for id, out in shown.items() if id not in knows and out is not None],
    )


async def knowledge_of(
    session: AsyncSession, conversation_id: UUID, owner: str, message_id: UUID
) -> Knowledge:
    """Return what the prompt of a reply was made of, with who was there.

    Raises :class:`~app.errors.InvalidError` (``not_a_reply``) for what no one on stage said.
    """
    conversation = await _stage(session, conversation_id, owner)
    message = await get_message(session, conversation_id, message_id)
    line = await session.get(StageLine, message.id)
    stage = await load_stage(session, conversation, message.parent_id)
    member = stage.member(line.speaker_id) if line is not None and line.speaker_id else None
    if message.role != "assistant" or member is None:
        raise InvalidError("not_a_reply", "Only what a character said comes from what it knows.")
    path = await BranchRepository(session, conversation.id).path(message.parent_id, None)
    language = prompt_language("en" if member.character is None else member.character.language)
    # As the prompt had them, with the direction that it may end with.
    lines = cue_line(
        stage.lines(member, path.messages, language), member.participant.name, language
    )
    shown = _shown(message, len(lines))
    kept = {id for each in lines[len(lines) - shown :] for id in each.messages}
    known = [*_messages(stage, member, [each for each in path.messages if each.id in kept])]
    sources = [PromptSource.model_validate(each) for each in message.examples]
    latest = await latest_point(session, conversation)
    if not is_read_message(message, latest):
        sources = read_sources(sources, latest)
    return Knowledge(
        speaker=speaker_of(stage.cast, member.participant.id),
        items=[*known, *_script(sources)],
        earlier=sum(len(each.messages) for each in lines[: len(lines) - shown]),
    )


def _shown(message: Message, lines: int) -> int:
    """Return how many lines of the dialogue the prompt had."""
    outline = message.prompt or {}
    return min(lines, int(outline.get("history", lines)))


def _messages(
    stage: StageBranch, member: CastMember, messages: Sequence[BranchMessage]
) -> Iterator[KnownLine]:
    known = {each.event.id: each for each in stage.ledger.known_to(member.participant.id)}
    for message in messages:
        found = known[message.id]
        event, text = found.event, message.content
        if (
            event.kind == "told"
            and isinstance(event.about, UUID)
            and event.about in stage.passed_on
        ):
            text = stage.passed_on[event.about][1]
            about = stage.ledger.event(event.about)
            event = about or event
        there = stage.ledger.who_knows(event.id)
        names = [each.participant.name for each in stage.cast if each.participant.id in there]
        yield KnownLine(
            kind="message",
            message=event.id if isinstance(event.id, UUID) else None,
            speaker=stage.name_of(event.speaker) if event.kind == "line" else None,
            text=text,
            how=found.how,
            witnesses=names,
        )


def _script(sources: Sequence[PromptSource]) -> Iterator[KnownLine]:
    for source in sources:
        how = _FROM_SCRIPT.get(source.kind)
        if how is None:
            continue
        split = [_said(line, source.kind) for line in source.lines]
        there = list(dict.fromkeys(who for who, _ in split if who is not None))
        for at, (who, text) in enumerate(split):
            yield KnownLine(
                kind="script",
                speaker=who,
                text=text,
                how=how,
                scene=source.id if source.kind == "scene_memory" else source.scene,
                line=None if source.start is None else source.start + at,
                witnesses=there,
            )


def _said(line: str, kind: str) -> tuple[str | None, str]:
    """Return (speaker, text) of a line ``speaker：text``; a memory of a scene has no speaker."""
    if kind == "scene_memory" or not {":", "："} & {*line}:
        return None, line
    return split_line(line)


async def _stage(session: AsyncSession, conversation_id: UUID, owner: str) -> Conversation:
    conversation = await get_conversation(session, conversation_id, owner)
    if not conversation.is_stage:
        raise InvalidError(
            "not_a_stage", "This conversation has one character, who was there for all of it."
        )
    return conversation
