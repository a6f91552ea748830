"""Provide requests with who pays for them, and with the service that counts."""

from typing import Annotated, cast

from fastapi import Depends, Request

from app.dependencies import IdentityDep
from app.quotas.payer import Payer, payer_of
from app.quotas.service import QuotaService


async def get_quotas(request: Request) -> QuotaService:
    """Return the service that bounds and counts what people use."""
    return cast(QuotaService, request.app.state.services.quotas)


async def get_payer(
    identity: IdentityDep, quotas: Annotated[QuotaService, Depends(get_quotas)]
) -> Payer:
    """Return who pays for the request."""
    return payer_of(identity, quotas.settings)


QuotasDep = Annotated[QuotaService, Depends(get_quotas)]
PayerDep = Annotated[Payer, Depends(get_payer)]
