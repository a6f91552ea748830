"""Measure how well lines of a scene are told from other words: ``python -m benchmarks.near_lines``.

Four kinds of words are compared with a line of a sample: the line with slips of typing, and in
other words, both of which should be near; another line of its scene, and words that stray, which
should not. Odd scenes calibrate the threshold, even ones are held out.
"""

import argparse
import asyncio
import io
import random
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Literal

from app.search.embedders import load_embedder
from app.search.query_embedding import QueryEmbedder
from app.settings import EmbedderSettings
from app.turns.scene_matcher import SceneMatcher
from characters.scenes.matching import NEAR, NEAR_LATER
from characters.scenes.scene import PlayedScene, lines_of_scene
from characters.scripts.model import Scene
from characters.scripts.reader import read_script
from retrieval.embedding.port import Embedder

Kind = Literal["slips", "near", "other", "strays"]
KINDS: tuple[Kind, ...] = ("slips", "near", "other", "strays")
SCRIPTS = {"en": "the-rear-was-adequate", "zh": "two-cliff-echo"}
_SAID = Path(__file__).with_name("near_lines.toml")
_SLIPS = 0.12
"""Share of the words, or of the characters of Chinese, that are left out, doubled or exchanged."""
_LEAST = 4
"""Characters of a line that is given slips."""


@dataclass(frozen=True, slots=True)
class Compared:
    """Hold words said at a line of a scene, and how near they were found to it."""

    language: str
    scene: int
    kind: Kind
    line: str
    said: str
    fit: float

    @property
    def held_out(self) -> bool:
        """Whether the threshold was not calibrated on it."""
        return self.scene % 2 == 0


async def compare(embedder: Embedder, most_scenes: int | None = None) -> list[Compared]:
    """Return all comparisons, in the order of the scripts; of the first scenes only, if given."""
    queries = QueryEmbedder(embedder, EmbedderSettings())
    try:
        return [
            Compared(language, number, kind, line, said, fit)
            for language, name in SCRIPTS.items()
            for number, scene in list(enumerate(_scenes(name), 1))[:most_scenes]
            for kind, line, said in _said(language, number, scene)
            for [fit] in [await SceneMatcher(queries).fits(scene, said, [line])]
        ]
    finally:
        queries.close()


def share_near(found: Sequence[Compared], threshold: float) -> tuple[int, int]:
    """Return how many of the comparisons reach a threshold, and how many there are."""
    return sum(each.fit >= threshold for each in found), len(found)


def _scenes(name: str) -> list[PlayedScene]:
    content = (files("characters") / "samples" / name / "script.txt").read_bytes()
    read = read_script(io.BytesIO(content), "script.txt")
    scenes = [lines_of_scene(item) for item in read if isinstance(item, Scene)]
    return [PlayedScene(lines, lines[0].speaker) for lines in scenes]


def _said(language: str, number: int, scene: PlayedScene) -> Iterator[tuple[Kind, str, str]]:
    """Yield (kind, line, what is said at it)."""
    texts = [line.text for line in scene.lines]
    for at, text in enumerate(texts):
        slipped = _with_slips(text, f"{language} {number} {at}")
        if len(text) >= _LEAST and slipped not in (text, ""):
            yield "slips", text, slipped
        for other in texts[:at] + texts[at + 1 :]:
            yield "other", text, other
    for each in tomllib.loads(_SAID.read_text(encoding="utf-8"))[language]:
        if each["scene"] == number:
            yield "near", texts[each["line"]], each["near"]
            yield "strays", texts[each["line"]], each["strays"]


def _with_slips(text: str, seed: str) -> str:
    """Return a line typed in a hurry: without capitals and some marks, with slips."""
    chance = random.Random(seed)  # noqa: S311 (the same slips each time)
    words = text.casefold().replace(",", "").replace("，", "").split(" ")
    units = list("".join(words)) if len(words) * 12 < len(text) else words
    slipped: list[str] = []
    for unit in units:
        draw = chance.random()
        if draw < _SLIPS / 3:
            continue
        if draw < 2 * _SLIPS / 3 and len(unit) > 2:
            at = chance.randrange(len(unit) - 1)
            slipped.append(unit[:at] + unit[at + 1] + unit[at] + unit[at + 2 :])
        else:
            slipped.append(unit + unit[-1:] if draw < _SLIPS else unit)
    return ("" if units is not words else " ").join(slipped)


def _table(found: Sequence[Compared], threshold: float) -> Iterator[str]:
    yield f"Threshold {threshold:.2f}; words that count as the line, held-out scenes."
    yield "language  " + "".join(f"{kind:>18}" for kind in KINDS)
    for language in SCRIPTS:
        row = [f"{language:10}"]
        for kind in KINDS:
            some = [
                each
                for each in found
                if each.held_out and (each.language, each.kind) == (language, kind)
            ]
            near, asked = share_near(some, threshold)
            row.append(f"{near / max(asked, 1):>9.1%} of {asked:>5}")
        yield "".join(row)


def _best(found: Sequence[Compared]) -> float:
    """Return the threshold with the best balanced accuracy on the scenes that calibrate.

    Near lines and others weigh the same, and so do the languages and kinds.
    """

    def balanced(threshold: float) -> float:
        shares = []
        for language in SCRIPTS:
            for kind in KINDS:
                some = [
                    each
                    for each in found
                    if not each.held_out and (each.language, each.kind) == (language, kind)
                ]
                near, asked = share_near(some, threshold)
                share = near / max(asked, 1)
                shares.append(share if kind in ("slips", "near") else 1 - share)
        return sum(shares) / len(shares)

    return max((step / 100 for step in range(10, 80)), key=balanced)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.near_lines", description=__doc__)
    parser.add_argument("--embedder", default="bundled")
    parser.add_argument("--wrong", action="store_true", help="list what is taken for another")
    arguments = parser.parse_args()
    embedder = load_embedder(EmbedderSettings(), arguments.embedder)
    found = asyncio.run(compare(embedder))
    print(f"Best on the other scenes: {_best(found):.2f}")
    for threshold in sorted({NEAR, NEAR_LATER, 0.25, 0.35, 0.45}):
        print("\n".join(_table(found, threshold)))
    if arguments.wrong:
        for each in found:
            if (each.fit >= NEAR) != (each.kind in ("slips", "near")):
                print(f"{each.kind} {each.fit:.2f} | {each.line} | {each.said}")


if __name__ == "__main__":
    main()
