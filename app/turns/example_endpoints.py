"""Serve ``/api/characters/{slug}/examples/{id}/scene``: where in the script an example stands."""

from typing import Annotated

from fastapi import APIRouter, Path
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.bookmarks.reading import is_read, known_until
from app.catalog.schemas import ScriptRef
from app.catalog.service import get_character
from app.db.models import Character, Example
from app.db.scenes import SceneRepository
from app.dependencies import ReadSession, UploaderDep
from app.errors import NotFoundError
from app.http.guard import GuardedRoute
from app.schemas import Schema
from app.scripts.presentation import present_scene
from app.scripts.schemas import SceneOut
from app.turns.packing import block_span

router = APIRouter(prefix="/api/characters", tags=["characters"], route_class=GuardedRoute)

_MOST_ID = 2**53 - 1
"""What a JSON number keeps exactly."""


class ExampleScene(Schema):
    """Show the scene of an example as it was read, and the script that it is from."""

    script: ScriptRef
    position: int
    """0-based position among the scenes of the character's scripts, as ``until_scene`` counts."""
    scene: SceneOut


@router.get("/{slug}/examples/{example_id}/scene")
async def read_example_scene(
    session: ReadSession,
    caller: UploaderDep,
    slug: str,
    example_id: Annotated[int, Path(ge=-_MOST_ID, le=_MOST_ID)],
) -> ExampleScene:
    """Return the scene that an example of a reply is from; for callers who may read scripts.

    The id is that of the reply's ``examples``. Examples of a script that was replaced since are
    not found, or are in another scene: compare its lines with those stored with the reply. Those of
    scenes behind the caller's bookmark are not found.
    """
    character = await get_character(session, slug, viewer=caller)
    position = await _position(session, character, example_id)
    scripts = {script.revision: script for script in character.scripts}
    stored = None
    if position is not None:
        stored = await SceneRepository(session).at([*scripts], position)
    until = await known_until(session, caller.owner, [character.id])
    if stored is None or position is None or not is_read(position, until):
        raise NotFoundError(
            "example_not_found",
            f"{character.name} has no example {example_id}. Its script may have changed since.",
        )
    script = scripts[stored.revision]
    return ExampleScene(
        script=ScriptRef(id=script.id, title=script.title),
        position=position,
        scene=present_scene(stored),
    )


async def _position(session: AsyncSession, character: Character, id: int) -> int | None:
    """Return the position of the example's scene; None for one that the character has not."""
    span = block_span(id)
    if span is not None:
        return span.scene
    return await session.scalar(
        select(Example.scene).where(Example.id == id, Example.character_id == character.id)
    )
