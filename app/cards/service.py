"""Import and export cards. Exports run one at a time: each may take 100 MB of memory."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from app.access import Caller
from app.access.audit import Target
from app.blobs.service import Blobs
from app.cards.contents import contents_of_card
from app.cards.exporting import (
    check_size,
    embed_scripts,
    fetch_contents,
    load_card,
    write_card,
)
from app.cards.importing import import_card
from app.cards.reading import card_limits, describe_card
from app.cards.schemas import CardFormat, ImportResult
from app.catalog.service import get_character, get_own_character, present_all, target_of
from app.db.session import Database
from app.readers.jobs import IsCard, ReadCard
from app.readers.pool import ReaderPool
from app.scripts.reports import describe
from app.scripts.service import Admit
from app.scripts.upload import Upload
from app.settings import LimitSettings


@dataclass(frozen=True, slots=True)
class CardDownload:
    """Hold a card's file for download."""

    content: bytes
    media_type: str
    extension: str
    target: Target
    """The character, as the audit names it."""


_FILES: Mapping[CardFormat, tuple[str, str]] = {
    "v2": ("application/json", "v2.json"),
    "v3": ("application/json", "v3.json"),
    "png": ("image/png", "png"),
    "charx": ("application/zip", "charx"),
}


class CardService:
    """Import characters from cards and export characters as cards."""

    def __init__(
        self,
        database: Database,
        limits: LimitSettings,
        readers: ReaderPool,
        blobs: Blobs,
        wake_indexer: Callable[[], None],
    ) -> None:
        """Call ``wake_indexer`` after each request of an index job."""
        self._database = database
        self._readers = readers
        self._blobs = blobs
        self._limits = card_limits(limits)
        self._wake_indexer = wake_indexer
        self._one_at_a_time = asyncio.Lock()

    async def is_card(self, upload: Upload) -> bool:
        """Return whether the file is a card rather than a script."""
        job = IsCard(upload.filename, self._limits)
        return await self._readers.read_one(job, upload.file, upload.disconnect)

    async def make_character(
        self, upload: Upload, given: Mapping[str, object], maker: Caller, admit: Admit
    ) -> ImportResult:
        """Create a character from the card in a file; ``given`` fields override the card's.

        ``admit`` raises where there is no room for it.

        Raises :class:`~characters.errors.CardError`.
        """
        job = ReadCard(self._limits, str(given.get("name") or "").strip())
        contents = await self._readers.read_one(job, upload.file, upload.disconnect)
        async with (
            self._blobs.keeping(contents_of_card(contents.card, contents.portrait)) as kept,
            self._database.write() as session,
        ):
            character, script = await import_card(session, contents, given, maker, kept)
            await session.flush()
            await admit(session)
            result = ImportResult(
                character=(await present_all(session, [character], reader=None))[0],
                script=None if script is None else await describe(session, script),
                card=describe_card(contents),
            )
        self._wake_indexer()
        return result

    async def export(
        self, slug: str, format: CardFormat, *, viewer: Caller, with_script: bool, whole: bool
    ) -> CardDownload:
        """Return the character as a card, with its script embedded if asked for.

        Nothing behind the viewer's bookmark is in it, unless the ``whole`` is wanted of a character
        that the viewer may change.
        """
        reader = None if whole else viewer.owner
        async with self._one_at_a_time:
            async with self._database.read() as session:
                if whole:
                    character = await get_own_character(session, slug, viewer)
                else:
                    character = await get_character(session, slug, viewer=viewer)
                loaded = await load_card(
                    session, character, with_files=format != "v2", reader=reader
                )
                if with_script:
                    text = await embed_scripts(session, character, loaded.card, reader=reader)
                    loaded = replace(loaded, card=text)
            card = await fetch_contents(self._blobs, loaded)
            if with_script:
                await asyncio.to_thread(check_size, card, self._limits.json_bytes)
            content = await asyncio.to_thread(write_card, card, format)
        return CardDownload(content, *_FILES[format], target_of(character))
