"""What requests to auditions use of the services that the lifespan built."""

from typing import Annotated, cast

from fastapi import Depends, Request

from app.auditions.service import AuditionService


async def get_auditions(request: Request) -> AuditionService:
    return cast(AuditionService, request.app.state.services.auditions)


AuditionsDep = Annotated[AuditionService, Depends(get_auditions)]
