"""Pack ranked replies into the examples of a prompt: as many exchanges as fit its budget."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from app.search.example_index import RetrievedExample
from app.search.retriever import RankedReplies, SceneHits
from characters.prompting.packing import (
    Block,
    Candidate,
    Decision,
    Packing,
    PackingRoom,
    Reason,
    Span,
    Spans,
    in_previous_order,
    pack,
)

_BITS = 11
"""A scene has at most 1,000 lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedExamples:
    """Hold the examples that a prompt may show, packed from ranked replies."""

    ranked: RankedReplies
    found: SceneHits
    wanted: int
    """How many of the examples found hold the best exchanges of this turn."""
    packing: Packing

    def decisions(self, shown: Iterable[Span], *, full: bool) -> list[Decision]:
        """Return what became of each candidate in a prompt that contains these lines.

        ``full``: whether it contains as many examples as the model can bear.
        """
        spans = Spans(shown)
        return [
            replace(decision, reason=_reason(decision, candidate, spans, full=full))
            for decision, candidate in zip(
                self.packing.decisions, self.ranked.candidates, strict=True
            )
        ]


def block_id(span: Span) -> int:
    """Return a block's id, below zero: it encodes the span, for a block has no database row."""
    return -1 - ((span.scene << 2 * _BITS) | (span.start << _BITS) | span.stop)


def block_span(id: int) -> Span | None:
    """Return the span that :func:`block_id` encoded; None for the id of a row."""
    if id >= 0:
        return None
    code = -1 - id
    mask = (1 << _BITS) - 1
    return Span(code >> 2 * _BITS, (code >> _BITS) & mask, code & mask)


def all_lines(ranked: RankedReplies, most: int) -> list[str] | None:
    """Return the lines of all scenes like :func:`countable_lines`; None above ``most`` lines."""
    scenes = ranked.reply_index.scenes
    if sum(map(len, scenes.values())) > most:
        return None
    return list(dict.fromkeys(f"{line}\n" for lines in scenes.values() for line in lines))


def countable_lines(ranked: RankedReplies) -> list[str]:
    """Return every line that packing may show, once each, with the newline it is counted with."""
    positions: dict[tuple[int, int], None] = {}
    for candidate in ranked.candidates:
        scene, start, stop = candidate.exchange
        span = range(min(candidate.window.start, start), stop)
        positions.update(dict.fromkeys((scene, at) for at in span))
    return list(dict.fromkeys(f"{ranked.lines[position]}\n" for position in positions))


def pack_examples(
    ranked: RankedReplies,
    cost: Mapping[str, int],
    room: PackingRoom,
    example_order: Sequence[int],
    best: int,
) -> PackedExamples:
    """Return the exchanges that fill ``room``; ``cost`` has the tokens of :func:`countable_lines`.

    ``example_order`` has the ids of the previous prompt's blocks. An exchange that one of them
    contains is shown by it, so that an engine finds it in its cache; blocks no longer chosen are
    the ``others`` of the result. The ``best`` exchanges are wanted more than the rest.
    """
    earlier = [span for span in map(block_span, example_order) if span and _exists(ranked, span)]
    lines = ranked.lines
    packing = pack(
        ranked.candidates,
        lambda scene, at: lines[scene, at],
        lambda scene, at: cost[f"{lines[scene, at]}\n"],
        room,
        widen=not earlier,
    )
    blocks, wanted = in_previous_order(packing, earlier, best, joins=room.joins)
    chosen = {block.span for block in blocks}
    others = [span for span in dict.fromkeys(earlier) if span not in chosen]
    return PackedExamples(
        ranked=ranked,
        found=SceneHits(
            [_example(ranked, block) for block in blocks],
            [_example(ranked, _block_of(ranked, span)) for span in others],
            ranked.embed_ms,
            ranked.search_ms,
        ),
        wanted=wanted,
        packing=packing,
    )


def _reason(decision: Decision, candidate: Candidate, spans: Spans, *, full: bool) -> Reason:
    """Return what became of a candidate beside the blocks that keep their positions.

    A packed exchange may not fit beside them, and an unpacked one may be inside one of them.
    """
    if spans.around(candidate.exchange):
        return "shown"
    if decision.reason != "shown":
        return decision.reason
    return "rank" if full else "budget"


def _exists(ranked: RankedReplies, span: Span) -> bool:
    """Return whether the scene still exists and lies in the past: both can have changed since."""
    lines = ranked.reply_index.scenes.get(span.scene, ())
    known = ranked.until_scene is None or span.scene < ranked.until_scene
    return known and span.start < span.stop <= len(lines)


def _block_of(ranked: RankedReplies, span: Span) -> Block:
    """Return a block of an earlier prompt with the current score of its best reply."""
    reply_index = ranked.reply_index
    replies = [
        number
        for number in reply_index.replies_of(span.scene)
        if span.start <= reply_index.cut.replies[number].line < span.stop
    ]
    replies.sort(key=lambda number: -ranked.ranking.scores[number])
    score = float(ranked.ranking.scores[replies[0]]) if replies else 0.0
    return Block(span, score, tuple(replies))


def _example(ranked: RankedReplies, block: Block) -> RetrievedExample:
    scene, start, stop = block.span
    replies = ranked.reply_index.cut.replies
    return RetrievedExample(
        id=block_id(block.span),
        score=block.score,
        lines=[ranked.lines[scene, at] for at in range(start, stop)],
        key=replies[block.replies[0]].pair if block.replies else "",
        scene=scene,
        start=start,
    )
