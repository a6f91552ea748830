"""Index a character's replies, so that a turn only has to score them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from retrieval.bm25.index import Bm25Index
from retrieval.bm25.overlap import Overlap, bigram_profile, chrf_profile
from retrieval.bm25.tokens import bigrams, characters, letter_pairs, unigrams
from retrieval.embedding.port import Vectors
from retrieval.reply_index.similarities import Floats, Kernel, factor, neighbourhoods

Numbers = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class ReplyTexts:
    """Hold the texts of a character's ``n`` replies in ``m`` windows, in the script's order."""

    window_keys: Sequence[str]
    """Texts of the windows, ``m``."""
    window_speakers: Sequence[Sequence[str]]
    """The other speakers of each window."""
    pairs: Sequence[str]
    """Exchanges, ``n``: the line before, a newline, the reply, with renamed speakers."""
    replies: Sequence[str]
    """Replies without speakers, ``n``."""
    previous: Sequence[str]
    """Lines before the replies without speakers, ``n``; empty for the first of a scene."""
    previous_speakers: Sequence[str | None]
    windows: Numbers
    """The window of each reply, ``(n,)``."""
    scenes: Numbers
    """The scene of each reply, ``(n,)``."""
    closing: Numbers
    """Replies whose window text is the dialogue before them: the source of pseudo-queries."""

    def to_embed(self) -> list[str]:
        """Return every text that needs a vector, once."""
        texts = (*self.window_keys, *self.pairs, *self.replies, *filter(None, self.previous))
        return list(dict.fromkeys(texts))


@dataclass(frozen=True, slots=True)
class ReplyVectors:
    """Hold unit vectors, float32, ``d`` wide."""

    windows: Vectors
    """``(m, d)``."""
    pairs: Vectors
    """``(n, d)``."""
    replies: Vectors
    """``(n, d)``."""
    previous: Vectors
    """``(n, d)``; rows of zeros for replies without a line before."""


@dataclass(frozen=True, slots=True)
class LexicalIndexes:
    """Hold BM25 indexes on character bigrams or words, and one on single characters or words.

    The index of the lines before the replies uses letter pairs in any script, to recognise lines
    repeated with misspellings or omissions.
    """

    keys: Bm25Index
    pairs: Bm25Index
    replies: Bm25Index
    replies_unigrams: Bm25Index
    previous: Bm25Index


@dataclass(frozen=True, slots=True)
class Kernels:
    """Hold similarities between replies; ``cosine`` is the inner product of their vectors."""

    chrf: Kernel
    f1: Kernel
    cosine: Kernel
    same_scene: Floats


@dataclass(frozen=True, slots=True)
class Calibration:
    """Hold the replies' scores over pseudo-queries, and the thresholds of relevance."""

    hub_scores: Floats
    """Mean centred score of each reply, ``(n,)``; highest for hubs."""
    relevance_mean: float = 0.0
    relevance_spread: float = 1.0
    """Mean and deviation of the cosine of a pseudo-query with the exchanges of other scenes."""
    threshold: float = -np.inf
    """Relevance that 95 % of the replies selected for pseudo-queries reach."""
    in_domain_threshold: float = -np.inf
    """Mean relevance of the nearest exchanges that every pseudo-query reaches."""


@dataclass(frozen=True, slots=True)
class ReplyStore:
    """Hold the data of replies that does not depend on the query."""

    windows: Numbers
    scenes: Numbers
    closing: Numbers
    vectors: ReplyVectors
    has_previous: NDArray[np.bool_]
    log_lengths: Floats
    """``ln(1 + characters)`` of each reply."""
    previous_speakers: NDArray[np.str_]
    """Speaker of the line before each reply; empty for replies without one."""
    speaker_sets: tuple[frozenset[str], ...]
    """The distinct sets of other speakers of windows."""
    speaker_set: Numbers
    """Number of the set of other speakers of each reply's window, ``(n,)``."""
    lexical: LexicalIndexes
    kernels: Kernels
    window_texts: Sequence[str] = field(repr=False, default=())
    """Texts of the windows, for pseudo-queries."""

    @property
    def size(self) -> int:
        """The number of replies."""
        return len(self.windows)

    @classmethod
    def build(cls, texts: ReplyTexts, vectors: ReplyVectors) -> "ReplyStore":
        """Index the texts: under a second for 2,000 replies, ten or twenty for 20,000."""
        windows = np.asarray(texts.windows, dtype=np.int32)
        present = [frozenset(each) for each in texts.window_speakers]
        speaker_sets = {each: number for number, each in enumerate(dict.fromkeys(present))}
        return cls(
            windows=windows,
            scenes=np.asarray(texts.scenes, dtype=np.int32),
            closing=np.asarray(texts.closing, dtype=np.int32),
            vectors=vectors,
            has_previous=np.array([who is not None for who in texts.previous_speakers], dtype=bool),
            log_lengths=np.log1p([length_of(text) for text in texts.replies]).astype(np.float32),
            previous_speakers=np.array([who or "" for who in texts.previous_speakers], dtype=str),
            speaker_sets=tuple(speaker_sets),
            speaker_set=np.array([speaker_sets[present[at]] for at in windows], dtype=np.int32),
            lexical=_index(texts),
            kernels=_kernels(texts, vectors),
            window_texts=tuple(texts.window_keys),
        )


def length_of(text: str) -> int:
    """Return the length of a reply in characters, without white space."""
    return len(characters(text))


def _index(texts: ReplyTexts) -> LexicalIndexes:
    return LexicalIndexes(
        keys=Bm25Index.build(texts.window_keys, bigrams),
        pairs=Bm25Index.build(texts.pairs, bigrams),
        replies=Bm25Index.build(texts.replies, bigrams),
        replies_unigrams=Bm25Index.build(texts.replies, unigrams),
        previous=Bm25Index.build(texts.previous, letter_pairs),
    )


def _kernels(texts: ReplyTexts, vectors: ReplyVectors) -> Kernels:
    scenes = np.asarray(texts.scenes, dtype=np.int32)

    def lexical(overlap: Overlap) -> Kernel:
        factors = factor(texts.replies, overlap)
        return Kernel.build(factors.rows, scenes, factors.step)

    return Kernels(
        chrf=lexical(Overlap(texts.replies, chrf_profile)),
        f1=lexical(Overlap(texts.replies, bigram_profile)),
        cosine=Kernel.build(vectors.replies.T, scenes),
        same_scene=neighbourhoods(scenes),
    )
