"""Serve ``/api/scripts``: upload, list, read, delete."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response, UploadFile

from app.access.audit import Target
from app.bookmarks.reading import is_read, readable_until
from app.db.scenes import SceneRepository
from app.dependencies import DisconnectDep, ReadSession, ServicesDep, UploaderDep
from app.http.guard import GuardedRoute
from app.http.refusal import declare
from app.paging import Cursor, Limit, parse_cursor
from app.quotas.dependencies import PayerDep, QuotasDep
from app.schemas import Page
from app.scripts.dependencies import NOT_YOURS, ScriptsDep, Whole
from app.scripts.forms import Aliases, FormText, NamedColumns, to_upload
from app.scripts.presentation import closed_parts, present_parts, present_scenes
from app.scripts.read_so_far import limit_report, shown_until
from app.scripts.reports import describe
from app.scripts.repository import ScriptRepository
from app.scripts.schemas import (
    ListedScript,
    PrintedPageOut,
    PrintedRowOut,
    SceneOut,
    SceneWithParts,
    ScriptFormats,
    ScriptReport,
    ScriptSummary,
)
from app.scripts.service import get_scene, get_script, is_own_script
from characters.scripts import registry

router = APIRouter(prefix="/api/scripts", tags=["scripts"], route_class=GuardedRoute)


@router.post(
    "",
    status_code=201,
    responses={200: {"model": ScriptReport, "description": "A dry run, or a script replaced."}},
)
async def upload_script(
    scripts: ScriptsDep,
    services: ServicesDep,
    caller: UploaderDep,
    payer: PayerDep,
    quotas: QuotasDep,
    response: Response,
    file: UploadFile,
    aliases: Aliases,
    disconnect: DisconnectDep,
    title: FormText = None,
    format: FormText = None,
    encoding: FormText = None,
    columns: NamedColumns = None,
    dry_run: Annotated[bool, Query(description="Report only; store nothing.")] = False,
) -> ScriptReport:
    """Parse and store a script. A script of the same title is replaced: 200 instead of 201."""
    upload = to_upload(file, title, format, encoding, columns, aliases, disconnect)
    if dry_run:
        response.status_code = 200
        return await scripts.check(upload)
    async with quotas.upload(payer) as admit:
        stored = await scripts.store(upload, owner=caller.maker, admit=admit)
    target = Target("script", str(stored.report.id), stored.report.title)
    services.access.audit.note(caller.actor, "script_stored", target)
    if not stored.created:
        response.status_code = 200
    return stored.report


@router.post("/preview")
async def preview_script(
    scripts: ScriptsDep,
    _: UploaderDep,
    file: UploadFile,
    aliases: Aliases,
    disconnect: DisconnectDep,
    format: FormText = None,
    encoding: FormText = None,
    columns: NamedColumns = None,
    cursor: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0,
) -> PrintedPageOut:
    """Return a page of a script set as it was read, doubtful rows in place; nothing is stored.

    A page holds about 300 rows. A page's cursor is valid for the same file and the same fields.
    """
    upload = to_upload(file, None, format, encoding, columns, aliases, disconnect)
    page = await scripts.print_page(upload, cursor)
    return PrintedPageOut(
        items=[PrintedRowOut.model_validate(row) for row in page.rows],
        next_cursor=None if page.next_item is None else str(page.next_item),
    )


@router.get("")
async def list_scripts(
    session: ReadSession, caller: UploaderDep, cursor: Cursor = None, limit: Limit = 50
) -> Page[ListedScript]:
    """Return the caller's scripts and those of the service, newest first; to admins, all."""
    found = await ScriptRepository(session).page(caller, parse_cursor(cursor), limit + 1)
    return Page(
        items=[
            ListedScript(
                **ScriptSummary.model_validate(script).model_dump(),
                may_change=is_own_script(script, caller),
            )
            for script in found[:limit]
        ],
        next_cursor=str(found[limit - 1].id) if len(found) > limit else None,
    )


@router.get("/formats")
async def list_formats() -> ScriptFormats:
    """Return the formats a script can be in; each is a value of ``format``."""
    return ScriptFormats(items=registry.names())


@router.get("/{script_id}", responses=declare(NOT_YOURS))
async def read_script_report(
    session: ReadSession, caller: UploaderDep, script_id: UUID, whole: Whole = False
) -> ScriptReport:
    """Return the report of the upload.

    Without speakers, lines and rows that come behind the caller's bookmark.
    """
    script = await get_script(session, script_id, viewer=caller)
    report = await describe(session, script)
    until = await shown_until(session, caller, script, whole=whole)
    return report if until is None else await limit_report(session, script, report, until)


@router.get("/{script_id}/scenes", responses=declare(NOT_YOURS))
async def list_scenes(
    session: ReadSession,
    caller: UploaderDep,
    script_id: UUID,
    cursor: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0,
    limit: Limit = 50,
    whole: Whole = False,
) -> Page[SceneOut]:
    """Return the scenes in order; the cursor is the number of the last scene seen.

    Those behind the caller's bookmark are closed: they have no text, and ``read`` is false.
    """
    script = await get_script(session, script_id, viewer=caller)
    until = await shown_until(session, caller, script, whole=whole)
    stored = await SceneRepository(session).page(script.revision, cursor, limit + 1)
    items = present_scenes(stored[:limit], until)
    return Page(items=items, next_cursor=str(items[-1].number) if len(stored) > limit else None)


@router.get("/{script_id}/scenes/{number}")
async def read_scene(
    session: ReadSession,
    caller: UploaderDep,
    script_id: UUID,
    number: Annotated[int, Path(ge=1, le=2**31 - 1)],
    open: Annotated[
        bool, Query(description="Even where it lies behind the caller's bookmark.")
    ] = False,
) -> SceneWithParts:
    """Return one scene with who speaks in it: the parts that a user may step into.

    One behind the caller's bookmark is closed, unless it is opened deliberately.
    """
    script = await get_script(session, script_id, viewer=caller)
    stored = await get_scene(session, script, number)
    if not open and not is_read(number - 1, await readable_until(session, caller.owner, script)):
        return closed_parts(stored)
    characters = await ScriptRepository(session).characters(script.id)
    return present_parts(stored, characters)


@router.delete("/{script_id}", status_code=204)
async def delete_script(scripts: ScriptsDep, caller: UploaderDep, script_id: UUID) -> None:
    """Delete a script of one's own that no character plays in."""
    await scripts.delete(script_id, caller)
