"""Provide requests with what the lifespan built for operators."""

from typing import Annotated, cast

from fastapi import Depends, Request

from app.admin.backups import BackupService


async def get_backups(request: Request) -> BackupService:
    """Return the service that makes backups."""
    return cast(BackupService, request.app.state.services.backups)


BackupsDep = Annotated[BackupService, Depends(get_backups)]
