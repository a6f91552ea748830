"""Summarise a conversation's oldest lines, by the engine or by the user."""

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.conversations.branch_repository import BranchRepository
from app.conversations.history import (
    BranchLine,
    ends_before,
    is_known,
    known_messages,
    later,
    lines_of,
    split_at_summary,
)
from app.conversations.lookup import get_conversation, no_message
from app.conversations.presentation import present_summary
from app.conversations.schemas import SummaryUpdate
from app.db.models import Conversation, Message
from app.db.session import Database
from app.engines.model_entry import with_overrides
from app.engines.port import Limits, Sampling
from app.errors import InvalidError, UnavailableError
from app.quotas.payer import Payer
from app.turns.dialogue_context import persona_of
from app.turns.events import DeltaEvent, WrittenEvent
from app.turns.writer import Emit, EngineWriter, Order, Writing
from characters.profiles import ProfileTrimmer
from characters.prompting import Persona, stop_strings
from characters.prompting.summary_prompt import SummaryDraft, SummaryPrompt

_KEPT_LINES = 6
"""Newest lines that no summary covers unless the user sets it so."""
_MOST_MESSAGES = 3_000
"""Most messages of one summary, the oldest first: about four contexts of most engines."""
_ROUNDS = 4
"""Most rounds, each summarising the summary before, where lines exceed the engine's context."""
_SUMMARY_TOKENS = 320
_SEAM_TOKENS = 64
"""Spare for what counting piece by piece misses."""
_TEMPERATURE = 0.3
"""Low, for a sober summary."""


@dataclass(frozen=True, slots=True)
class _Task:
    """Hold the lines to summarise."""

    conversation: Conversation
    persona: Persona
    summary: str
    """The summary of earlier lines."""
    lines: Sequence[BranchLine]


class Summarizer:
    """Summarise conversations with the engine; each summary takes a slot among the turns."""

    def __init__(self, database: Database, writer: EngineWriter) -> None:
        self._database = database
        self._writer = writer

    async def begin(self, conversation_id: UUID, owner: str, payer: Payer | None = None) -> Writing:
        """Begin to summarise all but the newest lines, or to update the summary.

        Raises :class:`~app.errors.InvalidError` (``nothing_to_summarize``), and what
        :meth:`EngineWriter.begin` raises.
        """
        async with self._database.read() as session:
            task = await _task(session, conversation_id, owner)

        async def write(emit: Emit) -> None:
            await self._write(task, emit)

        order = None if payer is None else Order(payer, task.conversation.character_id)
        return await self._writer.begin(owner, write, order)

    def begin_in_background(
        self, conversation_id: UUID, owner: str, dropped: int, order: Order | None = None
    ) -> None:
        """Begin to summarise the ``dropped`` lines that a turn's prompt no longer showed.

        They are counted after the summary's lines. A turn that wants the slot gets it: then a
        later turn begins the summary again.
        """

        async def write() -> None:
            async with self._database.read() as session:
                task = await _task(session, conversation_id, owner, dropped)
            await self._write(task, lambda _: None)

        self._writer.begin_if_idle(owner, write, order)

    async def _write(self, task: _Task, emit: Emit) -> None:
        limits = await self._writer.engine.limits()
        summary, done = task.summary, 0
        for number in range(_ROUNDS):
            prompt = await self._compose(task, summary, done, limits)
            done += prompt.covered
            last = done == len(task.lines) or number == _ROUNDS - 1
            summary = await self._sum_up(task.persona, prompt, limits, emit if last else _discard)
            if last:
                break
        if not summary.strip():
            raise UnavailableError("empty_summary", "The model wrote nothing. Try again.")
        async with self._database.write() as session:
            conversation = await _store(session, task, summary, task.lines[done - 1].upto)
            summarized = await present_summary(session, conversation)
        if summarized is not None:
            emit(WrittenEvent(summarized))

    async def _compose(self, task: _Task, summary: str, done: int, limits: Limits) -> SummaryPrompt:
        draft = SummaryDraft(
            task.persona,
            summary,
            [line.utterance for line in task.lines[done:]],
            limits.prompt_style,
            small=limits.max_examples is not None,
        )
        pieces = list(dict.fromkeys(draft.pieces()))
        counted = await self._writer.engine.count_tokens(pieces)
        counts = dict(zip(pieces, counted, strict=True))
        room = limits.context_length - _sampling(limits).max_tokens
        return draft.fit(counts.__getitem__, room - _SEAM_TOKENS)

    async def _sum_up(
        self, persona: Persona, prompt: SummaryPrompt, limits: Limits, emit: Emit
    ) -> str:
        trimmer = ProfileTrimmer()
        trimmer.begin(prompt.opening)
        stops = ["\n\n", *stop_strings(persona, ())]
        summary = ""
        writing = self._writer.continue_text(prompt.content, _sampling(limits), stops, trimmer)
        async with aclosing(writing) as sentences:
            async for sentence in sentences:
                summary += sentence
                emit(DeltaEvent(sentence))
        return summary


async def edit_summary(
    session: AsyncSession, conversation_id: UUID, owner: str, changes: SummaryUpdate
) -> Conversation:
    """Store the user's own summary of the lines up to a message of the visible branch.

    Raises :class:`~app.errors.InvalidError`: ``nothing_to_summarize`` where neither the user nor
    an earlier summary sets the last line and only the newest few exist, ``invalid_summary`` where
    no message follows the last line; :class:`~app.errors.NotFoundError` for an unknown message.
    """
    conversation = await get_conversation(session, conversation_id, owner)
    _check_alone(conversation)
    branches = BranchRepository(session, conversation_id)
    leaf = conversation.active_leaf_id
    if changes.upto is not None:
        upto: UUID | None = changes.upto
        if not await branches.height(leaf, upto):
            if await branches.message(upto) is None:
                raise no_message(changes.upto)
            raise InvalidError(
                "invalid_summary", "A summary ends at a message that another one follows."
            )
    elif await branches.height(leaf, conversation.summary_upto):
        upto = conversation.summary_upto
    else:
        path = await branches.path(leaf, None)
        upto = _older(split_at_summary(conversation, path.messages)[1], None)[-1].upto
    was_at = conversation.summary_until_scene if conversation.summary else 0
    conversation.summary_until_scene = later(was_at, conversation.until_scene)
    conversation.summary, conversation.summary_upto = changes.text, upto
    await session.flush()
    return conversation


async def clear_summary(session: AsyncSession, conversation_id: UUID, owner: str) -> Conversation:
    """Delete the summary; prompts show the lines themselves again, as far as they fit."""
    conversation = await get_conversation(session, conversation_id, owner)
    conversation.summary = ""
    conversation.summary_upto = conversation.summary_until_scene = None
    await session.flush()
    return conversation


async def _task(
    session: AsyncSession, conversation_id: UUID, owner: str, dropped: int | None = None
) -> _Task:
    """Return the lines of a conversation to summarise, as known at its point in time."""
    conversation = await get_conversation(session, conversation_id, owner)
    _check_alone(conversation)
    branches = BranchRepository(session, conversation_id)
    leaf = conversation.active_leaf_id
    path = await branches.path(leaf, conversation.summary_upto)
    covered, rest = split_at_summary(conversation, path.messages)
    summarized = bool(covered) or ends_before(conversation, path)
    if path.start > 0 and not covered:  # the lines to summarise begin before those read
        upto = conversation.summary_upto if summarized else None
        oldest = await branches.after(leaf, upto, _MOST_MESSAGES)
        rest = lines_of(known_messages(conversation, oldest))
    now = conversation.until_scene
    lines = [line for line in _older(rest, dropped) if is_known(line.until_scene, now)]
    if not lines:
        raise _nothing_to_summarize()
    return _Task(
        conversation,
        persona_of(
            conversation.character, conversation.user_name, until_scene=conversation.until_scene
        ),
        conversation.summary if summarized else "",
        lines,
    )


def _check_alone(conversation: Conversation) -> None:
    """Raise :class:`~app.errors.InvalidError` on a stage: one summary would be known to all."""
    if conversation.is_stage:
        raise InvalidError(
            "stage_has_no_summary",
            "A stage has no summary: each of its characters knows something else.",
        )


def _older(lines: Sequence[BranchLine], dropped: int | None) -> Sequence[BranchLine]:
    """Return the ``dropped`` oldest lines, or all but the newest; they end with a reply.

    A branch that came into view after the turn may have fewer than were dropped.
    Raises :class:`~app.errors.InvalidError` (``nothing_to_summarize``).
    """
    end = len(lines) - _KEPT_LINES if dropped is None else min(dropped, len(lines))
    while end > 0 and lines[end - 1].role == "user":
        end -= 1
    if end <= 0:
        raise _nothing_to_summarize()
    return lines[:end]


async def _store(session: AsyncSession, task: _Task, summary: str, upto: UUID) -> Conversation:
    """Store the summary, unless the user wrote another meanwhile, which then stays.

    A conversation that has become a stage meanwhile gets none: it would be known to all.
    """
    before = task.conversation
    conversation = await get_conversation(session, before.id, before.owner, locked=True)
    if conversation.is_stage:
        return conversation
    same = (conversation.summary, conversation.summary_upto) == (
        before.summary,
        before.summary_upto,
    )
    if same and await session.get(Message, upto) is not None:
        conversation.summary, conversation.summary_upto = summary, upto
        conversation.summary_until_scene = before.until_scene
        await session.flush()
    return conversation


def _discard(_: object) -> None:
    """Report nothing: only the last round's summary is shown."""


def _sampling(limits: Limits) -> Sampling:
    tokens = min(_SUMMARY_TOKENS, limits.context_length // 4)
    return with_overrides(limits.sampling, {"temperature": _TEMPERATURE, "max_tokens": tokens})


def _nothing_to_summarize() -> InvalidError:
    return InvalidError(
        "nothing_to_summarize",
        f"There is nothing to sum up yet: the newest {_KEPT_LINES} lines stay as they are.",
    )
