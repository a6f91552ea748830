"""Provide the rehearsal service to requests."""

from typing import Annotated, cast

from fastapi import Depends, Request

from app.rehearsal.service import RehearsalService


async def get_rehearsals(request: Request) -> RehearsalService:
    """Return the rehearsal service that the lifespan built."""
    return cast(RehearsalService, request.app.state.services.rehearsals)


RehearsalsDep = Annotated[RehearsalService, Depends(get_rehearsals)]
