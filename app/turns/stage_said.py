"""Read what the user says on a stage, and store it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.conversations.branch_path import BranchMessage, BranchPath
from app.conversations.lookup import check_content
from app.conversations.stage_view import StageBranch, load_stage
from app.conversations.stage_writer import Reason, StageWriter
from app.db.models import Message
from app.errors import InvalidError
from app.stage.service import get_member
from app.turns.planning import branch_message
from app.turns.store import Claim
from characters.stage.commands import Names, Typed, TypedError, read_typed
from characters.stage.ledger import EventKind, StageEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Hold what the user says on a stage."""

    content: str
    speaker: str | None = None
    """Who is to answer; None: whom ``@Name`` asks, or the director chooses."""
    whisper_to: Sequence[str] | None = None
    """The only participants who hear it; None: as typed."""
    reason: Reason | None = None
    """What it has to do with the scene of a script that is played, as it is stored."""


def read_said(stage: StageBranch, said: Said, most_characters: int) -> Typed:
    """Return what the user says, checked against the part that they play.

    Raises :class:`~app.errors.InvalidError` for what cannot be meant, a name that is not on stage,
    and a user who watches (``user_watches``).
    """
    text = check_content(said.content, most_characters)
    names: Names = {each.participant.id: each.names for each in stage.cast}
    here = stage.on_stage
    away = [each.participant.id for each in stage.cast if each not in here]
    try:
        typed = read_typed(text, names, away)
    except TypedError as error:
        raise InvalidError(error.code, str(error)) from error
    circle = typed.circle
    if said.whisper_to:
        if circle is not None:
            raise InvalidError(
                "unknown_command", "Whisper by `whisper_to` or by /whisper, not by both."
            )
        circle = tuple(get_member(stage, name).participant.id for name in said.whisper_to)
    role = stage.conversation.user_role
    if role == "watching":
        raise InvalidError(
            "user_watches", "You are watching this scene. Change your role to take part in it."
        )
    is_direction = typed.is_direction or role == "director"
    return Typed(check_content(typed.text, most_characters), circle, is_direction, typed.asked)


def drafted(stage: StageBranch, typed: Typed) -> BranchMessage:
    """Add what the user says to the ledger; return it as a message that is not stored yet."""
    message = Message(
        id=UUID(int=0),
        parent_id=stage.conversation.active_leaf_id,
        role="user",
        content=typed.text,
        hidden=False,
        until_scene=stage.conversation.until_scene,
    )
    stage.ledger.add(StageEvent(id=message.id, kind=_kind(typed), circle=_circle(typed)))
    return branch_message(message)


async def store_said(
    session: AsyncSession, claim: Claim, typed: Typed, path: BranchPath, reason: Reason | None
) -> tuple[StageBranch, Message]:
    """Store what the user says, unless it was sent again, and return the stage after it."""
    conversation = claim.conversation
    stage = await load_stage(session, conversation, conversation.active_leaf_id)
    last = path.messages[-1] if path.messages else None
    role = "direction" if typed.is_direction else "user"
    if last is not None and (last.role, last.content) == (role, typed.text):
        event = stage.ledger.event(last.id)
        if event is not None and event.circle == _circle(typed):
            return stage, await session.get_one(Message, last.id)
    writer = StageWriter(session, conversation, conversation.active_leaf_id)
    stage.ledger.add(
        await writer.write(
            role,
            typed.text,
            _kind(typed),
            circle=uuids(typed.circle),
            reason=reason,
            id=claim.message_id,
        )
    )
    if typed.circle is None:  # a title is shown, and stands above what is exported
        conversation.title = conversation.title or " ".join(typed.text.split())[:60]
    await writer.end()
    [(message, _)] = writer.written
    return stage, message


def uuids(ids: Iterable[object] | None) -> list[UUID] | None:
    """Return the circle of a whisper as it is stored."""
    return None if ids is None else sorted(each for each in ids if isinstance(each, UUID))


def _kind(typed: Typed) -> EventKind:
    return "direction" if typed.is_direction else "line"


def _circle(typed: Typed) -> frozenset[object] | None:
    return None if typed.circle is None else frozenset(typed.circle)
