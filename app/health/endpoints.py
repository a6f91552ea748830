"""``/healthz``, ``/readyz``, ``/metrics`` and ``/api/status``."""

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from app.attachments import file_responses
from app.dependencies import CallerDep, ServicesDep
from app.health.schemas import Readiness, ServiceStatus
from app.health.service import check_readiness, describe_service

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def alive() -> dict[str, str]:
    """The process answers."""
    return {"status": "alive"}


@router.get("/readyz", responses={503: {"model": Readiness}})
async def ready(services: ServicesDep, response: Response) -> Readiness:
    """A turn would be answered: 200; else 503, saying what is missing."""
    readiness = await check_readiness(services)
    if not readiness.ready:
        response.status_code = 503
        response.headers["Retry-After"] = "5"
    return readiness


@router.get("/metrics", responses=file_responses("text/plain"), response_class=Response)
async def metrics(services: ServicesDep) -> Response:
    """Prometheus text."""
    return Response(generate_latest(services.metrics.registry), media_type=CONTENT_TYPE_LATEST)


@router.get("/api/status")
async def status(services: ServicesDep, caller: CallerDep) -> ServiceStatus:
    """Which model answers, and what this caller may do."""
    return await describe_service(services, caller)
