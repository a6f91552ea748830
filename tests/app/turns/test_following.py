"""A turn that one process runs and another follows: they share nothing but the database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import update

from app.db.base import utc_now
from app.db.ids import new_id
from app.db.models import Conversation
from app.settings import Settings
from app.turns.event_id import EventId, parse_event_id
from app.turns.events import DeltaEvent, DoneEvent, ErrorEvent, ExamplesEvent, WaitingEvent
from app.turns.progress import Listener, NumberedEvent
from app.turns.runner import RunningTurn
from app.turns.sse import encode_event
from app.turns.store import TurnStore
from tests.app.running import Json, Running, ServerEvent, code_of, parse_stream, running, until
from tests.app.turns.gated import GatedEngine

pytestmark = pytest.mark.anyio

TOKENS = ["一", " two", " 三", "🎭", " four"]
WORDS = "".join(TOKENS)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two services on one database, and a turn that the first runs."""

    here: Running
    there: Running
    engine: GatedEngine
    conversation: Json
    turn: RunningTurn

    @property
    def id(self) -> UUID:
        return UUID(self.conversation["id"])

    @property
    def path(self) -> str:
        return f"/api/conversations/{self.id}/turn"

    async def attach(self, stage: Running, last: EventId | None = None) -> Listener:
        """A listener of the turn in one of the two."""
        async with asyncio.timeout(10):
            listener = await stage.services.turns.attaching.listen(self.id, "local", last)
        assert listener is not None
        return listener

    async def hear(
        self, stage: Running, last: EventId | None = None
    ) -> asyncio.Task[list[ServerEvent]]:
        """All events to the end, in a task of their own; its listener is there already."""
        return asyncio.create_task(sent_to(await self.attach(stage, last)))

    async def say(self, tokens: int) -> None:
        """Have the engine say the reply up to so many tokens."""
        said = next(n for n in range(len(TOKENS) + 1) if "".join(TOKENS[:n]) == self.turn.turn.text)
        self.engine.let(tokens - said)
        await until(lambda: self.turn.turn.text == "".join(TOKENS[:tokens]))

    async def end(self) -> Json:
        """Have the engine end; the stored reply."""
        self.engine.let(len(TOKENS) + 1)
        reply: Json = (await self.here.idle(self.conversation))["messages"][-1]
        return reply


@asynccontextmanager
async def pair(settings: Settings, **scripted: int) -> AsyncIterator[Pair]:
    engine = GatedEngine(WORDS, **scripted)
    async with running(settings, engine=engine) as here, running(settings) as there:
        await here.make_character()
        conversation = await here.open()
        turn = await here.services.turns.send(UUID(conversation["id"]), "local", "Count.")
        assert isinstance(turn, RunningTurn)
        yield Pair(here, there, engine, conversation, turn)


@pytest.fixture
async def two(settings: Settings) -> AsyncIterator[Pair]:
    async with pair(settings) as made:
        yield made


async def until_text(listener: Listener, text: str, heard: str = "") -> list[NumberedEvent]:
    """The events until ``text`` is whole, which began with ``heard``; then the listener leaves."""
    found = []
    async with asyncio.timeout(10), aclosing(listener.events()) as events:
        async for event in events:
            assert event is not None
            found.append(event)
            if isinstance(event.event, DeltaEvent):
                heard += event.event.text
            assert text.startswith(heard)
            if heard == text:
                return found
    raise AssertionError(f"{heard!r} is not {text!r}")


async def sent_to(listener: Listener) -> list[ServerEvent]:
    """All events, as a client gets them."""
    sent = b""
    async for event in listener.events():
        assert event is not None
        sent += encode_event(event.event, str(EventId(listener.turn_id, event.number)))
    return parse_stream(sent.decode())


async def follow(stage: Running, path: str, last: str | None = None) -> list[ServerEvent]:
    """All events up to the end, as a client gets them."""
    headers = {} if last is None else {"Last-Event-ID": last}
    response = await stage.http.get(path, headers=headers)
    assert response.status_code == 200, response.text
    assert response.headers["x-accel-buffering"] == "no"
    return parse_stream(response.text)


def text_of(events: list[ServerEvent]) -> str:
    return "".join(event.data["text"] for event in events if event.name == "delta")


async def test_from_every_event_it_goes_on_elsewhere_while_it_runs(two: Pair) -> None:
    had, number = "", 0
    for count in range(1, len(TOKENS) + 1):
        await two.say(count)
        said = "".join(TOKENS[:count])
        before = EventId(two.turn.turn.id, number)
        [*_, last] = await until_text(await two.attach(two.here, before), said, had)
        # There, the database may not have what was heard here already.
        await until_text(await two.attach(two.there, before), said, had)
        had, number = said, last.number
    after = await two.hear(two.there, EventId(two.turn.turn.id, number))
    reply = await two.end()
    async with asyncio.timeout(10):
        assert [(event.name, event.data) for event in await after] == [("done", reply)]


async def test_from_every_event_it_goes_on_when_it_is_over(two: Pair) -> None:
    hearing = await two.hear(two.here)
    for count in range(1, len(TOKENS) + 1):
        await two.say(count)
        await asyncio.sleep(0)
    reply = await two.end()
    events = await hearing
    assert [event.name for event in events[:2]] == ["turn", "examples"]
    assert text_of(events) == reply["content"] == WORDS
    for stage in (two.here, two.there):
        for place, event in enumerate(events[:-1], start=1):
            rest = await follow(stage, two.path, event.id)
            assert text_of(events[:place]) + text_of(rest) == WORDS
            assert [each.name for each in rest if each.name != "delta"][-1:] == ["done"]
            assert rest[-1] == events[-1]
        response = await stage.http.get(two.path, headers={"Last-Event-ID": events[-1].id})
        assert (response.status_code, response.content) == (204, b"")


async def test_ids_rise(two: Pair) -> None:
    hearing = await two.hear(two.there)
    await two.say(2)
    await two.end()
    ids = [parse_event_id(event.id) for event in await hearing]
    numbers = [id.number for id in ids if id is not None]
    assert len(numbers) == len(ids)
    assert {id and id.turn_id for id in ids} == {two.turn.turn.id}
    assert numbers == sorted(numbers)


async def test_who_comes_late_hears_it_all_and_so_do_two_at_once(two: Pair) -> None:
    await two.say(3)
    hearing = [await two.hear(stage) for stage in (two.there, two.there, two.here)]
    await until_text(await two.attach(two.there), "".join(TOKENS[:3]))
    reply = await two.end()
    for events in await asyncio.gather(*hearing):
        begin, shown, *_, done = events
        message = (await two.here.read(two.conversation))["messages"][0]
        assert begin.data == {"reply_id": reply["id"], "parent_id": message["id"], "text": ""}
        assert shown.data["items"] == reply["examples"]
        assert text_of(events) == WORDS
        assert (done.name, done.data) == ("done", reply)


async def test_the_place_in_the_queue_is_known_elsewhere(settings: Settings) -> None:
    settings.limits.running_turns = 1
    async with pair(settings) as two:
        await until(lambda: two.turn.turn.progress.prompts)
        other = await two.here.open()
        waiting = await two.here.services.turns.send(UUID(other["id"]), "local", "And me.")
        assert isinstance(waiting, RunningTurn)
        listener = await two.there.services.turns.attaching.listen(UUID(other["id"]), "local", None)
        assert listener is not None
        async with asyncio.timeout(10), aclosing(listener.events()) as events:
            found = [await anext(events) for _ in range(2)]
            assert [event and event.event for event in found][1:] == [WaitingEvent(1)]
            two.engine.let(100)
            found = [await anext(events)]
            assert isinstance(found[0] and found[0].event, ExamplesEvent)
        waiting.cancel()


@pytest.mark.parametrize("from_there", [True, False], ids=["elsewhere", "here"])
async def test_stop_stops_it_from_anywhere(two: Pair, from_there: bool) -> None:
    await two.say(2)
    hearing = [await two.hear(stage) for stage in (two.here, two.there)]
    await until_text(await two.attach(two.there), "一 two")
    stage = two.there if from_there else two.here
    assert (await stage.http.delete(two.path)).status_code == 204
    await until(lambda: not two.engine.running)
    reply = (await two.here.idle(two.conversation))["messages"][-1]
    assert (reply["content"], reply["finish_reason"]) == ("一 two", "cancelled")
    for events in await asyncio.gather(*hearing):
        assert (events[-1].name, events[-1].data) == ("done", reply)
        assert text_of(events) == "一 two"


async def test_stopped_before_the_first_word_is_an_error_everywhere(two: Pair) -> None:
    await until(lambda: two.turn.turn.progress.prompts)
    hearing = [await two.hear(stage) for stage in (two.here, two.there)]
    await two.there.http.delete(two.path)
    last = f"{two.turn.turn.id}.0"
    ends = [events[-1] for events in await asyncio.gather(*hearing)]
    ends += [(await follow(stage, two.path, last))[-1] for stage in (two.here, two.there)]
    assert {(end.name, end.data["error"]["code"]) for end in ends} == {("error", "cancelled")}


async def test_a_failure_is_the_same_everywhere(settings: Settings) -> None:
    async with pair(settings, fail_after=2) as two:
        await two.say(2)
        hearing = [await two.hear(stage) for stage in (two.here, two.there)]
        await until_text(await two.attach(two.there), "一 two")
        reply = await two.end()
        assert (reply["content"], reply["state"]) == ("一 two", "partial")
        ends = [events[-1] for events in await asyncio.gather(*hearing)]
        ends.append((await follow(two.there, two.path, f"{two.turn.turn.id}.11"))[-1])
        for end in ends:
            assert end.name == "error"
            assert end.data["error"]["code"] == "engine_unavailable"
            assert end.data["error"]["detail"]["reply"] == reply


async def test_the_process_that_speaks_dies(two: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    await two.say(2)
    hearing = await two.hear(two.there)
    await until_text(await two.attach(two.there), "一 two")

    async def dead(*_: object) -> None:
        """Renew no lease and save nothing any more."""

    monkeypatch.setattr(TurnStore, "renew", dead)
    async with two.here.services.database.write() as session:
        await session.execute(
            update(Conversation)
            .where(Conversation.id == two.id)
            .values(turn_lease_until=utc_now() - timedelta(seconds=1))
        )
    async with asyncio.timeout(10):
        events = await hearing
    assert text_of(events) == "一 two"
    assert events[-1].name == "error"
    assert events[-1].data["error"]["code"] == "turn_lost"
    kept = events[-1].data["error"]["detail"]["reply"]
    assert (kept["content"], kept["state"], kept["finish_reason"]) == ("一 two", "partial", None)
    assert (await two.there.http.get(two.path)).status_code == 204


async def test_what_is_continued_begins_with_what_it_had(settings: Settings) -> None:
    async with pair(settings) as two:
        await two.say(len(TOKENS))
        reply = await two.end()
        more = await two.here.services.turns.continue_reply(two.id, "local", UUID(reply["id"]))
        hearing = [await two.hear(stage) for stage in (two.here, two.there)]
        two.engine.let(2)
        await until_text(await two.attach(two.there), "一 two")
        whole = await two.end()
        assert (whole["id"], whole["content"]) == (reply["id"], WORDS * 2)
        later = await follow(two.there, two.path, f"{more.turn.id}.12")
        for events in await asyncio.gather(*hearing):
            assert events[0].data["text"] == WORDS
            assert events[0].data["reply_id"] == reply["id"]
            assert text_of(events) == WORDS
            assert events[-1].data == whole
        assert (text_of(later), later[-1].data) == (WORDS[2:], whole)


async def test_where_nothing_runs_there_is_nothing_to_follow(two: Pair) -> None:
    reply = await two.end()
    for stage in (two.here, two.there):
        assert (await stage.http.get(two.path)).status_code == 204
        assert (await stage.http.delete(two.path)).status_code == 204
        known = {"Last-Event-ID": f"{new_id()}.0"}
        assert code_of(await stage.http.get(two.path, headers=known)) == "404 turn_not_found"
        message = {"Last-Event-ID": f"{reply['parent_id']}.0"}  # no turn, but a message
        assert code_of(await stage.http.get(two.path, headers=message)) == "404 turn_not_found"


@pytest.mark.parametrize("last", ["7", "x.1", "{turn}.-1", "{turn}.1e3", "{turn}.10000000000"])
@pytest.mark.one_database
async def test_an_id_that_no_event_has(stage: Running, last: str) -> None:
    await stage.make_character()
    path = f"/api/conversations/{(await stage.open())['id']}/turn"
    headers = {"Last-Event-ID": last.format(turn=new_id())}
    assert code_of(await stage.http.get(path, headers=headers)) == "422 invalid_event_id"


async def test_more_than_there_is_was_never_said(two: Pair) -> None:
    """A number beyond the reply hears its end, and nothing else."""
    await two.say(1)
    listeners = [
        await two.attach(stage, EventId(two.turn.turn.id, 999)) for stage in (two.here, two.there)
    ]
    hearing = [asyncio.create_task(everything(listener)) for listener in listeners]
    await two.end()
    for events in await asyncio.gather(*hearing):
        assert [type(event) for event in events] == [DoneEvent]


async def test_a_turn_is_heard_in_its_own_conversation_only(two: Pair) -> None:
    await two.say(1)
    other = await two.here.open()
    last = {"Last-Event-ID": f"{two.turn.turn.id}.0"}
    while True:
        for stage in (two.here, two.there):
            path = f"/api/conversations/{other['id']}/turn"
            assert code_of(await stage.http.get(path, headers=last)) == "404 turn_not_found"
        if not two.turn.turn.generating:
            return
        await two.end()


async def test_a_deleted_conversation_is_not_followed(two: Pair) -> None:
    await two.say(1)
    hearing = await two.hear(two.there)
    await until_text(await two.attach(two.there), "一")
    assert (await two.here.http.delete(f"/api/conversations/{two.id}")).status_code == 204
    assert (await hearing)[-1].data["error"]["code"] == "conversation_not_found"
    assert code_of(await two.there.http.get(two.path)) == "404 conversation_not_found"
    assert code_of(await two.there.http.delete(two.path)) == "404 conversation_not_found"


async def test_a_service_that_stops_lets_its_listeners_go(settings: Settings) -> None:
    """They come back to another one, and go on there."""
    async with pair(settings) as two:
        await two.say(1)
        listener = await two.attach(two.there)
        hearing = asyncio.create_task(everything(listener))
        await asyncio.sleep(0)
        await two.there.services.turns.aclose()
        async with asyncio.timeout(10):
            events = await hearing
        assert not any(isinstance(event, DoneEvent | ErrorEvent) for event in events)
        assert two.engine.running == 1


async def everything(listener: Listener) -> list[object]:
    return [event and event.event async for event in listener.events()]


@pytest.mark.parametrize("what", ["conversation", "character", "character for good"])
async def test_what_is_deleted_elsewhere_stops_here(two: Pair, what: str) -> None:
    await two.say(2)
    listener = two.turn.listen()
    path = {
        "conversation": f"/api/conversations/{two.id}",
        "character": "/api/admin/characters/ben?restorable=true",
        "character for good": "/api/admin/characters/ben",
    }[what]
    assert (await two.there.http.delete(path)).status_code == 204
    async with asyncio.timeout(10):
        *_, end = await everything(listener)
    assert two.engine.running == 0
    if what == "character for good":
        assert isinstance(end, ErrorEvent)
        assert end.error.code == "conversation_not_found"
    else:
        assert isinstance(end, DoneEvent)
        assert (end.reply.content, end.reply.finish_reason) == ("一 two", "cancelled")
