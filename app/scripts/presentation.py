"""Present scenes as the API shows them."""

from app.db.models import StoredScene
from app.db.scenes import load_scene
from app.scripts.schemas import DirectionOut, LineOut, SceneOut


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
