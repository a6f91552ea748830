"""Serve characters as cards."""

from typing import Annotated

from fastapi import APIRouter, Query, Response, UploadFile

from app.cards.dependencies import CardsDep
from app.cards.inspection import inspect
from app.cards.schemas import CardFormat, FileInspection
from app.dependencies import (
    DisconnectDep,
    ReadersDep,
    ServicesDep,
    SettingsDep,
    UploaderDep,
)
from app.http.attachments import attachment, file_responses
from app.http.guard import GuardedRoute
from app.http.refusal import Refusal, declare

router = APIRouter(tags=["cards"], route_class=GuardedRoute)


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
    responses=file_responses("image/png", "application/json", "application/zip")
    | declare(Refusal(403, "not_yours", "the whole is its maker's")),
    response_class=Response,
)
async def export_card(
    cards: CardsDep,
    services: ServicesDep,
    caller: UploaderDep,
    slug: str,
    format: CardFormat = "png",
    script: Annotated[bool, Query(description="Carry the script inside.")] = False,
    whole: Annotated[
        bool, Query(description="With what the caller has not read yet; only of one's own.")
    ] = False,
) -> Response:
    """Return the character as a Character Card: V2 or V3 JSON, PNG with both, or CHARX.

    Without what lies behind the caller's bookmark.
    """
    file = await cards.export(slug, format, viewer=caller, with_script=script, whole=whole)
    services.access.audit.note(caller.actor, "character_exported", file.target, format=format)
    return attachment(file.content, file.media_type, f"{slug}.{file.extension}")
