"""Show of characters what a reader with a bookmark may know: nothing of scenes not read yet."""

import asyncio
from collections.abc import Callable, Sequence
from typing import get_args
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.bookmarks.reading import Reading, ReadTexts, read_texts, readings
from app.catalog.schemas import CharacterOut, ReadingOut, WithheldText
from app.db.models import Character
from app.text import contains
from characters.profiles.notes import known_profile

_ALL: tuple[WithheldText, ...] = get_args(WithheldText)


async def limit_to_read(
    session: AsyncSession, owner: str, shown: Sequence[CharacterOut]
) -> list[CharacterOut]:
    """Return characters as the reader whose conversations are ``owner``'s may see them."""
    found = await readings(session, owner, [each.id for each in shown])
    limited = []
    for each in shown:
        if (reading := found.get(each.id)) is None:
            limited.append(each)
            continue
        texts = await read_texts(session, reading)
        limited.append(await asyncio.to_thread(_limit, each, reading, texts))
    return limited


async def unmet_characters(
    session: AsyncSession, owner: str, characters: Sequence[Character]
) -> set[UUID]:
    """Return those of the characters who first speak behind the reader's bookmark."""
    found = await readings(session, owner, [each.id for each in characters])
    unmet = set()
    for each in characters:
        if each.id in found:
            texts = await read_texts(session, found[each.id])
            if not any(texts.has_met(speaker) for speaker in each.speakers):
                unmet.add(each.id)
    return unmet


async def known_taglines(
    session: AsyncSession, owner: str, characters: Sequence[Character]
) -> dict[UUID, str]:
    """Return the taglines that give nothing away, of the characters with something unread."""
    found = await readings(session, owner, [each.id for each in characters])
    known: dict[UUID, str] = {}
    for each in characters:
        if each.id in found and each.id not in known:
            texts = await read_texts(session, found[each.id])
            known[each.id] = each.tagline if texts.may_show(each.tagline) else ""
    return known


def is_listed(character: CharacterOut, search: str = "") -> bool:
    """Return whether a list shows a character to a reader: one that was met.

    Of a search, whether what is shown of it has the words.
    """
    if character.reading is None:
        return True
    if not character.reading.met:
        return False
    fields = (
        character.name,
        character.nickname,
        character.tagline,
        character.profile,
        *character.aliases,
        *character.tags,
        *(script.title for script in character.scripts),
    )
    return not search or any(contains(field, search) for field in fields)


def _limit(character: CharacterOut, reading: Reading, texts: ReadTexts) -> CharacterOut:
    script = reading.unfinished
    if script is None or script.read is None:
        return character
    met = any(texts.has_met(speaker) for speaker in character.speakers)
    changes = _known_fields(character, reading, texts) if met else _nothing()
    withheld = [name for name in _ALL if changes[name] != getattr(character, name)]
    bounds = ReadingOut(
        script=script.id,
        scene=script.read,
        scenes=script.scenes,
        until=texts.until,
        met=met,
        withheld=withheld,
    )
    return character.model_copy(update={**changes, "reading": bounds})


def _known_fields(character: CharacterOut, reading: Reading, texts: ReadTexts) -> dict[str, object]:
    """Return the fields with nothing in them that is said later."""
    may_show: Callable[[str], bool] = texts.may_show
    drafted = character.profile_scenes
    profile = known_profile(character.profile, texts.until)
    return {
        "tagline": character.tagline if may_show(character.tagline) else "",
        "profile": profile if drafted is None or drafted <= texts.until else "",
        "greeting": character.greeting if may_show(character.greeting) else "",
        "alternate_greetings": [*filter(may_show, character.alternate_greetings)],
        "openers": [*filter(may_show, character.openers)],
        "creator_notes": character.creator_notes if may_show(character.creator_notes) else "",
        # It is always a line of the scripts.
        "signature": character.signature if texts.has_heard(character.signature) else "",
        "others": [*filter(texts.has_met, character.others)],
    }


def _nothing() -> dict[str, object]:
    lists = ("alternate_greetings", "openers", "others")
    return {name: [] if name in lists else "" for name in _ALL}
