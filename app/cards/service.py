"""Cards in and out, one at a time: each may take a hundred megabytes of memory."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from app.cards.exporting import carry_scripts, check_size, load_card, write_card
from app.cards.importing import import_card
from app.cards.reading import CardContents, card_limits, describe_card, read_contents
from app.cards.schemas import CardFormat, ImportResult
from app.catalog.service import get_character, present_all
from app.db.session import Database
from app.scripts.reports import describe
from app.settings import LimitSettings
from characters.cards.pictures import reencode
from characters.cards.sniffing import is_card
from characters.errors import CardError


@dataclass(frozen=True, slots=True)
class CardFile:
    """A card to be saved."""

    content: bytes
    media_type: str
    extension: str


_FILES: Mapping[CardFormat, tuple[str, str]] = {
    "v2": ("application/json", "v2.json"),
    "v3": ("application/json", "v3.json"),
    "png": ("image/png", "png"),
    "charx": ("application/zip", "charx"),
}


async def read_picture(file: BinaryIO, most_bytes: int) -> bytes:
    """A picture as a PNG of our own making. Raises :class:`~characters.errors.CardError`."""
    content = await asyncio.to_thread(file.read, most_bytes + 1)
    if len(content) > most_bytes:
        raise CardError("too_large", f"A picture may have {most_bytes:,} bytes at most.")
    return await asyncio.to_thread(reencode, content)


class CardService:
    """Makes characters of cards and cards of characters."""

    def __init__(
        self, database: Database, limits: LimitSettings, wake_indexer: Callable[[], None]
    ) -> None:
        """``wake_indexer`` is called after an index job was asked for."""
        self._database = database
        self._limits = card_limits(limits)
        self._wake_indexer = wake_indexer
        self._one_at_a_time = asyncio.Lock()

    async def recognises(self, file: BinaryIO, filename: str) -> bool:
        """Whether the file is a card, rather than a script."""
        return await asyncio.to_thread(is_card, file, filename, self._limits)

    async def read(self, file: BinaryIO) -> CardContents:
        """The card in a file. Raises :class:`~characters.errors.CardError`."""
        async with self._one_at_a_time:
            return await asyncio.to_thread(read_contents, file, self._limits)

    async def make_character(self, file: BinaryIO, given: Mapping[str, object]) -> ImportResult:
        """A character of the card in a file; what is ``given`` goes before what the card says."""
        contents = await self.read(file)
        async with self._database.write() as session:
            character, script = await import_card(session, contents, given)
            result = ImportResult(
                character=(await present_all(session, [character]))[0],
                script=None if script is None else await describe(session, script),
                card=describe_card(contents),
            )
        self._wake_indexer()
        return result

    async def export(
        self, slug: str, format: CardFormat, *, unpublished: bool, with_script: bool
    ) -> CardFile:
        """The character as a card, with its whole script inside where that is wanted."""
        async with self._one_at_a_time:
            async with self._database.read() as session:
                character = await get_character(session, slug, unpublished=unpublished)
                card = await load_card(session, character, with_files=format != "v2")
                if with_script:
                    card = await carry_scripts(session, character, card)
            if with_script:
                await asyncio.to_thread(check_size, card, self._limits.json_bytes)
            content = await asyncio.to_thread(write_card, card, format)
        return CardFile(content, *_FILES[format])
