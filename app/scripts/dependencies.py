"""Provide the script service to requests."""

from typing import Annotated, cast

from fastapi import Depends, Request

from app.scripts.service import ScriptService


async def get_scripts(request: Request) -> ScriptService:
    """Return the script service that the lifespan built."""
    return cast(ScriptService, request.app.state.services.scripts)


ScriptsDep = Annotated[ScriptService, Depends(get_scripts)]
