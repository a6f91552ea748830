"""Draft profiles with the engine from a character's own lines. Drafts are not stored."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from app.casting.schemas import DraftedProfile
from app.casting.subjects import DraftSubject, read_material
from app.db.session import Database
from app.engines.model_entry import with_overrides
from app.engines.port import Limits, Sampling
from app.errors import UnavailableError
from app.quotas.payer import Payer
from app.turns.events import DeltaEvent, WrittenEvent
from app.turns.writer import Emit, EngineWriter, Order, Writing
from characters.profiles import (
    ProfileDraft,
    ProfileMaterial,
    ProfilePrompt,
    ProfileTrimmer,
)

_SEAM_TOKENS = 64
"""Tokens reserved for the error of counting piece by piece."""
_DRAFT_TOKENS = 480
_SENTENCE_TOKENS = 48
"""Longest answer: of the whole profile, or of one of its sentences."""
_STOPS = ("\n\n", "\n---")
"""A blank line or a line of hyphens ends the profile: another text follows."""
_TEMPERATURE = 0.5
"""Low, since a description should be sober."""
_WORDS_OF_THE_LINES = {"dry_multiplier": 0.8, "dry_allowed_length": 5}
"""A character's replies must not repeat the prompt, and DRY prevents it; a profile should reuse
its words. Values found by reading drafts of the demo model."""


class Drafter:
    """Start drafts; each takes a slot among the turns."""

    def __init__(self, database: Database, writer: EngineWriter) -> None:
        self._database = database
        self._writer = writer

    async def begin(self, subject: DraftSubject, owner: str, payer: Payer | None = None) -> Writing:
        """Start drafting. Raises the errors that have an HTTP status: no slot, no engine."""

        async def write(emit: Emit) -> None:
            await self._write(subject, emit)

        return await self._writer.begin(owner, write, None if payer is None else Order(payer))

    async def _write(self, subject: DraftSubject, emit: Emit) -> None:
        limits = await self._writer.engine.limits()
        async with self._database.read() as session:
            material = await read_material(session, subject)
        prompt = await self._compose(subject, material, limits)
        profile = ""
        async with aclosing(self._sentences(prompt, limits)) as sentences:
            async for sentence in sentences:
                profile += sentence
                emit(DeltaEvent(sentence))
        if not profile.strip():
            raise UnavailableError("empty_draft", "The model wrote nothing. Try again.")
        drafted = DraftedProfile(
            profile=profile,
            model=limits.model,
            lines_shown=prompt.lines_shown,
            scenes=subject.scenes,
        )
        emit(WrittenEvent(drafted))

    async def _compose(
        self, subject: DraftSubject, material: ProfileMaterial, limits: Limits
    ) -> ProfilePrompt:
        """Return the prompt, within the room that the engine's context leaves for it."""
        small = limits.max_examples is not None
        draft = ProfileDraft(
            subject.name, subject.language, material, limits.prompt_style, small=small
        )
        pieces = draft.pieces()
        counts = dict(zip(pieces, await self._writer.engine.count_tokens(pieces), strict=True))
        room = limits.context_length - min(_DRAFT_TOKENS, limits.context_length // 2)
        return draft.fit(counts.__getitem__, room - _SEAM_TOKENS)

    async def _sentences(self, prompt: ProfilePrompt, limits: Limits) -> AsyncGenerator[str, None]:
        """Yield the draft, sentence by sentence."""
        trimmer = ProfileTrimmer()
        sampling = _sampling(prompt, limits)
        profile = ""
        for opening in prompt.openings:
            trimmer.begin(opening)
            sentences = self._writer.continue_text(
                prompt.begun(profile + opening),
                sampling,
                _STOPS,
                trimmer,
                one_sentence=prompt.by_sentence,
            )
            async with aclosing(sentences):
                async for sentence in sentences:
                    profile += sentence
                    yield sentence
            if trimmer.ended:
                return


def _sampling(prompt: ProfilePrompt, limits: Limits) -> Sampling:
    tokens = _SENTENCE_TOKENS if prompt.by_sentence else _DRAFT_TOKENS
    tokens = min(tokens, limits.context_length // 2)
    wanted: dict[str, object] = {"temperature": _TEMPERATURE, "max_tokens": tokens}
    if "dry_multiplier" in limits.sampling.extra:
        wanted |= _WORDS_OF_THE_LINES
    return with_overrides(limits.sampling, wanted)
