"""Provide requests with the accounts that the lifespan built."""

from typing import Annotated, cast

from fastapi import Depends, Request

from app.accounts.administration import PeopleAdministration
from app.accounts.openid_service import OpenIDService
from app.accounts.service import AccountService


async def get_accounts(request: Request) -> AccountService:
    """Return the service that makes accounts."""
    return cast(AccountService, request.app.state.services.accounts)


AccountsDep = Annotated[AccountService, Depends(get_accounts)]


async def get_administration(request: Request) -> PeopleAdministration:
    """Return the service that changes the accounts of others."""
    return cast(PeopleAdministration, request.app.state.services.people_administration)


async def get_openid(request: Request) -> OpenIDService:
    """Return the service that signs people in with an OpenID provider."""
    return cast(OpenIDService, request.app.state.services.openid)


AdministrationDep = Annotated[PeopleAdministration, Depends(get_administration)]
OpenIDDep = Annotated[OpenIDService, Depends(get_openid)]
