"""What requests to casting use of the services that the lifespan built."""

from typing import Annotated, cast

from fastapi import Depends, Request

from app.casting.drafting import Drafter
from app.casting.service import CastingService


async def get_casting(request: Request) -> CastingService:
    return cast(CastingService, request.app.state.services.casting)


async def get_drafter(request: Request) -> Drafter:
    return cast(Drafter, request.app.state.services.drafter)


CastingDep = Annotated[CastingService, Depends(get_casting)]
DrafterDep = Annotated[Drafter, Depends(get_drafter)]
