"""Serve ``/api/me/learning``: the consent to learn from what the caller says about replies."""

from fastapi import APIRouter

from app.dependencies import ReadSession, SelfDep, WriteSession
from app.http.guard import GuardedRoute
from app.signals.consent import decide, describe_consent
from app.signals.dependencies import SignalRuleDep
from app.signals.schemas import LearningConsent, LearningOut

router = APIRouter(prefix="/api/me/learning", tags=["accounts"], route_class=GuardedRoute)


@router.get("")
async def read_learning_consent(
    session: ReadSession, rule: SignalRuleDep, caller: SelfDep
) -> LearningOut:
    """Return whether the caller's ratings, choices and edits may be learnt from."""
    return await describe_consent(session, rule, caller.owner)


@router.put("")
async def decide_on_learning(
    session: WriteSession, rule: SignalRuleDep, caller: SelfDep, wanted: LearningConsent
) -> LearningOut:
    """Allow that ratings, choices and edits are learnt from, or withdraw it.

    A yes counts from now on. A no deletes all that was kept; a model that was trained before does
    not forget it.
    """
    await decide(session, caller.owner, given=wanted.given)
    return await describe_consent(session, rule, caller.owner)
