"""Hold what a prompt is made of, and the prompt with what it shows."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.conversations.history import Exchange
from app.engines.port import EnginePrompt, Sampling
from app.lorebooks.activation import ActiveLore
from app.search.example_index import RetrievedExample
from app.search.retriever import RankedReplies, SceneHits
from app.search.scene_memories import SceneMemoryHits
from app.settings import RetrievalMode
from app.turns.memory import RecalledExchange
from app.turns.overheard import ShownOverheard
from app.turns.packing import PackedExamples
from app.turns.scene_memories import ShownSceneMemory
from characters.lorebooks.model import Lorebook
from characters.prompting.packing import Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptMaterial:
    """Hold what was retrieved for a prompt."""

    lines: SceneHits | RankedReplies
    books: Sequence[Lorebook]
    scene_memories: SceneMemoryHits


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedPrompt:
    """Hold all that the engine needs, and what the prompt shows."""

    prompt: EnginePrompt
    sampling: Sampling
    stops: list[str]
    shown: list[RetrievedExample]
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
    packed: PackedExamples | None
    """The packed exchanges; None in the mode ``reference``."""
    embed_ms: float
    search_ms: float

    @property
    def mode(self) -> RetrievalMode:
        """The retrieval mode in force."""
        return self.packed.ranked.mode if self.packed else "reference"

    def decisions(self) -> list[Decision]:
        """Return what became of each ranked reply; empty in the mode ``reference``."""
        return self.packed.decisions(self.example_order) if self.packed else []
