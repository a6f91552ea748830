"""Is it alive, is it ready, what is it."""

from importlib.metadata import version

from sqlalchemy.exc import SQLAlchemyError

from app.access import Caller
from app.health.schemas import Check, EngineStatus, Readiness, ReplicaCheck, ServiceStatus
from app.services import Services


async def check_readiness(services: Services) -> Readiness:
    """Whether a turn sent now would be answered, and by what it would fail."""
    try:
        await services.database.ping()
        database = Check(ok=True, detail=services.database.dialect)
    except SQLAlchemyError as error:
        database = Check(ok=False, detail=f"The database does not answer ({type(error).__name__}).")
    status = await services.engine.status()
    engine = Check(ok=await services.engine.ready(), detail=status.detail)
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
        ready=database.ok and engine.ok,
        database=database,
        embedder=embedder,
        engine=engine,
        replicas=replicas,
    )


async def describe_service(services: Services, caller: Caller) -> ServiceStatus:
    """What the pages need to know."""
    settings = services.settings
    status = await services.engine.status()
    return ServiceStatus(
        version=version("offbook"),
        engine=EngineStatus(
            kind=settings.engine.kind,
            state=status.state,
            model=status.model,
            is_demo=status.is_demo,
            detail=status.detail,
            progress=status.progress,
        ),
        embedder=services.embedder.model_id,
        admin_required=services.access.required,
        signed_in=caller.admin,
        may_upload=caller.admin or settings.access.public_uploads,
        upload_bytes=settings.limits.upload_bytes,
        message_characters=settings.limits.message_characters,
    )
