"""Provide to requests the rehearsal service, and the part that they are about."""

from typing import Annotated, cast
from uuid import UUID

from fastapi import Depends, Request

from app.dependencies import UploaderDep
from app.rehearsal.service import RehearsalService, RequestedPart


async def get_rehearsals(request: Request) -> RehearsalService:
    """Return the rehearsal service that the lifespan built."""
    return cast(RehearsalService, request.app.state.services.rehearsals)


async def get_part(caller: UploaderDep, script_id: UUID, speaker: str) -> RequestedPart:
    """Return the part that the address names."""
    return RequestedPart(script_id, speaker, caller)


RehearsalsDep = Annotated[RehearsalService, Depends(get_rehearsals)]
PartDep = Annotated[RequestedPart, Depends(get_part)]
