"""Find the stages that requests name as models: a caller's own, or a cast named for the moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid5

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller
from app.bookmarks.reading import known_until
from app.catalog.read_so_far import unmet_characters
from app.catalog.repository import CharacterRepository
from app.catalog.visibility import may_see
from app.conversations.participants import CastMember, cast_names, distinct_name
from app.conversations.repository import ConversationRepository
from app.conversations.stage_opening import VISITOR
from app.conversations.stage_schemas import MOST_PARTICIPANTS
from app.conversations.stage_view import load_stage
from app.db.models import Character, Conversation, Participant
from app.errors import AppError, NotFoundError
from app.openai_api.schemas import ModelOut
from app.text import is_storable
from characters.language import prompt_language
from characters.stage.texts import join_names

STAGE = "stage:"
"""What the names of stages begin with."""
_LISTED = 100
"""Most stages that are listed, those last used."""
_STAGES = UUID("5f4cfa1e-6a0c-4b5c-9d25-0f4b1d9d7a10")
"""The namespace of the ids of stages that are not stored."""


@dataclass(frozen=True, slots=True)
class StageModel:
    """Hold who plays on a stage, and who the user is there."""

    name: str
    conversation: Conversation
    """A conversation that is not stored: a request says all that has happened."""
    cast: Sequence[CastMember]
    here: Sequence[UUID]
    """Who is on stage."""
    mute: frozenset[UUID]
    """Who cannot answer: gone for good, or withdrawn."""


async def find_stage(session: AsyncSession, name: str, caller: Caller) -> StageModel:
    """Return the stage of the name ``stage:ID`` or ``stage:SLUG,SLUG``.

    Raises :class:`~app.errors.NotFoundError` (``model_not_found``) for what is not the caller's to
    see, and :class:`~app.errors.AppError` (``stage_full``).
    """
    wanted = name.removeprefix(STAGE)
    try:
        id = UUID(wanted)
    except ValueError:
        return await _named_cast(session, name, wanted, caller)
    return await _stored(session, name, id, caller)


async def list_stages(session: AsyncSession, caller: Caller) -> list[ModelOut]:
    """Return the caller's own stages as models, last used first."""
    found = await session.scalars(
        select(Conversation)
        .join(Conversation.character)
        .where(
            Conversation.owner == caller.owner,
            Conversation.is_stage,
            Conversation.deleted_at.is_(None),
            Character.deleted_at.is_(None),
        )
        .order_by(Conversation.updated_at.desc(), Conversation.id.desc())
        .limit(_LISTED)
    )
    stages = found.all()
    names = await cast_names(session, [each.id for each in stages])
    return [
        ModelOut(
            id=f"{STAGE}{each.id}",
            created=int(each.created_at.timestamp()),
            owned_by="offbook",
            name=each.title or join_names(names.get(each.id, []), "en"),
        )
        for each in stages
    ]


async def _stored(session: AsyncSession, name: str, id: UUID, caller: Caller) -> StageModel:
    stored = await ConversationRepository(session).get(id, caller.owner)
    if stored is None or not stored.is_stage:
        raise _not_found(name)
    stage = await load_stage(session, stored, stored.active_leaf_id)
    mute = {
        each.participant.id
        for each in stage.cast
        if each.character is None
        or each.character.deleted_at is not None
        or not await may_see(session, each.character, caller)
    }
    conversation = _unstored(stored.id, stored.user_name)
    conversation.user_role = stored.user_role
    conversation.user_description = stored.user_description
    conversation.until_scene = stored.until_scene
    here = [each.participant.id for each in stage.on_stage]
    return StageModel(name, conversation, stage.cast, here, frozenset(mute))


async def _named_cast(session: AsyncSession, name: str, wanted: str, caller: Caller) -> StageModel:
    slugs = list(dict.fromkeys(filter(None, map(str.strip, wanted.split(",")))))
    if len(slugs) > MOST_PARTICIPANTS:
        raise AppError(
            "stage_full", f"A stage has room for {MOST_PARTICIPANTS} characters.", param="model"
        )
    cast: list[CastMember] = []
    for position, slug in enumerate(slugs):
        found = await CharacterRepository(session).by_slug(slug) if is_storable(slug) else None
        if found is None or not await may_see(session, found, caller):
            raise _not_found(f"{STAGE}{slug}")
        part = Participant(
            id=found.id,
            character_id=found.id,
            position=position,
            name=distinct_name(found.name, [each.participant.name for each in cast]),
            opens=True,
            note="",
        )
        cast.append(CastMember(part, found))
    if not cast:
        raise _not_found(name)
    characters = [each.character for each in cast if each.character is not None]
    if await unmet_characters(session, caller.owner, characters):
        raise _not_found(name)
    lead = cast[0].character
    language = prompt_language("en" if lead is None else lead.language)
    conversation = _unstored(uuid5(_STAGES, ",".join(slugs)), VISITOR[language])
    ids = [each.id for each in characters]
    conversation.until_scene = await known_until(session, caller.owner, ids)
    here = [each.participant.id for each in cast]
    return StageModel(name, conversation, cast, here, frozenset())


def _unstored(id: UUID, user_name: str) -> Conversation:
    return Conversation(
        id=id,
        user_name=user_name,
        user_description="",
        user_role="persona",
        is_stage=True,
        until_scene=None,
    )


def _not_found(name: str) -> NotFoundError:
    return NotFoundError(
        "model_not_found",
        f"There is no stage “{name[:120]}”: it is `stage:` and the id of a stage of yours, as"
        " /v1/models lists them, or the slugs of up to eight characters with commas.",
        param="model",
    )
