"""Connect a script's texts with vectors: windows to a reply store, a dialogue to a query.

``characters`` handles lines without vectors, ``retrieval`` vectors without lines; this module
joins the two.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from characters.passages.examples import build_query
from characters.passages.windows import WindowSet, without_directions
from characters.prompting.packing import Candidate, Span
from retrieval.embedding.port import Vectors
from retrieval.ranking.query import LAST_LINES, OWN_LINES, RetrievalQuery
from retrieval.ranking.rank import Ranking
from retrieval.reply_index.index import Numbers, ReplyTexts, ReplyVectors, length_of
from retrieval.rounding import RoundedVectors

Dialogue = Sequence[tuple[str, str]]
"""(speaker, text), oldest first."""

Embed = Callable[[str], Vectors]
"""Function from a text to its vector, cached."""


class ByText(Protocol):
    """Look up vectors by text."""

    def __getitem__(self, text: str, /) -> Vectors: ...


_DIALOGUE_LINES = 12
_DIALOGUE_CHARACTERS = 1_000
"""Bounds of the dialogue that is compared by letters."""


def reply_texts(cut: WindowSet) -> ReplyTexts:
    """Return the texts of a character's windows that are embedded and indexed."""
    last = {reply.window: number for number, reply in enumerate(cut.replies)}
    closing = [
        last[number] for number, window in enumerate(cut.windows) if window.stop - window.start > 1
    ]
    return ReplyTexts(
        window_keys=[window.key for window in cut.windows],
        window_speakers=[window.speakers for window in cut.windows],
        pairs=[reply.pair for reply in cut.replies],
        replies=[reply.text for reply in cut.replies],
        previous=[reply.previous for reply in cut.replies],
        previous_speakers=[reply.previous_speaker for reply in cut.replies],
        windows=np.array([reply.window for reply in cut.replies], dtype=np.int32),
        scenes=np.array([reply.scene for reply in cut.replies], dtype=np.int32),
        closing=np.array(closing, dtype=np.int32),
    )


def reply_vectors(texts: ReplyTexts, vectors: ByText, dimension: int) -> ReplyVectors:
    """Return the vectors of the texts; ``vectors`` has those of :meth:`ReplyTexts.to_embed`."""
    zeros = np.zeros(dimension, dtype=np.float32)

    def stack(wanted: Sequence[str]) -> Vectors:
        rows = [vectors[text] if text else zeros for text in wanted]
        return np.array(rows, dtype=np.float32).reshape(-1, dimension)

    return ReplyVectors(
        windows=stack(texts.window_keys),
        pairs=stack(texts.pairs),
        replies=stack(texts.replies),
        previous=stack(texts.previous),
    )


@dataclass(frozen=True, slots=True)
class TextRows:
    """Hold the row numbers, among the embedded texts, of each window's and reply's texts."""

    windows: Numbers
    pairs: Numbers
    replies: Numbers
    previous: Numbers
    """Below zero for replies without a line before."""


def find_text_rows(texts: ReplyTexts, embedded: Sequence[str]) -> TextRows:
    """Return the row numbers of the texts in ``embedded``.

    ``embedded`` contains the texts of :meth:`ReplyTexts.to_embed` and possibly others, each once.
    """
    numbers = {text: number for number, text in enumerate(embedded)}

    def find(wanted: Sequence[str]) -> Numbers:
        return np.array([numbers[text] for text in wanted], dtype=np.int32)

    return TextRows(
        windows=find(texts.window_keys),
        pairs=find(texts.pairs),
        replies=find(texts.replies),
        previous=np.array(
            [numbers[text] if text else -1 for text in texts.previous], dtype=np.int32
        ),
    )


def gather_vectors(rows: TextRows, stored: RoundedVectors) -> ReplyVectors:
    """Return the vectors of windows and replies from the vectors of all embedded texts.

    Raises :class:`IndexError` where ``stored`` has too few rows.
    """
    answering = rows.previous >= 0
    previous = np.zeros((len(answering), stored.rows.shape[1]), dtype=np.float32)
    previous[answering] = stored.take(rows.previous[answering])
    return ReplyVectors(
        stored.take(rows.windows),
        stored.take(rows.pairs),
        stored.take(rows.replies),
        previous,
    )


@dataclass(frozen=True, slots=True)
class QueryTexts:
    """Hold the end of a dialogue before its texts are embedded."""

    query: str
    """The last three lines together."""
    lines: Sequence[str]
    """The last four, each alone, without stage directions."""
    own: str | None
    """The character's own last line."""
    own_lengths: Sequence[int]
    dialogue_text: str
    last3_text: str
    last_speaker: str | None
    speakers: frozenset[str]

    def texts(self) -> list[str]:
        """Return every text that :meth:`to_query` embeds, once."""
        own = [] if self.own is None else [self.own]
        return list(dict.fromkeys([*self.lines, self.query, *own]))

    def to_query(self, embed: Embed) -> RetrievalQuery:
        dialogue = embed(self.query)
        rows = [embed(text) for text in self.lines]
        return RetrievalQuery(
            dialogue_text=self.dialogue_text,
            last3_text=self.last3_text,
            dialogue=dialogue,
            lines=np.array(rows, dtype=np.float32).reshape(-1, len(dialogue)),
            newest_text=self.lines[-1] if self.lines else "",
            own=None if self.own is None else embed(self.own),
            own_lengths=self.own_lengths,
            last_speaker=self.last_speaker,
            speakers=self.speakers,
        )


def build_query_texts(
    dialogue: Dialogue,
    own: Collection[str],
    name: str,
    max_query_length: int,
    length: Callable[[str], float] = len,
) -> QueryTexts:
    """Return the texts of the query at the end of ``dialogue``.

    ``own`` are the speakers that are the character ``name``. The last three lines are embedded
    together, within ``max_query_length`` as
    :func:`~characters.passages.examples.build_query` measures it, each of the last four lines
    alone, and the character's own last line: at the next turn all but the three lines together
    and the newest line are cached.
    """
    named = [(name if who in own else who, text) for who, text in dialogue]
    said = [without_directions(text) for _, text in named]
    spoken = [text for (who, _), text in zip(named, said, strict=True) if who == name]
    return QueryTexts(
        query=build_query(named[-3:], name, max_query_length, length),
        lines=said[-LAST_LINES:],
        own=spoken[-1] if spoken else None,
        own_lengths=[length_of(text) for text in spoken[-OWN_LINES:]],
        dialogue_text=build_query(named[-_DIALOGUE_LINES:], name, _DIALOGUE_CHARACTERS),
        last3_text=build_query(named[-3:], name, _DIALOGUE_CHARACTERS),
        last_speaker=named[-1][0] if named else None,
        speakers=frozenset(who for who, _ in named if who != name),
    )


def candidates(cut: WindowSet, ranking: Ranking, most: int | None = None) -> list[Candidate]:
    """Return the ranked replies as candidates for a prompt, best first, at most ``most``."""
    found = []
    for number in ranking.order[:most].tolist():
        reply = cut.replies[number]
        window = cut.windows[reply.window]
        first, last = reply.span
        found.append(
            Candidate(
                reply=number,
                exchange=Span(reply.scene, first, last + 1),
                window=Span(reply.scene, window.start, window.stop),
                score=float(ranking.scores[number]),
                relevant=bool(ranking.relevant[number]),
            )
        )
    return found
