"""Check whether the service is ready, and describe it."""

import asyncio
from importlib.metadata import version

from app.access import Caller
from app.db.session import Database
from app.dependencies import CoreServices
from app.engines.host import EngineHost
from app.health.schemas import Check, EngineStatus, Readiness, ReplicaCheck, ServiceStatus

_ENGINE_SECONDS = 2.0


async def check_readiness(services: CoreServices) -> Readiness:
    """Return whether a turn would be answered and stored now, or which part fails.

    A process that was asked to stop is not ready. A worker, which answers none, needs the database
    alone. It takes two seconds at most.
    """
    database, engine = await asyncio.gather(
        _check_database(services.database), check_engine(services.engine)
    )
    embedder = Check(ok=True, detail=services.embedder.model_id)
    replicas = [
        ReplicaCheck(
            number=each.number,
            ok=each.available,
            detail=each.detail,
            outstanding=each.outstanding,
        )
        for each in services.engine.replicas()
    ]
    return Readiness(
        ready=(
            database.ok
            and (engine.ok or not services.settings.server.is_web)
            and not services.draining.begun
        ),
        stopping=services.draining.begun,
        database=database,
        embedder=embedder,
        engine=engine,
        replicas=replicas,
    )


async def _check_database(database: Database) -> Check:
    """Return whether a turn could be stored."""
    fault = await database.fault()
    return Check(ok=fault is None, detail=fault.value if fault else database.dialect)


async def check_engine(engine: EngineHost) -> Check:
    """Return whether the engine would answer a turn, within two seconds."""
    try:
        async with asyncio.timeout(_ENGINE_SECONDS):
            status = await engine.status()
            return Check(ok=await engine.ready(), detail=status.detail)
    except TimeoutError:
        return Check(ok=False, detail="The engine does not answer in time.")


async def describe_engine(services: CoreServices) -> EngineStatus:
    """Return the engine's status as pages show it."""
    status = await services.engine.status()
    return EngineStatus(
        kind=services.settings.engine.kind,
        state=status.state,
        model=status.model,
        is_demo=status.is_demo,
        detail=status.detail,
        progress=status.progress,
    )


async def describe_service(services: CoreServices, caller: Caller) -> ServiceStatus:
    """Return the status that the pages show ``caller``."""
    settings = services.settings
    return ServiceStatus(
        version=version("offbook"),
        engine=await describe_engine(services),
        embedder=services.embedder.model_id,
        admin_required=services.access.required,
        signed_in=caller.admin,
        may_upload=caller.may("author") or settings.access.public_uploads,
        upload_bytes=settings.limits.upload_bytes,
        message_characters=settings.limits.message_characters,
        ratings=settings.learning.signals != "off",
    )
