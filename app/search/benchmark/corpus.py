"""Turn a script into a benchmark: reply stores without held-out scenes, and questions on these."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from app.search.benchmark.costs import PromptCosts
from app.search.benchmark.errors import EvaluationError
from app.search.benchmark.folds import LEAST_LETTERS, split_folds, spoken_letters
from app.search.benchmark.vectors import EmbeddingCache
from app.search.reply_texts import build_query_texts, reply_texts, reply_vectors
from app.settings import RetrievalSettings
from characters.errors import ScriptError
from characters.language import Language, reading_length
from characters.passages.examples import ExampleSet, build_examples, build_query
from characters.passages.windows import WindowSet, cut_windows, without_directions
from characters.prompting.exchanges import last_exchange_start
from characters.prompting.packing import Span
from characters.scripts.model import Scene
from characters.scripts.reader import read_script
from retrieval.bm25.overlap import Floats, Overlap, bigram_profile, chrf_profile
from retrieval.embedding.port import Vectors
from retrieval.ranking.query import RetrievalQuery
from retrieval.reply_index.index import ReplyStore

_QUERY_LENGTH: int = RetrievalSettings.model_fields["max_query_length"].default

LEAST_REPLIES = 10
"""Fewest replies that some can be held out of."""


@dataclass(frozen=True, slots=True)
class BenchmarkCharacter:
    """Hold a character of a script."""

    scenes: Sequence[Scene]
    name: str
    own: frozenset[str]
    """The speakers that are the character."""
    profile: str = ""
    query_length: int = _QUERY_LENGTH
    """Most of the newest lines that is embedded, in CJK characters (three others count as one), in
    every mode: the service's ``retrieval.max_query_length``."""
    language: Language | None = None
    """Of its prompts; None for the script's own."""
    aliases: Sequence[str] = ()
    """What others call it, beside its name."""


@dataclass(frozen=True, slots=True)
class BenchmarkQuestion:
    """Hold the dialogue before a held-out reply, and the reply."""

    scene: int
    dialogue: Sequence[tuple[str, str]]
    truth: str
    query: RetrievalQuery
    reference_query: str
    """The text that the mode ``reference`` embeds."""


@dataclass(frozen=True, eq=False)
class Fold:
    """Hold a store without the held-out scenes, and the questions of these scenes."""

    subject: BenchmarkCharacter
    kept: Sequence[int]
    """Scenes of the store, by their number in the script."""
    cut: WindowSet
    """Windows of the store; their scenes are positions in :attr:`kept`."""
    store: ReplyStore
    examples: ExampleSet
    """Examples that the reference retrieves from."""
    questions: Sequence[BenchmarkQuestion]
    vectors: EmbeddingCache
    costs: PromptCosts = field(default_factory=PromptCosts)

    @cached_property
    def scenes(self) -> list[Scene]:
        return [self.subject.scenes[number] for number in self.kept]

    @cached_property
    def lines(self) -> dict[tuple[int, int], int]:
        """The character's lines in the store, numbered, by (scene, position)."""
        positions = (
            (number, at)
            for number, scene in enumerate(self.scenes)
            for at, line in enumerate(scene.lines)
            if line.speaker in self.subject.own
        )
        return {position: number for number, position in enumerate(positions)}

    def shown(self, span: Span) -> Span | None:
        """Return the part of the lines that an example shows, None for none.

        A chat prompt shows the last exchange alone, and none with hardly a reply.
        """
        if self.costs.style != "chat":
            return span
        lines = [line.render() for line in self.scenes[span.scene].lines[span.start : span.stop]]
        start = last_exchange_start(lines, self.subject.name)
        return None if start is None else span._replace(start=span.start + start)

    def cost(self, span: Span) -> int:
        """Return the tokens of an example of these lines, with what stands around them."""
        lines = self.scenes[span.scene].lines[span.start : span.stop]
        return self.costs.of_example + sum(map(self.costs.of_line, lines))

    def own(self, span: Span) -> set[int]:
        """Return the character's lines among these, as :attr:`lines` numbers them."""
        positions = ((span.scene, at) for at in range(span.start, span.stop))
        return {self.lines[position] for position in positions if position in self.lines}

    @cached_property
    def line_texts(self) -> list[str]:
        """Texts of these lines, without stage directions."""
        return [without_directions(self.scenes[scene].lines[at].text) for scene, at in self.lines]

    @cached_property
    def overlap(self) -> Floats:
        """F1 of every true reply (rows) with every line of the store."""
        overlap = Overlap(self.line_texts, bigram_profile)
        return overlap.matrix(question.truth for question in self.questions)

    @cached_property
    def chrf(self) -> Floats:
        """The chrF of every true reply (rows) with every line of the store."""
        overlap = Overlap(self.line_texts, chrf_profile)
        return overlap.matrix(question.truth for question in self.questions)

    @cached_property
    def cosine(self) -> Floats:
        """Cosine of every true reply (rows) with every line of the store."""
        lines = self._rows(self.line_texts)
        return self._rows([question.truth for question in self.questions]) @ lines.T

    def _rows(self, texts: Sequence[str]) -> Vectors:
        return np.array([self.vectors[text] for text in texts], dtype=np.float32)


def read_subject(path: Path, name: str, speakers: Sequence[str] = ()) -> BenchmarkCharacter:
    """Return the character of a script file.

    Raises :class:`~app.search.benchmark.errors.EvaluationError` when the file is no script or the
    character has too few lines in it.
    """
    try:
        with path.open("rb") as file:
            scenes = [item for item in read_script(file, path.name) if isinstance(item, Scene)]
    except ScriptError as error:
        raise EvaluationError(f"{path.name}: {error}") from error
    return check_enough(BenchmarkCharacter(scenes, name, frozenset(speakers or [name])), path.name)


def check_enough(subject: BenchmarkCharacter, source: str) -> BenchmarkCharacter:
    """Return the subject if it has enough lines to hold some out.

    Raises :class:`~app.search.benchmark.errors.EvaluationError`, which names ``source``.
    """
    said = Counter(line.speaker for scene in subject.scenes for line in scene.lines)
    replies = sum(said[speaker] for speaker in subject.own)
    if replies < LEAST_REPLIES:
        known = ", ".join(f"{who} ({lines})" for who, lines in said.most_common(8))
        raise EvaluationError(
            f"{subject.name} says {replies} lines in {source}; {LEAST_REPLIES} are needed to hold "
            f"some out. Choose another speaker with --name: {known}."
        )
    return subject


def build_store(
    subject: BenchmarkCharacter, kept: Sequence[int], vectors: EmbeddingCache
) -> tuple[WindowSet, ReplyStore]:
    """Return the windows of the kept scenes, and their store."""
    scenes = [subject.scenes[number] for number in kept]
    cut = cut_windows(scenes, subject.own, subject.name)
    texts = reply_texts(cut)
    return cut, ReplyStore.build(texts, reply_vectors(texts, vectors, vectors.dimension))


def build_folds(
    subject: BenchmarkCharacter,
    vectors: EmbeddingCache,
    most_questions: int | None = None,
    costs: PromptCosts | None = None,
) -> list[Fold]:
    """Return the folds of a script; embeds the texts of the questions.

    A question is a reply of at least five letters: the folds let no such line stand word for word
    in what is kept, but shorter ones do, and one letter is found everywhere. At most
    ``most_questions`` are asked, evenly spaced over the script.
    """
    folds = []
    costs = costs or PromptCosts()
    costs.add_lines(line for scene in subject.scenes for line in scene.lines)
    replies = asked_replies(subject, most_questions)
    for held_out in map(set, split_folds(subject.scenes, subject.own)):
        kept = sorted(set(range(len(subject.scenes))) - held_out)
        asked = [reply for reply in replies if reply[0] in held_out]
        questions = build_questions(subject, asked, vectors)
        fold = build_fold(subject, kept, questions, vectors, costs)
        if questions and fold.store.size:
            folds.append(fold)
    return folds


def build_fold(
    subject: BenchmarkCharacter,
    kept: Sequence[int],
    questions: Sequence[BenchmarkQuestion],
    vectors: EmbeddingCache,
    costs: PromptCosts,
) -> Fold:
    """Return a fold whose store has the scenes ``kept``; embeds their texts if they are new."""
    cut, store = build_store(subject, kept, vectors)
    scenes = [subject.scenes[number] for number in kept]
    examples = build_examples(scenes, subject.own, subject.name)
    return Fold(subject, kept, cut, store, examples, questions, vectors, costs)


def asked_replies(subject: BenchmarkCharacter, most: int | None) -> list[tuple[int, int]]:
    """Return (scene, position) of the replies that are questions, see :func:`build_folds`."""
    asked = [reply for reply in _replies(subject) if _is_telling(subject, *reply)]
    return _thinned(asked, most)


def count_short_replies(subject: BenchmarkCharacter) -> int:
    """Return how many of the character's answers are too short to be questions."""
    return sum(not _is_telling(subject, *reply) for reply in _replies(subject))


def _is_telling(subject: BenchmarkCharacter, number: int, at: int) -> bool:
    return len(spoken_letters(subject.scenes[number].lines[at].text)) >= LEAST_LETTERS


def _replies(subject: BenchmarkCharacter) -> list[tuple[int, int]]:
    """Return (scene, position) of the character's lines with a line before."""
    return [
        (number, at)
        for number, scene in enumerate(subject.scenes)
        for at, line in enumerate(scene.lines)
        if at and line.speaker in subject.own
    ]


def _thinned(replies: list[tuple[int, int]], most: int | None) -> list[tuple[int, int]]:
    if most is None or len(replies) <= most:
        return replies
    return [replies[at * len(replies) // most] for at in range(most)]


def build_questions(
    subject: BenchmarkCharacter, replies: Sequence[tuple[int, int]], vectors: EmbeddingCache
) -> list[BenchmarkQuestion]:
    """Return the questions of replies, (scene, position); embeds their texts."""
    found = []
    for number, at in replies:
        lines = subject.scenes[number].lines
        dialogue = [(line.speaker, line.text) for line in lines[:at]]
        truth = without_directions(lines[at].text)
        found.append(question_after(subject, number, dialogue, truth, vectors))
    return found


def question_after(
    subject: BenchmarkCharacter,
    scene: int,
    dialogue: Sequence[tuple[str, str]],
    truth: str,
    vectors: EmbeddingCache,
) -> BenchmarkQuestion:
    """Return the question that a dialogue, (speaker, text), asks; embeds its end.

    ``scene``: the number of its scene in the script, or one below zero for none.
    """
    return BenchmarkQuestion(
        scene=scene,
        dialogue=dialogue,
        truth=truth,
        query=build_query_texts(
            dialogue, subject.own, subject.name, subject.query_length, reading_length
        ).to_query(vectors.__getitem__),
        reference_query=reference_query(subject, dialogue),
    )


def reference_query(subject: BenchmarkCharacter, dialogue: Sequence[tuple[str, str]]) -> str:
    """Return the query of the mode ``reference``, as the service builds it from a dialogue."""
    named = [(subject.name if who in subject.own else who, text) for who, text in dialogue]
    return build_query(named, subject.name, subject.query_length, reading_length)


def texts_of(subject: BenchmarkCharacter) -> list[str]:
    """Return the texts that the stores of all folds embed, so that progress can be reported."""
    whole = cut_windows(subject.scenes, subject.own, subject.name)
    examples = build_examples(subject.scenes, subject.own, subject.name)
    return [*reply_texts(whole).to_embed(), *(example.key for example in examples.examples)]
