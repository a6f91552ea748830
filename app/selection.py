"""Where the words of a script meet the vectors: windows to a reply store, a dialogue to a moment.

``characters`` knows lines and no vectors, ``retrieval`` vectors and no lines; this is the seam.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Protocol

import numpy as np

from characters.examples import build_query
from characters.packing import Candidate, Span
from characters.windows import WindowSet, without_directions
from retrieval.embedding.port import Vectors
from retrieval.selector.moment import LAST_LINES, OWN_LINES, Moment
from retrieval.selector.ranking import Ranking
from retrieval.selector.store import ReplyTexts, ReplyVectors, length_of

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


def gather_vectors(texts: ReplyTexts, rows: Vectors) -> ReplyVectors:
    """The same of ``rows``: a vector for each of :meth:`ReplyTexts.to_embed`, in its order."""
    places = {text: place for place, text in enumerate(texts.to_embed())}

    def take(wanted: Sequence[str]) -> Vectors:
        taken: Vectors = rows[[places[text] for text in wanted]]
        return taken

    spoken = [bool(text) for text in texts.previous]
    previous = np.zeros((len(spoken), rows.shape[1]), dtype=np.float32)
    previous[spoken] = take([text for text in texts.previous if text])
    return ReplyVectors(take(texts.window_keys), take(texts.pairs), take(texts.replies), previous)


def moment_texts(
    dialogue: Dialogue,
    own: Collection[str],
    name: str,
    max_query_length: int,
    length: Callable[[str], float] = len,
) -> list[str]:
    """Every text that :func:`moment_of` will ask the vector of, once."""
    asked: dict[str, None] = {}

    def note(text: str) -> Vectors:
        asked.setdefault(text)
        return np.zeros(1, dtype=np.float32)

    moment_of(dialogue, own, name, note, max_query_length, length)
    return list(asked)


def moment_of(
    dialogue: Dialogue,
    own: Collection[str],
    name: str,
    embed: Embed,
    max_query_length: int,
    length: Callable[[str], float] = len,
) -> Moment:
    """What the selector is asked with at the end of ``dialogue``.

    ``own``: the speakers that are the character ``name``. Embeds the last three lines together,
    within ``max_query_length`` as :func:`~characters.examples.build_query` measures it, each of
    the last four alone, and the character's own last one: in a chat that goes on, all but the
    first and the newest have been embedded before.
    """
    named = [(name if who in own else who, text) for who, text in dialogue]
    said = [without_directions(text) for _, text in named]
    spoken = [text for (who, _), text in zip(named, said, strict=True) if who == name]
    last3 = build_query(named[-3:], name, _DIALOGUE_CHARACTERS)
    rows = [embed(text) for text in said[-LAST_LINES:]]
    dialogue_vector = embed(build_query(named[-3:], name, max_query_length, length))
    return Moment(
        dialogue_text=build_query(named[-_DIALOGUE_LINES:], name, _DIALOGUE_CHARACTERS),
        last3_text=last3,
        dialogue=dialogue_vector,
        lines=np.array(rows, dtype=np.float32).reshape(-1, len(dialogue_vector)),
        newest_text=said[-1] if said else "",
        own=embed(spoken[-1]) if spoken else None,
        own_lengths=[length_of(text) for text in spoken[-OWN_LINES:]],
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
