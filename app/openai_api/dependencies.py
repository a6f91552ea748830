"""Provide requests below ``/v1`` with the services that the lifespan built."""

from typing import Annotated, cast

from fastapi import Depends, Request

from app.openai_api.embeddings import EmbeddingService
from app.openai_api.service import CompletionService


async def get_completions(request: Request) -> CompletionService:
    """Return the service of completions."""
    return cast(CompletionService, request.app.state.services.completions)


async def get_embeddings(request: Request) -> EmbeddingService:
    """Return the service of embeddings."""
    return cast(EmbeddingService, request.app.state.services.embeddings)


CompletionsDep = Annotated[CompletionService, Depends(get_completions)]
EmbeddingsDep = Annotated[EmbeddingService, Depends(get_embeddings)]
