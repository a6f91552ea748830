"""Provide requests with the service that measures likelihood."""

from typing import Annotated, cast

from fastapi import Depends, Request

from app.auditions.likelihood.service import LikelihoodService


async def get_likelihood(request: Request) -> LikelihoodService:
    """Return the likelihood service of the application, for an admin."""
    return cast(LikelihoodService, request.app.state.services.likelihood)


LikelihoodDep = Annotated[LikelihoodService, Depends(get_likelihood)]
