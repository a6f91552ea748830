"""Prepare prompts: find, count once, allot the budget, assemble."""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

import structlog

from app.conversations.history import Exchange
from app.db.models import Character
from app.engines.port import ChatEngine, EngineError, Limits, Sampling
from app.lorebooks.activation import ActiveLore, LoreFinder, activate_all
from app.search.example_index import RetrievedExample
from app.search.retriever import RankedReplies, Retriever, SceneHits
from app.settings import PromptSettings, RetrievalSettings
from app.turns.card_texts import expand_examples, expand_lore
from app.turns.dialogue_context import DialogueContext
from app.turns.memory import Memory
from app.turns.overheard import ShownOverheard, select_overheard
from app.turns.packing import PackedExamples, pack_examples
from app.turns.prepared_prompt import PreparedPrompt, PromptMaterial
from app.turns.prompt_budget import PromptBudget, budget_of
from app.turns.prompt_context import PromptContext, open_context
from app.turns.prompt_draft import draft_prompt, to_engine
from app.turns.recall import recall_memories
from app.turns.sampling import is_small, sampling_of
from app.turns.token_counts import TokenCounter, TokenCounts
from characters.language import reading_length
from characters.lorebooks.activation import LoreDialogue
from characters.lorebooks.model import Lorebook
from characters.passages.examples import build_query
from characters.prompting import (
    SEPARATOR,
    PreviousExamples,
    Prompt,
    PromptDraft,
    Utterance,
    stop_strings,
)
from characters.prompting.packing import PackingRoom
from retrieval.errors import DamagedIndexError

log = structlog.get_logger(__name__)


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
    ) -> None:
        self._retriever = retriever
        self._lore = lore
        self._memory = memory
        self._engine = engine
        self._settings = settings
        self._counter = TokenCounter(engine)
        self._keeps_order = prompt.layout == "cached"
        self._best_last = prompt.layout == "best_last"

    @property
    def embedder(self) -> str:
        """The model that embeds queries."""
        return self._retriever.embedder

    def query(self, dialogue: DialogueContext) -> str:
        """Return the text whose nearest passages are retrieved."""
        lines = dialogue.lines
        name = dialogue.persona.name
        return build_query(lines, name, self._settings.max_query_length, reading_length)

    async def find(self, character: Character, dialogue: DialogueContext) -> PromptMaterial:
        """Retrieve the character's lines relevant to the dialogue, and read its lorebooks."""
        books = asyncio.create_task(self._find_books(character))
        try:
            lines = await self._find_lines(character, dialogue)
            return PromptMaterial(lines=lines, books=await books)
        finally:
            books.cancel()

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

        ``share`` of the engine's context is used: less than 1 after the engine refused a prompt
        as too long. Sampling values in ``wanted`` override the character's own. Raises the
        engine's errors, and :class:`~characters.prompting.PromptTooLongError`.
        """
        limits = await self._engine.limits()
        sampling = sampling_of(limits, character, wanted)
        budget = budget_of(limits, sampling, share)
        lore = await _select_lore(character, dialogue, material.books, budget)
        opened = open_context(dialogue, lore, budget)
        frame = draft_prompt(limits, opened)

        counts = await self._count_once(character, limits, opened, frame, material.lines)

        context, unknown = await self._insert(opened, frame, counts, budget, material.lines)
        if context is not opened:
            frame = draft_prompt(limits, context)
            # The inserted texts have shares of their own, and cost nothing of the rest.
            counts = dict.fromkeys(frame.pieces(), 0) | counts
        found, packed = material.lines, None
        if isinstance(found, RankedReplies):
            packed = self._pack(limits, dialogue, frame, found, counts, budget)
            found = packed.found
        if character.card:
            found = expand_examples(found, dialogue.macros(character))

        earlier = self._earlier(dialogue, found, packed) if self._keeps_order else None
        draft = draft_prompt(limits, context, found, earlier, best_last=self._best_last)
        counts |= await self._counter.count(text for text in draft.pieces() if text not in counts)
        prompt = draft.fit(counts.__getitem__, budget.unreserved)
        return _prepared(prompt, context, character, limits, sampling, found, packed, unknown)

    async def count_turn(self, dialogue: DialogueContext, reply: str) -> None:
        """Count a turn's message and reply, so that the next turn need not wait for it."""
        with contextlib.suppress(EngineError):  # it is raised where a turn depends on the count
            limits = await self._engine.limits()
            history = [*dialogue.history, Utterance("character", dialogue.continued + reply)]
            later = replace(dialogue, history=history, continued="")
            context = open_context(later, (), PromptBudget(prompt=limits.context_length))
            await self._counter.count(draft_prompt(limits, context).pieces())

    async def _find_lines(
        self, character: Character, dialogue: DialogueContext
    ) -> SceneHits | RankedReplies:
        mode = self._retriever.mode(character)
        if mode != "reference":
            try:
                return await self._retriever.rank(
                    character, dialogue.lines, mode, dialogue.until_scene
                )
            except DamagedIndexError as error:  # also one that another version wrote
                log.warning("selection_unreadable", character=character.slug, error=str(error))
        also = dialogue.example_order if self._keeps_order else ()
        return await self._retriever.find(
            character, self.query(dialogue), also, dialogue.until_scene
        )

    async def _find_books(self, character: Character) -> Sequence[Lorebook]:
        return await self._lore.books(character.id) if character.has_lore else ()

    async def _count_once(
        self,
        character: Character,
        limits: Limits,
        context: PromptContext,
        frame: PromptDraft,
        found: SceneHits | RankedReplies,
    ) -> TokenCounts:
        """Count all that the prompt may need, in one question to the engine."""
        if isinstance(found, RankedReplies):
            return await self._counter.count_with_lines(character, limits, frame.pieces(), found)
        earlier = self._earlier(context.dialogue, found, None)
        draft = draft_prompt(limits, context, found, earlier)
        return await self._counter.count([*frame.pieces(), *draft.pieces()])

    async def _insert(
        self,
        context: PromptContext,
        frame: PromptDraft,
        counts: TokenCounts,
        budget: PromptBudget,
        found: SceneHits | RankedReplies,
    ) -> tuple[PromptContext, Sequence[Exchange]]:
        """Insert overheard passages and memories, and drop the lines that do not fit beside them.

        Returns ``context`` itself where nothing changes; and the exchanges to embed later.
        """
        count, persona = counts.__getitem__, context.dialogue.persona
        overheard: Sequence[ShownOverheard] = ()
        if isinstance(found, RankedReplies) and self._settings.presence:
            overheard = select_overheard(found, persona, frame, count, budget)
        most = self._settings.memory_tokens
        recalled = await recall_memories(context, frame, count, budget, self._memory, most)
        if overheard or recalled.memories or recalled.dropped:
            context = replace(
                context,
                shown_from=context.shown_from + recalled.dropped,
                overheard=overheard,
                memories=recalled.memories,
            )
        return context, recalled.unknown

    def _pack(
        self,
        limits: Limits,
        dialogue: DialogueContext,
        frame: PromptDraft,
        ranked: RankedReplies,
        counts: TokenCounts,
        budget: PromptBudget,
    ) -> PackedExamples:
        """Pack the exchanges that fit beside the frame; adds their tokens to ``counts``."""
        most = limits.max_examples or len(ranked.candidates)
        framed = sum(counts[piece] for piece in frame.pieces())
        left = budget.leave_for_examples(framed, self._settings.example_tokens)
        packed = pack_examples(
            ranked,
            counts,
            PackingRoom(left, counts[SEPARATOR], most),
            dialogue.example_order if self._keeps_order else (),
            self._settings.top_k,
        )
        for example in (*packed.found.examples, *packed.found.others):
            known = [counts.get(f"{line}\n") for line in example.lines]
            if None not in known:
                counts[example.render()] = sum(filter(None, known))
        return packed

    def _earlier(
        self, dialogue: DialogueContext, found: SceneHits, packed: PackedExamples | None
    ) -> PreviousExamples:
        """Return the examples of the previous prompt that the character still has."""
        offered = [*found.examples, *found.others]
        numbers = {example.id: number for number, example in enumerate(offered)}
        order = [numbers[id] for id in dialogue.example_order if id in numbers]
        others = [example.lines for example in found.others]
        if packed is None:
            return PreviousExamples(others, order)
        return PreviousExamples(others, order, packed.wanted, self._settings.example_tokens)


async def _select_lore(
    character: Character,
    dialogue: DialogueContext,
    books: Sequence[Lorebook],
    budget: PromptBudget,
) -> list[ActiveLore]:
    """Return the entries that the dialogue activates, their macros expanded."""
    lines = [line.text for line in dialogue.history]
    activating = LoreDialogue(lines, dialogue.greeting, dialogue.seed)
    found = await activate_all(books, activating, budget.lore)
    return expand_lore(found, dialogue.macros(character))


def _prepared(
    prompt: Prompt,
    context: PromptContext,
    character: Character,
    limits: Limits,
    sampling: Sampling,
    found: SceneHits,
    packed: PackedExamples | None,
    unknown: Sequence[Exchange],
) -> PreparedPrompt:
    offered = [*found.examples, *found.others]
    examples = [offered[at] for at in prompt.examples_shown]
    shown = sorted(examples, key=lambda example: (-example.score, example.id))
    lore, memories, overheard = context.shown(prompt.lore_shown)
    return PreparedPrompt(
        prompt=to_engine(prompt),
        sampling=sampling,
        stops=stop_strings(context.dialogue.persona, _speakers(shown, character)),
        shown=shown,
        example_order=[example.id for example in examples],
        lore=lore,
        memories=memories,
        overheard=overheard,
        unknown=unknown,
        shown_from=context.shown_from + prompt.history_dropped,
        one_paragraph=is_small(limits),
        most_examples=limits.max_examples,
        model=limits.model,
        packed=packed,
        embed_ms=found.embed_ms,
        search_ms=found.search_ms,
    )


def _speakers(shown: Sequence[RetrievedExample], character: Character) -> list[str]:
    """Return the names that stop a reply: first speakers of the examples shown, then the others.

    A line of an example is ``speaker：text``; its speaker is known to be free of colons.
    """
    lines = (line for example in shown for line in example.lines)
    near = (line.replace("：", ":").partition(":")[0] for line in lines)
    return list(dict.fromkeys((*near, *character.others)))
