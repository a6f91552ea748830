"""One turn: store the message, retrieve, compose, stream, store the reply.

A turn runs in a task of its own. Who listens may leave at any moment: then the task is cancelled,
the engine stops, and what had arrived is stored as a partial reply. No database connection is
held while tokens stream.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import aclosing
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar
from uuid import UUID

import structlog
from sqlalchemy.exc import DBAPIError

from app.chat.admission import Admission, Ticket
from app.chat.arrangements import arranged_behind, no_arrangements
from app.chat.events import (
    DeltaEvent,
    DoneEvent,
    ErrorEvent,
    ExamplesEvent,
    TurnEvent,
    WaitingEvent,
    failure_of,
)
from app.chat.memory import Memory, Past
from app.chat.preparing import Preparation, PreparedTurn, TurnPreparer, timed_ms
from app.chat.replying import stream_reply
from app.chat.speech import Speech, persona_of
from app.chat.summaries import Summarizer
from app.chat.used import used_in
from app.conversations.history import later, split_at_summary
from app.conversations.repository import TURN_LEASE, ConversationRepository, begin_turn
from app.conversations.schemas import MessageOut
from app.conversations.service import (
    check_content,
    check_published,
    get_conversation,
    get_message,
    present_message,
)
from app.conversations.tree import MessageTree
from app.db.base import utc_now
from app.db.ids import new_id
from app.db.models import Conversation, Message
from app.db.session import Database
from app.engines.port import (
    ChatEngine,
    Delta,
    EngineError,
    EngineUnavailableError,
    Usage,
)
from app.errors import (
    AppError,
    ConflictError,
    InvalidError,
    NotFoundError,
    describe_engine_error,
    retry_after_of,
)
from app.observability import Metrics
from app.schemas import ErrorDetail

log = structlog.get_logger(__name__)

_STORE_PAUSES = (0.5, 2.0)
"""Seconds before a reply that could not be stored is stored again."""


_T = TypeVar("_T")

_TEXT = DeltaEvent("")
"""In a queue: there is text that was not heard yet. A listener that is slow gets it in one piece,
so that a busy service does not write every token on its own."""


@dataclass(slots=True)
class _Turn:
    """A turn's way through, and what it has come to so far."""

    id: UUID
    conversation_id: UUID
    speech: Speech
    preparation: Preparation
    parent_id: UUID
    started: float
    continues: UUID | None = None
    ahead: asyncio.Task[PreparedTurn] | None = None
    """The prompt, where it is being prepared already."""
    events: asyncio.Queue[TurnEvent | None] = field(default_factory=asyncio.Queue)
    prepared: PreparedTurn | None = None
    pieces: list[str] = field(default_factory=list)
    heard: int = 0
    """How many of the pieces the listener has."""
    finish_reason: str = "stop"
    error: str | None = None
    usage: Usage | None = None
    generating: bool = True
    """Until the reply begins to be stored: from then on nothing interrupts the turn."""
    prepare_ms: float = 0.0
    sent: float = 0.0
    first_token_ms: float | None = None

    @property
    def text(self) -> str:
        return "".join(self.pieces)

    def wait_at(self, place: int) -> None:
        self.events.put_nowait(WaitingEvent(place))

    def say(self, text: str) -> None:
        if not text:
            return
        self.pieces.append(text)
        if len(self.pieces) == self.heard + 1:  # else the piece before waits there for this one
            self.events.put_nowait(_TEXT)

    def hear(self) -> DeltaEvent:
        """What was said since the listener last looked, in one piece."""
        text = "".join(self.pieces[self.heard :])
        self.heard = len(self.pieces)
        return DeltaEvent(text)


@dataclass(frozen=True, slots=True)
class _Claim:
    """A conversation reserved for one turn."""

    turn_id: UUID
    conversation: Conversation
    tree: MessageTree


class RunningTurn:
    """A turn as its listener sees it."""

    def __init__(self, turn: _Turn, message: MessageOut | None, task: asyncio.Task[None]) -> None:
        self.message = message
        """The user's message as stored; absent where a reply is made again."""
        self._turn = turn
        self._task = task

    async def events(self) -> AsyncIterator[TurnEvent]:
        """What happens, until the turn is over. Leaving early cancels it."""
        try:
            while (event := await self._turn.events.get()) is not None:
                yield self._turn.hear() if event is _TEXT else event
        finally:
            self.cancel()

    def cancel(self) -> None:
        """Stop the engine; what has arrived is stored as a partial reply."""
        if self._turn.generating:
            self._turn.generating = False
            self._task.cancel()


class TurnService:
    """Begins turns and sees them through."""

    def __init__(
        self,
        database: Database,
        engine: ChatEngine,
        preparer: TurnPreparer,
        metrics: Metrics,
        admission: Admission,
        memory: Memory,
        summarizer: Summarizer,
        message_characters: int,
    ) -> None:
        self._database = database
        self._engine = engine
        self._preparer = preparer
        self._metrics = metrics
        self._admission = admission
        self._memory = memory
        self._summarizer = summarizer
        self._message_characters = message_characters
        self._arrangements = no_arrangements()
        self._running: dict[asyncio.Task[None], RunningTurn] = {}
        self._aside: set[asyncio.Task[Any]] = set()

    async def send(self, conversation_id: UUID, owner: str, content: str) -> RunningTurn:
        """Store the user's message and begin to answer it."""
        started = time.perf_counter()
        text = check_content(content, self._message_characters)
        with self._admission.enter(owner) as ticket:
            async with self._database.write() as session:
                repository = ConversationRepository(session)
                claim = await self._claim(repository, conversation_id, owner)
                conversation, tree = claim.conversation, claim.tree
                message = _unanswered(tree, conversation, text)
                if message is None:
                    message = Message(
                        id=new_id(),
                        conversation_id=conversation_id,
                        parent_id=conversation.active_leaf_id,
                        role="user",
                        content=text,
                        until_scene=conversation.until_scene,
                    )
                    repository.add(message)
                    tree.add(message)
                else:
                    await repository.load_records(message)
                conversation.active_leaf_id = message.id
                conversation.updated_at = utc_now()
                conversation.title = conversation.title or " ".join(text.split())[:60]
                turn = await self._plan(repository, claim, message, started)
                if ticket.admitted.is_set():  # else others go first
                    await self._look_ahead(turn)
                await session.flush()
                shown = present_message(message, tree)
            return await self._begin(turn, ticket, shown)

    async def regenerate(self, conversation_id: UUID, owner: str, message_id: UUID) -> RunningTurn:
        """Answer a user's message (again): the reply becomes one more alternative."""
        started = time.perf_counter()
        with self._admission.enter(owner) as ticket:
            async with self._database.write() as session:
                repository = ConversationRepository(session)
                claim = await self._claim(repository, conversation_id, owner)
                message = get_message(claim.tree, message_id)
                if message.role == "assistant":
                    message = _asked(claim.tree, message)
                turn = await self._plan(repository, claim, message, started)
            return await self._begin(turn, ticket)

    async def continue_reply(
        self, conversation_id: UUID, owner: str, message_id: UUID
    ) -> RunningTurn:
        """Go on with a reply where it ended; the reply itself grows."""
        started = time.perf_counter()
        with self._admission.enter(owner) as ticket:
            async with self._database.write() as session:
                repository = ConversationRepository(session)
                claim = await self._claim(repository, conversation_id, owner)
                reply = get_message(claim.tree, message_id)
                asked = _asked(claim.tree, reply)
                turn = await self._plan(repository, claim, asked, started, continued=reply)
            return await self._begin(turn, ticket)

    async def aclose(self) -> None:
        """Stop all turns and wait until what they had is stored."""
        for turn in self._running.values():
            turn.cancel()
        await asyncio.gather(*self._running, *self._aside, return_exceptions=True)

    async def _claim(
        self, repository: ConversationRepository, conversation_id: UUID, owner: str
    ) -> _Claim:
        """The conversation, reserved for one turn until it ends."""
        # Locked as it is read: the turn before may end while this one waits for it.
        conversation = await get_conversation(
            repository.session, conversation_id, owner, locked=True
        )
        if not begin_turn(conversation, turn_id := new_id()):
            raise ConflictError(
                "turn_in_progress",
                "A reply is being written in this conversation. Stop it or wait for its end.",
                retry_after=1,
            )
        check_published(conversation.character)
        with repository.session.no_autoflush:  # what claims it is stored with what the turn adds
            tree = await repository.tree(conversation_id, texts_only=True)
        return _Claim(turn_id, conversation, tree)

    async def _plan(
        self,
        repository: ConversationRepository,
        claim: _Claim,
        message: Message,
        started: float,
        continued: Message | None = None,
    ) -> _Turn:
        """The turn that answers ``message``, or goes on with a reply to it."""
        conversation = claim.conversation
        branch = claim.tree.branch(message.id)
        covered, rest = split_at_summary(conversation, branch)
        lines = [*covered, *rest]
        seed = str(conversation.id)
        persona = persona_of(
            conversation.character, conversation.user_name, seed, conversation.until_scene
        )
        speech = Speech(
            persona,
            [line.utterance for line in lines],
            continued.content if continued else "",
            await arranged_behind(branch, self._arrangements, repository),
            seed,
            _greeting(claim.tree, branch[0]),
            conversation.until_scene,
            Past(conversation, lines),
            conversation.summary if covered else "",
            len(covered),
        )
        return _Turn(
            id=claim.turn_id,
            conversation_id=conversation.id,
            speech=speech,
            preparation=Preparation(self._preparer, conversation.character, speech),
            parent_id=message.id,
            started=started,
            continues=continued.id if continued else None,
        )

    async def _look_ahead(self, turn: _Turn) -> None:
        """Begin to prepare the prompt while the message is stored."""
        turn.ahead = self._begin_aside(turn.preparation.prepare())
        await asyncio.sleep(0)  # so that it is embedded before this one needs Python's lock again

    def _begin_aside(self, work: Coroutine[Any, Any, _T]) -> asyncio.Task[_T]:
        """Work that somebody may wait for, or nobody."""
        task = asyncio.create_task(work)
        self._aside.add(task)
        task.add_done_callback(self._ended_aside)
        return task

    def _ended_aside(self, task: asyncio.Task[Any]) -> None:
        self._aside.discard(task)
        if not task.cancelled():
            task.exception()  # whoever waits for it is told

    async def _begin(
        self, turn: _Turn, ticket: Ticket, message: MessageOut | None = None
    ) -> RunningTurn:
        """Start the task; an engine that is away is told at once, while a status can be."""
        try:
            if not await self._engine.ready():
                await self._engine.limits()
                raise EngineUnavailableError(
                    "The model does not answer. Your message is kept.", retry_after=5
                )
        except BaseException as error:
            await asyncio.shield(self._release(turn))
            if isinstance(error, EngineError):
                raise _with_message(error, message) from error
            raise
        task = asyncio.create_task(self._run(turn, ticket), name=f"turn-{turn.id}")
        running = RunningTurn(turn, message, task)
        self._running[task] = running
        task.add_done_callback(self._running.pop)
        task.add_done_callback(lambda _: ticket.leave())
        try:
            await asyncio.sleep(0)  # the engine is asked before the listener's response begins
        except asyncio.CancelledError:  # the listener has left already
            running.cancel()
            raise
        return running

    async def _run(self, turn: _Turn, ticket: Ticket) -> None:
        lease = asyncio.create_task(self._keep_lease(turn))
        failure: ErrorEvent | None = None
        try:
            async with ticket.running(turn.wait_at):
                await self._stream(turn)
        except asyncio.CancelledError:
            turn.finish_reason = "cancelled"
        except Exception as error:
            failure = failure_of(error)
            turn.finish_reason, turn.error = "error", failure.error.message
        finally:
            turn.generating = False
            lease.cancel()
        self._metrics.turns.labels(turn.finish_reason).inc()
        await self._end(turn, failure)
        if turn.prepared is not None:
            self._remember(turn, turn.prepared)

    def _remember(self, turn: _Turn, prepared: PreparedTurn) -> None:
        """See to what fell out of the prompt, now that nobody waits any more."""
        self._memory.keep(prepared.unknown, turn.conversation_id)
        self._begin_aside(self._preparer.count_said(turn.speech, turn.text))
        past, fallen = turn.speech.past, prepared.shown_from - turn.speech.covered
        if past is not None and past.conversation.summarize and fallen > 0:
            self._summarizer.begin_aside(turn.conversation_id, past.conversation.owner, fallen)

    async def _stream(self, turn: _Turn) -> None:
        async def prepare(share: float) -> PreparedTurn:
            ahead, turn.ahead = turn.ahead, None
            return await (ahead or turn.preparation.prepare(share))

        reply = stream_reply(
            self._engine,
            prepare,
            name=turn.speech.persona.name,
            continuing=bool(turn.speech.continued),
            affinity=str(turn.conversation_id),
        )
        async with aclosing(reply):
            async for event in reply:
                if isinstance(event, PreparedTurn):
                    self._sent(turn, event)
                else:
                    self._said(turn, event)

    def _sent(self, turn: _Turn, prepared: PreparedTurn) -> None:
        """The engine gets its prompt now."""
        turn.prepared = prepared
        turn.events.put_nowait(ExamplesEvent(used_in(prepared)))
        turn.prepare_ms = timed_ms(turn.started)
        self._metrics.prepare_seconds.observe(turn.prepare_ms / 1_000)
        turn.sent = time.perf_counter()

    def _said(self, turn: _Turn, delta: Delta) -> None:
        if turn.first_token_ms is None and delta.finish_reason is None:
            turn.first_token_ms = timed_ms(turn.sent)
            self._metrics.first_token_seconds.observe(turn.first_token_ms / 1_000)
        turn.say(delta.text)
        turn.usage = delta.usage
        self._metrics.count_prompt(delta.usage)
        turn.finish_reason = delta.finish_reason or turn.finish_reason

    async def _end(self, turn: _Turn, failure: ErrorEvent | None) -> None:
        """Store what there is and tell the listener that it is over."""
        reply: MessageOut | None = None
        try:
            reply = await self._store_patiently(turn)
        except Exception as error:
            log.error("reply_not_stored", conversation=str(turn.conversation_id))
            failure = failure_of(error)
        if failure is None and reply is None:
            failure = _nothing_said(turn)
        if failure is not None:
            event: TurnEvent = ErrorEvent(failure.error, failure.status, failure.retry_after, reply)
        else:
            assert reply is not None  # noqa: S101 (else it is a failure)
            event = DoneEvent(reply)
        turn.events.put_nowait(event)
        turn.events.put_nowait(None)

    async def _store_patiently(self, turn: _Turn) -> MessageOut | None:
        """Try again while the database is locked: the reply exists nowhere else."""
        for pause in _STORE_PAUSES:
            try:
                return await self._store(turn)
            except DBAPIError as error:
                log.warning("storing_reply_again", reason=str(error.orig))
                await asyncio.sleep(pause)
        return await self._store(turn)

    async def _store(self, turn: _Turn) -> MessageOut | None:
        """The reply in the database; nothing where the engine said nothing."""
        async with self._database.write() as session:
            repository = ConversationRepository(session)
            await repository.end_turn(turn.conversation_id, turn.id)
            if not turn.text:
                return None
            conversation = await session.get(Conversation, turn.conversation_id)
            if conversation is None:
                raise _gone(turn)
            message = await session.get(Message, turn.continues) if turn.continues else None
            if message is None:
                message = Message(
                    id=new_id(),
                    conversation_id=turn.conversation_id,
                    parent_id=turn.parent_id,
                    role="assistant",
                    content="",
                    until_scene=turn.speech.until_scene,
                )
                repository.add(message)
            prepared = _fill(message, turn)
            conversation.active_leaf_id = message.id
            conversation.updated_at = utc_now()
            await session.flush()
            self._arrangements.keep(message.id, prepared.arranged)
            return present_message(
                message, await repository.tree(turn.conversation_id, texts_only=True)
            )

    async def _release(self, turn: _Turn) -> None:
        async with self._database.write() as session:
            await ConversationRepository(session).end_turn(turn.conversation_id, turn.id)

    async def _keep_lease(self, turn: _Turn) -> None:
        while True:
            await asyncio.sleep(TURN_LEASE.total_seconds() / 3)
            with contextlib.suppress(DBAPIError):
                async with self._database.write() as session:
                    await ConversationRepository(session).renew_turn(turn.conversation_id, turn.id)


def _greeting(tree: MessageTree, first: Message) -> int:
    """Which of the greetings a branch begins with; 0 where it begins with none."""
    return list(tree.siblings(first)).index(first) if first.role == "assistant" else 0


def _unanswered(tree: MessageTree, conversation: Conversation, text: str) -> Message | None:
    """The message the conversation ends with, if it is this very one: it was sent again."""
    leaf = tree.get(conversation.active_leaf_id) if conversation.active_leaf_id else None
    same = leaf is not None and leaf.role == "user" and leaf.content == text
    return leaf if same else None


def _asked(tree: MessageTree, reply: Message) -> Message:
    """The message a reply answers. A greeting answers none."""
    asked = tree.get(reply.parent_id) if reply.parent_id else None
    if asked is None or asked.role != "user" or reply.role != "assistant":
        raise InvalidError("not_a_reply", "Only a reply to a message can be written again.")
    return asked


def _fill(message: Message, turn: _Turn) -> PreparedTurn:
    """What the turn came to, as a stored reply."""
    prepared = turn.prepared
    assert prepared is not None  # noqa: S101 (there is text, so there was a prompt)
    message.content += turn.text
    message.until_scene = later(message.until_scene, turn.speech.until_scene)
    message.state = "complete" if turn.finish_reason in {"stop", "length"} else "partial"
    message.finish_reason = turn.finish_reason
    message.error = turn.error
    message.examples = [example.model_dump() for example in used_in(prepared)]
    message.retrieval = prepared.mode
    message.model = prepared.model
    message.usage = asdict(turn.usage) if turn.usage else None
    chosen = asdict(prepared.sampling).items()
    message.sampling = {name: value for name, value in chosen if value not in (None, {})}
    message.timings = {
        "embed": round(prepared.embed_ms, 3),
        "search": round(prepared.search_ms, 3),
        "prepare": turn.prepare_ms,
        "first_token": turn.first_token_ms,
        "total": timed_ms(turn.started),
    }
    return prepared


def _nothing_said(turn: _Turn) -> ErrorEvent:
    """There is no reply, though nothing failed."""
    if turn.finish_reason == "cancelled":
        message = "The turn was stopped before the model said anything."
        return ErrorEvent(ErrorDetail(code="cancelled", message=message), 503, retry_after=5)
    message = "The model said nothing. Try again."
    return ErrorEvent(ErrorDetail(code="empty_reply", message=message), 502)


def _gone(turn: _Turn) -> NotFoundError:
    return NotFoundError(
        "conversation_not_found", f"The conversation {turn.conversation_id} was deleted meanwhile."
    )


def _with_message(error: EngineError, message: MessageOut | None) -> AppError:
    """The engine's error as an answer that says what was stored all the same."""
    status, detail = describe_engine_error(error)
    stored = {} if message is None else {"message": message.model_dump(mode="json")}
    failure = AppError(
        detail.code, detail.message, retry_after=retry_after_of(error, status), **stored
    )
    failure.status = status
    return failure
