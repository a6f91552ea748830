"""Hold the lines of a reply index by position, each decoded on first access."""

from collections.abc import Mapping, Sequence


class SceneLines(dict[tuple[int, int], str]):
    """Map (scene, position) to rendered lines."""

    def __init__(self, scenes: Mapping[int, Sequence[str]]) -> None:
        """Decode from ``scenes``, lines by the scene's position; missing keys raise as it does."""
        super().__init__()
        self._scenes = scenes

    def __missing__(self, key: tuple[int, int]) -> str:
        scene, position = key
        line = self[key] = self._scenes[scene][position]
        return line
