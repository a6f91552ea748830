"""Serve and change the pictures of characters: the portrait and the backdrop."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response, UploadFile

from app.access import Caller
from app.blobs.dependencies import BlobsDep
from app.cards.contents import contents_of_portrait, contents_of_shown
from app.cards.repository import CardRepository
from app.cards.schemas import PictureSize
from app.catalog.schemas import CharacterOut
from app.catalog.service import (
    get_character,
    get_own_character,
    present_all,
    record_change,
)
from app.dependencies import (
    AuthorDep,
    CallerDep,
    CoreServices,
    DisconnectDep,
    ServicesDep,
    WriteSession,
)
from app.errors import NotFoundError
from app.http.attachments import file_responses
from app.http.guard import GuardedRoute
from app.http.refusal import Refusal, declare
from app.quotas.dependencies import PayerDep, QuotasDep
from app.readers.jobs import ReadBackdrop, ReadPicture

router = APIRouter(tags=["cards"], route_class=GuardedRoute)

_HEADERS = {"Content-Security-Policy": "default-src 'none'; sandbox"}
_FOR_GOOD = "private, max-age=31536000, immutable"
"""An address with the picture's own name never changes its picture."""
_UNCHANGED: dict[int | str, dict[str, Any]] = {
    304: {"description": "The picture has not changed since the ETag sent."}
}
_SHOWN = ("image/webp", "image/svg+xml")


@router.get(
    "/api/characters/{slug}/avatar",
    responses={
        **file_responses("image/png", *_SHOWN),
        **declare(Refusal(404, "no_avatar", "the character has no picture")),
        **_UNCHANGED,
    },
    response_class=Response,
)
async def read_avatar(
    request: Request,
    services: ServicesDep,
    blobs: BlobsDep,
    caller: CallerDep,
    slug: str,
    v: str = "",
    size: Annotated[
        PictureSize | None, Query(description="As pages show it, rather than as a PNG.")
    ] = None,
) -> Response:
    """Return the character's picture, a PNG; with ``size`` a WebP, or the SVG of a sample."""
    async with services.database.read() as session:
        character = await get_character(session, slug, viewer=caller)
        headers = _headers(character.avatar or "", v, size)
        if character.avatar and request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        repository = CardRepository(session)
        media_type, content = "image/png", await repository.avatar(character.id)
        # A picture that an earlier version stored is a PNG only.
        if size and (shown := await repository.shown(character.id, "portrait", size)):
            media_type, content = shown
    if character.avatar is None or content is None:
        raise NotFoundError("no_avatar", f"{character.name} has no picture.")
    return Response(await blobs.read(content), media_type=media_type, headers=headers)


@router.get(
    "/api/characters/{slug}/backdrop",
    responses={
        **file_responses(*_SHOWN),
        **declare(Refusal(404, "no_backdrop", "the character has no backdrop")),
        **_UNCHANGED,
    },
    response_class=Response,
)
async def read_backdrop(
    request: Request,
    services: ServicesDep,
    blobs: BlobsDep,
    caller: CallerDep,
    slug: str,
    v: str = "",
    size: PictureSize = "large",
) -> Response:
    """Return a picture of the place behind the character: a WebP, or the SVG of a sample."""
    async with services.database.read() as session:
        character = await get_character(session, slug, viewer=caller)
        headers = _headers(character.backdrop or "", v, size)
        if character.backdrop and request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        shown = await CardRepository(session).shown(character.id, "backdrop", size)
    if character.backdrop is None or shown is None:
        raise NotFoundError("no_backdrop", f"{character.name} has no backdrop.")
    return Response(await blobs.read(shown[1]), media_type=shown[0], headers=headers)


@router.put("/api/admin/characters/{slug}/avatar")
async def change_avatar(
    services: ServicesDep,
    blobs: BlobsDep,
    caller: AuthorDep,
    payer: PayerDep,
    quotas: QuotasDep,
    disconnect: DisconnectDep,
    slug: str,
    file: UploadFile,
) -> CharacterOut:
    """Set the character's picture: PNG, JPEG, WebP or GIF; a large one is scaled down."""
    await _check_own(services, slug, caller)
    job = ReadPicture(services.settings.limits.card_bytes)
    async with quotas.upload(payer) as admit:
        portrait = await services.readers.read_one(job, file.file, disconnect)
        async with (
            blobs.keeping(contents_of_portrait(portrait)) as kept,
            services.database.write() as session,  # not earlier: reading takes time
        ):
            character = await get_own_character(session, slug, caller)
            record_change(session, character, caller, "avatar")
            await CardRepository(session).set_portrait(character, portrait, kept)
            await admit(session)
            return (await present_all(session, [character], reader=None))[0]


@router.put("/api/admin/characters/{slug}/backdrop")
async def change_backdrop(
    services: ServicesDep,
    blobs: BlobsDep,
    caller: AuthorDep,
    payer: PayerDep,
    quotas: QuotasDep,
    disconnect: DisconnectDep,
    slug: str,
    file: UploadFile,
) -> CharacterOut:
    """Set the picture of the place behind the character: PNG, JPEG or WebP."""
    await _check_own(services, slug, caller)
    job = ReadBackdrop(services.settings.limits.card_bytes)
    async with quotas.upload(payer) as admit:
        shown = await services.readers.read_one(job, file.file, disconnect)
        async with (
            blobs.keeping(contents_of_shown(shown)) as kept,
            services.database.write() as session,  # not earlier: reading takes time
        ):
            character = await get_own_character(session, slug, caller)
            record_change(session, character, caller, "backdrop")
            await CardRepository(session).set_backdrop(character, shown, kept)
            await admit(session)
            return (await present_all(session, [character], reader=None))[0]


@router.delete("/api/admin/characters/{slug}/avatar")
async def remove_avatar(session: WriteSession, caller: AuthorDep, slug: str) -> CharacterOut:
    """Remove the character's picture."""
    character = await get_own_character(session, slug, caller)
    record_change(session, character, caller, "avatar")
    await CardRepository(session).remove_portrait(character)
    return (await present_all(session, [character], reader=None))[0]


@router.delete("/api/admin/characters/{slug}/backdrop")
async def remove_backdrop(session: WriteSession, caller: AuthorDep, slug: str) -> CharacterOut:
    """Remove the picture of the place behind the character."""
    character = await get_own_character(session, slug, caller)
    record_change(session, character, caller, "backdrop")
    await CardRepository(session).remove_backdrop(character)
    return (await present_all(session, [character], reader=None))[0]


async def _check_own(services: CoreServices, slug: str, caller: Caller) -> None:
    """Refuse before the file is read, which takes long, who may not change the character."""
    async with services.database.read() as session:
        await get_own_character(session, slug, caller)


def _headers(version: str, asked: str, size: PictureSize | None) -> dict[str, str]:
    etag = f'"{version}"' if size is None else f'"{version}-{size}"'
    lasting = _FOR_GOOD if asked == version else "no-cache"
    return {**_HEADERS, "ETag": etag, "Cache-Control": lasting}
