"""Open a stage in a scene of a script, in which the user plays one of the parts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from app.access import Caller
from app.bookmarks.reading import known_until
from app.catalog.read_so_far import unmet_characters
from app.catalog.visibility import may_talk
from app.conversations.bounds import bound_by_bookmarks, check_point
from app.conversations.lookup import get_talkable
from app.conversations.participants import NAME_CHARACTERS, distinct_name
from app.conversations.repository import ConversationRepository
from app.conversations.scene_lines import play_lines
from app.conversations.scene_schemas import SceneChoice
from app.conversations.scene_view import ScenePlay, check_scene_read, play_of
from app.conversations.schemas import ConversationCreate
from app.conversations.stage_opening import cast_of, new_participant
from app.conversations.stage_schemas import MOST_PARTICIPANTS
from app.conversations.stage_writer import StageWriter
from app.db.ids import new_id
from app.db.models import Character, Conversation, Participant, Script, StagedScene, StoredScene
from app.db.scenes import load_scene
from app.errors import InvalidError
from app.scripts.repository import ScriptRepository
from app.scripts.service import get_scene, get_script
from characters.language import prompt_language
from characters.scenes.scene import SceneLine, count_parts, lines_of_scene
from characters.stage.texts import opening_direction

_DIRECTION_CHARACTERS = 400
_NAMED = 20
"""Most parts that an error names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Setting:
    """Hold the scene that is opened."""

    script: Script
    stored: StoredScene
    lines: Sequence[SceneLine]
    part: str


async def open_scene(
    session: AsyncSession, caller: Caller, wanted: ConversationCreate, choice: SceneChoice
) -> Conversation:
    """Add a stage that begins with the true lines before the user's first.

    The characters of the script's speakers in this scene take part, at most eight, those with the
    most lines; with ``characters``, these. Speakers who are no characters say their lines as well.
    The first other speaker is on stage from the beginning, and so are wanted characters who say
    nothing; the others come as the script has it.
    Raises :class:`~app.errors.NotFoundError` for a script or a scene that does not exist,
    :class:`~app.errors.ConflictError` for one behind the caller's bookmark, and
    :class:`~app.errors.InvalidError` (``unknown_part``, ``part_taken``,
    ``script_without_characters``).
    """
    setting = await _setting(session, caller, choice)
    playing = await _playing(session, caller.owner, setting.script)
    characters = await _cast(session, caller.owner, wanted, setting, playing)
    lead = next(iter((*characters, *playing)), None)
    if lead is None:
        raise InvalidError(
            "script_without_characters",
            "No speaker of this script is a character yet. Make one of them first.",
        )
    until_scene = wanted.until_scene
    check_point(
        until_scene, await known_until(session, caller.owner, [each.id for each in characters])
    )
    if until_scene is None:
        until_scene = await _lived_until(session, setting, [*characters] or [lead])
    conversation = _conversation(caller.owner, wanted, setting, lead)
    conversation.until_scene = until_scene
    ConversationRepository(session).add(conversation)
    await session.flush()
    cast, speakers = await _add_participants(session, conversation, setting, characters)
    await bound_by_bookmarks(session, [conversation], fresh=True)
    stored = _stored(conversation, setting, speakers)
    session.add(stored)
    opening = wanted.opening or _opening_of(stored, setting, cast)
    await _begin(session, conversation, play_of(stored), opening)
    return conversation


def _conversation(
    owner: str, wanted: ConversationCreate, setting: _Setting, lead: Character
) -> Conversation:
    conversation = Conversation(
        character_id=lead.id,
        owner=owner,
        user_name=setting.part[:NAME_CHARACTERS],
        user_description=wanted.user_description or "",
        user_role="speaker",
        is_stage=True,
        title=(setting.stored.heading or "").strip()[:200],
    )
    conversation.character = lead
    return conversation


async def _setting(session: AsyncSession, caller: Caller, choice: SceneChoice) -> _Setting:
    script = await get_script(session, choice.script, viewer=caller)
    stored = await get_scene(session, script, choice.scene)
    # First of all: an error names who speaks in the scene.
    await check_scene_read(session, caller.owner, script.id, stored.number)
    lines = lines_of_scene(load_scene(stored))
    parts = count_parts(lines)
    if choice.plays not in parts:
        named = [*parts][:_NAMED]
        raise InvalidError(
            "unknown_part",
            f"No one called {choice.plays} speaks in this scene."
            f" Who does: {', '.join(named) or 'no one'}.",
            speakers=named,
        )
    return _Setting(script=script, stored=stored, lines=lines, part=choice.plays)


async def _playing(session: AsyncSession, owner: str, script: Script) -> list[Character]:
    """Return the characters of a script that an owner has met and may talk to, with scripts."""
    ids = [each.id for each in await ScriptRepository(session).characters(script.id)]
    statement = (
        select(Character)
        .where(Character.id.in_(ids))
        .options(selectinload(Character.scripts))
        .order_by(Character.created_at, Character.id)
    )
    found = (await session.scalars(statement)).all()
    unmet = await unmet_characters(session, owner, found)
    return [each for each in found if each.id not in unmet and await may_talk(session, each, owner)]


async def _cast(
    session: AsyncSession,
    owner: str,
    wanted: ConversationCreate,
    setting: _Setting,
    playing: Sequence[Character],
) -> list[Character]:
    """Return the characters that take part: the wanted ones, or all of the scene's."""
    slugs = cast_of(wanted)
    if slugs:
        chosen = [await get_talkable(session, slug, owner) for slug in slugs]
        for each in chosen:
            if setting.part in each.speakers:
                raise InvalidError(
                    "part_taken", f"{each.name} plays {setting.part}, the part that you chose."
                )
        return chosen
    parts = count_parts(setting.lines)
    found: dict[UUID, Character] = {}
    for speaker in sorted(parts, key=lambda each: -parts[each]):
        if speaker != setting.part and len(found) < MOST_PARTICIPANTS:
            for each in playing:
                if speaker in each.speakers and setting.part not in each.speakers:
                    found.setdefault(each.id, each)
                    break
    return [*found.values()]


async def _lived_until(
    session: AsyncSession, setting: _Setting, characters: Sequence[Character]
) -> int:
    """Return how many scenes of its scripts each of the characters has lived through at least."""
    before = await _count(session, setting.script.revision, before=setting.stored.number)
    lived = []
    for each in characters:
        scenes = 0
        for script in each.scripts:
            if script.id == setting.script.id:
                lived.append(scenes + before)
                break
            scenes += script.scenes
    return min(lived, default=before)


async def _count(session: AsyncSession, revision: UUID, *, before: int) -> int:
    counted = select(func.count()).where(
        StoredScene.revision == revision, StoredScene.number < before
    )
    return await session.scalar(counted) or 0


async def _add_participants(
    session: AsyncSession,
    conversation: Conversation,
    setting: _Setting,
    characters: Sequence[Character],
) -> tuple[Sequence[Participant], list[UUID | None]]:
    """Add the cast, in the order of first lines; return it, and who says each line of the scene.

    A speaker who is no character is a participant without one: it says its lines, and no more.
    """
    plays = {speaker: each.id for each in reversed(characters) for speaker in each.speakers}
    by_id = {each.id: each for each in characters}
    found: dict[object, Participant] = {}
    for speaker in count_parts(setting.lines):
        who = plays.get(speaker)
        if speaker == setting.part or who in found:
            continue
        cast = found.values()
        if who is None:
            found[speaker] = _extra(conversation, speaker, cast, opens=not found)
        else:
            found[who] = new_participant(conversation, by_id[who], cast, opens=not found)
    for each in characters:
        if each.id not in found:
            found[each.id] = new_participant(conversation, each, found.values(), opens=True)
    session.add_all(found.values())
    await session.flush()
    speakers = [
        None if line.speaker == setting.part else found[plays.get(line.speaker, line.speaker)].id
        for line in setting.lines
    ]
    return [*found.values()], speakers


def _extra(
    conversation: Conversation, speaker: str, cast: Collection[Participant], *, opens: bool
) -> Participant:
    return Participant(
        id=new_id(),
        conversation_id=conversation.id,
        character_id=None,
        position=len(cast),
        name=distinct_name(speaker, [each.name for each in cast]),
        opens=opens,
        note="",
    )


def _stored(
    conversation: Conversation, setting: _Setting, speakers: Sequence[UUID | None]
) -> StagedScene:
    """Return the scene as it is kept with its conversation."""
    return StagedScene(
        conversation_id=conversation.id,
        script_id=setting.script.id,
        script_title=setting.script.title,
        number=setting.stored.number,
        title=setting.stored.heading or "",
        part=setting.part,
        lines=[
            [line.speaker, line.text, [*line.before], None if who is None else str(who)]
            for line, who in zip(setting.lines, speakers, strict=True)
        ],
    )


def _opening_of(stored: StagedScene, setting: _Setting, cast: Sequence[Participant]) -> str:
    """Return the direction that a scene opens with: its heading, or who is on stage.

    That is the user, where no one else speaks.
    """
    language = prompt_language(setting.script.language)
    heading = stored.title.strip()[:_DIRECTION_CHARACTERS]
    names = [each.name for each in cast if each.opens]
    return heading or opening_direction(names or [stored.part], language)


async def _begin(
    session: AsyncSession, conversation: Conversation, play: ScenePlay, opening: str
) -> None:
    """Play a scene to the user's first line."""
    writer = StageWriter(session, conversation, None)
    await writer.write("direction", opening)
    await play_lines(writer, play, 0)
    await writer.end()
