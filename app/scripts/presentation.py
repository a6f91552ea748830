"""Present scenes as the API shows them."""

from collections import Counter
from collections.abc import Sequence

from app.db.models import Character, StoredScene
from app.db.scenes import load_scene
from app.scripts.schemas import (
    CharacterRef,
    DirectionOut,
    LineOut,
    SceneOut,
    ScenePartOut,
    SceneWithParts,
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


def present_parts(stored: StoredScene, characters: Sequence[Character]) -> SceneWithParts:
    """Return a stored scene with its speakers, and which of the characters plays each."""
    scene = present_scene(stored)
    plays = {speaker: each for each in reversed(characters) for speaker in each.speakers}
    counted = Counter(line.speaker for line in scene.lines)
    parts = [
        ScenePartOut(
            speaker=speaker,
            lines=lines,
            character=CharacterRef(slug=who.slug, name=who.name)
            if (who := plays.get(speaker))
            else None,
        )
        for speaker, lines in counted.items()
    ]
    return SceneWithParts(**scene.model_dump(), parts=parts)
