"""What requests to conversations use of the services that the lifespan built."""

from typing import Annotated, cast

from fastapi import Depends, Request

from app.conversations.importer import LogImporter


async def get_importer(request: Request) -> LogImporter:
    return cast(LogImporter, request.app.state.services.imports)


ImporterDep = Annotated[LogImporter, Depends(get_importer)]
