"""Serve ``/api/admin/backups``: make a backup, watch it, fetch it as a file."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path
from fastapi.responses import FileResponse

from app.access import Identity
from app.access.audit import Action, Target
from app.admin.backups import BackupRun, BackupService, Problem
from app.admin.dependencies import BackupsDep
from app.dependencies import AdminDep, CoreServices, IdentityDep, ServicesDep
from app.http.attachments import attachment_headers, file_responses
from app.http.guard import GuardedRoute
from app.http.refusal import Refusal, declare
from app.schemas import Schema

router = APIRouter(prefix="/api/admin/backups", tags=["admin"], route_class=GuardedRoute)

_NOT_FOUND = Refusal(404, "backup_not_found", "no such backup is kept")
Name = Annotated[str, Path(max_length=40)]


class BackupFileOut(Schema):
    """Describe a finished backup that can be fetched."""

    name: str
    size: int
    created_at: datetime


class BackupRunOut(Schema):
    """Describe how far a backup is, or how it ended."""

    name: str
    state: Literal["running", "done", "failed"]
    step: str
    """The table that is written."""
    table: int
    """Its number, from 1."""
    tables: int
    done: int
    """Rows of this table that are written."""
    total: int
    size: int
    """Bytes of the file so far."""
    rows: int
    """Rows of a finished backup."""
    problem: Problem | None
    error: str
    """What to do about the problem."""


class Backups(Schema):
    """List the backups that are kept, and the newest that this process made or makes."""

    items: list[BackupFileOut]
    run: BackupRunOut | None


_ACTS: dict[str, Action] = {
    "backup_begun": "backup_made",
    "backup_fetched": "backup_downloaded",
    "backup_deleted": "backup_deleted",
}


@router.get("")
async def list_backups(backups: BackupsDep, _: AdminDep) -> Backups:
    """Return the finished backups, each kept for a day, and how far the newest one is."""
    return _present(backups)


@router.post(
    "",
    status_code=202,
    responses=declare(Refusal(409, "backup_running", "a backup is being made already")),
)
async def make_backup(
    backups: BackupsDep, services: ServicesDep, identity: IdentityDep, _: AdminDep
) -> Backups:
    """Begin to write the whole database into one file, as ``offbook backup`` does.

    The file holds everything: conversations, and the hashes of passwords and keys.
    """
    run = backups.start()
    _log(services, identity, "backup_begun", run.name)
    return _present(backups)


@router.post("/cancel", status_code=202)
async def cancel_backup(
    backups: BackupsDep, services: ServicesDep, identity: IdentityDep, _: AdminDep
) -> Backups:
    """Call off the backup that this process makes."""
    if backups.run is not None and backups.run.state == "running":
        backups.cancel()
        _log(services, identity, "backup_called_off", backups.run.name)
    return _present(backups)


@router.get(
    "/{name}",
    response_class=FileResponse,
    responses={**file_responses("application/zip"), **declare(_NOT_FOUND)},
)
async def fetch_backup(
    backups: BackupsDep, services: ServicesDep, identity: IdentityDep, _: AdminDep, name: Name
) -> FileResponse:
    """Return a finished backup, as a stream; ``offbook restore`` reads it."""
    path = backups.path(name)
    _log(services, identity, "backup_fetched", name)
    return FileResponse(path, media_type="application/zip", headers=attachment_headers(name))


@router.delete("/{name}", status_code=204, responses=declare(_NOT_FOUND))
async def delete_backup(
    backups: BackupsDep, services: ServicesDep, identity: IdentityDep, _: AdminDep, name: Name
) -> None:
    """Delete a finished backup from the service's disk."""
    backups.delete(name)
    _log(services, identity, "backup_deleted", name)


def _present(backups: BackupService) -> Backups:
    return Backups(
        items=[BackupFileOut.model_validate(each) for each in backups.files()],
        run=_present_run(backups.run) if backups.run else None,
    )


def _present_run(run: BackupRun) -> BackupRunOut:
    return BackupRunOut.model_validate(run)


def _log(services: CoreServices, identity: Identity, event: str, name: str) -> None:
    services.access.log.info(event, address=identity.client.address, backup=name, by=identity.actor)
    if (act := _ACTS.get(event)) is not None:
        services.access.audit.note(identity.caller.actor, act, Target("backup", title=name))
