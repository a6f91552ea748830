"""Find the scene that a chapter, or minutes of subtitles, come to. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from app.errors import InvalidError

_MS = 60_000


class OutlinedScene(NamedTuple):
    """Hold what is known of a scene without its lines."""

    number: int
    part: str | None
    heading: str | None
    episode: str | None
    ends: int | None


@dataclass(frozen=True, slots=True)
class Chapter:
    """Hold neighbouring scenes below one heading, or of one episode."""

    title: str
    last: int
    """The number of its last scene."""


def chapters_of(outline: Sequence[OutlinedScene]) -> list[Chapter]:
    """Return the chapters of a script: its episodes if it has any, else what its headings begin."""
    by_episode = any(scene.episode for scene in outline)
    found: list[Chapter] = []
    for scene in outline:
        title = scene.episode if by_episode else scene.heading
        if title and (not found or found[-1].title != title):
            found.append(Chapter(title, scene.number))
        elif found:
            found[-1] = Chapter(found[-1].title, scene.number)
    return found


def minutes_of(outline: Sequence[OutlinedScene]) -> float | None:
    """Return how long a script of subtitles is; None for one without times, or of several films."""
    ends = [scene.ends for scene in outline if scene.ends is not None]
    if not ends or len({scene.part for scene in outline}) > 1:
        return None
    return round(max(ends) / _MS, 2)


def scene_at_chapter(outline: Sequence[OutlinedScene], chapter: int | str) -> int:
    """Return the last scene of a chapter, by its number from 1 or its title.

    Raises :class:`~app.errors.InvalidError`: ``no_chapters``, ``unknown_chapter``.
    """
    chapters = chapters_of(outline)
    if not chapters:
        raise InvalidError(
            "no_chapters", "This script has no chapters. Say which scene you are up to."
        )
    if isinstance(chapter, int):
        wanted = chapters[chapter - 1 : chapter]
    else:
        title = chapter.strip().casefold()
        wanted = [each for each in chapters if each.title.strip().casefold() == title][:1]
    if not wanted:
        # The titles stay out: they are what is not read yet.
        raise InvalidError(
            "unknown_chapter",
            f"This script has no such chapter. It has {len(chapters)}: name one by its number.",
            chapters=len(chapters),
        )
    return wanted[0].last


def scene_at_minutes(outline: Sequence[OutlinedScene], minutes: float) -> int:
    """Return how many scenes of subtitles are over after so many minutes.

    Raises :class:`~app.errors.InvalidError` (``no_minutes``).
    """
    if minutes_of(outline) is None:
        raise InvalidError(
            "no_minutes",
            "Only subtitles of one film have minutes, if they were uploaded since Offbook keeps"
            " their times. Say which scene you are up to.",
        )
    over = 0
    for scene in outline:
        if scene.ends is not None and scene.ends > minutes * _MS:
            break
        over = scene.number
    return over


def scene_at(outline: Sequence[OutlinedScene], scene: int) -> int:
    """Return the scene. Raises :class:`~app.errors.InvalidError` (``unknown_scene``)."""
    if scene > len(outline):
        raise InvalidError(
            "unknown_scene", f"This script has {len(outline)} scenes.", scenes=len(outline)
        )
    return scene
