"""Build prompts: find the lines and lore that fit the dialogue, then compose."""

import asyncio
from collections.abc import Mapping, Sequence

import structlog
from opentelemetry import trace

from app.db.models import Character
from app.engines.port import ChatEngine, Limits
from app.lorebooks.activation import LoreFinder
from app.search.retriever import RankedReplies, Retriever, SceneHits
from app.search.scene_memories import SceneMemories, SceneMemoryHits
from app.search.served import ServedIndex
from app.settings import PromptSettings, RetrievalSettings
from app.turns.card_texts import expand_scene_memories
from app.turns.dialogue_context import DialogueContext
from app.turns.estimate import most_tokens
from app.turns.memory import Memory
from app.turns.prepared_prompt import PreparedPrompt, PromptMaterial
from app.turns.prompt_composer import PromptComposer
from characters.language import reading_length
from characters.lorebooks.model import Lorebook
from characters.passages.examples import build_query
from retrieval.errors import DamagedIndexError

log = structlog.get_logger(__name__)
_tracer = trace.get_tracer("offbook")


class PromptBuilder:
    """Find examples and compose prompts within the engine's limits."""

    def __init__(
        self,
        retriever: Retriever,
        engine: ChatEngine,
        settings: RetrievalSettings,
        prompt: PromptSettings,
        lore: LoreFinder,
        memory: Memory,
        scene_memories: SceneMemories | None = None,
    ) -> None:
        """Show what ``scene_memories`` finds; None leaves scene memories out of prompts."""
        self._retriever = retriever
        self._scene_memories = scene_memories
        self._lore = lore
        self._settings = settings
        self._keeps_order = prompt.layout == "cached"
        self._composer = PromptComposer(engine, settings, prompt, memory)

    @property
    def embedder(self) -> str:
        """The model that embeds queries."""
        return self._retriever.embedder

    def query(self, dialogue: DialogueContext) -> str:
        """Return the text whose nearest passages are retrieved."""
        lines = dialogue.lines
        name = dialogue.persona.name
        return build_query(lines, name, self._settings.max_query_length, reading_length)

    def forget(self) -> None:
        """Forget lorebooks and lines; they are read and counted again."""
        self._lore.forget()
        self._composer.forget()

    @_tracer.start_as_current_span("retrieve lines")
    async def find(self, character: Character, dialogue: DialogueContext) -> PromptMaterial:
        """Retrieve the character's lines relevant to the dialogue, and read its lorebooks."""
        books = asyncio.create_task(self._find_books(character))
        try:
            lines = await self._find_lines(character, dialogue)
            memories = SceneMemoryHits()
            if self._scene_memories is not None and isinstance(lines, RankedReplies):
                memories = await self._scene_memories.find(character, lines)
                if character.card:
                    memories = expand_scene_memories(memories, dialogue.macros(character))
            return PromptMaterial(lines=lines, books=await books, scene_memories=memories)
        finally:
            books.cancel()

    @_tracer.start_as_current_span("compose prompt")
    async def prepare(
        self,
        character: Character,
        dialogue: DialogueContext,
        material: PromptMaterial,
        *,
        share: float = 1.0,
        wanted: Mapping[str, object] | None = None,
    ) -> PreparedPrompt:
        """Compose the prompt from what :meth:`find` returned.

        See :meth:`PromptComposer.prepare`.
        """
        return await self._composer.prepare(
            character, dialogue, material, share=share, wanted=wanted
        )

    def most_tokens(
        self,
        character: Character,
        dialogue: DialogueContext,
        limits: Limits,
        wanted: Mapping[str, object] | None = None,
    ) -> int:
        """Return an upper estimate of what a reply takes, see :func:`most_tokens`."""
        return most_tokens(character, dialogue, limits, self._settings, wanted)

    async def count_turn(self, dialogue: DialogueContext, reply: str) -> None:
        """Count a turn's message and reply, so that the next turn need not wait for it."""
        await self._composer.count_turn(dialogue, reply)

    async def _find_lines(
        self, character: Character, dialogue: DialogueContext
    ) -> SceneHits | RankedReplies:
        async def find(served: ServedIndex) -> SceneHits | RankedReplies:
            return await self._find_served_lines(character, dialogue, served)

        return await self._retriever.search(character, find)

    async def _find_served_lines(
        self, character: Character, dialogue: DialogueContext, served: ServedIndex
    ) -> SceneHits | RankedReplies:
        if served.mode != "reference" and served.replies is not None:
            try:
                return await self._retriever.rank(
                    character, dialogue.lines, served.mode, served.replies, dialogue.until_scene
                )
            except DamagedIndexError as error:  # also one that another version wrote
                log.warning("selection_unreadable", character=character.slug, error=str(error))
        also = dialogue.example_order if self._keeps_order else ()
        return await self._retriever.find(
            character, self.query(dialogue), served, also, dialogue.until_scene
        )

    async def _find_books(self, character: Character) -> Sequence[Lorebook]:
        return await self._lore.books(character.id) if character.has_lore else ()
