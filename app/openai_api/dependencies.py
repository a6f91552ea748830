"""Provide requests below ``/v1`` with the services that the lifespan built."""

from typing import Annotated, Literal, cast

from fastapi import Depends, Header, Request

from app.dependencies import SettingsDep
from app.openai_api.answering import Responder
from app.openai_api.embeddings import EmbeddingService
from app.openai_api.service import CompletionService


async def get_completions(request: Request) -> CompletionService:
    """Return the service of completions."""
    return cast(CompletionService, request.app.state.services.completions)


async def get_embeddings(request: Request) -> EmbeddingService:
    """Return the service of embeddings."""
    return cast(EmbeddingService, request.app.state.services.embeddings)


async def get_responder(
    request: Request,
    settings: SettingsDep,
    on_close: Annotated[
        Literal["stop", "finish"] | None,
        Header(
            alias="X-Offbook-On-Close",
            description="Whether the reply stops when its client closes the connection, in place "
            "of `OFFBOOK_OPENAI_API__ON_CLOSE`.",
        ),
    ] = None,
) -> Responder:
    """Return what responds to a request as the settings, and its headers, wish."""
    finishes = (on_close or settings.openai_api.on_close) == "finish"
    patience = settings.limits.unheard_seconds if finishes else 0.0
    return Responder(request, settings.openai_api.keep_alive, patience)


CompletionsDep = Annotated[CompletionService, Depends(get_completions)]
EmbeddingsDep = Annotated[EmbeddingService, Depends(get_embeddings)]
ResponderDep = Annotated[Responder, Depends(get_responder)]
