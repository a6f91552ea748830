"""Decide which examples a prompt shows: pack what fits, and keep the previous prompt's places."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.engines.port import Limits
from app.search.example_index import RetrievedExample
from app.search.retriever import RankedReplies, SceneHits
from app.settings import RetrievalSettings
from app.turns.packing import PackedExamples, pack_examples
from app.turns.prompt_budget import PromptBudget
from app.turns.token_counts import TokenCounts
from characters.prompting import SEPARATOR, PreviousExamples, PromptDraft
from characters.prompting.chat import MESSAGE_TOKENS
from characters.prompting.packing import PackingRoom, Span


@dataclass(frozen=True, slots=True)
class ShownExample:
    """Hold the lines of an example that a prompt contains."""

    found: RetrievedExample
    """The example as it was found; a chat prompt contains only its last exchange."""
    cut: int = 0
    """How many of its first lines the prompt does not contain."""

    @property
    def id(self) -> int:
        """The id of the example."""
        return self.found.id

    @property
    def score(self) -> float:
        """The score of the example."""
        return self.found.score

    @property
    def lines(self) -> list[str]:
        """The lines that the prompt contains, ``speaker：text``."""
        return self.found.lines[self.cut :]

    @property
    def start(self) -> int:
        """The position in its scene of the first line that the prompt contains."""
        return self.found.start + self.cut

    @property
    def span(self) -> Span | None:
        """The lines that the prompt contains; None where the scene is not known."""
        if self.found.scene is None:
            return None
        return Span(self.found.scene, self.start, self.found.start + len(self.found.lines))

    def render(self) -> str:
        """Return the lines that the prompt contains, as one text."""
        return "\n".join(self.lines)


def shown_examples(
    draft: PromptDraft, found: SceneHits, shown: Sequence[int]
) -> list[ShownExample]:
    """Return the examples of a prompt, in its order.

    ``draft`` was given ``found``, and ``shown`` are their numbers in it.
    """
    offered = [*found.examples, *found.others]
    return [ShownExample(offered[number], draft.shown_from(number)) for number in shown]


def pack_beside(
    frame: PromptDraft,
    ranked: RankedReplies,
    counts: TokenCounts,
    budget: PromptBudget,
    limits: Limits,
    settings: RetrievalSettings,
    example_order: Sequence[int] = (),
) -> PackedExamples:
    """Pack the exchanges that fit beside the frame, a draft without examples.

    ``counts`` has the tokens of the frame's pieces, of the separator and of every line that may be
    shown; those of the examples are added. ``example_order`` has the ids of the previous prompt's
    examples, if they are to keep their places.
    """
    most = limits.max_examples or len(ranked.candidates)
    framed = sum(counts[piece] for piece in frame.pieces())
    left = budget.leave_for_examples(framed, settings.example_tokens)
    room = _room(limits, left, counts[SEPARATOR], most)
    packed = pack_examples(ranked, counts, room, example_order, settings.top_k)
    for example in (*packed.found.examples, *packed.found.others):
        known = [counts.get(f"{line}\n") for line in example.lines]
        if None not in known:
            counts[example.render()] = sum(filter(None, known))
    return packed


def earlier_examples(
    example_order: Sequence[int],
    found: SceneHits,
    packed: PackedExamples | None,
    settings: RetrievalSettings,
) -> PreviousExamples:
    """Return the examples of the previous prompt that the character still has.

    ``packed`` is None in the mode ``reference``.
    """
    offered = [*found.examples, *found.others]
    numbers = {example.id: number for number, example in enumerate(offered)}
    order = [numbers[id] for id in example_order if id in numbers]
    others = [example.lines for example in found.others]
    if packed is None:
        return PreviousExamples(others, order)
    return PreviousExamples(others, order, packed.wanted, settings.example_tokens)


def _room(limits: Limits, left: int, separator: int, most: int) -> PackingRoom:
    """Return the room for exchanges; in a chat prompt each is two messages of its own."""
    if limits.prompt_style == "chat":
        around = 2 * MESSAGE_TOKENS
        return PackingRoom(max(0, left - around), around, most, joins=False)
    return PackingRoom(left, separator, most)
