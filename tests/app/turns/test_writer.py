"""Texts that the engine writes beside the turns."""

import asyncio
from collections.abc import Callable, Sequence

import pytest

from app.cpu_gate import CpuGate
from app.engines.port import ChatMessage, Delta, EngineUnavailableError, Sampling
from app.engines.scripted import ScriptedEngine
from app.errors import InvalidError, TooManyTurnsError
from app.observability import Metrics
from app.turns.admission import Admission
from app.turns.events import DeltaEvent, ErrorEvent, WaitingEvent, WritingEvent
from app.turns.writer import Emit, EngineWriter
from characters.profiles import ProfileTrimmer
from characters.prompting import PromptMessage
from tests.app.turns.test_reply_stream import Playing

pytestmark = pytest.mark.anyio


def writer(
    engine: ScriptedEngine | None = None, *, running: int = 1, waiting: int = 1
) -> tuple[EngineWriter, Admission]:
    door = Admission(Metrics(), CpuGate(shared_processor=False), running=running, waiting=waiting)
    return EngineWriter(engine or ScriptedEngine(), door, Metrics()), door


def saying(*texts: str) -> Callable[[Emit], "asyncio.Future[None]"]:
    def write(tell: Emit) -> "asyncio.Future[None]":
        for text in texts:
            tell(DeltaEvent(text))
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done

    return write


async def failing(_: Emit) -> None:
    raise InvalidError("nothing_to_summarize", "There is nothing yet.")


async def for_ever(_: object = None) -> None:
    await asyncio.Event().wait()


async def sentences(
    engine: ScriptedEngine, *, one_sentence: bool = False, stops: Sequence[str] = ()
) -> list[str]:
    made, _ = writer(engine)
    asked = [PromptMessage("system", "Be brief."), PromptMessage("user", "灯塔？")]
    written = made.continue_text(
        asked, Sampling(), stops, ProfileTrimmer(), one_sentence=one_sentence
    )
    return [text async for text in written]


async def test_the_listener_gets_every_event_and_the_slot_is_free_again() -> None:
    made, door = writer()
    writing = await made.begin("mara", saying("The lamp. ", "灯。"))
    assert [event async for event in writing.events()] == [
        DeltaEvent("The lamp. "),
        DeltaEvent("灯。"),
    ]
    await made.settled()
    with door.enter("mara") as slot:
        assert slot.admitted.is_set()


async def test_a_failure_is_the_last_event() -> None:
    made, _ = writer()
    writing = await made.begin("mara", failing)
    [event] = [event async for event in writing.events()]
    assert isinstance(event, ErrorEvent)
    assert event.error.code == "nothing_to_summarize"


async def test_a_text_waits_behind_the_turns_and_says_so() -> None:
    made, door = writer()
    with door.enter("timo") as turn:
        writing = await made.begin("mara", saying("Done."))
        events: list[WritingEvent] = []

        async def listen() -> None:
            async for event in writing.events():
                events.append(event)
                if isinstance(event, WaitingEvent):
                    turn.leave()

        await listen()
    assert events == [WaitingEvent(1), DeltaEvent("Done.")]


async def test_beyond_the_queue_no_text_is_begun() -> None:
    made, door = writer(waiting=0)
    with door.enter("timo"), pytest.raises(TooManyTurnsError):
        await made.begin("mara", saying("Done."))


async def test_an_engine_that_is_away_is_an_error_before_any_event() -> None:
    engine = ScriptedEngine()
    made, door = writer(engine)
    await engine.aclose()
    with pytest.raises(EngineUnavailableError):
        await made.begin("mara", saying("never"))
    with door.enter("timo") as slot:
        assert slot.admitted.is_set()  # what failed to begin holds no slot


async def test_a_listener_that_leaves_stops_the_text() -> None:
    made, _ = writer()
    begun = asyncio.Event()

    async def write(tell: Emit) -> None:
        tell(DeltaEvent("one"))
        begun.set()
        await for_ever()

    writing = await made.begin("mara", write)
    await begun.wait()
    events = writing.events()
    assert await anext(events) == DeltaEvent("one")
    assert writing.task is not None
    await events.aclose()  # type: ignore[attr-defined]  # an async generator
    await asyncio.wait([writing.task])
    assert writing.task.cancelled()


async def test_a_service_that_stops_says_so() -> None:
    made, _ = writer()
    writing = await made.begin("mara", for_ever)
    await asyncio.sleep(0)
    await made.aclose()
    [event] = [event async for event in writing.events()]
    assert isinstance(event, ErrorEvent)
    assert event.status == 503


async def test_work_aside_leaves_its_slot_to_a_turn() -> None:
    made, door = writer()
    stopped = asyncio.Event()

    async def write() -> None:
        try:
            await for_ever()
        finally:
            stopped.set()

    made.begin_if_idle("mara", write)
    await asyncio.sleep(0)
    with door.enter("timo") as turn:
        await asyncio.wait_for(stopped.wait(), 10)
        await asyncio.wait_for(turn.admitted.wait(), 10)
    await made.settled()


async def test_work_aside_does_not_begin_while_a_turn_runs() -> None:
    made, door = writer()
    begun: list[str] = []

    async def write() -> None:
        begun.append("aside")

    with door.enter("timo"):
        made.begin_if_idle("mara", write)
        await made.settled()
        assert begun == []


async def test_work_aside_that_fails_troubles_no_one() -> None:
    made, door = writer()

    async def write() -> None:
        raise ZeroDivisionError

    made.begin_if_idle("mara", write)
    await made.settled()
    with door.enter("timo") as slot:
        assert slot.admitted.is_set()


async def test_sentences_come_whole_without_what_a_database_cannot_store() -> None:
    engine = Playing([Delta("Ben keeps\x00 the la"), Delta("mp. He is"), Delta(" old.", "stop")])
    assert await sentences(engine) == ["Ben keeps the lamp.", " He is old."]
    assert engine.prompts == [[ChatMessage("system", "Be brief."), ChatMessage("user", "灯塔？")]]
    assert engine.closed == 1


async def test_a_sentence_that_was_cut_off_is_left_out() -> None:
    cut = Playing([Delta("他守着灯塔。他已经"), Delta("", "length")])
    assert await sentences(cut) == ["他守着灯塔。"]
    broken = Playing([Delta("他守着灯塔。他已经")])  # no finish reason: the stream just ended
    assert await sentences(broken) == ["他守着灯塔。"]


async def test_one_sentence_may_be_all_that_is_wanted() -> None:
    engine = Playing([Delta("One is here. "), Delta("Two is there. "), Delta("x", "stop")])
    assert await sentences(engine, one_sentence=True) == ["One is here."]
    assert engine.closed == 1
