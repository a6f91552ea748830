"""Serve ``/api/admin/characters/{slug}/audition``."""

from fastapi import APIRouter

from app.auditions.dependencies import AuditionsDep
from app.auditions.schemas import AuditionOut
from app.dependencies import AdminDep
from app.http.guard import GuardedRoute
from app.quotas.dependencies import PayerDep, QuotasDep

router = APIRouter(
    prefix="/api/admin/characters/{slug}/audition", tags=["admin"], route_class=GuardedRoute
)


@router.post("", status_code=202)
async def begin_audition(
    auditions: AuditionsDep, _: AdminDep, payer: PayerDep, quotas: QuotasDep, slug: str
) -> AuditionOut:
    """Measure how well examples are retrieved for a character, as ``offbook eval retrieval`` does.

    It runs for a few minutes in the background, one character at a time.
    """
    await quotas.request(payer)
    return await auditions.begin(slug)


@router.get("")
async def read_audition(auditions: AuditionsDep, _: AdminDep, slug: str) -> AuditionOut:
    """Return the progress of the audition, and the result of the last finished one."""
    return await auditions.show(slug)
