"""Provide the casting services to requests."""

from typing import Annotated, cast

from fastapi import Depends, Request

from app.casting.drafting import Drafter
from app.casting.service import CastingService


async def get_casting(request: Request) -> CastingService:
    """Return the casting service that the lifespan built."""
    return cast(CastingService, request.app.state.services.casting)


async def get_drafter(request: Request) -> Drafter:
    """Return the drafter that the lifespan built."""
    return cast(Drafter, request.app.state.services.drafter)


CastingDep = Annotated[CastingService, Depends(get_casting)]
DrafterDep = Annotated[Drafter, Depends(get_drafter)]
