"""From a dialogue to what the engine is asked: retrieve, compose within the budget."""

import asyncio
import contextlib
import time
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import structlog
from cachetools import LRUCache

from app.conversations.history import Exchange
from app.db.models import Character
from app.engines.port import (
    ChatEngine,
    ChatMessage,
    EngineError,
    EnginePrompt,
    Limits,
    Sampling,
)
from app.lorebooks.activation import ActiveLore, LoreFinder, activate_all
from app.search.example_index import RetrievedExample
from app.search.retriever import RankedReplies, Retriever, SceneHits
from app.settings import PromptSettings, RetrievalMode, RetrievalSettings
from app.turns.card_texts import expand_examples, expand_lore
from app.turns.dialogue_context import DialogueContext
from app.turns.memory import Memory, RecalledExchange
from app.turns.overheard import ShownOverheard
from app.turns.packing import PackedExamples, all_lines, countable_lines, pack_examples
from app.turns.prompt_context import PromptContext, with_memories, with_overheard, with_summary
from app.turns.sampling import is_small, sampling_of
from characters.language import reading_length
from characters.lorebooks.activation import LoreDialogue
from characters.lorebooks.model import Lorebook
from characters.passages.examples import build_query
from characters.prompting import (
    SEPARATOR,
    ChatDraft,
    CompletionDraft,
    Earlier,
    Prompt,
    PromptDraft,
    Utterance,
    stop_strings,
)
from characters.prompting.packing import Decision, PackingRoom
from retrieval.errors import DamagedIndexError

log = structlog.get_logger(__name__)

_SEAM_TOKENS = 16
"""Room for what counting piece by piece misses: the start token, and the seams of the pieces."""
_COUNTED_LINES = 1_000
"""A character with no more of them has all counted at its first turn, which takes a tokenizer a few
milliseconds: in later turns only what was said is new."""
_COUNTED_CHARACTERS = 64
_ROUGH_TOKENS = 64
"""Of a message that was never counted, by estimate: no more is worth a question on the way to the
first token. What was said is counted once it was answered."""
_NOTHING = SceneHits([], [], 0.0, 0.0)
_LORE_SHARE = 0.25
"""Of the room for the prompt: SillyTavern's own share of the context."""


@dataclass(frozen=True, slots=True)
class PromptMaterial:
    """What a prompt can be made from, beside the dialogue."""

    lines: SceneHits | RankedReplies
    books: Sequence[Lorebook]


@dataclass(frozen=True, slots=True)
class PreparedPrompt:
    """All that the engine needs, and what there is to tell about it."""

    prompt: EnginePrompt
    sampling: Sampling
    stops: list[str]
    shown: list[RetrievedExample]
    """Best first."""
    example_order: list[int]
    """Their ids, in the order of the prompt."""
    lore: list[ActiveLore]
    """What the prompt shows of lorebooks, macros expanded, in its order."""
    memories: list[RecalledExchange]
    """What it shows of older exchanges, in its order."""
    overheard: list[ShownOverheard]
    """What it tells of scenes in which the character was silent, in its order."""
    unknown: Sequence[Exchange]
    """Exchanges that should be embedded after the turn."""
    shown_from: int
    """The first line of the history that the prompt shows."""
    one_paragraph: bool
    """Whether a newline ends the reply: a small model goes on to something else after it."""
    most_examples: int | None
    """How many the model can bear."""
    model: str
    packed: PackedExamples | None
    """What it was packed from; None in the mode ``reference``."""
    embed_ms: float
    search_ms: float

    @property
    def mode(self) -> RetrievalMode:
        """The mode in force."""
        return self.packed.ranked.mode if self.packed else "reference"

    def decisions(self) -> list[Decision]:
        """What became of the replies that were ranked; none in the mode ``reference``."""
        return self.packed.decisions(self.example_order) if self.packed else []


class PromptBuilder:
    """Finds examples and composes prompts; knows the engine's limits, and asks it to count."""

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
        self._lines = LRUCache[Hashable, dict[str, int]](_COUNTED_CHARACTERS)
        """The tokens of all lines of characters who have few."""
        self._keeps_places = prompt.layout == "cached"
        self._best_last = prompt.layout == "best_last"

    @property
    def embedder(self) -> str:
        """What queries are embedded with."""
        return self._retriever.embedder

    def query(self, dialogue: DialogueContext) -> str:
        """The text whose nearest keys are looked for."""
        lines = dialogue.lines
        name = dialogue.persona.name
        return build_query(lines, name, self._settings.max_query_length, reading_length)

    async def find(self, character: Character, dialogue: DialogueContext) -> PromptMaterial:
        """What of the character fits what is said, its lines in the mode in force."""
        books = asyncio.create_task(self._find_books(character))
        try:
            return PromptMaterial(await self._find_lines(character, dialogue), await books)
        finally:
            books.cancel()

    async def _find_lines(
        self, character: Character, dialogue: DialogueContext
    ) -> SceneHits | RankedReplies:
        mode = self._retriever.mode(character)
        if mode != "reference":
            try:
                return await self._retriever.rank(
                    character, dialogue.lines, mode, dialogue.until_scene
                )
            except DamagedIndexError as error:  # as one made by another version is
                log.warning("selection_unreadable", character=character.slug, error=str(error))
        also = dialogue.example_order if self._keeps_places else ()
        return await self._retriever.find(
            character, self.query(dialogue), also, dialogue.until_scene
        )

    async def _find_books(self, character: Character) -> Sequence[Lorebook]:
        return await self._lore.books(character.id) if character.has_lore else ()

    async def prepare(
        self,
        character: Character,
        dialogue: DialogueContext,
        material: PromptMaterial,
        *,
        share: float = 1.0,
        wanted: Mapping[str, object] | None = None,
    ) -> PreparedPrompt:
        """Compose the prompt.

        ``share`` of the engine's context is used: less than 1 after the engine said that a prompt
        was too long. What is ``wanted`` of the sampling goes before the character's own. Raises
        the engine's errors, and :class:`~characters.prompting.PromptTooLongError`.
        """
        limits = await self._engine.limits()
        sampling = sampling_of(limits, character, wanted)
        room = int(limits.context_length * share) - sampling.max_tokens - _SEAM_TOKENS
        found = material.lines
        lore = await _find_lore(character, dialogue, material.books, int(room * _LORE_SHARE))
        context, counts = await self._look_back(
            character, limits, with_summary(dialogue, lore, room), found
        )
        packed: PackedExamples | None = None
        if isinstance(found, RankedReplies):
            packed = self._pack(limits, context, found, counts)
            found = packed.found
        if character.card:
            found = expand_examples(found, dialogue.macros(character))
        earlier = self._earlier(dialogue, found, packed) if self._keeps_places else None
        draft = _draft(limits, context, found, earlier, best_last=self._best_last)
        counts |= await self._count(piece for piece in draft.pieces() if piece not in counts)
        prompt = draft.fit(counts.__getitem__, context.room)
        told, memories, overheard = context.found(prompt.lore_shown)
        known = [*found.examples, *found.others]
        example_order = [known[at] for at in prompt.examples_shown]
        ids = [example.id for example in example_order]
        shown = sorted(example_order, key=lambda example: (-example.score, example.id))
        return PreparedPrompt(
            prompt=_to_engine(prompt),
            sampling=sampling,
            stops=stop_strings(dialogue.persona, _speakers(shown, character)),
            shown=shown,
            example_order=ids,
            lore=told,
            memories=memories,
            overheard=overheard,
            unknown=context.unknown,
            shown_from=context.shown_from + prompt.history_dropped,
            one_paragraph=is_small(limits),
            most_examples=limits.max_examples,
            model=limits.model,
            packed=packed,
            embed_ms=found.embed_ms,
            search_ms=found.search_ms,
        )

    async def count_said(self, dialogue: DialogueContext, reply: str) -> None:
        """Count what a turn said, so that the next one need not wait for it."""
        with contextlib.suppress(EngineError):  # which is told where it is counted on
            limits = await self._engine.limits()
            said = [*dialogue.history, Utterance("character", dialogue.continued + reply)]
            later = replace(dialogue, history=said, continued="")
            context = with_summary(later, (), limits.context_length)
            await self._count(_draft(limits, context, _NOTHING, None).pieces())

    async def _look_back(
        self,
        character: Character,
        limits: Limits,
        context: PromptContext,
        found: SceneHits | RankedReplies,
    ) -> tuple[PromptContext, dict[str, int]]:
        """What of the dialogue fits, what it calls to mind, and the tokens of what was counted.

        All that a prompt may need is counted at once: whatever of it is shown, the engine is
        asked no second time.
        """
        draft = _draft(limits, context, _NOTHING, None)
        key = _key(character, limits)
        if not isinstance(found, RankedReplies):
            shown = _draft(
                limits, context, found, self._earlier(context.dialogue, found, None)
            ).pieces()
            counts = await self._count([*draft.pieces(), *shown])
        elif (known := self._lines.get(key)) is not None:
            counts = known | await self._count(draft.pieces(), rough=_ROUGH_TOKENS)
        else:
            whole = all_lines(found, _COUNTED_LINES)
            lines = [SEPARATOR, *(countable_lines(found) if whole is None else whole)]
            counts = await self._count([*draft.pieces(), *lines])
            if whole is not None:
                self._lines[key] = {line: counts[line] for line in lines}
        if isinstance(found, RankedReplies) and self._settings.presence:
            context = with_overheard(context, draft, counts.__getitem__, found)
        most = self._settings.memory_tokens
        context = await with_memories(context, draft, counts.__getitem__, self._memory, most)
        # What is new now has its own share, and costs nothing of the rest.
        new = _draft(limits, context, _NOTHING, None).pieces()
        return context, dict.fromkeys(new, 0) | counts

    def _pack(
        self,
        limits: Limits,
        context: PromptContext,
        ranked: RankedReplies,
        counts: dict[str, int],
    ) -> PackedExamples:
        """The exchanges that fit beside everything else; ``counts`` gets their tokens, too."""
        frame = _draft(limits, context, _NOTHING, None).pieces()
        left = context.room - sum(counts[piece] for piece in frame)
        budget = max(0, min(left, self._settings.example_tokens))
        most = limits.max_examples or len(ranked.candidates)
        packed = pack_examples(
            ranked,
            counts,
            PackingRoom(budget, counts[SEPARATOR], most),
            context.dialogue.example_order if self._keeps_places else (),
            self._settings.top_k,
        )
        for example in (*packed.found.examples, *packed.found.others):
            known = [counts.get(f"{line}\n") for line in example.lines]
            if None not in known:
                counts[example.render()] = sum(filter(None, known))
        return packed

    def _earlier(
        self, dialogue: DialogueContext, found: SceneHits, packed: PackedExamples | None
    ) -> Earlier:
        """What the prompt before showed, of what the character still has."""
        known = [*found.examples, *found.others]
        numbers = {example.id: number for number, example in enumerate(known)}
        places = [numbers[id] for id in dialogue.example_order if id in numbers]
        others = [example.lines for example in found.others]
        if packed is None:
            return Earlier(others, places)
        return Earlier(others, places, packed.wanted, self._settings.example_tokens)

    async def _count(self, texts: Iterable[str], rough: int = 0) -> dict[str, int]:
        if not (each := list(dict.fromkeys(texts))):
            return {}
        return dict(zip(each, await self._engine.count_tokens(each, rough=rough), strict=True))


class PendingPrompt:
    """One turn's prompt: what it can be made from is looked for once."""

    def __init__(
        self, prompt_builder: PromptBuilder, character: Character, dialogue: DialogueContext
    ) -> None:
        self._prompt_builder = prompt_builder
        self._character = character
        self._speech = dialogue
        self._material: PromptMaterial | None = None

    async def prepare(self, share: float = 1.0) -> PreparedPrompt:
        """See :meth:`PromptBuilder.find` and :meth:`PromptBuilder.prepare`."""
        if self._material is None:
            self._material = await self._prompt_builder.find(self._character, self._speech)
        return await self._prompt_builder.prepare(
            self._character, self._speech, self._material, share=share
        )


def timed_ms(since: float) -> float:
    """Milliseconds since a :func:`time.perf_counter` reading."""
    return round((time.perf_counter() - since) * 1_000, 3)


async def _find_lore(
    character: Character, dialogue: DialogueContext, books: Sequence[Lorebook], budget: int
) -> list[ActiveLore]:
    """The entries that what was said calls up, their macros expanded."""
    said = LoreDialogue([line.text for line in dialogue.history], dialogue.greeting, dialogue.seed)
    found = await activate_all(books, said, budget)
    return expand_lore(found, dialogue.macros(character))


def _key(character: Character, limits: Limits) -> Hashable:
    """Names the lines of a selection as one model counts them."""
    return character.id, character.selection_version, limits.model


def _draft(
    limits: Limits,
    context: PromptContext,
    found: SceneHits,
    earlier: Earlier | None,
    *,
    best_last: bool = False,
) -> PromptDraft:
    dialogue, told = context.dialogue, context.told
    examples = [example.lines for example in found.examples]
    said = (dialogue.persona, examples, dialogue.history, dialogue.continued)
    most = limits.max_examples
    if limits.prompt_style == "chat":  # where the best are last in any case
        return ChatDraft(*said, most=most, earlier=earlier, lore=told)
    return CompletionDraft(*said, most=most, earlier=earlier, lore=told, best_last=best_last)


def _to_engine(prompt: Prompt) -> EnginePrompt:
    if isinstance(prompt.content, str):
        return prompt.content
    return [ChatMessage(message.role, message.content) for message in prompt.content]


def _speakers(shown: Sequence[RetrievedExample], character: Character) -> list[str]:
    """Who might be spoken for: first those whose lines the prompt shows, then the scripts' others.

    A line of an example is ``speaker：text``; its speaker is known to be free of colons.
    """
    lines = (line for example in shown for line in example.lines)
    near = (line.replace("：", ":").partition(":")[0] for line in lines)
    return list(dict.fromkeys((*near, *character.others)))
