"""Choose the speakers of a script to distinguish, and train on the scenes that are kept."""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from app.judging.speakers import Embed, SpeakerClassifier
from app.search.benchmark.corpus import BenchmarkCharacter, Fold
from app.search.benchmark.errors import EvaluationError
from app.search.benchmark.folds import LEAST_LETTERS, spoken_letters
from app.search.benchmark.vectors import EmbeddingCache
from characters.passages.windows import without_directions
from retrieval.embedding.port import Vectors

MOST_SPEAKERS = 8
"""Speakers that are distinguished: the character, and the others who say most."""
LEAST_LINES = 20
"""Fewest lines of a speaker who is distinguished."""

Say = Callable[[str], None]
_REPORTED_EVERY = 320
"""Texts."""


@dataclass(frozen=True, slots=True)
class CastLine:
    """Hold one line of a speaker that is distinguished, without its directions."""

    scene: int
    speaker: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOutLine:
    """Hold a line of a held-out scene, with who a classifier trained on the others takes it for."""

    scene: int
    speaker: str
    named: str


@dataclass(frozen=True, slots=True)
class Recognised:
    """Hold what a classifier makes of a text."""

    right: float
    """Probability that it is the character's."""
    named: str
    """The likeliest speaker."""


@dataclass(frozen=True, slots=True)
class CastJudge:
    """Hold a classifier for each fold, which never saw the fold's held-out scenes."""

    character: str
    """The name of the character whose replies are judged."""
    classifiers: Sequence[SpeakerClassifier]
    """One a fold, in their order."""
    held_out: Sequence[HeldOutLine]
    """Every line of the cast that a fold held out, as its classifier takes it."""

    @property
    def speakers(self) -> Sequence[str]:
        """The cast that is distinguished; the character is the first."""
        others = {who for each in self.classifiers for who in each.speakers} - {self.character}
        return [self.character, *sorted(others)]

    def right(self, fold: int, texts: Sequence[str]) -> list[float]:
        """Return the probability of each text, said at such a question, to be the character's."""
        return [each.right for each in self.recognise(fold, texts)]

    def recognise(self, fold: int, texts: Sequence[str]) -> list[Recognised]:
        """Return what the fold's classifier makes of texts said at questions that it holds out."""
        return [
            Recognised(each[self.character], likeliest(each))
            for each in self.classifiers[fold].probabilities(texts)
        ]


def likeliest(probabilities: Mapping[str, float]) -> str:
    """Return the speaker with the highest probability; of equal ones the first by name."""
    return min(probabilities, key=lambda who: (-probabilities[who], who))


def cast_lines(subject: BenchmarkCharacter) -> list[CastLine]:
    """Return the lines of at least five letters of the character and of those who say most.

    Raises :class:`~app.search.benchmark.errors.EvaluationError` where no other speaker says
    :data:`LEAST_LINES` such lines.
    """
    found = [
        CastLine(number, _speaker(subject, line.speaker), without_directions(line.text))
        for number, scene in enumerate(subject.scenes)
        for line in scene.lines
        if len(spoken_letters(line.text)) >= LEAST_LETTERS
    ]
    said = Counter(line.speaker for line in found)
    others = [
        who
        for who, lines in sorted(said.items(), key=lambda each: (-each[1], each[0]))
        if who != subject.name and lines >= LEAST_LINES
    ]
    if not others:
        raise EvaluationError(
            f"Nobody beside {subject.name} says {LEAST_LINES} lines of {LEAST_LETTERS} letters in "
            "the script: there is nobody to tell the character apart from."
        )
    chosen = {subject.name, *others[: MOST_SPEAKERS - 1]}
    return [line for line in found if line.speaker in chosen]


def names_of(subject: BenchmarkCharacter, aliases: Collection[str] = ()) -> list[str]:
    """Return the names to mask: the character's, its aliases and further ones, all speakers'."""
    said = Counter(line.speaker for scene in subject.scenes for line in scene.lines)
    own = [subject.name, *sorted(subject.own), *subject.aliases, *aliases]
    return [*own, *(who for who, _ in said.most_common())]


async def train_judge(
    subject: BenchmarkCharacter,
    folds: Sequence[Fold],
    vectors: EmbeddingCache,
    say: Say,
    aliases: Collection[str] = (),
) -> CastJudge:
    """Return a judge of the character's replies, see :class:`CastJudge`.

    Takes seconds beside embedding each line of the cast once, with names masked; ``aliases`` are
    further names. Raises as
    :func:`cast_lines` and :meth:`~app.judging.speakers.SpeakerClassifier.train` do.
    """
    return await asyncio.to_thread(_train, subject, folds, vectors, say, aliases)


def _train(
    subject: BenchmarkCharacter,
    folds: Sequence[Fold],
    vectors: EmbeddingCache,
    say: Say,
    aliases: Collection[str],
) -> CastJudge:
    lines, names = cast_lines(subject), names_of(subject, aliases)
    embed = _embedding(vectors, say)
    classifiers, held_out = [], []
    for fold in folds:
        kept = set(fold.kept)
        training: dict[str, list[str]] = {}
        for line in lines:
            if line.scene in kept:
                training.setdefault(line.speaker, []).append(line.text)
        classifier = SpeakerClassifier.train(training, embed, names=names)
        if subject.name not in classifier.speakers:
            raise EvaluationError(f"{subject.name} says nothing outside the scenes held out.")
        asked = [line for line in lines if line.scene not in kept]
        found = classifier.probabilities([line.text for line in asked])
        classifiers.append(classifier)
        held_out += [
            HeldOutLine(scene=line.scene, speaker=line.speaker, named=likeliest(each))
            for line, each in zip(asked, found, strict=True)
        ]
    return CastJudge(subject.name, classifiers, held_out)


def _embedding(vectors: EmbeddingCache, say: Say) -> Embed:
    """Return a function that embeds each text once, and reports how far it is."""

    def on_progress(done: int, total: int) -> None:
        if done % _REPORTED_EVERY == 0:
            say(f"{done} of {total} lines of the cast embedded.")

    def embed(texts: Sequence[str]) -> Vectors:
        return vectors.embed(texts, on_progress)

    return embed


def _speaker(subject: BenchmarkCharacter, speaker: str) -> str:
    return subject.name if speaker in subject.own else speaker
