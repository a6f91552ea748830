"""Serve ``/api/persona``: who the caller is in new conversations."""

from fastapi import APIRouter

from app.conversations.personas import read_persona, store_persona
from app.conversations.schemas import PersonaOut, PersonaUpdate
from app.dependencies import CallerDep, ReadSession, WriteSession
from app.http.guard import GuardedRoute

router = APIRouter(prefix="/api/persona", tags=["conversations"], route_class=GuardedRoute)


@router.get("")
async def show_persona(session: ReadSession, caller: CallerDep) -> PersonaOut:
    """Return the name and description that the caller's new conversations begin with."""
    return await read_persona(session, caller.owner)


@router.put("")
async def replace_persona(
    session: WriteSession, caller: CallerDep, wanted: PersonaUpdate
) -> PersonaOut:
    """Replace the caller's persona; empty fields remove it.

    Conversations that exist keep theirs: change it there with ``PATCH``.
    """
    return await store_persona(session, caller.owner, wanted)
