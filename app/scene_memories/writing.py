"""Ask the engine what a character remembers of one scene."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from app.engines.model_entry import with_overrides
from app.engines.port import Limits, Sampling
from app.turns.writer import EngineWriter
from characters.language import Language
from characters.prompting import Persona, stop_strings
from characters.scene_memories import SceneMemoryDraft, clean_memory

_ANSWER_TOKENS = 160
"""Longest answer: more than the longest memory, 120 Chinese characters, takes."""
_SEAM_TOKENS = 64
"""Spare for what counting piece by piece misses."""
_TEMPERATURE = 0.3
"""Low, for a sober account of the scene."""


@dataclass(frozen=True, slots=True)
class SceneToRemember:
    """Hold a scene, and who remembers it."""

    name: str
    language: Language
    speakers: Collection[str]
    """The character's own."""
    lines: Sequence[tuple[str, str]]
    """(speaker, text)."""


@dataclass(frozen=True, slots=True)
class WrittenMemory:
    """Hold what the engine wrote; no text where nothing of it can be used."""

    text: str | None
    model: str


async def write_memory(writer: EngineWriter, scene: SceneToRemember) -> WrittenMemory:
    """Return the character's memory of the scene.

    Raises the engine's errors, and :class:`~characters.prompting.PromptTooLongError` where not even
    one line fits the engine's context.
    """
    limits = await writer.engine.limits()
    draft = SceneMemoryDraft(
        scene.name,
        scene.language,
        scene.lines,
        scene.speakers,
        limits.prompt_style,
        small=limits.max_examples is not None,
    )
    pieces = list(dict.fromkeys(draft.pieces()))
    counts = dict(zip(pieces, await writer.engine.count_tokens(pieces), strict=True))
    sampling = _sampling(limits)
    room = limits.context_length - sampling.max_tokens - _SEAM_TOKENS
    prompt = draft.fit(counts.__getitem__, room)
    speakers = list(dict.fromkeys(speaker for speaker, _ in scene.lines))
    persona = Persona(scene.name, "", scene.language)
    stops = stop_strings(persona, speakers)
    if limits.prompt_style == "completion":  # where another text follows a blank line
        stops = ["\n\n", *stops]
    written = await writer.write_whole(prompt.content, sampling, stops)
    text = clean_memory(
        written.text,
        scene.language,
        opening=prompt.opening,
        cut_off=written.cut_off,
        lines=scene.lines,
        own=(scene.name, *scene.speakers),
    )
    return WrittenMemory(text, limits.model)


def _sampling(limits: Limits) -> Sampling:
    tokens = min(_ANSWER_TOKENS, limits.context_length // 4)
    return with_overrides(limits.sampling, {"temperature": _TEMPERATURE, "max_tokens": tokens})
