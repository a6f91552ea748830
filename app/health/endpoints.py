"""``/healthz``, ``/readyz``, ``/metrics`` and ``/api/status``."""

import asyncio

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy.exc import SQLAlchemyError

from app.attachments import file_responses
from app.dependencies import CurrentCallerDep, ServicesDep, require_admin
from app.errors import UnavailableError
from app.health.disclosure import without_details
from app.health.schemas import Readiness, ServiceStatus
from app.health.service import check_readiness, describe_service
from app.refusals import ADMIN_KEY_NEEDED, DATABASE_UNAVAILABLE, TOO_MANY_ATTEMPTS, declare
from app.services import Services

router = APIRouter(tags=["health"])

_IDENTIFY_SECONDS = 1.0
"""A probe is answered while the database is not."""


@router.get("/healthz")
async def alive() -> dict[str, str]:
    """The process answers."""
    return {"status": "alive"}


@router.get(
    "/readyz",
    responses={
        503: {"model": Readiness, "description": "A turn would not be answered"},
        **declare(TOO_MANY_ATTEMPTS),
    },
)
async def ready(request: Request, services: ServicesDep, response: Response) -> Readiness:
    """A turn would be answered: 200; else 503. Admins read what is missing, others only whether."""
    readiness = await check_readiness(services)
    if not readiness.ready:
        response.status_code = 503
        response.headers["Retry-After"] = "5"
    return readiness if await _may_read_details(request, services) else without_details(readiness)


async def _may_read_details(request: Request, services: Services) -> bool:
    try:
        async with asyncio.timeout(_IDENTIFY_SECONDS):
            return (await services.access.identify(request.scope)).caller.admin
    except (SQLAlchemyError, UnavailableError, TimeoutError):
        return False  # that the database is away is what the caller wants to hear


@router.get(
    "/metrics",
    responses={
        **file_responses("text/plain"),
        **declare(ADMIN_KEY_NEEDED, TOO_MANY_ATTEMPTS, DATABASE_UNAVAILABLE),
    },
    response_class=Response,
)
async def metrics(request: Request, services: ServicesDep) -> Response:
    """Return Prometheus text; for admins, unless the settings make it public."""
    if not services.settings.access.public_metrics:
        require_admin((await services.access.identify(request.scope)).caller)
    return Response(generate_latest(services.metrics.registry), media_type=CONTENT_TYPE_LATEST)


@router.get("/api/status")
async def status(services: ServicesDep, caller: CurrentCallerDep) -> ServiceStatus:
    """Which model answers, and what this caller may do."""
    return await describe_service(services, caller)
