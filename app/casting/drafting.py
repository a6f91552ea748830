"""Profiles drafted by the engine from a character's own lines. Nothing of it is stored."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from uuid import UUID

from app.casting.repository import every_nth_scene
from app.catalog.service import check_speakers, get_character, played_speakers, speaker_lines
from app.chat.admission import Admission, Ticket
from app.chat.turns import DeltaEvent, ErrorEvent, WaitingEvent
from app.db.models import Script
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
from app.scripts.service import get_script
from characters.language import Language
from characters.profiles import (
    Material,
    ProfileDraft,
    ProfilePrompt,
    ProfileTrimmer,
    gather,
)
from characters.prompting import PromptMessage

_SCENES = 400
"""Of the character's own, that the lines are chosen from."""
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
class Subject:
    """Whose profile is drafted."""

    name: str
    names: Sequence[str]
    """What others may call it."""
    speakers: Sequence[str]
    language: Language
    scripts: Sequence[Script]


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

    async def of_character(self, slug: str, *, unpublished: bool) -> Subject:
        """A character as a subject. Raises where there is none, or where it has no lines."""
        async with self._database.read() as session:
            character = await get_character(session, slug, unpublished=unpublished)
            check_speakers(character.speakers, speaker_lines(character.scripts))
            return Subject(
                name=character.name,
                names=[character.name, *character.aliases, *character.speakers],
                speakers=character.speakers,
                language="zh" if character.language == "zh" else "en",
                scripts=character.scripts,
            )

    async def of_script(
        self, script_id: UUID, name: str, speakers: Sequence[str], language: Language | None
    ) -> Subject:
        """Somebody who speaks in a script. Raises where nobody does."""
        async with self._database.read() as session:
            script = await get_script(session, script_id)
        played = played_speakers(name, (), speakers)
        check_speakers(played, speaker_lines([script]))
        return Subject(
            name=name,
            names=[name, *played],
            speakers=played,
            language=language or ("zh" if script.language == "zh" else "en"),
            scripts=[script],
        )

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
        material = await self._material(draft.subject)
        prompt = await self._compose(draft.subject, material, limits)
        profile = ""
        async for sentence in self._sentences(prompt, limits):
            profile += sentence
            draft.queue.put_nowait(DeltaEvent(sentence))
        if not profile.strip():
            raise UnavailableError("empty_draft", "The model wrote nothing. Try again.")
        draft.queue.put_nowait(DraftedEvent(profile, limits.model, prompt.lines_shown))

    async def _material(self, subject: Subject) -> Material:
        """Read scenes from all over the scripts, so many that enough are the subject's."""
        scenes = []
        async with self._database.read() as session:
            for script in subject.scripts:
                own = sum(s["scenes"] for s in script.speakers if s["name"] in subject.speakers)
                step = max(1, own * len(subject.scripts) // _SCENES)
                async for part in every_nth_scene(session, script, step):
                    scenes += [
                        scene
                        for scene in part
                        if any(line.speaker in subject.speakers for line in scene.lines)
                    ]
        return gather(scenes, frozenset(subject.speakers), frozenset(subject.names))

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
