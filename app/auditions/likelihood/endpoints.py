"""Serve ``/api/admin/characters/{slug}/audition/likelihood``, and its result to everyone."""

from fastapi import APIRouter

from app.auditions.likelihood.dependencies import LikelihoodDep
from app.auditions.likelihood.schemas import LikelihoodAuditionOut, ProofLineOut
from app.dependencies import AdminDep, CallerDep
from app.http.guard import GuardedRoute
from app.quotas.dependencies import PayerDep

router = APIRouter(
    prefix="/api/admin/characters/{slug}/audition/likelihood",
    tags=["admin"],
    route_class=GuardedRoute,
)
public = APIRouter(
    prefix="/api/characters/{slug}/proof", tags=["characters"], route_class=GuardedRoute
)


@router.post("", status_code=202)
async def begin_likelihood(
    likelihood: LikelihoodDep, _: AdminDep, payer: PayerDep, slug: str
) -> LikelihoodAuditionOut:
    """Measure how likely the engine finds the character's real replies, with and without its lines.

    Past scenes are held out, and up to 60 of the character's replies there are scored behind four
    prompts: the profile only, another speaker's lines, the character's in random order, and those
    that its conversations get. It runs in the background for minutes to hours, between people's
    turns, one character at a time. One that did not end goes on where it was.
    """
    return await likelihood.begin(slug, payer)


@router.get("")
async def read_likelihood(
    likelihood: LikelihoodDep, _: AdminDep, slug: str
) -> LikelihoodAuditionOut:
    """Return the progress of the measurement, what it costs, and the last result."""
    return await likelihood.show(slug)


@router.delete("")
async def stop_likelihood(
    likelihood: LikelihoodDep, _: AdminDep, slug: str
) -> LikelihoodAuditionOut:
    """Stop the measurement, if it runs; the last result and what was measured so far stay."""
    return await likelihood.stop(slug)


@public.get("")
async def read_proof(likelihood: LikelihoodDep, caller: CallerDep, slug: str) -> ProofLineOut:
    """Return how much the character's lines help, if an admin had it measured."""
    return await likelihood.show_line(slug, viewer=caller)
