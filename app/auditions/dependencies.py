"""Provide requests with the audition service."""

from typing import Annotated, cast

from fastapi import Depends, Request

from app.auditions.service import AuditionService


async def get_auditions(request: Request) -> AuditionService:
    """Return the audition service of the application."""
    return cast(AuditionService, request.app.state.services.auditions)


AuditionsDep = Annotated[AuditionService, Depends(get_auditions)]
