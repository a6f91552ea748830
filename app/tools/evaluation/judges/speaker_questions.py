"""Make the questions of the gate: who of a few speakers says a line of a held-out scene?

Each candidate is described by lines of other scenes alone: the folds keep scenes with a common line
together, so no line of a question's scene is among them. Names are masked in all that is shown.
"""

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from app.judging.masking import NameMask
from app.search.benchmark.folds import LEAST_LETTERS, split_folds, spoken_letters
from characters.language import Language, clip, detect_language
from characters.passages.duplicates import find_duplicates
from characters.passages.windows import without_directions
from characters.scripts.model import Line, Scene
from retrieval.evaluation.folds import FOLDS

QUESTIONS = 100
"""Lines whose speaker is asked for; fewer where the corpus has fewer."""
CHOICES = 4
_LEAST_KNOWN = 2
"""Lines in other scenes that a candidate needs."""
_SHOWN_LINES = 5
"""Most lines that describe a candidate."""
_SHOWN_BEFORE = 3
"""Lines before the one in question."""
_LINE_LENGTH = 80
"""Reading length of a line as it is shown."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """Hold the scenes of one cast."""

    title: str
    scenes: Sequence[Scene]


@dataclass(frozen=True, slots=True)
class VoiceSample:
    """Hold a candidate, and lines that it says elsewhere, masked."""

    speaker: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakerQuestion:
    """Hold a line of a held-out scene, and who may have said it. Texts are masked."""

    scene: int
    """Unique among all questions' scenes."""
    language: Language
    before: tuple[str, ...]
    """The lines before it, without their speakers."""
    line: str
    candidates: tuple[VoiceSample, ...]
    speaker: str
    """Who says it."""


def digest_of(corpora: Sequence[Corpus]) -> str:
    """Return a hash of all lines and their speakers."""
    digest = sha256()
    for corpus in corpora:
        for scene in corpus.scenes:
            for line in scene.lines:
                digest.update(f"{line.speaker}\0{line.text}\0".encode("utf-8", "surrogatepass"))
            digest.update(b"\1")
        digest.update(b"\2")
    return digest.hexdigest()[:24]


def speaker_questions(corpora: Sequence[Corpus], seed: int) -> list[SpeakerQuestion]:
    """Return the questions, of whole scenes in random order; the last scene may be cut."""
    casts = [_Cast(corpus, f"{seed} {number}") for number, corpus in enumerate(corpora)]
    scenes = [(cast, number) for cast in casts for number in range(len(cast.scenes))]
    random.Random(seed).shuffle(scenes)  # noqa: S311 - reproducible
    found: list[SpeakerQuestion] = []
    for unique, (cast, number) in enumerate(scenes):
        found += cast.questions(number, unique)
        if len(found) >= QUESTIONS:
            break
    return found[:QUESTIONS]


class _Cast:
    """Make the questions of one corpus."""

    def __init__(self, corpus: Corpus, seed: str) -> None:
        self._seed = seed
        again = find_duplicates([scene.lines for scene in corpus.scenes])
        self.scenes = [scene for at, scene in enumerate(corpus.scenes) if at not in again]
        lines = [line for scene in self.scenes for line in scene.lines]
        names = Counter(line.speaker for line in lines)
        self._mask = NameMask(name for name, _ in names.most_common())
        self._language = detect_language(line.text for line in lines)
        self._fold_of = {
            number: fold
            for fold, numbers in enumerate(split_folds(self.scenes, names, FOLDS))
            for number in numbers
        }
        self._known: dict[int, dict[str, list[str]]] = {}

    def questions(self, number: int, unique: int) -> Iterator[SpeakerQuestion]:
        """Yield a question for each line of a scene that has enough letters."""
        known = self._known_outside(self._fold_of[number])
        lines = self.scenes[number].lines
        for at, line in enumerate(lines):
            others = sorted(known.keys() - {line.speaker})
            masked = self._masked(line)
            if line.speaker not in known or not others or not _is_telling(masked):
                continue
            rng = random.Random(f"{self._seed} {number} {at}")  # noqa: S311 - reproducible
            chosen = [line.speaker, *rng.sample(others, min(CHOICES - 1, len(others)))]
            rng.shuffle(chosen)
            yield SpeakerQuestion(
                scene=unique,
                language=self._language,
                before=tuple(map(self._masked, lines[max(0, at - _SHOWN_BEFORE) : at])),
                line=masked,
                candidates=tuple(_sample(who, known[who], rng) for who in chosen),
                speaker=line.speaker,
            )

    def _known_outside(self, fold: int) -> Mapping[str, list[str]]:
        """Return the long enough lines of the other folds, by speaker, of speakers with enough."""
        if fold not in self._known:
            said: dict[str, list[str]] = {}
            for number, scene in enumerate(self.scenes):
                if self._fold_of[number] != fold:
                    for line in scene.lines:
                        if _is_telling(masked := self._masked(line)):
                            said.setdefault(line.speaker, []).append(masked)
            self._known[fold] = {
                who: lines for who, lines in said.items() if len(lines) >= _LEAST_KNOWN
            }
        return self._known[fold]

    def _masked(self, line: Line) -> str:
        return clip(self._mask(without_directions(line.text)), _LINE_LENGTH)


def _is_telling(text: str) -> bool:
    return len(spoken_letters(text)) >= LEAST_LETTERS


def _sample(speaker: str, lines: Sequence[str], rng: random.Random) -> VoiceSample:
    return VoiceSample(speaker, tuple(rng.sample(lines, min(_SHOWN_LINES, len(lines)))))
