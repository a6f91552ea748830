"""Find what a conversation can be opened with, in scenes that its character has lived through."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.service import get_character
from app.conversations.schemas import OpenerOut
from app.db.models import Character, Conversation, Example
from app.db.scenes import SceneRepository
from characters.openers import MOST, Opener, SpokenScene, choose_openers, situation

_SCENES = 96
"""Most scenes that are read: evenly spread over the scenes before the point in time."""
_LINES = 200
"""Most lines of a scene that are considered, the last ones."""


async def find_openers(session: AsyncSession, conversation: Conversation) -> list[OpenerOut]:
    """Return at most three openers: those chosen for the character, or else lines of its scenes.

    Chosen lines may be of any scene, and are offered where the whole script is known. Otherwise
    only scenes before the conversation's point in time are read, and only lines that the character
    answers: what it did not hear is never offered. A character that is not indexed yet has none.
    """
    character = await get_character(session, conversation.character.slug)
    if character.openers and conversation.until_scene is None:
        return [OpenerOut(text=text, speaker=None, scene=None) for text in character.openers[:MOST]]
    scenes = await _spoken_scenes(session, character, conversation.until_scene)
    own = {character.name, *character.speakers, *character.aliases}
    plays = conversation.user_name if conversation.user_name in character.others else None
    found = choose_openers(scenes, own, plays=plays)
    if len(found) < MOST:
        found += await _situations(session, character, scenes, MOST - len(found))
    return [
        OpenerOut(text=each.text, speaker=each.speaker, scene=each.scene)
        for each in sorted(found, key=lambda each: each.scene)
    ]


async def _spoken_scenes(
    session: AsyncSession, character: Character, until: int | None
) -> list[SpokenScene]:
    if character.index_version is None:
        return []
    of_character = (
        Example.character_id == character.id,
        Example.version == character.index_version,
        Example.scene.is_not(None),
    )
    known = select(Example.id).where(*of_character).order_by(Example.scene, Example.id)
    if until is not None:
        known = known.where(Example.scene < until)
    ids = (await session.scalars(known)).all()
    read = select(Example.scene, Example.lines).where(Example.id.in_(_spread(ids)))
    rows = await session.execute(read.order_by(Example.scene, Example.id))
    return [
        SpokenScene(scene, [*map(split_line, lines[-_LINES:])])
        for scene, lines in rows
        if scene is not None
    ]


def _spread(ids: Sequence[int]) -> list[int]:
    """Return at most ``_SCENES`` ids, evenly spread, the first and the last among them."""
    if len(ids) <= _SCENES:
        return [*ids]
    return [ids[at * (len(ids) - 1) // (_SCENES - 1)] for at in range(_SCENES)]


def split_line(line: str) -> tuple[str, str]:
    """Return (speaker, text) of an example's line, whose speaker is known to be free of colons."""
    speaker = line.replace("：", ":").partition(":")[0]
    return speaker, line[len(speaker) + 1 :].strip()


async def _situations(
    session: AsyncSession, character: Character, scenes: Sequence[SpokenScene], wanted: int
) -> list[Opener]:
    """Return headings of the scenes as situations, the earliest ones."""
    revisions = [script.revision for script in character.scripts]
    repository = SceneRepository(session)
    found: dict[str, Opener] = {}
    for position in dict.fromkeys(scene.position for scene in scenes[: 4 * wanted]):
        stored = await repository.at(revisions, position)
        if stored is None or not stored.heading:
            continue
        opener = situation(stored.heading, position, chinese=character.language == "zh")
        if opener is not None:
            found.setdefault(opener.text, opener)
        if len(found) == wanted:
            break
    return [*found.values()]
