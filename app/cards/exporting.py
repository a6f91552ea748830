"""Export a character as a card: edits made here win, other fields stay as they came."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.blobs.content import Content
from app.blobs.service import Blobs
from app.bookmarks.reading import readings
from app.cards.repository import CardRepository
from app.cards.schemas import CardFormat
from app.catalog.schemas import CharacterOut
from app.catalog.service import present_all
from app.db.models import Character, Script, StoredCard, StoredLorebook
from app.db.scenes import SceneRepository
from app.errors import TooLargeError
from app.lorebooks.repository import LorebookRepository
from characters.cards.embedded_script import KEY, EmbeddedExtensions, EmbeddedScript, pack
from characters.cards.fields import CardFields, with_fields
from characters.cards.model import Card, CardOrigin
from characters.cards.persona import write_example_dialogue
from characters.cards.pictures import placeholder
from characters.cards.tolerances import normalise
from characters.cards.writer import write_charx, write_png, write_v2_json, write_v3_json
from characters.json_values import JsonObject, JsonValue, dump_json
from characters.scripts.model import Scene

_EXAMPLES = 20
_EXAMPLE_CHARACTERS = 4_000
"""Length of the example dialogue written into a card without one: about 1,000 tokens, in every
prompt of the programs that read it."""


@dataclass(frozen=True, slots=True)
class LoadedCard:
    """Hold a card without its contents, and where those are."""

    card: Card
    files: Mapping[str, Content]
    picture: Content | None


async def load_card(
    session: AsyncSession, character: Character, *, with_files: bool, reader: str | None
) -> LoadedCard:
    """Return the character as a card, and where its picture and the card's files are.

    ``reader``: the owner of the conversations of who gets it, for nothing behind their bookmark to
    be in it; None: someone who may change it.
    """
    repository = CardRepository(session)
    [shown] = await present_all(session, [character], reader=reader)
    until = None if shown.reading is None else shown.reading.until
    stored = await repository.card(character.id)
    if stored is None:
        card = await _own_card(repository, character, until)
    else:
        card = _as_it_came(stored, whole=until is None)
    books = await LorebookRepository(session).of(character.id, with_source=True)
    data = {**card.data, **({"character_book": _one_book(books)} if books else {})}
    edited = with_fields(replace(card, data=data), _fields_of(shown))
    return LoadedCard(
        edited,
        files=await repository.files(character.id) if with_files else {},
        picture=await repository.avatar(character.id),
    )


async def fetch_contents(blobs: Blobs, loaded: LoadedCard) -> Card:
    """Return the card with its picture and its files; call it when the session is closed.

    Raises as :meth:`Blobs.read_all` does.
    """
    files = await blobs.read_all(loaded.files)
    picture = None if loaded.picture is None else await blobs.read(loaded.picture)
    return replace(loaded.card, files=files, picture=picture)


async def embed_scripts(
    session: AsyncSession, character: Character, card: Card, *, reader: str | None
) -> Card:
    """Return ``card`` with the character's scripts embedded; ``reader`` as of :func:`load_card`."""
    [shown] = await present_all(session, [character], reader=reader)
    read: dict[UUID, int] = {}
    if reader is not None:
        reading = (await readings(session, reader, [character.id])).get(character.id)
        read = {} if reading is None else reading.read_of_each()
    scripts = [
        EmbeddedScript(script.title, await _scenes(session, script, read.get(script.id)))
        for script in character.scripts
        if read.get(script.id) != 0
    ]
    more: JsonObject = {
        "aliases": list(character.aliases),
        "speakers": list(character.speakers),
        "language": character.language,
        "tagline": shown.tagline,
        "sampling": character.sampling,
    }
    extensions = {**card.extensions, KEY: pack(EmbeddedExtensions(scripts, more))}
    return replace(card, data={**card.data, "extensions": extensions})


async def _scenes(session: AsyncSession, script: Script, most: int | None) -> list[Scene]:
    """Return the scenes of a script, at most the first ``most``."""
    scenes: list[Scene] = []
    async for scene in SceneRepository(session).stream([script.revision]):
        scenes.append(scene)
        if len(scenes) == most:
            break
    return scenes


def check_size(card: Card, limit: int) -> None:
    """Raise ``TooLargeError`` for a card that could not be imported again. Takes time."""
    if (size := len(dump_json(card.data))) > limit:
        raise TooLargeError(
            "card_too_large",
            f"With its script the card's text has {size:,} bytes; {limit:,} are allowed. "
            "Export the card without the script.",
            limit_bytes=limit,
        )


def write_card(card: Card, format: CardFormat) -> bytes:
    """Return the card as a file. Takes time."""
    now = int(time.time())
    write: Mapping[CardFormat, Callable[[], bytes]] = {
        "v2": lambda: write_v2_json(card),
        "v3": lambda: write_v3_json(card, modified=now),
        "png": lambda: write_png(card, card.picture or placeholder(), modified=now),
        "charx": lambda: write_charx(card, card.picture, modified=now),
    }
    return write[format]()


def _as_it_came(stored: StoredCard, *, whole: bool) -> Card:
    """Return a card as it was imported; unless ``whole``, without the script that it carried."""
    data = stored.data
    if not whole:
        extensions = data.get("extensions")
        own: JsonObject = extensions if isinstance(extensions, dict) else {}
        kept = {name: value for name, value in own.items() if name != KEY}
        data = {**data, "mes_example": "", "extensions": kept}
    envelope = stored.envelope if whole else {}
    return Card(cast(CardOrigin, stored.origin), data, envelope)


async def _own_card(repository: CardRepository, character: Character, until: int | None) -> Card:
    """Return a card for a character made from a script, with some of its lines as examples."""
    examples = await repository.example_lines(character, _EXAMPLES, until)
    dialogue = write_example_dialogue(examples, character.speakers, _EXAMPLE_CHARACTERS)
    data, _ = normalise({"name": character.name, "mes_example": dialogue})
    return Card("v2", data)


def _fields_of(character: CharacterOut) -> CardFields:
    return CardFields(
        name=character.name,
        nickname=character.nickname,
        profile=character.profile,
        greeting=character.greeting,
        alternate_greetings=tuple(character.alternate_greetings),
        tags=tuple(character.tags),
        creator_notes=character.creator_notes,
    )


def _one_book(books: Sequence[StoredLorebook]) -> JsonObject:
    """Merge the lorebooks into the first, since a card has one: other books' entries come last.

    An entry of another book keeps that book's scan depth, where it has one.
    """
    first, *others = books
    if not others:
        return first.source
    entries = [*_entries(first), *(entry for book in others for entry in _scanned(book))]
    return {**first.source, "entries": entries}


def _scanned(book: StoredLorebook) -> list[JsonValue]:
    depth = book.source.get("scan_depth")
    return [_with_depth(entry, depth) if depth else entry for entry in _entries(book)]


def _with_depth(entry: JsonValue, depth: JsonValue) -> JsonValue:
    if not isinstance(entry, dict):
        return entry
    extensions = entry.get("extensions")
    own: JsonObject = extensions if isinstance(extensions, dict) else {}
    # An entry of depth 0 is found by other entries alone: that is a depth, too.
    kept = own.get("scan_depth")
    return {**entry, "extensions": {**own, "scan_depth": depth if kept is None else kept}}


def _entries(book: StoredLorebook) -> list[Any]:
    entries = book.source.get("entries")
    return entries if isinstance(entries, list) else []
