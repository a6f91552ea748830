"""How far a reply is, for listeners who come at any time and read at any pace."""

import asyncio
from contextlib import aclosing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.conversations.schemas import PromptSource
from app.db.ids import new_id
from app.errors import TooManyRequestsError
from app.schemas import ErrorDetail
from app.turns.events import (
    BeginEvent,
    DeltaEvent,
    ErrorEvent,
    ExamplesEvent,
    TurnEvent,
    WaitingEvent,
)
from app.turns.progress import LISTENERS, Listener, ReplyProgress

pytestmark = pytest.mark.anyio

LAMP = [PromptSource(id=1, score=0.5, lines=["Ben: The lamp."])]
NETS = [PromptSource(id=2, score=0.5, lines=["Ben: The nets."])]
BROKEN = ErrorEvent(ErrorDetail(code="engine_error", message="It broke."), 502)


def progress(continued: str = "") -> ReplyProgress:
    return ReplyProgress(
        turn_id=new_id(), reply_id=new_id(), parent_id=new_id(), continued=continued
    )


async def now(listener: Listener) -> list[tuple[int, TurnEvent]]:
    """What a listener gets without waiting; then it leaves."""
    found = []
    async with aclosing(listener.events(silence=0)) as events:
        async for event in events:
            if event is None:
                break
            found.append((event.number, event.event))
    return found


async def test_numbers_say_how_much_a_listener_has() -> None:
    reply = progress()
    reply.wait_at(2)
    assert await now(reply.listen(0)) == [(0, WaitingEvent(2))]
    reply.wait_at(0)
    assert await now(reply.listen(0)) == []
    reply.show(LAMP)
    reply.append("灯亮")
    assert await now(reply.listen(0)) == [(1, ExamplesEvent(LAMP)), (12, DeltaEvent("灯亮"))]
    assert await now(reply.listen(11)) == [(12, DeltaEvent("亮"))]
    reply.finish(BROKEN)
    assert await now(reply.listen(12)) == [(13, BROKEN)]
    assert reply.number == 13


async def test_who_did_not_ask_hears_first_which_reply_it_is() -> None:
    reply = progress(continued="Before")
    reply.append(" and after")
    first, second = await now(reply.listen())
    assert first == (0, reply.begin)
    assert isinstance(reply.begin, BeginEvent)
    assert reply.begin.continued == "Before"
    assert second == (20, DeltaEvent(" and after"))


async def test_a_prompt_that_was_too_long_is_followed_by_another() -> None:
    reply = progress()
    reply.show(LAMP)
    reply.show(NETS)
    assert await now(reply.listen(0)) == [(2, ExamplesEvent(NETS))]
    assert await now(reply.listen(1)) == [(2, ExamplesEvent(NETS))]
    assert await now(reply.listen(2)) == []


async def test_every_listener_gets_what_comes_and_the_end() -> None:
    reply = progress()
    reply.append("one ")

    async def hear(listener: Listener) -> str:
        texts = [
            event.event.text
            async for event in listener.events()
            if event is not None and isinstance(event.event, DeltaEvent)
        ]
        return "".join(texts)

    early, late = reply.listen(0), reply.listen(12)
    heard = asyncio.gather(hear(early), hear(late))
    await asyncio.sleep(0)
    reply.append("two")
    await asyncio.sleep(0)
    reply.finish(BROKEN)
    assert [*await heard] == ["one two", "e two"]
    assert not reply.heard


async def test_who_leaves_is_no_listener_any_more() -> None:
    reply = progress()
    listener = reply.listen(0)
    assert reply.heard
    hearing = asyncio.create_task(everything(listener))
    await asyncio.sleep(0)
    listener.cancel()
    listener.cancel()
    assert await hearing == []
    assert not reply.heard


async def everything(listener: Listener) -> list[object]:
    return [event async for event in listener.events()]


async def test_a_turn_has_so_many_listeners_and_no_more() -> None:
    reply = progress()
    listeners = [reply.listen() for _ in range(LISTENERS)]
    with pytest.raises(TooManyRequestsError):
        reply.listen()
    listeners[0].cancel()
    reply.listen()


async def test_what_is_read_late_takes_nothing_back() -> None:
    reply, read = progress(), progress()
    reply.append("one two")
    read.append("one")
    reply.take(read)
    assert reply.text == "one two"
    read.append(" two three")
    reply.take(read)
    assert reply.text == "one two three"
    read.finish(BROKEN)
    reply.take(read)
    assert reply.end == BROKEN


@given(st.lists(st.one_of(st.text(max_size=3), st.none()), max_size=20))
async def test_wherever_a_listener_comes_back_nothing_is_lost_or_said_twice(
    course: list[str | None],
) -> None:
    """None is the listener, who hears what waits, leaves, and comes back with its number."""
    reply = progress()
    reply.show(LAMP)
    heard, number = "", 0
    for step in [*course, None]:
        if step:
            reply.append(step)
        if step is None:
            for reached, event in await now(reply.listen(number)):
                heard += event.text if isinstance(event, DeltaEvent) else ""
                number = reached
    assert heard == reply.text == "".join(filter(None, course))
