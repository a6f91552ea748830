"""Provide requests with the accounts that the lifespan built."""

from typing import Annotated, cast

from fastapi import Depends, Request

from app.accounts.service import AccountService


async def get_accounts(request: Request) -> AccountService:
    """Return the service that makes accounts."""
    return cast(AccountService, request.app.state.services.accounts)


AccountsDep = Annotated[AccountService, Depends(get_accounts)]
