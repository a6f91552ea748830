"""Serve ``/api/admin/characters/{slug}/adapters``: which adapter speaks for a character."""

from fastapi import APIRouter

from app.adapters.dependencies import SpeakingDep
from app.adapters.endpoints import NOT_FOUND
from app.adapters.schemas import CharacterAdapters, Promotion
from app.dependencies import AdminDep
from app.http.guard import GuardedRoute
from app.http.refusal import Refusal, declare

router = APIRouter(
    prefix="/api/admin/characters/{slug}/adapters", tags=["admin"], route_class=GuardedRoute
)


@router.get("")
async def read_adapters(speaking: SpeakingDep, _: AdminDep, slug: str) -> CharacterAdapters:
    """Return the adapter in force, and all that fit, with their auditions."""
    return await speaking.show(slug)


@router.post(
    "/promote",
    responses=declare(
        NOT_FOUND,
        Refusal(409, "audition_needed", "it had no audition for this character"),
        Refusal(409, "audition_outdated", "it was compared with what is not in force any more"),
        Refusal(409, "adapter_not_served", "the engine does not speak with it"),
        Refusal(
            409, "adapter_not_better", "the figures in the detail do not beat what is in force"
        ),
        Refusal(409, "adapter_in_force", "it is in force already"),
    ),
)
async def promote_adapter(
    speaking: SpeakingDep, caller: AdminDep, slug: str, wanted: Promotion
) -> CharacterAdapters:
    """Let an adapter speak for the character from the next reply on.

    Its audition must beat what is in force: true replies likelier, the whole interval above zero;
    replies recognised as the character's no worse; and no more copied than may be.
    """
    return await speaking.promote(slug, wanted.adapter, caller)


@router.post(
    "/revert",
    responses=declare(Refusal(409, "nothing_to_revert", "nothing was in force before")),
)
async def revert_adapter(speaking: SpeakingDep, caller: AdminDep, slug: str) -> CharacterAdapters:
    """Go back to what was in force before the newest promotion; once, without a question.

    Where that adapter was removed since, the model answers alone.
    """
    return await speaking.revert(slug, caller)
