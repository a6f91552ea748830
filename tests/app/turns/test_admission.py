"""Many at once: so many are answered, so many wait, and the rest are told to come back."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cpu_gate import CpuGate
from app.engines.scripted import ScriptedEngine
from app.errors import TooManyTurnsError
from app.main import create_app
from app.observability import Metrics
from app.settings import Settings
from app.turns.admission import Admission, Slot
from tests.app.running import Json
from tests.app.serving import open_conversation, serving, wait_for


def admission(running: int, waiting: int) -> Admission:
    cpu_gate = CpuGate(shared_processor=False)
    return Admission(Metrics(), cpu_gate, running=running, waiting=waiting)


def enter(door: Admission, user: str) -> Slot:
    with door.enter(user) as ticket:
        return ticket


@pytest.mark.anyio
async def test_users_take_turns_whoever_asks_most() -> None:
    door = admission(1, 10)
    running = enter(door, "greedy")
    waiting = [enter(door, user) for user in ("greedy", "greedy", "greedy", "modest", "shy")]
    assert [ticket.position for ticket in waiting] == [1, 4, 5, 2, 3]
    order = []
    while waiting:
        running.leave()
        (running,) = (ticket for ticket in waiting if ticket.admitted.is_set())
        waiting.remove(running)
        order.append(running.user)
    assert order == ["greedy", "modest", "shy", "greedy", "greedy"]


@pytest.mark.anyio
async def test_beyond_the_waiting_there_is_no_place() -> None:
    door = admission(1, 1)
    first, second = enter(door, "a"), enter(door, "b")
    with pytest.raises(TooManyTurnsError) as refused:
        enter(door, "c")
    assert refused.value.status == 429
    assert refused.value.retry_after
    second.leave()  # whoever gives up makes room
    third = enter(door, "c")
    first.leave()
    first.leave()  # once is enough
    assert third.admitted.is_set()
    assert enter(door, "d").position == 1


@pytest.mark.anyio
async def test_nobody_takes_the_whole_waiting_room() -> None:
    door = admission(1, 8)
    enter(door, "greedy")
    for _ in range(4):
        enter(door, "greedy")
    with pytest.raises(TooManyTurnsError):
        enter(door, "greedy")
    assert enter(door, "modest").position == 2
    with pytest.raises(TooManyTurnsError):
        enter(door, "greedy")


@pytest.mark.anyio
async def test_places_are_told_as_they_get_better() -> None:
    door = admission(1, 5)
    tickets = [enter(door, "a") for _ in range(3)]  # one runs, two wait
    told: list[int] = []

    async def last() -> None:
        async with tickets[2].running(told.append):
            told.append(0)

    task = asyncio.create_task(last())
    for ticket in tickets[:2]:
        await asyncio.sleep(0)
        ticket.leave()
    await task
    assert told == [2, 1, 0]


@pytest.mark.anyio
async def test_a_failure_before_the_turn_gives_the_place_up() -> None:
    door = admission(1, 0)
    with pytest.raises(ZeroDivisionError), door.enter("a"):
        raise ZeroDivisionError
    assert enter(door, "b").admitted.is_set()


@given(
    running=st.integers(1, 3),
    waiting=st.integers(0, 4),
    steps=st.lists(st.tuples(st.booleans(), st.integers(0, 9)), max_size=60),
)
def test_never_more_than_allowed_and_nobody_idle(
    running: int, waiting: int, steps: list[tuple[bool, int]]
) -> None:
    door = admission(running, waiting)
    inside: list[Slot] = []
    for enters, number in steps:
        if enters:
            try:
                inside.append(enter(door, f"user {number % 3}"))
            except TooManyTurnsError:
                assert len(inside) >= running
        elif inside:
            inside.pop(number % len(inside)).leave()
        admitted = [ticket for ticket in inside if ticket.admitted.is_set()]
        assert len(admitted) == min(running, len(inside))
        assert len(inside) <= running + waiting
        places = sorted(ticket.position for ticket in inside if ticket not in admitted)
        assert places == list(range(1, len(places) + 1))


@pytest.fixture
def engine() -> ScriptedEngine:
    return ScriptedEngine(reply="word " * 400, delay=0.02)


@pytest.fixture
def client(settings: Settings, engine: ScriptedEngine) -> Iterator[httpx.Client]:
    limits = settings.limits.model_copy(update={"running_turns": 1, "waiting_turns": 1})
    narrow = settings.model_copy(update={"limits": limits})
    with serving(create_app(narrow, engine=engine)) as client:
        yield client


@pytest.fixture
async def browser(client: httpx.Client) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=client.base_url, timeout=20) as browser:
        yield browser


async def send(stack: AsyncExitStack, browser: httpx.AsyncClient, talk: Json) -> AsyncIterator[str]:
    """The lines of a turn that goes on until the stack is left."""
    url = f"/api/conversations/{talk['id']}/messages"
    body = {"content": "Hello?", "stream": True}
    response = await stack.enter_async_context(browser.stream("POST", url, json=body))
    return response.aiter_lines()


async def until(lines: AsyncIterator[str], event: str) -> str:
    """The data of the next such event."""
    async for line in lines:
        if line == f"event: {event}":
            return (await anext(lines)).removeprefix("data: ")
    pytest.fail(f"no {event}")


@pytest.mark.anyio
async def test_one_runs_one_waits_and_one_is_refused(
    client: httpx.Client, browser: httpx.AsyncClient, engine: ScriptedEngine
) -> None:
    talks = [open_conversation(client) for _ in range(3)]
    async with AsyncExitStack() as second:
        async with AsyncExitStack() as first:
            speaking = await send(first, browser, talks[0])
            await until(speaking, "delta")
            waiting = await send(second, browser, talks[1])
            assert await until(waiting, "waiting") == '{"place": 1}'

            url = f"/api/conversations/{talks[2]['id']}/messages"
            refused = await browser.post(url, json={"content": "Hello?", "stream": True})
            assert (refused.status_code, refused.json()["error"]["code"]) == (429, "too_many_turns")
            assert 1 <= int(refused.headers["Retry-After"]) <= 60
            kept = await browser.get(f"/api/conversations/{talks[2]['id']}")
            assert (kept.json()["messages"], kept.json()["busy"]) == ([], False)

            spoken = {"model": "ben", "messages": [{"role": "user", "content": "Hello?"}]}
            elsewhere = await browser.post("/v1/chat/completions", json=spoken)
            assert (elsewhere.status_code, elsewhere.json()["error"]["type"]) == (
                429,
                "rate_limit_error",
            )
            assert "Retry-After" in elsewhere.headers
            metrics = (await browser.get("/metrics")).text
            assert "offbook_waiting_turns 1.0" in metrics
            assert "offbook_rejected_turns_total 2.0" in metrics
            assert engine.running == 1
        # The first has left, but only when it is stopped its place is the second's.
        assert engine.running == 1
        stopped = await browser.delete(f"/api/conversations/{talks[0]['id']}/turn")
        assert stopped.status_code == 204
        await until(waiting, "delta")


@pytest.mark.anyio
async def test_who_leaves_the_queue_keeps_its_place_until_it_is_stopped(
    client: httpx.Client, browser: httpx.AsyncClient, engine: ScriptedEngine
) -> None:
    talks = [open_conversation(client) for _ in range(3)]
    async with AsyncExitStack() as first:
        speaking = await send(first, browser, talks[0])
        await until(speaking, "delta")
        async with AsyncExitStack() as second:
            waiting = await send(second, browser, talks[1])
            await until(waiting, "waiting")
        url = f"/api/conversations/{talks[1]['id']}"
        async with browser.stream("GET", f"{url}/turn") as back:
            assert await until(back.aiter_lines(), "waiting") == '{"place": 1}'
        assert "offbook_waiting_turns 1.0" in (await browser.get("/metrics")).text
        assert (await browser.delete(f"{url}/turn")).status_code == 204
        wait_for(lambda: "offbook_waiting_turns 0.0" in client.get("/metrics").text, seconds=1)
        async with AsyncExitStack() as third:
            waiting = await send(third, browser, talks[2])
            assert await until(waiting, "waiting") == '{"place": 1}'
        wait_for(lambda: not client.get(url).json()["busy"], seconds=2)
        (message,) = (await browser.get(url)).json()["messages"]
        assert message["content"] == "Hello?"
    assert len(engine.calls) == 1
