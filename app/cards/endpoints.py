"""Serve characters as cards, and their pictures."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response, UploadFile

from app.cards.dependencies import CardsDep
from app.cards.inspection import inspect
from app.cards.repository import CardRepository
from app.cards.schemas import CardFormat, FileInspection
from app.catalog.schemas import CharacterOut
from app.catalog.service import get_character, present_all
from app.dependencies import (
    AdminDep,
    CallerDep,
    DisconnectDep,
    ReadersDep,
    ReadSession,
    ServicesDep,
    SettingsDep,
    UploaderDep,
    WriteSession,
)
from app.errors import NotFoundError
from app.http.attachments import attachment, file_responses
from app.http.guard import GuardedRoute
from app.http.refusal import Refusal, declare
from app.readers.jobs import ReadPicture

router = APIRouter(tags=["cards"], route_class=GuardedRoute)

_AVATAR_HEADERS = {"Content-Security-Policy": "default-src 'none'; sandbox"}
_FOR_GOOD = "private, max-age=31536000, immutable"
"""An address with the picture's own name never changes its picture."""


@router.post("/api/files/inspect")
async def inspect_file(
    readers: ReadersDep,
    settings: SettingsDep,
    _: UploaderDep,
    disconnect: DisconnectDep,
    file: UploadFile,
) -> FileInspection:
    """Report the kind of a file and its content; nothing is stored.

    A file of no other kind is a script: ``/api/scripts?dry_run=true`` reads it.
    """
    return await inspect(readers, settings.limits, file.file, file.filename or "", disconnect)


@router.get(
    "/api/characters/{slug}/card",
    responses=file_responses("image/png", "application/json", "application/zip"),
    response_class=Response,
)
async def export_card(
    cards: CardsDep,
    caller: UploaderDep,
    slug: str,
    format: CardFormat = "png",
    script: Annotated[bool, Query(description="Carry the whole script inside.")] = False,
) -> Response:
    """Return the character as a Character Card: V2 or V3 JSON, PNG with both, or CHARX."""
    file = await cards.export(slug, format, unpublished=caller.admin, with_script=script)
    return attachment(file.content, file.media_type, f"{slug}.{file.extension}")


@router.get(
    "/api/characters/{slug}/avatar",
    responses={
        **file_responses("image/png"),
        **declare(Refusal(404, "no_avatar", "the character has no picture")),
        304: {"description": "The picture has not changed since the ETag sent."},
    },
    response_class=Response,
)
async def read_avatar(
    request: Request, session: ReadSession, caller: CallerDep, slug: str, v: str = ""
) -> Response:
    """Return the character's picture, a PNG."""
    character = await get_character(session, slug, unpublished=caller.admin)
    if character.avatar is None:
        raise NotFoundError("no_avatar", f"{character.name} has no picture.")
    etag = f'"{character.avatar}"'
    lasting = _FOR_GOOD if v == character.avatar else "no-cache"
    headers = {**_AVATAR_HEADERS, "ETag": etag, "Cache-Control": lasting}
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    png = await CardRepository(session).avatar(character.id)
    return Response(png, media_type="image/png", headers=headers)


@router.put("/api/admin/characters/{slug}/avatar")
async def change_avatar(
    services: ServicesDep, _: AdminDep, disconnect: DisconnectDep, slug: str, file: UploadFile
) -> CharacterOut:
    """Set the character's picture: PNG, JPEG, WebP or GIF; a large one is scaled down."""
    job = ReadPicture(services.settings.limits.card_bytes)
    png = await services.readers.read_one(job, file.file, disconnect)
    async with services.database.write() as session:  # not earlier: reading takes time
        character = await get_character(session, slug)
        await CardRepository(session).set_avatar(character, png)
        return (await present_all(session, [character]))[0]


@router.delete("/api/admin/characters/{slug}/avatar")
async def remove_avatar(session: WriteSession, _: AdminDep, slug: str) -> CharacterOut:
    """Remove the character's picture."""
    character = await get_character(session, slug)
    await CardRepository(session).set_avatar(character, None)
    return (await present_all(session, [character]))[0]
