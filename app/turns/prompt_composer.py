"""Compose prompts from retrieved lines: count once, allot the budget, assemble."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

from app.db.models import Character
from app.engines.port import EngineError, Limits, Sampling, ScoringEngine
from app.lorebooks.activation import LoreSelection, activate_all
from app.search.retriever import RankedReplies, SceneHits
from app.settings import PromptSettings, RetrievalSettings
from app.turns.adapters import adapter_of
from app.turns.card_texts import expand_examples, expand_lore
from app.turns.dialogue_context import DialogueContext
from app.turns.memory import Memory
from app.turns.overheard import ShownOverheard, select_overheard
from app.turns.packing import PackedExamples
from app.turns.prepared_prompt import Composition, PreparedPrompt, PromptMaterial
from app.turns.prompt_budget import PromptBudget, budget_of
from app.turns.prompt_context import PromptContext, open_context
from app.turns.prompt_draft import draft_prompt, to_engine
from app.turns.recall import RecalledMemories, recall_memories
from app.turns.sampling import is_small, sampling_of
from app.turns.scene_memories import select_scene_memories
from app.turns.shown_examples import (
    ShownExample,
    earlier_examples,
    pack_beside,
    shown_examples,
)
from app.turns.token_counts import TokenCounter, TokenCounts
from characters.language import clip
from characters.lorebooks.activation import LoreDialogue
from characters.lorebooks.model import Lorebook
from characters.prompting import Prompt, PromptDraft, Utterance, stop_strings


class PromptComposer:
    """Compose prompts within the engine's limits."""

    def __init__(
        self,
        engine: ScoringEngine,
        settings: RetrievalSettings,
        prompt: PromptSettings,
        memory: Memory | None = None,
    ) -> None:
        """Take the engine that counts tokens; without ``memory`` nothing is recalled."""
        self._memory = memory
        self._engine = engine
        self._settings = settings
        self._counter = TokenCounter(engine)
        self._keeps_order = prompt.layout == "cached"
        self._best_last = prompt.layout == "best_last"
        self._records = prompt.record

    def forget(self) -> None:
        """Forget the texts that were counted."""
        self._counter.forget()

    async def prepare(
        self,
        character: Character,
        dialogue: DialogueContext,
        material: PromptMaterial,
        *,
        share: float = 1.0,
        wanted: Mapping[str, object] | None = None,
        limits: Limits | None = None,
    ) -> PreparedPrompt:
        """Compose the prompt from retrieved ``material``.

        ``share`` of the engine's context is used: less than 1 after the engine refused a prompt
        as too long. Sampling values in ``wanted`` override the character's own, and ``limits`` the
        engine's. Raises the engine's errors, and
        :class:`~characters.prompting.PromptTooLongError`.
        """
        limits = limits or await self._engine.limits()
        sampling = sampling_of(limits, character, wanted)
        budget = budget_of(limits, sampling, share)
        dialogue = _introduced(dialogue, budget)
        lore = await _select_lore(character, dialogue, material.books, budget)
        opened = open_context(dialogue, lore.active, budget)
        frame = draft_prompt(limits, opened)

        counts = await self._count_once(character, limits, opened, frame, material.lines)

        context, recalled = await self._insert(opened, frame, counts, budget, material)
        if context is not opened:
            frame = draft_prompt(limits, context)
            # The inserted texts have shares of their own, and cost nothing of the rest.
            counts = dict.fromkeys(frame.pieces(), 0) | counts
        found, packed = material.lines, None
        if isinstance(found, RankedReplies):
            order = dialogue.example_order if self._keeps_order else ()
            packed = pack_beside(frame, found, counts, budget, limits, self._settings, order)
            found = packed.found
        macros = dialogue.macros(character) if character.card else None
        if macros is not None:
            found = expand_examples(found, macros)

        earlier = None
        if self._keeps_order:
            earlier = earlier_examples(dialogue.example_order, found, packed, self._settings)
        draft = draft_prompt(limits, context, found, earlier, best_last=self._best_last)
        counts |= await self._counter.count(text for text in draft.pieces() if text not in counts)
        prompt = draft.fit(counts.__getitem__, budget.unreserved)
        composition = Composition(
            segments=prompt.segments,
            counts=counts,
            context=context,
            material=material,
            found=found,
            budget=budget,
            context_length=limits.context_length,
            as_sent=self._engine.as_sent,
            lore_left_out=lore.left_out,
            memories_left_out=recalled.left_out,
            macros=macros,
            is_recorded=self._records,
        )
        examples = shown_examples(draft, found, prompt.examples_shown)
        return _prepared(
            prompt, composition, examples, character, limits, sampling, packed, recalled
        )

    async def count_turn(self, dialogue: DialogueContext, reply: str) -> None:
        """Count a turn's message and reply, so that the next turn need not wait for it."""
        with contextlib.suppress(EngineError):  # it is raised where a turn depends on the count
            limits = await self._engine.limits()
            history = [*dialogue.history, Utterance("character", dialogue.continued + reply)]
            later = replace(dialogue, history=history, continued="")
            context = open_context(later, (), PromptBudget(prompt=limits.context_length))
            await self._counter.count(draft_prompt(limits, context).pieces())

    async def _count_once(
        self,
        character: Character,
        limits: Limits,
        context: PromptContext,
        frame: PromptDraft,
        found: SceneHits | RankedReplies,
    ) -> TokenCounts:
        """Count all that the prompt may need, in one question to the engine."""
        texts = [*frame.pieces(), *frame.details()]
        if isinstance(found, RankedReplies):
            return await self._counter.count_with_lines(character, limits, texts, found)
        earlier = earlier_examples(context.dialogue.example_order, found, None, self._settings)
        draft = draft_prompt(limits, context, found, earlier)
        return await self._counter.count([*texts, *draft.pieces()])

    async def _insert(
        self,
        context: PromptContext,
        frame: PromptDraft,
        counts: TokenCounts,
        budget: PromptBudget,
        material: PromptMaterial,
    ) -> tuple[PromptContext, RecalledMemories]:
        """Insert overheard passages and memories, and drop the lines that do not fit beside them.

        Returns ``context`` itself where nothing changes; and what was recalled.
        """
        count, persona = counts.__getitem__, context.dialogue.persona
        overheard: Sequence[ShownOverheard] = ()
        if isinstance(material.lines, RankedReplies) and self._settings.presence:
            overheard = select_overheard(material.lines, persona, frame, count, budget)
        remembered = select_scene_memories(material.scene_memories, persona, frame, count, budget)
        most = self._settings.memory_tokens
        recalled = await recall_memories(context, frame, count, budget, self._memory, most)
        if overheard or remembered or recalled.memories or recalled.dropped:
            context = replace(
                context,
                shown_from=context.shown_from + recalled.dropped,
                overheard=overheard,
                memories=recalled.memories,
                scene_memories=remembered,
            )
        return context, recalled


def _introduced(dialogue: DialogueContext, budget: PromptBudget) -> DialogueContext:
    """Return the dialogue with what the user says about themselves cut to its budget, as one line.

    A line break in it could begin a line of the dialogue in the character's name.
    """
    persona, most = dialogue.persona, budget.user_description
    if not persona.user_description:
        return dialogue
    shown = clip(persona.user_description, most) if most else ""
    return replace(dialogue, persona=replace(persona, user_description=shown))


async def _select_lore(
    character: Character,
    dialogue: DialogueContext,
    books: Sequence[Lorebook],
    budget: PromptBudget,
) -> LoreSelection:
    """Return the entries that the dialogue activates, their macros expanded."""
    lines = [line.text for line in dialogue.history]
    values = dialogue.macros(character)
    activating = LoreDialogue(
        lines,
        dialogue.greeting,
        dialogue.seed,
        char=values.char,
        user=values.user,
        names=(character.name,),
        tags=character.tags,
    )
    found = await activate_all(books, activating, budget.lore)
    return LoreSelection(expand_lore(found.active, values), expand_lore(found.left_out, values))


def _prepared(
    prompt: Prompt,
    composition: Composition,
    examples: Sequence[ShownExample],
    character: Character,
    limits: Limits,
    sampling: Sampling,
    packed: PackedExamples | None,
    recalled: RecalledMemories,
) -> PreparedPrompt:
    context, found = composition.context, composition.found
    shown = sorted(examples, key=lambda example: (-example.score, example.id))
    beside = context.shown(prompt.lore_shown)
    speaking = adapter_of(character, limits)
    return PreparedPrompt(
        prompt=to_engine(prompt),
        sampling=sampling,
        stops=stop_strings(
            context.dialogue.persona, [*context.dialogue.others, *_speakers(shown, character)]
        ),
        shown=shown,
        example_order=[example.id for example in examples],
        lore=beside.lore,
        memories=beside.memories,
        overheard=beside.overheard,
        scene_memories=beside.scene_memories,
        unknown=recalled.unknown,
        shown_from=context.shown_from + prompt.history_dropped,
        one_paragraph=is_small(limits),
        most_examples=limits.max_examples,
        model=limits.model,
        adapter=speaking.adapter,
        missing_adapter=speaking.missing,
        packed=packed,
        embed_ms=found.embed_ms,
        search_ms=found.search_ms,
        composition=composition,
    )


def _speakers(shown: Sequence[ShownExample], character: Character) -> list[str]:
    """Return the names that stop a reply: first speakers of the examples shown, then the others.

    A line of an example is ``speaker：text``; its speaker is known to be free of colons.
    """
    lines = (line for example in shown for line in example.found.lines)
    near = (line.replace("：", ":").partition(":")[0] for line in lines)
    return list(dict.fromkeys((*near, *character.others)))
