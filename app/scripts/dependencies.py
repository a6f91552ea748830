"""Provide the script service to requests, and the parameter that several of them share."""

from typing import Annotated, cast

from fastapi import Depends, Query, Request

from app.http.refusal import Refusal
from app.scripts.service import ScriptService


async def get_scripts(request: Request) -> ScriptService:
    """Return the script service that the lifespan built."""
    return cast(ScriptService, request.app.state.services.scripts)


ScriptsDep = Annotated[ScriptService, Depends(get_scripts)]
Whole = Annotated[
    bool,
    Query(description="With what the caller has not read yet; only of one's own scripts."),
]
NOT_YOURS = Refusal(403, "not_yours", "the whole is its owner's to see")
