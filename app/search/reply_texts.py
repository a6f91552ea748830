"""Where the words of a script meet the vectors: windows to a reply store, a dialogue to a moment.

``characters`` knows lines and no vectors, ``retrieval`` vectors and no lines; this is the seam.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from characters.passages.examples import build_query
from characters.passages.windows import WindowSet, without_directions
from characters.prompting.packing import Candidate, Span
from retrieval.blobs import RoundedVectors
from retrieval.embedding.port import Vectors
from retrieval.ranking.query import LAST_LINES, OWN_LINES, RetrievalQuery
from retrieval.ranking.rank import Ranking
from retrieval.reply_index.index import Numbers, ReplyTexts, ReplyVectors, length_of

Dialogue = Sequence[tuple[str, str]]
"""(speaker, text), oldest first."""

Embed = Callable[[str], Vectors]
"""One text to its vector; whoever calls it caches."""


class ByText(Protocol):
    """Vectors by text."""

    def __getitem__(self, text: str, /) -> Vectors: ...


_DIALOGUE_LINES = 12
_DIALOGUE_CHARACTERS = 1_000
"""Of the dialogue, as far as it is compared letter by letter."""


def reply_texts(cut: WindowSet) -> ReplyTexts:
    """What of a character's windows is embedded and indexed."""
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
    """``vectors``: those of :meth:`ReplyTexts.to_embed`, by text."""
    nothing = np.zeros(dimension, dtype=np.float32)

    def stack(wanted: Sequence[str]) -> Vectors:
        rows = [vectors[text] if text else nothing for text in wanted]
        return np.array(rows, dtype=np.float32).reshape(-1, dimension)

    return ReplyVectors(
        windows=stack(texts.window_keys),
        pairs=stack(texts.pairs),
        replies=stack(texts.replies),
        previous=stack(texts.previous),
    )


@dataclass(frozen=True, slots=True)
class TextRows:
    """Which of the texts that are embedded each window and reply has, by number."""

    windows: Numbers
    pairs: Numbers
    replies: Numbers
    previous: Numbers
    """Below zero where no line comes before."""


def find_text_rows(texts: ReplyTexts, embedded: Sequence[str]) -> TextRows:
    """``embedded``: those of :meth:`ReplyTexts.to_embed`, and maybe more, each once."""
    places = {text: place for place, text in enumerate(embedded)}

    def place(wanted: Sequence[str]) -> Numbers:
        return np.array([places[text] for text in wanted], dtype=np.int32)

    return TextRows(
        windows=place(texts.window_keys),
        pairs=place(texts.pairs),
        replies=place(texts.replies),
        previous=np.array(
            [places[text] if text else -1 for text in texts.previous], dtype=np.int32
        ),
    )


def gather_vectors(places: TextRows, stored: RoundedVectors) -> ReplyVectors:
    """``stored``: a vector for each text that was embedded.

    Raises :class:`IndexError` where there are too few.
    """
    answering = places.previous >= 0
    previous = np.zeros((len(answering), stored.rows.shape[1]), dtype=np.float32)
    previous[answering] = stored.take(places.previous[answering])
    return ReplyVectors(
        stored.take(places.windows),
        stored.take(places.pairs),
        stored.take(places.replies),
        previous,
    )


@dataclass(frozen=True, slots=True)
class QueryTexts:
    """The end of a dialogue, before its texts are embedded."""

    query: str
    """The last three lines together."""
    lines: Sequence[str]
    """The last four, each alone, without stage directions."""
    own: str | None
    """The character's own last one."""
    own_lengths: Sequence[int]
    dialogue_text: str
    last3_text: str
    last_speaker: str | None
    speakers: frozenset[str]

    def texts(self) -> list[str]:
        """Every text that :meth:`to_query` asks the vector of, once."""
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
    """What the selector is asked with at the end of ``dialogue``.

    ``own``: the speakers that are the character ``name``. The last three lines are embedded
    together, within ``max_query_length`` as :func:`~characters.passages.examples.build_query` measures it,
    each of the last four alone, and the character's own last one: in a chat that goes on, all but
    the first and the newest have been embedded before.
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
    """The replies as they are ranked, as what may be shown; at most so many."""
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
