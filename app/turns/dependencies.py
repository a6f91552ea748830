"""Provide requests to turns with the services that the lifespan built."""

from typing import Annotated, cast

from fastapi import Depends, Request

from app.turns.attaching import TurnAttaching
from app.turns.prompt_builder import PromptBuilder
from app.turns.service import TurnService
from app.turns.summaries import Summarizer


async def get_turns(request: Request) -> TurnService:
    """Return the service of turns."""
    return cast(TurnService, request.app.state.services.turns)


async def get_attaching(request: Request) -> TurnAttaching:
    """Return the service that lets listeners come back to a turn."""
    return cast(TurnService, request.app.state.services.turns).attaching


async def get_prompt_builder(request: Request) -> PromptBuilder:
    """Return the builder of prompts."""
    return cast(PromptBuilder, request.app.state.services.prompt_builder)


async def get_summarizer(request: Request) -> Summarizer:
    """Return the summarizer."""
    return cast(Summarizer, request.app.state.services.summarizer)


TurnsDep = Annotated[TurnService, Depends(get_turns)]
TurnAttachingDep = Annotated[TurnAttaching, Depends(get_attaching)]
PromptBuilderDep = Annotated[PromptBuilder, Depends(get_prompt_builder)]
SummarizerDep = Annotated[Summarizer, Depends(get_summarizer)]
