"""What requests to turns use of the services that the lifespan built."""

from typing import Annotated, cast

from fastapi import Depends, Request

from app.turns.prompt_builder import PromptBuilder
from app.turns.service import TurnService
from app.turns.summaries import Summarizer


async def get_turns(request: Request) -> TurnService:
    return cast(TurnService, request.app.state.services.turns)


async def get_prompt_builder(request: Request) -> PromptBuilder:
    return cast(PromptBuilder, request.app.state.services.prompt_builder)


async def get_summarizer(request: Request) -> Summarizer:
    return cast(Summarizer, request.app.state.services.summarizer)


TurnsDep = Annotated[TurnService, Depends(get_turns)]
PromptBuilderDep = Annotated[PromptBuilder, Depends(get_prompt_builder)]
SummarizerDep = Annotated[Summarizer, Depends(get_summarizer)]
