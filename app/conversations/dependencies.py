"""Provide requests to conversations with the services that the lifespan built."""

from typing import Annotated, cast

from fastapi import Depends, Request

from app.conversations.importer import LogImporter


async def get_importer(request: Request) -> LogImporter:
    """Return the importer of chat logs."""
    return cast(LogImporter, request.app.state.services.imports)


ImporterDep = Annotated[LogImporter, Depends(get_importer)]
