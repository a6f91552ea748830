"""Serve ``/healthz``, ``/readyz``, ``/metrics`` and ``/api/status``."""

import asyncio

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy.exc import SQLAlchemyError

from app.dependencies import AdminDep, CoreServices, CurrentCallerDep, ServicesDep, require_admin
from app.errors import UnavailableError
from app.health.disclosure import without_details
from app.health.engine_health import describe_health
from app.health.engine_schemas import EngineHealth
from app.health.schemas import Readiness, ServiceStatus
from app.health.service import check_readiness, describe_service
from app.http.attachments import file_responses
from app.http.refusal import ADMIN_KEY_NEEDED, DATABASE_UNAVAILABLE, TOO_MANY_ATTEMPTS, declare

router = APIRouter(tags=["health"])

_IDENTIFY_SECONDS = 1.0
"""Seconds to identify the caller: a probe is answered even where the database does not answer."""


@router.get("/healthz")
async def alive() -> dict[str, str]:
    """Return that the process is alive."""
    return {"status": "alive"}


@router.get(
    "/readyz",
    responses={
        503: {"model": Readiness, "description": "A turn would not be answered"},
        **declare(TOO_MANY_ATTEMPTS),
    },
)
async def ready(request: Request, services: ServicesDep, response: Response) -> Readiness:
    """Return 200 where a turn would be answered, else 503. Admins see the failing part, too."""
    readiness = await check_readiness(services)
    if not readiness.ready:
        response.status_code = 503
        response.headers["Retry-After"] = "5"
    return readiness if await _may_read_details(request, services) else without_details(readiness)


async def _may_read_details(request: Request, services: CoreServices) -> bool:
    try:
        async with asyncio.timeout(_IDENTIFY_SECONDS):
            return (await services.access.identify(request.scope)).caller.admin
    except (SQLAlchemyError, UnavailableError, TimeoutError):
        return False  # the probe reports the unreachable database instead of failing


@router.get(
    "/metrics",
    responses={
        **file_responses("text/plain"),
        **declare(ADMIN_KEY_NEEDED, TOO_MANY_ATTEMPTS, DATABASE_UNAVAILABLE),
    },
    response_class=Response,
)
async def metrics(request: Request, services: ServicesDep) -> Response:
    """Return the metrics as Prometheus text, for admins unless the settings make them public."""
    if not services.settings.access.public_metrics:
        require_admin((await services.access.identify(request.scope)).caller)
    return Response(generate_latest(services.metrics.registry), media_type=CONTENT_TYPE_LATEST)


@router.get("/api/admin/engine", tags=["admin"])
async def engine_health(services: ServicesDep, _: AdminDep) -> EngineHealth:
    """Return how the engine does: its model, queue, latency, failures, servers and processes.

    Figures are of the process that answers, unless they say that they are of all.
    """
    return await describe_health(services)


@router.get("/api/status")
async def status(services: ServicesDep, caller: CurrentCallerDep) -> ServiceStatus:
    """Return which model answers, and what the caller may do."""
    return await describe_service(services, caller)
