"""Serve ``/api/admin/characters/{slug}/lorebooks``, for operators."""

import asyncio
from uuid import UUID

from fastapi import APIRouter, Response, UploadFile

from app.catalog.service import get_own_character, record_change
from app.catalog.slugs import slugify
from app.dependencies import AuthorDep, DisconnectDep, ReadSession, ServicesDep, WriteSession
from app.http.attachments import attachment, file_responses
from app.http.guard import GuardedRoute
from app.lorebooks.repository import LorebookRepository
from app.lorebooks.schemas import LorebookOut, LorebookUpdate
from app.lorebooks.service import get_book, store_book
from app.readers.jobs import ReadLorebook
from app.schemas import Page
from app.scripts.upload import file_stem
from characters.lorebooks.model import Lorebook
from characters.lorebooks.reader import write_lorebook_v3

router = APIRouter(
    prefix="/api/admin/characters/{slug}/lorebooks", tags=["lorebooks"], route_class=GuardedRoute
)


@router.get("")
async def list_lorebooks(session: ReadSession, caller: AuthorDep, slug: str) -> Page[LorebookOut]:
    """Return the character's lorebooks: its card's first, the others in the order of upload."""
    character = await get_own_character(session, slug, caller)
    books = await LorebookRepository(session).of(character.id)
    return Page(items=[LorebookOut.model_validate(book) for book in books])


@router.post("", status_code=201)
async def add_lorebook(
    services: ServicesDep, caller: AuthorDep, disconnect: DisconnectDep, slug: str, file: UploadFile
) -> LorebookOut:
    """Add a lorebook to the character: a V3 file, a SillyTavern world file, or a card's book."""
    async with services.database.read() as session:
        await get_own_character(session, slug, caller)
    source = await services.readers.read_one(ReadLorebook(), file.file, disconnect)
    async with services.database.write() as session:  # not before: reading takes time
        character = await get_own_character(session, slug, caller)
        record_change(session, character, caller, "lorebooks")
        stored = store_book(session, character.id, source, file_stem(file.filename or ""))
        await session.flush()
        return LorebookOut.model_validate(stored)


@router.patch("/{lorebook_id}")
async def switch_lorebook(
    session: WriteSession, caller: AuthorDep, slug: str, lorebook_id: UUID, changes: LorebookUpdate
) -> LorebookOut:
    """Enable or disable a lorebook."""
    character = await get_own_character(session, slug, caller)
    book = await get_book(session, character.id, lorebook_id)
    book.enabled = changes.enabled
    record_change(session, character, caller, "lorebooks")
    return LorebookOut.model_validate(book)


@router.delete("/{lorebook_id}", status_code=204)
async def delete_lorebook(
    session: WriteSession, caller: AuthorDep, slug: str, lorebook_id: UUID
) -> None:
    """Delete a lorebook."""
    character = await get_own_character(session, slug, caller)
    record_change(session, character, caller, "lorebooks")
    await LorebookRepository(session).delete(await get_book(session, character.id, lorebook_id))


@router.get(
    "/{lorebook_id}/file", responses=file_responses("application/json"), response_class=Response
)
async def export_lorebook(
    session: ReadSession, caller: AuthorDep, slug: str, lorebook_id: UUID
) -> Response:
    """Return the lorebook as a V3 file, with every field it came with."""
    character = await get_own_character(session, slug, caller)
    book = await get_book(session, character.id, lorebook_id)
    content = await asyncio.to_thread(write_lorebook_v3, Lorebook((), source=book.source))
    return attachment(content, "application/json", f"{slugify(book.name)}.lorebook.json")
