"""Hold whole scenes out for validation, and in folds, so that no prompt knows its own scene."""

import random
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal

from app.search.benchmark.corpus import BenchmarkCharacter
from app.search.benchmark.folds import LEAST_LETTERS, spoken_letters
from app.tools.datasets.rows import Side
from characters.passages.duplicates import find_duplicates, similar_pairs
from characters.scripts.model import Scene
from retrieval.evaluation.folds import FOLDS, balance_folds, group_by_shared

Rule = Literal["lines", "scenes"]
"""Scenes that stay together: ``lines``, those that share a line of at least five letters, or are
nearly equal; ``scenes``, only those that are nearly equal or contain one another."""

_RULES: tuple[Rule, ...] = ("lines", "scenes")
_LARGEST = 0.5
"""Largest share of the characters' lines that one group may have. In a long script figures of
speech connect nearly all scenes, and nothing could be held out by the rule ``lines``."""


@dataclass(frozen=True, slots=True)
class FoldPlan:
    """Hold which scenes of a character prompts may show, and which ask, by their numbers."""

    side: Side
    kept: Sequence[int]
    asked: frozenset[int]


@dataclass(frozen=True, slots=True)
class Split:
    """Hold how the scenes of all characters are divided."""

    rule: Rule
    groups: Sequence[Sequence[int]]
    """Of each character, the group of each scene."""
    held_out: frozenset[int]
    """Groups whose scenes are for validation."""

    def scenes_of(self, source: int, side: Side) -> list[int]:
        """Return the scenes of a character that are on a side."""
        return [
            number
            for number, group in enumerate(self.groups[source])
            if (group in self.held_out) == (side == "validation")
        ]

    def plans(self, source: int, subject: BenchmarkCharacter) -> Iterator[FoldPlan]:
        """Yield the folds of a character.

        Training scenes ask in folds, and see the other training scenes; validation scenes see all
        training scenes. No prompt shows a line that is held out for validation.
        """
        train = self.scenes_of(source, "train")
        groups: dict[int, list[int]] = {}
        for at, number in enumerate(train):
            groups.setdefault(self.groups[source][number], []).append(at)
        weights = [own_lines(subject.scenes[number], subject) for number in train]
        for fold in balance_folds(list(groups.values()), weights, FOLDS):
            asked = frozenset(train[at] for at in fold)
            yield FoldPlan("train", [each for each in train if each not in asked], asked)
        yield FoldPlan("validation", train, frozenset(self.scenes_of(source, "validation")))


def own_lines(scene: Scene, subject: BenchmarkCharacter) -> int:
    """Return how many lines of a scene are the character's."""
    return sum(line.speaker in subject.own for line in scene.lines)


def split_scenes(subjects: Sequence[BenchmarkCharacter], share: float, seed: int) -> Split:
    """Divide the scenes of all characters: a scene of several of them is on one side for all.

    Of each character's lines about ``share`` are held out, drawn by ``seed``, as far as its groups
    of scenes permit; never all.
    """
    scenes, numbers = _unique([subject.scenes for subject in subjects])
    spoken = _spoken(subjects, numbers)
    similar = _similar(scenes, spoken)
    for rule in _RULES:
        group_of = _groups(scenes, spoken if rule == "lines" else (), similar)
        groups = [[group_of[number] for number in of] for of in numbers]
        weights = [_weights(subject, of) for subject, of in zip(subjects, groups, strict=True)]
        total = sum(weights, start=Counter[int]())
        if max(total.values(), default=0) <= _LARGEST * total.total():
            break
    return Split(rule, groups, _draw(weights, share, seed))


def _unique(given: Sequence[Sequence[Scene]]) -> tuple[list[Scene], list[list[int]]]:
    """Return every scene once, and for each list of scenes the numbers of its scenes."""
    known: dict[bytes, int] = {}
    scenes: list[Scene] = []
    numbers: list[list[int]] = []
    for of in given:
        numbers.append([])
        for scene in of:
            said = "\n".join(f"{line.speaker}\t{line.text}" for line in scene.lines)
            key = blake2b(said.encode("utf-8", "surrogatepass"), digest_size=16).digest()
            if key not in known:
                known[key] = len(scenes)
                scenes.append(scene)
            numbers[-1].append(known[key])
    return scenes, numbers


def _spoken(subjects: Sequence[BenchmarkCharacter], numbers: Sequence[Sequence[int]]) -> list[int]:
    """Return the scenes in which any of the characters speaks: prompts show no others."""
    found = {
        number
        for subject, of in zip(subjects, numbers, strict=True)
        for scene, number in zip(subject.scenes, of, strict=True)
        if own_lines(scene, subject)
    }
    return sorted(found)


def _similar(scenes: Sequence[Scene], compared: Sequence[int]) -> list[tuple[int, int]]:
    """Return the pairs of scenes that are nearly equal, or of which one contains the other."""
    lines = [scenes[number].lines for number in compared]
    texts = ["\n".join(spoken_letters(line.text) for line in of) for of in lines]
    pairs = [*similar_pairs(texts), *find_duplicates(lines).items()]
    return [(compared[one], compared[other]) for one, other in pairs]


def _groups(
    scenes: Sequence[Scene], by_line: Sequence[int], similar: Sequence[tuple[int, int]]
) -> list[int]:
    """Return the group of each scene; those ``by_line`` are together if they share a line."""
    contents: list[set[Hashable]] = [set() for _ in scenes]
    for pair in similar:
        for number in pair:
            contents[number].add(pair)
    for number in by_line:
        said = (spoken_letters(line.text) for line in scenes[number].lines)
        contents[number].update(each for each in said if len(each) >= LEAST_LETTERS)
    found = [0] * len(scenes)
    for group, members in enumerate(group_by_shared(contents)):
        for member in members:
            found[member] = group
    return found


def _weights(subject: BenchmarkCharacter, groups: Sequence[int]) -> Counter[int]:
    weights: Counter[int] = Counter()
    for scene, group in zip(subject.scenes, groups, strict=True):
        if lines := own_lines(scene, subject):
            weights[group] += lines
    return weights


def _draw(weights: Sequence[Counter[int]], share: float, seed: int) -> frozenset[int]:
    """Return groups with about the share of each character's lines."""
    held_out: set[int] = set()
    order = sorted(set[int]().union(*weights))
    random.Random(seed).shuffle(order)  # noqa: S311 - a reproducible split
    for of in weights if share else ():
        target = share * of.total()
        held = sum(lines for group, lines in of.items() if group in held_out)
        for group in order:
            if group in of and group not in held_out and held + of[group] <= target:
                held_out.add(group)
                held += of[group]
        if not held and len(of) > 1:
            held_out.add(min((group for group in order if group in of), key=of.__getitem__))
    return frozenset(held_out)
