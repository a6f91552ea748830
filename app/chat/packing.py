"""Ranked replies become the examples of a prompt: as many exchanges as its room takes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.catalog.finder import Found, FoundExample, Ranked
from characters.packing import Block, Decision, Room, Span, as_shown_before, pack

_CANDIDATES = 100
"""Exchanges whose tokens are counted: more than any room takes."""
_BITS = 11
"""A scene has at most 1,000 lines."""


@dataclass(frozen=True, slots=True)
class Packed:
    """What a prompt may show, and what became of each candidate."""

    found: Found
    decisions: list[Decision]


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


def countable_lines(ranked: Ranked) -> list[str]:
    """Every line that packing may show, as it is counted: with its newline; each once."""
    return list(dict.fromkeys(_lines(ranked)))


def pack_examples(
    ranked: Ranked, cost: Mapping[str, int], room: Room, arranged: Sequence[int]
) -> Packed:
    """Fill ``room``; ``cost``: tokens of :func:`countable_lines`.

    ``arranged``: ids of what the prompt before showed. A block that one of those contains gives
    way to it, so that an engine finds it in its cache; those that are not chosen any more are
    ``others`` of what is found.
    """
    selection = ranked.selection
    packing = pack(
        ranked.candidates[:_CANDIDATES],
        selection.line,
        lambda line: cost[f"{line}\n"],
        room,
    )
    earlier = [span for span in map(block_span, arranged) if span and _exists(ranked, span)]
    blocks = as_shown_before(packing.blocks, earlier)
    chosen = {block.span for block in blocks}
    others = [span for span in dict.fromkeys(earlier) if span not in chosen]
    return Packed(
        Found(
            [_example(ranked, block) for block in blocks],
            [_example(ranked, _block_of(ranked, span)) for span in others],
            ranked.embed_ms,
            ranked.search_ms,
        ),
        packing.decisions,
    )


def _lines(ranked: Ranked) -> Iterator[str]:
    for candidate in ranked.candidates[:_CANDIDATES]:
        start = min(candidate.window.start, candidate.exchange.start)
        for at in range(start, candidate.exchange.stop):
            yield ranked.selection.line(candidate.exchange.scene, at) + "\n"


def _exists(ranked: Ranked, span: Span) -> bool:
    """Whether the scene is still there, and in the past: both can have changed since."""
    lines = ranked.selection.scenes.get(span.scene, ())
    known = ranked.until_scene is None or span.scene < ranked.until_scene
    return known and span.start < span.stop <= len(lines)


def _block_of(ranked: Ranked, span: Span) -> Block:
    """A block of an earlier prompt, with the score that its best reply has now."""
    selection = ranked.selection
    replies = [
        number
        for number in selection.replies_of(span.scene)
        if span.start <= selection.cut.replies[number].line < span.stop
    ]
    replies.sort(key=lambda number: -ranked.ranking.scores[number])
    score = float(ranked.ranking.scores[replies[0]]) if replies else 0.0
    return Block(span, score, tuple(replies))


def _example(ranked: Ranked, block: Block) -> FoundExample:
    scene, start, stop = block.span
    replies = ranked.selection.cut.replies
    return FoundExample(
        id=block_id(block.span),
        score=block.score,
        lines=[ranked.selection.line(scene, at) for at in range(start, stop)],
        key=replies[block.replies[0]].pair if block.replies else "",
    )
