"""Open stages: several characters at once, and a user who plays, directs or watches."""

from collections.abc import Callable, Collection, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from app.bookmarks.reading import known_until, read_texts, readings
from app.conversations.bounds import bound_by_bookmarks, check_point
from app.conversations.lookup import get_talkable
from app.conversations.participants import distinct_name
from app.conversations.personas import read_persona
from app.conversations.repository import ConversationRepository
from app.conversations.schemas import ConversationCreate
from app.conversations.stage_schemas import UserRole
from app.conversations.stage_view import IN_SCENE
from app.conversations.stage_writer import StageWriter
from app.db.ids import new_id
from app.db.models import Character, Conversation, Participant, speaker_lines
from app.errors import InvalidError
from characters.language import Language, prompt_language
from characters.stage.texts import opening_direction

_NAMED_SPEAKERS = 20
"""Most speakers that an error names."""
VISITOR: dict[Language, str] = {"zh": "来客", "en": "Visitor"}
"""A user without a name: every line on a stage is labelled with one."""


def cast_of(wanted: ConversationCreate) -> list[str]:
    """Return the slugs of all characters that are wanted, each once."""
    one = [] if wanted.character is None else [wanted.character]
    return list(dict.fromkeys((*one, *(wanted.characters or ()))))


def is_stage(wanted: ConversationCreate) -> bool:
    """Return whether a conversation has several characters, or a user who plays no part."""
    apart = wanted.role in ("director", "watching")
    return apart or len(cast_of(wanted)) > 1 or wanted.opening is not None


async def open_stage(session: AsyncSession, owner: str, wanted: ConversationCreate) -> Conversation:
    """Add a stage with its participants; its first message is the direction that it opens with.

    Raises as :func:`~app.conversations.service.open_conversation` does.
    """
    characters = [await get_talkable(session, slug, owner) for slug in cast_of(wanted)]
    role = role_of(wanted)
    lead = characters[0]
    language = prompt_language(lead.language)
    persona = await read_persona(session, owner)
    played = played_speaker(characters, wanted.plays, await who_was_met(session, owner, characters))
    ids = [each.id for each in characters]
    check_point(wanted.until_scene, await known_until(session, owner, ids))
    description = wanted.user_description
    if description is None:
        description = persona.description if role == "persona" else ""
    conversation = Conversation(
        character_id=lead.id,
        owner=owner,
        user_name=played or wanted.user_name or persona.name or VISITOR[language],
        user_description=description,
        user_role=role,
        is_stage=True,
        until_scene=wanted.until_scene,
    )
    conversation.character = lead
    ConversationRepository(session).add(conversation)
    await session.flush()
    cast: list[Participant] = []
    for character in characters:
        cast.append(new_participant(conversation, character, cast, opens=True))
    session.add_all(cast)
    await session.flush()
    await bound_by_bookmarks(session, [conversation], fresh=True)
    text = wanted.opening or opening_direction([each.name for each in cast], language)
    writer = StageWriter(session, conversation, None)
    await writer.write("direction", text)
    await writer.end()
    return conversation


def new_participant(
    conversation: Conversation, character: Character, cast: Collection[Participant], *, opens: bool
) -> Participant:
    """Return a character as one more of a ``cast``; ``opens``: on stage from the beginning.

    Its name is neither another's nor that of a user who takes part.
    """
    user = [conversation.user_name] if conversation.user_role in IN_SCENE else []
    return Participant(
        id=new_id(),
        conversation_id=conversation.id,
        character_id=character.id,
        position=len(cast),
        name=distinct_name(character.name, [*user, *(each.name for each in cast)]),
        opens=opens,
        note="",
    )


def role_of(wanted: ConversationCreate) -> UserRole:
    """Return the user's role.

    Raises :class:`~app.errors.InvalidError` (``role_without_part``) for one who plays a speaker and
    takes no part, and ``role_without_speaker`` for one who plays a speaker without a name.
    """
    if wanted.plays is None:
        if wanted.role == "speaker":
            raise InvalidError(
                "role_without_speaker", "Say which speaker of the script you play: `as`."
            )
        return wanted.role or "persona"
    if wanted.role not in (None, "speaker"):
        raise InvalidError(
            "role_without_part", "Who directs or watches plays no speaker: leave out `as`."
        )
    return "speaker"


def change_role(conversation: Conversation, role: UserRole) -> None:
    """Set who the user of a stage is from now on.

    Raises :class:`~app.errors.InvalidError` (``not_a_stage``): a conversation of two needs both.
    """
    if not conversation.is_stage:
        raise InvalidError(
            "not_a_stage", "This conversation has one character. Let another enter first."
        )
    conversation.user_role = role


async def who_was_met(
    session: AsyncSession, owner: str, characters: Sequence[Character]
) -> Callable[[str], bool]:
    """Return a predicate: whether a speaker of the characters' scripts speaks in a scene read."""
    found = await readings(session, owner, [each.id for each in characters])
    bounded = [await read_texts(session, reading) for reading in found.values()]
    scripts = [script for each in characters if each.id not in found for script in each.scripts]
    read = frozenset(speaker_lines(scripts))
    return lambda name: name in read or not found or any(each.has_met(name) for each in bounded)


def played_speaker(
    characters: Sequence[Character], name: str | None, is_met: Callable[[str], bool]
) -> str | None:
    """Return the speaker that the user plays; None where the user plays none.

    Raises :class:`~app.errors.InvalidError` where the scripts have no other speaker of this name.
    """
    if name is None:
        return None
    own = {speaker for each in characters for speaker in each.speakers}
    scripts = list({script.id: script for each in characters for script in each.scripts}.values())
    others = [name for name in speaker_lines(scripts) if name not in own and is_met(name)]
    if name not in others:
        names = " and ".join(each.name for each in characters)
        raise InvalidError(
            "unknown_speaker",
            f"No one called {name} speaks with {names} in the scripts."
            f" Who does: {', '.join(others[:_NAMED_SPEAKERS]) or 'no one'}.",
            speakers=others[:_NAMED_SPEAKERS],
        )
    return name
