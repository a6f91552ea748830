"""Ranked replies become the examples of a prompt: as many exchanges as its room takes."""

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
    as_shown_before,
    pack,
)

_BITS = 11
"""A scene has at most 1,000 lines."""


@dataclass(frozen=True, slots=True)
class PackedExamples:
    """What a prompt may show of what was ranked."""

    ranked: RankedReplies
    found: SceneHits
    wanted: int
    """How many of the examples found hold what suits the moment best."""
    packing: Packing

    def decisions(self, shown: Iterable[int]) -> list[Decision]:
        """What became of each candidate in a prompt that shows these blocks, by id."""
        spans = Spans(filter(None, map(block_span, shown)))
        return [
            replace(decision, reason=_reason(decision, candidate, spans))
            for decision, candidate in zip(
                self.packing.decisions, self.ranked.candidates, strict=True
            )
        ]


def block_id(span: Span) -> int:
    """A block has no row in the database: its id, below zero, spells where it stands."""
    return -1 - ((span.scene << 2 * _BITS) | (span.start << _BITS) | span.stop)


def block_span(id: int) -> Span | None:
    """The span that :func:`block_id` spelled; None for the id of a row."""
    if id >= 0:
        return None
    code = -1 - id
    mask = (1 << _BITS) - 1
    return Span(code >> 2 * _BITS, (code >> _BITS) & mask, code & mask)


def all_lines(ranked: RankedReplies, most: int) -> list[str] | None:
    """As :func:`countable_lines`, of all the scenes; None where they have more than ``most``."""
    scenes = ranked.reply_index.scenes
    if sum(map(len, scenes.values())) > most:
        return None
    return list(dict.fromkeys(f"{line}\n" for lines in scenes.values() for line in lines))


def countable_lines(ranked: RankedReplies) -> list[str]:
    """Every line that packing may show, as it is counted: with its newline; each once."""
    places: dict[tuple[int, int], None] = {}
    for candidate in ranked.candidates:
        scene, start, stop = candidate.exchange
        span = range(min(candidate.window.start, start), stop)
        places.update(dict.fromkeys((scene, at) for at in span))
    return list(dict.fromkeys(f"{ranked.lines[place]}\n" for place in places))


def pack_examples(
    ranked: RankedReplies,
    cost: Mapping[str, int],
    room: PackingRoom,
    example_order: Sequence[int],
    best: int,
) -> PackedExamples:
    """Fill ``room``; ``cost``: tokens of :func:`countable_lines`.

    ``example_order``: ids of what the prompt before showed. An exchange that one of those contains is
    shown by it, so that an engine finds it in its cache; those that are not chosen any more are
    ``others`` of what is found. ``best``: how many exchanges are wanted more than the rest.
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
    blocks, wanted = as_shown_before(packing, earlier, best)
    chosen = {block.span for block in blocks}
    others = [span for span in dict.fromkeys(earlier) if span not in chosen]
    return PackedExamples(
        ranked,
        SceneHits(
            [_example(ranked, block) for block in blocks],
            [_example(ranked, _block_of(ranked, span)) for span in others],
            ranked.embed_ms,
            ranked.search_ms,
        ),
        wanted,
        packing,
    )


def _reason(decision: Decision, candidate: Candidate, spans: Spans) -> Reason:
    """Packed, and yet there was no room beside what keeps its place; or there by keeping it."""
    if spans.around(candidate.exchange):
        return "shown"
    return "budget" if decision.reason == "shown" else decision.reason


def _exists(ranked: RankedReplies, span: Span) -> bool:
    """Whether the scene is still there, and in the past: both can have changed since."""
    lines = ranked.reply_index.scenes.get(span.scene, ())
    known = ranked.until_scene is None or span.scene < ranked.until_scene
    return known and span.start < span.stop <= len(lines)


def _block_of(ranked: RankedReplies, span: Span) -> Block:
    """A block of an earlier prompt, with the score that its best reply has now."""
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
    )
