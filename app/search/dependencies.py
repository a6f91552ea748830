"""Provide the retriever to endpoints."""

from typing import Annotated, cast

from fastapi import Depends, Request

from app.search.retriever import Retriever


async def get_retriever(request: Request) -> Retriever:
    """Return the retriever that the lifespan created."""
    return cast(Retriever, request.app.state.services.retriever)


RetrieverDep = Annotated[Retriever, Depends(get_retriever)]
