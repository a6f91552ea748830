"""What requests to scripts use of the services that the lifespan built."""

from typing import Annotated, cast

from fastapi import Depends, Request

from app.scripts.service import ScriptService


async def get_scripts(request: Request) -> ScriptService:
    return cast(ScriptService, request.app.state.services.scripts)


ScriptsDep = Annotated[ScriptService, Depends(get_scripts)]
