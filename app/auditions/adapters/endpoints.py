"""Serve ``/api/admin/characters/{slug}/adapters/{name}/audition``."""

from fastapi import APIRouter

from app.adapters.dependencies import SpeakingDep
from app.adapters.endpoints import NOT_FOUND
from app.adapters.schemas import AdapterAuditionOut
from app.auditions.adapters.dependencies import AdapterAuditionsDep
from app.dependencies import AdminDep
from app.http.guard import GuardedRoute
from app.http.refusal import Refusal, declare
from app.quotas.dependencies import PayerDep, QuotasDep

router = APIRouter(
    prefix="/api/admin/characters/{slug}/adapters/{name}/audition",
    tags=["admin"],
    route_class=GuardedRoute,
)


@router.post(
    "",
    status_code=202,
    responses=declare(
        NOT_FOUND,
        Refusal(409, "adapter_not_served", "the engine does not speak with it"),
        Refusal(409, "adapter_in_force", "it is in force already"),
        Refusal(409, "audition_running", "another adapter's audition runs"),
        Refusal(422, "too_few_held_out", "too little is left that it was not trained on"),
    ),
)
async def begin_adapter_audition(
    auditions: AdapterAuditionsDep,
    _: AdminDep,
    payer: PayerDep,
    quotas: QuotasDep,
    slug: str,
    name: str,
) -> AdapterAuditionOut:
    """Compare an adapter with what is in force, at replies that it was not trained on.

    The likelihood of the true replies, how well a classifier recognises the character in replies
    that both write anew, and how much these copy. It runs in the background for minutes to hours,
    between people's turns, one adapter at a time.
    """
    await quotas.request(payer)
    return await auditions.begin(slug, name)


@router.get("", responses=declare(NOT_FOUND))
async def read_adapter_audition(
    speaking: SpeakingDep, _: AdminDep, slug: str, name: str
) -> AdapterAuditionOut:
    """Return the progress of the newest audition, and the last result."""
    return await speaking.audition(slug, name)


@router.delete("", responses=declare(NOT_FOUND))
async def stop_adapter_audition(
    auditions: AdapterAuditionsDep, _: AdminDep, slug: str, name: str
) -> AdapterAuditionOut:
    """Stop the audition, if it runs; the last result stays."""
    return await auditions.stop(slug, name)
