"""Provide requests with the services of adapters."""

from typing import Annotated, cast

from fastapi import Depends, Request

from app.adapters.service import AdapterService
from app.adapters.speaking import SpeakingAdapters


async def get_adapters(request: Request) -> AdapterService:
    """Return the service of registered adapters."""
    return cast(AdapterService, request.app.state.services.adapters)


async def get_speaking_adapters(request: Request) -> SpeakingAdapters:
    """Return the service of the adapters that speak for characters."""
    return cast(SpeakingAdapters, request.app.state.services.speaking_adapters)


AdaptersDep = Annotated[AdapterService, Depends(get_adapters)]
SpeakingDep = Annotated[SpeakingAdapters, Depends(get_speaking_adapters)]
