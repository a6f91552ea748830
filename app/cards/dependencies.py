"""Provide the card service to requests."""

from typing import Annotated, cast

from fastapi import Depends, Request

from app.cards.service import CardService


async def get_cards(request: Request) -> CardService:
    """Return the card service that the lifespan built."""
    return cast(CardService, request.app.state.services.cards)


CardsDep = Annotated[CardService, Depends(get_cards)]
