"""Provide contents to requests."""

from typing import Annotated, cast

from fastapi import Depends, Request

from app.blobs.service import Blobs


async def get_blobs(request: Request) -> Blobs:
    """Return the service that the lifespan built."""
    return cast(Blobs, request.app.state.services.blobs)


BlobsDep = Annotated[Blobs, Depends(get_blobs)]
