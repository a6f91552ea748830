"""Hold what a prompt is made of, and the prompt with what it shows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.conversations.history import Exchange
from app.engines.port import EnginePrompt, Sampling
from app.lorebooks.activation import ActiveLore
from app.search.retriever import RankedReplies, SceneHits
from app.search.scene_memories import SceneMemoryHits
from app.settings import RetrievalMode
from app.turns.memory import RecalledExchange
from app.turns.overheard import ShownOverheard
from app.turns.packing import PackedExamples
from app.turns.prompt_budget import PromptBudget
from app.turns.prompt_context import PromptContext
from app.turns.scene_memories import ShownSceneMemory
from app.turns.shown_examples import ShownExample
from app.turns.token_counts import TokenCounts
from characters.lorebooks.model import Lorebook
from characters.macros import MacroValues
from characters.prompting import Segment
from characters.prompting.packing import Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptMaterial:
    """Hold what was retrieved for a prompt."""

    lines: SceneHits | RankedReplies
    books: Sequence[Lorebook]
    scene_memories: SceneMemoryHits


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """Hold how a prompt was composed: what :mod:`app.turns.prompt_record` records of it."""

    segments: Sequence[Segment]
    counts: TokenCounts
    """Tokens of the texts that were counted."""
    context: PromptContext
    material: PromptMaterial
    found: SceneHits
    """The examples that the draft was given, macros expanded."""
    budget: PromptBudget
    context_length: int
    """Tokens of prompt and reply that the engine allows."""
    as_sent: Callable[[EnginePrompt], EnginePrompt]
    """Function from the prompt to what the engine sends; see :meth:`ChatEngine.as_sent`."""
    lore_left_out: Sequence[ActiveLore]
    """Active entries that did not fit the room for lore."""
    memories_left_out: Sequence[RecalledExchange]
    """Relevant older exchanges that did not fit the room for memories."""
    macros: MacroValues | None
    """Values of macros in the character's lines; None where it is not of a card."""
    is_recorded: bool
    """Whether the exact prompt is stored with the reply."""

    @property
    def shows_summary(self) -> bool:
        """Whether the prompt has the summary of the conversation's oldest lines."""
        before = len(self.context.inserted) - len(self.context.summary)
        return any(
            each.part == "lore" and each.number is not None and each.number >= before
            for each in self.segments
        )

    @property
    def profile_shown(self) -> str:
        """The profile, or its opening, as the prompt has it."""
        return "".join(each.text for each in self.segments if each.part == "profile").strip()

    @property
    def profile_rest(self) -> str:
        """The part of the profile that follows the opening, which alone small models get."""
        return self.context.dialogue.persona.profile.strip()[len(self.profile_shown) :].strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedPrompt:
    """Hold all that the engine needs, and what the prompt shows."""

    prompt: EnginePrompt
    sampling: Sampling
    stops: list[str]
    shown: list[ShownExample]
    """Best first."""
    example_order: list[int]
    """Ids of the examples shown, in the order of the prompt."""
    lore: list[ActiveLore]
    """Lorebook entries shown, macros expanded, in the order of the prompt."""
    memories: list[RecalledExchange]
    """Older exchanges shown, in the order of the prompt."""
    overheard: list[ShownOverheard]
    """Overheard passages shown, in the order of the prompt."""
    scene_memories: list[ShownSceneMemory]
    """Scene memories shown, in the order of the prompt."""
    unknown: Sequence[Exchange]
    """Exchanges to embed after the turn."""
    shown_from: int
    """The first line of the history that the prompt shows."""
    one_paragraph: bool
    """Whether a newline ends the reply: behind it a small model strays to another subject."""
    most_examples: int | None
    """Most examples that the model can bear."""
    model: str
    adapter: str | None
    """The adapter of the character, which the reply is generated with."""
    packed: PackedExamples | None
    """The packed exchanges; None in the mode ``reference``."""
    embed_ms: float
    search_ms: float
    composition: Composition
    missing_adapter: str | None = None
    """The adapter in force for the character, where the engine does not serve it."""

    @property
    def mode(self) -> RetrievalMode:
        """The retrieval mode in force."""
        return self.packed.ranked.mode if self.packed else "reference"

    def decisions(self) -> list[Decision]:
        """Return what became of each ranked reply; empty in the mode ``reference``."""
        if self.packed is None:
            return []
        spans = filter(None, (example.span for example in self.shown))
        full = self.most_examples is not None and len(self.shown) >= self.most_examples
        return self.packed.decisions(spans, full=full)
