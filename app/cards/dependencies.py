"""What requests to cards use of the services that the lifespan built."""

from typing import Annotated, cast

from fastapi import Depends, Request

from app.cards.service import CardService


async def get_cards(request: Request) -> CardService:
    return cast(CardService, request.app.state.services.cards)


CardsDep = Annotated[CardService, Depends(get_cards)]
