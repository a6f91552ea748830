"""Create a character from a card: its texts, scripts, lorebook and picture."""

from collections.abc import Mapping
from dataclasses import asdict
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller
from app.blobs.content import Content
from app.cards.repository import CardRepository
from app.cards.scenes import store_scenes
from app.catalog.service import add_character, check_fields
from app.db.models import Character, Script, StoredCard
from app.lorebooks.service import store_book
from characters.cards.contents import CardContents
from characters.cards.embedded_script import KEY
from characters.language import Language

_BOOK = "character_book"
_TITLES: dict[Language, str] = {"zh": "{name}（角色卡）", "en": "{name} (card)"}
"""Differ from an upload's title, since an upload replaces a script of the same title."""
_EMBEDDED_FIELDS = {"aliases", "speakers", "language", "tagline", "sampling"}


async def import_card(
    session: AsyncSession,
    contents: CardContents,
    given: Mapping[str, object],
    maker: Caller,
    kept: Mapping[str, Content],
) -> tuple[Character, Script | None]:
    """Create a character and its script in the caller's transaction, and request its index.

    ``given`` fields override the card's; ``kept``: where its picture and its files are. Raises
    :class:`~app.errors.InvalidError` for texts that are longer than a character's may be.
    """
    wanted = check_fields(_fields(contents, given))
    scripts = await _store_scripts(session, contents, wanted.name, maker.maker)
    character = await add_character(session, wanted, scripts, maker=maker)
    character.card = contents.card.origin
    repository = CardRepository(session)
    await session.flush()
    await repository.add(_stored(character.id, contents), kept)
    if contents.portrait is not None:
        await repository.set_portrait(character, contents.portrait, kept)
    if contents.card.lorebook is not None:
        store_book(session, character.id, contents.card.lorebook, wanted.name, embedded=True)
    await session.flush()
    return character, scripts[0] if scripts else None


def _fields(contents: CardContents, given: Mapping[str, object]) -> dict[str, object]:
    fields: dict[str, object] = asdict(contents.fields)
    fields["language"] = contents.language
    if contents.embedded is not None:
        embedded = contents.embedded.character.items()
        fields |= {name: value for name, value in embedded if name in _EMBEDDED_FIELDS}
    return fields | {name: value for name, value in given.items() if value}


async def _store_scripts(
    session: AsyncSession, contents: CardContents, name: str, owner: str
) -> list[Script]:
    """Store the scripts embedded in the card, or else its example dialogue as one script."""
    if contents.embedded is not None:
        scripts = [(script.title, script.scenes) for script in contents.embedded.scripts]
    else:
        title = _TITLES[contents.language].format(name=name)
        scripts = [(title, contents.scenes)]
    return [
        await store_scenes(session, owner, title, scenes) for title, scenes in scripts if scenes
    ]


def _stored(character_id: UUID, contents: CardContents) -> StoredCard:
    """Return the card without the parts that have tables of their own."""
    card = contents.card
    elsewhere = KEY if contents.embedded is not None else None
    extensions = {key: value for key, value in card.extensions.items() if key != elsewhere}
    data = {key: value for key, value in card.data.items() if key != _BOOK}
    return StoredCard(
        character_id=character_id,
        origin=card.origin,
        data={**data, "extensions": extensions},
        envelope=card.envelope,
    )
