"""Ask who speaks next at every line of held-out scenes of a script."""

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from characters.scripts.model import Scene
from characters.stage.commands import Names
from characters.stage.next_speaker import Feature, SceneState, candidates_of, features_of
from characters.stage.transitions import Transitions

FOLDS = 5
_NEWEST = 30
"""Lines that a moment is read from, as in the service."""

Fit = Callable[[int, Sequence[tuple[Hashable, str]], Sequence[Hashable]], Mapping[Hashable, float]]
"""Function from (fold held out, lines so far, candidates) to how well each one's lines fit."""


@dataclass(frozen=True, slots=True)
class SpeakerQuestion:
    """Hold a moment of a scene, and who spoke next in it."""

    scene: int
    truth: Hashable
    features: Mapping[Hashable, Mapping[Feature, float]]
    """Of each candidate: all who speak in the scene but the last speaker."""
    most_frequent: Hashable
    """The candidate with the most lines in the other scenes."""
    last_but_one: Hashable
    """Who spoke before the last speaker; else the most frequent."""


def fold_of(scene: int) -> int:
    """Return the fold that a scene is held out in."""
    return scene % FOLDS


def questions_of(
    scenes: Sequence[Scene], names: Mapping[str, Sequence[str]], fit: Fit
) -> list[SpeakerQuestion]:
    """Return the questions of all scenes; what is counted for one comes from the other folds.

    ``names`` are what the lines call each speaker. A scene of one speaker asks nothing.
    """
    found: list[SpeakerQuestion] = []
    for fold in range(FOLDS):
        kept = [scene for at, scene in enumerate(scenes) if fold_of(at) != fold]
        transitions = Transitions([[line.speaker for line in scene.lines] for scene in kept])
        lines = Counter(line.speaker for scene in kept for line in scene.lines)
        for at, scene in enumerate(scenes):
            if fold_of(at) == fold:
                found += _of_scene(at, scene, names, transitions, lines, fit)
    return found


def _of_scene(
    number: int,
    scene: Scene,
    names: Mapping[str, Sequence[str]],
    transitions: Transitions,
    lines: Counter[str],
    fit: Fit,
) -> list[SpeakerQuestion]:
    # Not in the order of speaking: where candidates are equal, it would give the next one away.
    speakers = sorted({line.speaker for line in scene.lines})
    cast: Names = {speaker: names.get(speaker, (speaker,)) for speaker in speakers}
    turns = [
        (speaker, " ".join(line.text for line in group))
        for speaker, group in groupby(scene.lines, key=lambda line: line.speaker)
    ]
    found = []
    for at in range(1, len(turns)):
        spoken: list[tuple[Hashable, str]] = [*turns[max(0, at - _NEWEST) : at]]
        state = SceneState(names=cast, spoken=spoken, fit={})
        among = candidates_of(state)
        state = SceneState(names=cast, spoken=spoken, fit=fit(fold_of(number), spoken, among))
        common = max(among, key=lambda who: lines[str(who)])
        found.append(
            SpeakerQuestion(
                scene=number,
                truth=turns[at][0],
                features=features_of(state, transitions),
                most_frequent=common,
                last_but_one=turns[at - 2][0] if at > 1 else common,
            )
        )
    return found


def no_fit(
    _fold: int, _spoken: Sequence[tuple[Hashable, str]], _among: Sequence[Hashable]
) -> Mapping[Hashable, float]:
    """Return no fit: for a measurement without an embedder."""
    return {}
