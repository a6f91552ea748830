"""Define the bodies of ``/api/admin/characters/{slug}/scene-memories``."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from app.schemas import Page, Schema
from app.text import OneLine

MOST_CHARACTERS = 500

RunStatus = Literal["never", "waiting", "running", "stopped", "failed", "done"]
Origin = Literal["written", "edited"]
Removal = Literal["none", "written", "all"]


def _not_blank(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be blank")
    return value.strip()


MemoryText = Annotated[
    str,
    StringConstraints(max_length=MOST_CHARACTERS),
    OneLine,
    AfterValidator(_not_blank),
]


class SceneMemoryRun(Schema):
    """Show how far the newest run is that writes a character's scene memories, and what is left."""

    status: RunStatus
    """``waiting``: no process works on it at the moment, and the first free one will."""
    done: int
    """Scenes that the engine was asked about in this run."""
    failed: int
    """Scenes among them about which it wrote nothing usable: they stay without a memory."""
    total: int
    """Scenes of this run."""
    error: str | None
    """Why it failed."""
    finished_at: datetime | None
    scenes: int
    """Scenes that the character speaks in."""
    remembered: int
    """Scenes among them that have a memory."""
    outdated: int
    """Memories of scenes that the scripts no longer have in this form. They are not used, and come
    back with their scene; the next run deletes the ones that the engine wrote."""
    tokens_left: int
    """Tokens, about, that the engine reads and writes for the scenes without a memory."""
    seconds_left: float | None
    """Seconds, about, that the engine takes for them beside no other work; null until it has
    written a few."""
    shown: bool
    """Whether prompts show memories: the setting ``OFFBOOK_RETRIEVAL__SCENE_MEMORIES``."""


class SceneMemoryOut(Schema):
    """Show a scene that the character speaks in, and what it remembers of it."""

    id: UUID
    """Of the scene as this character lived through it: another one once its lines change."""
    scene: int
    """The scene's 0-based position in the character's scripts."""
    heading: str | None
    episode: str | None
    opening: str
    """How the scene begins."""
    text: str | None
    """Null where it has no memory."""
    origin: Origin | None
    model: str | None
    """The model that wrote it."""
    updated_at: datetime | None


class SceneMemoriesOut(Page[SceneMemoryOut]):
    """Hold a page of the scenes that a character speaks in, in order, and the state of the run."""

    run: SceneMemoryRun


class SceneMemoryUpdate(Schema):
    """Write what a character remembers of a scene."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"text": "Ambrose had hidden the letter, and I pretended not to see it."}]
        }
    )

    text: MemoryText = Field(description="One or two sentences in the first person, in one line.")
