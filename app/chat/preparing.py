"""From a dialogue to what the engine is asked: retrieve, compose within the budget."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from app.catalog.finder import ExampleFinder, Found, FoundExample, Ranked
from app.catalog.macros import expand_macros, macros_of
from app.chat.card_texts import expand_examples, expand_lore
from app.chat.packing import countable_lines, pack_examples
from app.db.models import Character
from app.engines.catalogue import with_overrides
from app.engines.port import ChatEngine, ChatMessage, EnginePrompt, Limits, Sampling
from app.lorebooks.finder import FoundLore, LoreFinder
from app.settings import PromptSettings, RetrievalMode, RetrievalSettings
from characters.examples import build_query
from characters.language import reading_length
from characters.lorebooks.activation import Dialogue
from characters.macros import MacroValues
from characters.packing import Decision, Room
from characters.prompting import (
    SEPARATOR,
    ChatDraft,
    CompletionDraft,
    Earlier,
    Persona,
    Prompt,
    PromptDraft,
    Utterance,
    profile_labels,
    stop_strings,
)

_LABEL_BIAS = -8
_SEAM_TOKENS = 16
"""Room for what counting piece by piece misses: the start token, and the seams of the pieces."""
_NOTHING = Found([], [], 0.0, 0.0)
_LORE_SHARE = 0.25
"""Of the room for the prompt: SillyTavern's own share of the context."""


@dataclass(frozen=True, slots=True)
class Speech:
    """Who speaks to whom, and what was said so far; the last line is the one to answer."""

    persona: Persona
    history: Sequence[Utterance]
    continued: str = ""
    """The beginning of a reply that is to be gone on with."""
    arranged: Sequence[int] = ()
    """Ids of the examples that the prompt before showed, in its order."""
    seed: str = ""
    """Decides what chance there is in the character's texts: the conversation's id."""
    greeting: int = 0
    """Which greeting it began with: 0 the first, 1 the first alternative."""
    until_scene: int | None = None
    """How many scenes of its scripts the character has lived through; None: all."""


@dataclass(frozen=True, slots=True)
class PreparedTurn:
    """All that the engine needs, and what there is to tell about it."""

    prompt: EnginePrompt
    sampling: Sampling
    stops: list[str]
    shown: list[FoundExample]
    """Best first."""
    arranged: list[int]
    """Their ids, in the order of the prompt."""
    lore: list[FoundLore]
    """What the prompt shows of lorebooks, macros expanded, in its order."""
    one_paragraph: bool
    """Whether a newline ends the reply: a small model goes on to something else after it."""
    most_examples: int | None
    """How many the model can bear."""
    model: str
    mode: RetrievalMode
    """The mode in force."""
    decisions: list[Decision]
    """What became of the replies that were ranked; none in the mode ``reference``."""
    embed_ms: float
    search_ms: float


def persona_of(character: Character, user_name: str, seed: str = "") -> Persona:
    """Who speaks, macros in the profile expanded; ``seed`` as of :class:`Speech`."""
    return Persona(
        name=character.name,
        profile=expand_macros(character.profile, macros_of(character, user_name, seed)),
        language="zh" if character.language == "zh" else "en",
        user_name=user_name,
    )


class TurnPreparer:
    """Finds examples and composes prompts; knows the engine's limits, and asks it to count."""

    def __init__(
        self,
        finder: ExampleFinder,
        engine: ChatEngine,
        settings: RetrievalSettings,
        prompt: PromptSettings,
        lore: LoreFinder,
    ) -> None:
        self._finder = finder
        self._lore = lore
        self._engine = engine
        self._settings = settings
        self._keeps_places = prompt.layout == "cached"
        self._best_last = prompt.layout == "best_last"

    @property
    def embedder(self) -> str:
        """What queries are embedded with."""
        return self._finder.embedder

    def query(self, speech: Speech) -> str:
        """The text whose nearest keys are looked for."""
        dialogue = _dialogue(speech)
        name = speech.persona.name
        return build_query(dialogue, name, self._settings.max_query_length, reading_length)

    async def find(self, character: Character, speech: Speech) -> Found | Ranked:
        """What of the character's lines fits what is said, in the mode in force."""
        mode = self._finder.mode(character)
        if mode != "reference":
            return await self._finder.rank(character, _dialogue(speech), mode, speech.until_scene)
        also = speech.arranged if self._keeps_places else ()
        return await self._finder.find(character, self.query(speech), also, speech.until_scene)

    async def prepare(
        self,
        character: Character,
        speech: Speech,
        found: Found | Ranked,
        *,
        share: float = 1.0,
        wanted: Mapping[str, object] | None = None,
    ) -> PreparedTurn:
        """Compose the prompt.

        ``share`` of the engine's context is used: less than 1 after the engine said that a prompt
        was too long. What is ``wanted`` of the sampling goes before the character's own. Raises
        the engine's errors, and :class:`~characters.prompting.PromptTooLongError`.
        """
        limits = await self._engine.limits()
        sampling = sampling_of(limits, character, wanted)
        room = int(limits.context_length * share) - sampling.max_tokens - _SEAM_TOKENS
        lore = await self._find_lore(character, speech, int(room * _LORE_SHARE))
        mode: RetrievalMode = "reference"
        counts: dict[str, int] = {}
        decisions: list[Decision] = []
        if isinstance(found, Ranked):
            mode = found.mode
            found, counts, decisions = await self._pack(limits, speech, found, lore, room)
        if character.card:
            found = expand_examples(found, _macros(character, speech))
        earlier = _earlier(speech, found) if self._keeps_places else None
        draft = _draft(limits, speech, found, earlier, lore, best_last=self._best_last)
        counts |= await self._count(piece for piece in draft.pieces() if piece not in counts)
        prompt = draft.fit(counts.__getitem__, room)
        known = [*found.examples, *found.others]
        arranged = [known[at] for at in prompt.examples_shown]
        shown = sorted(arranged, key=lambda example: (-example.score, example.id))
        return PreparedTurn(
            prompt=_to_engine(prompt),
            sampling=sampling,
            stops=stop_strings(speech.persona, _speakers(shown, character)),
            shown=shown,
            arranged=[example.id for example in arranged],
            lore=[lore[at] for at in prompt.lore_shown],
            one_paragraph=_is_small(limits),
            most_examples=limits.max_examples,
            model=limits.model,
            mode=mode,
            decisions=decisions,
            embed_ms=found.embed_ms,
            search_ms=found.search_ms,
        )

    async def _pack(
        self,
        limits: Limits,
        speech: Speech,
        ranked: Ranked,
        lore: Sequence[FoundLore],
        room: int,
    ) -> tuple[Found, dict[str, int], list[Decision]]:
        """The exchanges that fit beside everything else, and the tokens of all that was counted.

        All that a prompt may need is counted at once: whatever of it is shown, the engine is
        asked no second time.
        """
        frame = _draft(limits, speech, _NOTHING, None, lore).pieces()
        lines = countable_lines(ranked)
        counts = await self._count([*frame, *lines, SEPARATOR])
        left = room - sum(counts[piece] for piece in frame)
        budget = max(0, min(left, self._settings.example_tokens))
        most = limits.max_examples or len(ranked.candidates)
        packed = pack_examples(
            ranked,
            counts,
            Room(budget, counts[SEPARATOR], most),
            speech.arranged if self._keeps_places else (),
        )
        for example in (*packed.found.examples, *packed.found.others):
            known = [counts.get(f"{line}\n") for line in example.lines]
            if None not in known:
                counts[example.render()] = sum(filter(None, known))
        return packed.found, counts, packed.decisions

    async def _count(self, texts: Iterable[str]) -> dict[str, int]:
        each = list(dict.fromkeys(texts))
        return dict(zip(each, await self._engine.count_tokens(each), strict=True)) if each else {}

    async def _find_lore(
        self, character: Character, speech: Speech, budget: int
    ) -> list[FoundLore]:
        """The entries that what was said calls up, their macros expanded."""
        dialogue = Dialogue([line.text for line in speech.history], speech.greeting, speech.seed)
        found = await self._lore.find(character.id, dialogue, budget)
        return expand_lore(found, _macros(character, speech))


def _dialogue(speech: Speech) -> list[tuple[str, str]]:
    names = {"user": speech.persona.user_name, "character": speech.persona.name}
    return [(names[line.role], line.text) for line in speech.history]


def _macros(character: Character, speech: Speech) -> MacroValues:
    return macros_of(character, speech.persona.user_name, speech.seed)


def sampling_of(
    limits: Limits, character: Character, wanted: Mapping[str, object] | None
) -> Sampling:
    """The model's sampling with the character's own values and those ``wanted`` this time.

    The reply has at most half the room.
    """
    sampling = with_overrides(limits.sampling, {**character.sampling, **(wanted or {})})
    sampling = replace(sampling, max_tokens=min(sampling.max_tokens, limits.context_length // 2))
    return _without_labels(sampling, character) if _is_small(limits) else sampling


def _is_small(limits: Limits) -> bool:
    """One of the catalogue's stand-ins, which bear few examples."""
    return limits.prompt_style == "chat" and limits.max_examples is not None


def _without_labels(sampling: Sampling, character: Character) -> Sampling:
    """Make a small model shun the words its profile is ordered by, in llama.cpp's own terms."""
    bias = [[label, _LABEL_BIAS] for label in profile_labels(character.profile)]
    known = sampling.extra.get("logit_bias")
    both = [*(known if isinstance(known, list) else []), *bias]
    return replace(sampling, extra={**sampling.extra, "logit_bias": both})


def timed_ms(since: float) -> float:
    """Milliseconds since a :func:`time.perf_counter` reading."""
    return round((time.perf_counter() - since) * 1_000, 3)


def _draft(
    limits: Limits,
    speech: Speech,
    found: Found,
    earlier: Earlier | None,
    lore: Sequence[FoundLore],
    *,
    best_last: bool = False,
) -> PromptDraft:
    examples = [example.lines for example in found.examples]
    told = [each.lore for each in lore]
    said = (speech.persona, examples, speech.history, speech.continued)
    most = limits.max_examples
    if limits.prompt_style == "chat":  # where the best are last in any case
        return ChatDraft(*said, most=most, earlier=earlier, lore=told)
    return CompletionDraft(*said, most=most, earlier=earlier, lore=told, best_last=best_last)


def _earlier(speech: Speech, found: Found) -> Earlier:
    """What the prompt before showed, of what the character still has."""
    known = [*found.examples, *found.others]
    numbers = {example.id: number for number, example in enumerate(known)}
    places = [numbers[id] for id in speech.arranged if id in numbers]
    return Earlier([example.lines for example in found.others], places)


def _to_engine(prompt: Prompt) -> EnginePrompt:
    if isinstance(prompt.content, str):
        return prompt.content
    return [ChatMessage(message.role, message.content) for message in prompt.content]


def _speakers(shown: Sequence[FoundExample], character: Character) -> list[str]:
    """Who might be spoken for: first those whose lines the prompt shows, then the scripts' others.

    A line of an example is ``speaker：text``; its speaker is known to be free of colons.
    """
    lines = (line for example in shown for line in example.lines)
    near = (line.replace("：", ":").partition(":")[0] for line in lines)
    return list(dict.fromkeys((*near, *character.others)))
