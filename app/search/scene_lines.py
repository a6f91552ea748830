"""The lines of a selection by where they stand, each decoded when it is first asked for."""

from collections.abc import Mapping, Sequence


class SceneLines(dict[tuple[int, int], str]):
    """Lines as they are shown, by scene and position."""

    def __init__(self, scenes: Mapping[int, Sequence[str]]) -> None:
        """``scenes``: the lines of each by its position. Raises as that does for what it lacks."""
        super().__init__()
        self._scenes = scenes

    def __missing__(self, place: tuple[int, int]) -> str:
        scene, position = place
        line = self[place] = self._scenes[scene][position]
        return line
