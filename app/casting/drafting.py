"""Profiles drafted by the engine from a character's own lines. Nothing of it is stored."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field

from app.casting.subjects import Subject, read_material
from app.chat.admission import Admission, Ticket
from app.chat.turns import DeltaEvent, ErrorEvent, WaitingEvent
from app.db.session import Database
from app.engines.catalogue import with_overrides
from app.engines.port import (
    ChatEngine,
    ChatMessage,
    EnginePrompt,
    EngineUnavailableError,
    FinishReason,
    Limits,
    Sampling,
)
from app.errors import UnavailableError, describe_failure
from app.observability import Metrics
from characters.profiles import (
    Material,
    ProfileDraft,
    ProfilePrompt,
    ProfileTrimmer,
)
from characters.prompting import PromptMessage

_SEAM_TOKENS = 64
"""Room for what counting piece by piece misses."""
_DRAFT_TOKENS = 480
_SENTENCE_TOKENS = 48
"""Of an answer: of the whole profile, or of one sentence of it."""
_STOPS = ("\n\n", "\n---")
"""A blank line and a line of hyphens: what follows is another text."""
_TEMPERATURE = 0.5
"""A description is to be sober."""
_WORDS_OF_THE_LINES = {"dry_multiplier": 0.8, "dry_allowed_length": 5}
"""A character's replies must not repeat what the prompt shows, and DRY sees to it; its profile
should. Found by reading drafts of the demo model."""


@dataclass(frozen=True, slots=True)
class DraftedEvent:
    """The whole draft, at the end."""

    profile: str
    model: str
    lines_shown: int


DraftEvent = WaitingEvent | DeltaEvent | DraftedEvent | ErrorEvent


@dataclass(slots=True)
class RunningDraft:
    """A draft as its listener sees it."""

    subject: Subject
    queue: asyncio.Queue[DraftEvent | None] = field(default_factory=asyncio.Queue)
    task: asyncio.Task[None] | None = None

    async def events(self) -> AsyncIterator[DraftEvent]:
        """What happens, until the draft is done. Leaving early cancels it."""
        try:
            while (event := await self.queue.get()) is not None:
                yield event
        finally:
            self.cancel()

    def cancel(self) -> None:
        """Stop the engine."""
        if self.task is not None:
            self.task.cancel()


class Drafter:
    """Begins drafts and sees them through; each has a place among the turns."""

    def __init__(
        self, database: Database, engine: ChatEngine, admission: Admission, metrics: Metrics
    ) -> None:
        self._database = database
        self._engine = engine
        self._admission = admission
        self._metrics = metrics
        self._running: set[asyncio.Task[None]] = set()

    async def begin(self, subject: Subject, owner: str) -> RunningDraft:
        """Start drafting; what can be told with a status is raised: no place, no engine."""
        with self._admission.enter(owner) as ticket:
            if not await self._engine.ready():
                await self._engine.limits()
                raise EngineUnavailableError("The model does not answer.", retry_after=5)
            draft = RunningDraft(subject)
            draft.task = asyncio.create_task(self._run(draft, ticket), name="draft-profile")
            self._running.add(draft.task)
            draft.task.add_done_callback(self._running.discard)
            draft.task.add_done_callback(lambda _: ticket.leave())
            return draft

    async def aclose(self) -> None:
        """Stop all drafts."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _run(self, draft: RunningDraft, ticket: Ticket) -> None:
        tell = draft.queue.put_nowait
        try:
            async with ticket.running(lambda place: tell(WaitingEvent(place))):
                await self._write(draft)
        except Exception as error:
            failure = describe_failure(error)
            tell(ErrorEvent(failure.error, failure.status, failure.retry_after))
        finally:
            tell(None)

    async def _write(self, draft: RunningDraft) -> None:
        limits = await self._engine.limits()
        async with self._database.read() as session:
            material = await read_material(session, draft.subject)
        prompt = await self._compose(draft.subject, material, limits)
        profile = ""
        async for sentence in self._sentences(prompt, limits):
            profile += sentence
            draft.queue.put_nowait(DeltaEvent(sentence))
        if not profile.strip():
            raise UnavailableError("empty_draft", "The model wrote nothing. Try again.")
        draft.queue.put_nowait(DraftedEvent(profile, limits.model, prompt.lines_shown))

    async def _compose(self, subject: Subject, material: Material, limits: Limits) -> ProfilePrompt:
        """The prompt, within what the engine's context leaves for it."""
        small = limits.max_examples is not None
        draft = ProfileDraft(
            subject.name, subject.language, material, limits.prompt_style, small=small
        )
        pieces = draft.pieces()
        counts = dict(zip(pieces, await self._engine.count_tokens(pieces), strict=True))
        room = limits.context_length - min(_DRAFT_TOKENS, limits.context_length // 2)
        return draft.fit(counts.__getitem__, room - _SEAM_TOKENS)

    async def _sentences(self, prompt: ProfilePrompt, limits: Limits) -> AsyncIterator[str]:
        """The draft, sentence by sentence."""
        trimmer = ProfileTrimmer()
        profile = ""
        for opening in prompt.openings:
            trimmer.begin(opening)
            finish: FinishReason = "length"
            stream = self._engine.stream(
                _to_engine(prompt.begun(profile + opening)), _sampling(prompt, limits), _STOPS
            )
            async with aclosing(stream) as deltas:
                async for delta in deltas:
                    finish = delta.finish_reason or finish
                    self._metrics.count_prompt(delta.usage)
                    if told := trimmer.feed(delta.text.replace("\x00", "")):
                        profile += told
                        yield told
                    if trimmer.ended or (told and prompt.by_sentence):
                        break
                else:
                    if told := trimmer.finish(cut_off=finish == "length"):
                        profile += told
                        yield told
            if trimmer.ended:
                return


def _sampling(prompt: ProfilePrompt, limits: Limits) -> Sampling:
    tokens = _SENTENCE_TOKENS if prompt.by_sentence else _DRAFT_TOKENS
    tokens = min(tokens, limits.context_length // 2)
    wanted: dict[str, object] = {"temperature": _TEMPERATURE, "max_tokens": tokens}
    if "dry_multiplier" in limits.sampling.extra:
        wanted |= _WORDS_OF_THE_LINES
    return with_overrides(limits.sampling, wanted)


def _to_engine(content: str | list[PromptMessage]) -> EnginePrompt:
    if isinstance(content, str):
        return content
    return [ChatMessage(message.role, message.content) for message in content]
