"""From a dialogue to what the engine is asked: retrieve, compose within the budget."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from app.catalog.finder import ExampleFinder, Found, FoundExample
from app.db.models import Character
from app.engines.catalogue import with_overrides
from app.engines.port import ChatEngine, ChatMessage, EnginePrompt, Limits, Sampling
from app.settings import PromptSettings, RetrievalSettings
from characters.examples import build_query
from characters.language import reading_length
from characters.prompting import (
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


@dataclass(frozen=True, slots=True)
class Speech:
    """Who speaks to whom, and what was said so far; the last line is the one to answer."""

    persona: Persona
    history: Sequence[Utterance]
    continued: str = ""
    """The beginning of a reply that is to be gone on with."""
    arranged: Sequence[int] = ()
    """Ids of the examples that the prompt before showed, in its order."""


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
    one_paragraph: bool
    """Whether a newline ends the reply: a small model goes on to something else after it."""
    most_examples: int | None
    """How many the model can bear."""
    model: str
    embed_ms: float
    search_ms: float


def persona_of(character: Character, user_name: str) -> Persona:
    return Persona(
        name=character.name,
        profile=character.profile,
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
    ) -> None:
        self._finder = finder
        self._engine = engine
        self._settings = settings
        self._keeps_places = prompt.layout == "cached"

    def query(self, speech: Speech) -> str:
        """The text whose nearest keys are looked for."""
        persona = speech.persona
        names = {"user": persona.user_name, "character": persona.name}
        dialogue = [(names[line.role], line.text) for line in speech.history]
        return build_query(dialogue, persona.name, self._settings.max_query_length, reading_length)

    async def find(self, character: Character, speech: Speech) -> Found:
        """The examples nearest to what is said, and those that the prompt before showed."""
        also = speech.arranged if self._keeps_places else ()
        return await self._finder.find(character, self.query(speech), also)

    async def prepare(
        self,
        character: Character,
        speech: Speech,
        found: Found,
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
        earlier = _earlier(speech, found) if self._keeps_places else None
        draft = _draft(limits, speech, found, earlier)
        pieces = draft.pieces()
        counts = dict(zip(pieces, await self._engine.count_tokens(pieces), strict=True))
        room = int(limits.context_length * share) - sampling.max_tokens - _SEAM_TOKENS
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
            one_paragraph=_is_small(limits),
            most_examples=limits.max_examples,
            model=limits.model,
            embed_ms=found.embed_ms,
            search_ms=found.search_ms,
        )


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


def _draft(limits: Limits, speech: Speech, found: Found, earlier: Earlier | None) -> PromptDraft:
    kind = CompletionDraft if limits.prompt_style == "completion" else ChatDraft
    return kind(
        speech.persona,
        [example.lines for example in found.examples],
        speech.history,
        speech.continued,
        most=limits.max_examples,
        earlier=earlier,
    )


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
