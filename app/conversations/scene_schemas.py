"""Describe a scene of a script that a user steps into."""

from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.schemas import Schema
from app.text import Storable

_SpeakerName = Annotated[str, StringConstraints(min_length=1, max_length=400), Storable]


class SceneChoice(Schema):
    """Choose a scene of a script, and the part to play in it."""

    script: UUID
    scene: Annotated[int, Field(ge=1, le=2**31 - 1)]
    """The scene's number."""
    plays: _SpeakerName = Field(alias="as")
    """The speaker of the scene that the user plays."""


class SceneState(Schema):
    """Show the scene that a conversation plays, and where it is at the end of the visible branch.

    Of the script only what is already known is shown: no line that is still to come.
    """

    script: UUID | None
    """Null once the script is deleted; the scene goes on as it was."""
    script_title: str
    scene: int
    """The scene's number in its script."""
    title: str
    """Its heading; empty where it has none."""
    part: str
    """The speaker that the user plays."""
    line: int
    """Position of the line that is next, from 0: the user's, while the scene follows the script."""
    lines: int
    """Lines of the scene."""
    drift: float
    """How far the scene has drifted from the script: 0, not at all, to 1."""
    on_script: bool
    """Whether the newest line is the script's, or near it."""
    ended: bool
    """Whether the last line was spoken."""


class NextLine(Schema):
    """Show the user's next line as the script has it."""

    line: int
    """Its position in the scene, from 0."""
    text: str
