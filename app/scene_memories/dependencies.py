"""Provide requests with the service of scene memories."""

from typing import Annotated, cast

from fastapi import Depends, Request

from app.scene_memories.service import SceneMemoryService


async def get_scene_memories(request: Request) -> SceneMemoryService:
    """Return the service of the application."""
    return cast(SceneMemoryService, request.app.state.services.scene_memories)


SceneMemoriesDep = Annotated[SceneMemoryService, Depends(get_scene_memories)]
