"""Describe the bodies of ``/api/scripts/{id}/bookmark``."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from app.catalog.schemas import ScriptRef
from app.schemas import Schema
from app.text import OneLine

_MOST = 2**31 - 1
Title = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), OneLine
]


class BookmarkPlace(Schema):
    """Say how far the caller is, in one of three ways."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"scene": 12}, {"chapter": "Act Two"}, {"minutes": 43.5}]}
    )

    scene: Annotated[int, Field(ge=0, le=_MOST)] | None = None
    """The last scene that was read, counted from 1; 0: none yet."""
    chapter: Annotated[int, Field(ge=1, le=_MOST)] | Title | None = None
    """The last chapter that was read to its end: its number from 1, or its title. A chapter is an
    episode of the script, or what stands below one heading."""
    minutes: Annotated[float, Field(ge=0, le=100_000, allow_inf_nan=False)] | None = None
    """Of subtitles, how much of the film was seen: scenes that are over by then are read."""

    @model_validator(mode="after")
    def _is_one(self) -> "BookmarkPlace":
        given = [self.scene, self.chapter, self.minutes]
        if sum(each is not None for each in given) != 1:
            raise ValueError("say one of `scene`, `chapter` and `minutes`")
        return self


class BookmarkOut(Schema):
    """Show how far the caller is in a script, and in which ways that can be said."""

    script: ScriptRef
    scene: int | None
    """Scenes that the caller has read, from the first one on; null without a bookmark, where
    nothing is kept from the caller."""
    scenes: int
    """Scenes of the script."""
    chapters: int
    """Chapters of the script; 0 where it has none."""
    read_chapters: list[str]
    """Titles of the chapters that were read to their end, at most the last hundred."""
    minutes: float | None
    """How long the subtitles are; null for a script without times."""
    given: Literal["scene", "chapter", "minutes"] | None
    """How the caller said it."""
    value: str | None
    """What the caller said."""
    updated_at: datetime | None
