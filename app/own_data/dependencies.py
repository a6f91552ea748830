"""Provide requests with the services of this feature."""

from typing import Annotated, cast

from fastapi import Depends, Request

from app.own_data.service import OwnDataService


async def get_own_data(request: Request) -> OwnDataService:
    """Return the service of what people have."""
    return cast(OwnDataService, request.app.state.services.own_data)


OwnDataDep = Annotated[OwnDataService, Depends(get_own_data)]
