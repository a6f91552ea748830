"""Serve ``/api/admin/characters/{slug}/scene-memories``."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from app.dependencies import AdminDep
from app.http.guard import GuardedRoute
from app.paging import Cursor, Limit, parse_cursor
from app.scene_memories.dependencies import SceneMemoriesDep
from app.scene_memories.schemas import (
    Removal,
    SceneMemoriesOut,
    SceneMemoryOut,
    SceneMemoryRun,
    SceneMemoryUpdate,
)

router = APIRouter(
    prefix="/api/admin/characters/{slug}/scene-memories",
    tags=["admin"],
    route_class=GuardedRoute,
)


@router.get("")
async def list_scene_memories(
    memories: SceneMemoriesDep, _: AdminDep, slug: str, cursor: Cursor = None, limit: Limit = 50
) -> SceneMemoriesOut:
    """Return the scenes that the character speaks in, with what it remembers of each, in order.

    `run` shows how far the writing is, and what the scenes without a memory would cost.
    """
    return await memories.page(slug, after=parse_cursor(cursor), limit=limit)


@router.post("", status_code=202)
async def write_scene_memories(
    memories: SceneMemoriesDep, _: AdminDep, slug: str
) -> SceneMemoryRun:
    """Write what the character remembers of every scene that has no memory yet.

    The engine writes in the background, one scene after the other, only while no turn wants it; a
    restart does not lose what is written. While a run is not over, nothing new begins.
    """
    return await memories.begin(slug)


@router.delete("")
async def stop_scene_memories(
    memories: SceneMemoriesDep,
    _: AdminDep,
    slug: str,
    remove: Annotated[
        Removal,
        Query(
            description="Memories to delete as well: `written`, the engine's that no person "
            "edited, or `all`."
        ),
    ] = "none",
) -> SceneMemoryRun:
    """Stop writing. What is written stays, unless `remove` says otherwise."""
    return await memories.stop(slug, remove)


@router.put("/{memory_id}")
async def edit_scene_memory(
    memories: SceneMemoriesDep, _: AdminDep, slug: str, memory_id: UUID, changes: SceneMemoryUpdate
) -> SceneMemoryOut:
    """Write or correct what the character remembers of a scene; the engine never overwrites it.

    The same request restores a memory that was deleted.
    """
    return await memories.edit(slug, memory_id, changes.text)


@router.delete("/{memory_id}", status_code=204)
async def delete_scene_memory(
    memories: SceneMemoriesDep, _: AdminDep, slug: str, memory_id: UUID
) -> None:
    """Delete what the character remembers of a scene; the next run writes it anew."""
    await memories.delete(slug, memory_id)
