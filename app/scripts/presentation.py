"""Present scenes as the API shows them."""

from collections.abc import Iterable

from app.bookmarks.reading import is_read
from app.db.models import StoredScene
from app.db.scenes import load_scene
from app.scripts.schemas import DirectionOut, LineOut, SceneOut


def present_scenes(stored: Iterable[StoredScene], until: int | None) -> list[SceneOut]:
    """Return scenes as a reader sees them: those behind the bookmark are closed."""
    return [
        present_scene(each) if is_read(each.number - 1, until) else _closed(each) for each in stored
    ]


def _closed(stored: StoredScene) -> SceneOut:
    return SceneOut(
        number=stored.number,
        row=stored.row,
        part=None,
        heading=None,
        episode=None,
        lines=[],
        read=False,
    )


def present_scene(stored: StoredScene) -> SceneOut:
    """Return a stored scene with its lines, as they were read."""
    scene = load_scene(stored)
    return SceneOut(
        number=stored.number,
        row=scene.row,
        part=scene.member,
        heading=scene.heading,
        episode=scene.episode,
        lines=[
            LineOut(speaker=line.speaker, text=line.text, row=line.row, direction=line.direction)
            for line in scene.lines
        ],
        directions=[
            DirectionOut(at=each.at, text=each.text) for each in scene.directions if each.text
        ],
    )
