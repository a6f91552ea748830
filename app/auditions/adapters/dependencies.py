"""Provide requests with the service of adapters' auditions."""

from typing import Annotated, cast

from fastapi import Depends, Request

from app.auditions.adapters.service import AdapterAuditionService


async def get_adapter_auditions(request: Request) -> AdapterAuditionService:
    """Return the service of adapters' auditions."""
    return cast(AdapterAuditionService, request.app.state.services.adapter_auditions)


AdapterAuditionsDep = Annotated[AdapterAuditionService, Depends(get_adapter_auditions)]
