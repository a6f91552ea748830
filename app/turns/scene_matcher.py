"""Find which line of a scene the user said, by the wording and, where needed, the meaning."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.search.query_embedding import QueryEmbedder
from characters.scenes.matching import (
    NEAR,
    NEAR_LATER,
    SURE,
    closeness,
    fit_of,
    likeness,
    spoken_words,
    spread,
    usual_cosine,
)
from characters.scenes.nearest import candidates, nearest_line
from characters.scenes.position import ScenePosition
from characters.scenes.scene import PlayedScene

_LATER_LINES = 12
"""Later lines of the part that may be jumped to."""
_OTHERS = 16
"""Other lines of the scene, whose mean cosine is the usual one."""
_RETURNS = 60
"""Lines that the scene may return to."""


@dataclass(frozen=True, slots=True)
class SaidLine:
    """Hold what the user's words are in the scene."""

    line: int | None
    """Position of the line that was said, the last of several; None: none, the user strays."""
    text: str
    """The script's words."""
    fit: float
    """How near they are, from 0 to 1; of a user who strays, to the line that was next."""


class SceneMatcher:
    """Compare what is said with lines of scenes."""

    def __init__(self, queries: QueryEmbedder) -> None:
        self._queries = queries

    async def find(self, scene: PlayedScene, position: ScenePosition, said: str) -> SaidLine:
        """Return the line of the part that the user said: the next one, or else a later one.

        Raises what embedding raises, unless the wording alone decides.
        """
        own = scene.own_after(position.next, _LATER_LINES)
        if not own:
            return SaidLine(None, "", 0.0)
        expected = scene.sayings(own[0])
        later = [saying for at in own[1:] for saying in scene.sayings(at)[:1]]
        later = [saying for saying in later if saying[0].start >= expected[-1][0].stop]
        sayings = [*expected, *later]
        fits = await self.fits(scene, said, [text for _, text in sayings])
        best = max(range(len(expected)), key=lambda at: fits[at])
        if fits[best] < NEAR and later:
            further = max(range(len(expected), len(sayings)), key=lambda at: fits[at])
            best = further if fits[further] >= NEAR_LATER else best
        taken, text = sayings[best]
        is_near = fits[best] >= NEAR
        return SaidLine(taken[-1] if is_near else None, text if is_near else "", fits[best])

    async def nearest(
        self, scene: PlayedScene, position: ScenePosition, strayed: Sequence[str]
    ) -> int:
        """Return the position of the moment nearest to what was said since the scene strayed."""
        positions = candidates(position.next, len(scene.lines), _RETURNS)
        texts = [scene.lines[at].text for at in positions]
        nearness: dict[int, float] = dict.fromkeys(positions, 0.0)
        for said in strayed:
            for at, fit in zip(positions, await self.fits(scene, said, texts), strict=True):
                nearness[at] = max(nearness[at], fit)
        return nearest_line(nearness)

    async def fits(self, scene: PlayedScene, said: str, texts: Sequence[str]) -> list[float]:
        """Return how near what is said is to each of the texts, from 0 to 1."""
        alike = [likeness(said, text) for text in texts]
        if max(alike, default=0.0) >= SURE:
            return alike
        close = await self._closeness(scene, said, texts)
        return [fit_of(one, close.get(text)) for one, text in zip(alike, texts, strict=True)]

    async def _closeness(
        self, scene: PlayedScene, said: str, texts: Sequence[str]
    ) -> Mapping[str, float]:
        """Return how close the meaning is to each text, where the scene has lines to compare."""
        some = spread(range(len(scene.lines)), _OTHERS)
        others = [spoken_words(scene.lines[at].text) for at in some]
        keys = [spoken_words(text) for text in texts]
        vectors = await self._queries.embed([spoken_words(said), *keys, *others])
        first, lines, rest = vectors[0], vectors[1 : 1 + len(keys)], vectors[1 + len(keys) :]
        found: dict[str, float] = {}
        for text, key, vector in zip(texts, keys, lines, strict=True):
            cosines = [
                float(vector @ other)
                for words, other in zip(others, rest, strict=True)
                if words not in key
            ]
            usual = usual_cosine(cosines)
            if usual is not None:
                found[text] = closeness(float(vector @ first), usual)
        return found
