"""A generation in a task of its own: its listener, its failures, its end."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from app.engines.port import Delta, EngineUnavailableError
from app.errors import InvalidError, StoppingError
from app.openai_api.generation import ChoiceDelta, Emit, Event, Generation
from tests.app.turns.prompts import prepared

pytestmark = pytest.mark.anyio

PROMPT, PIECE = prepared(), ChoiceDelta(0, Delta("灯"))


def emitting(*steps: Event | Exception) -> Callable[[Emit], Awaitable[None]]:
    async def work(emit: Emit) -> None:
        for step in steps:
            if isinstance(step, Exception):
                raise step
            emit(step)
            await asyncio.sleep(0)

    return work


async def for_ever(emit: Emit) -> None:
    emit(PIECE)
    await asyncio.Event().wait()


async def heard(generation: Generation) -> list[Event | None]:
    return [event async for event in generation.events()]


async def test_the_listener_gets_everything_and_the_end_is_called_back() -> None:
    generation = Generation(emitting(PROMPT, PIECE))
    over = asyncio.Event()
    generation.on_end(over.set)
    await generation.begin(at_most=10)
    assert await heard(generation) == [PROMPT, PIECE]
    await asyncio.wait_for(over.wait(), 10)


async def test_a_failure_before_any_text_is_raised_while_a_status_is_possible() -> None:
    generation = Generation(emitting(PROMPT, EngineUnavailableError("away")))
    with pytest.raises(EngineUnavailableError):
        await generation.begin(at_most=10)


async def test_a_failure_after_text_is_raised_where_it_happened() -> None:
    generation = Generation(emitting(PIECE, EngineUnavailableError("away")))
    await generation.begin(at_most=10)
    events = generation.events()
    assert await anext(events) == PIECE
    with pytest.raises(EngineUnavailableError):
        await anext(events)


async def test_the_first_failure_of_several_choices_is_the_requests() -> None:
    errors = ExceptionGroup(
        "choices", [ExceptionGroup("inner", [InvalidError("first", "One.")]), ValueError("other")]
    )
    with pytest.raises(InvalidError) as caught:
        await Generation(emitting(errors)).begin(at_most=10)
    assert caught.value.code == "first"


async def test_a_generation_without_text_begins_when_it_is_over() -> None:
    generation = Generation(emitting())
    await generation.begin(at_most=10)
    assert await heard(generation) == []


async def test_beginning_waits_no_longer_than_it_may() -> None:
    generation = Generation(emitting_nothing)
    await generation.begin(at_most=0.01)
    generation.cancel()


async def emitting_nothing(_: Emit) -> None:
    await asyncio.Event().wait()


async def test_silence_is_reported_again_and_again() -> None:
    generation = Generation(for_ever)
    events = generation.events(silence=0.01)
    assert [await anext(events) for _ in range(3)] == [PIECE, None, None]
    await events.aclose()


async def test_a_listener_that_leaves_stops_the_engine() -> None:
    generation = Generation(for_ever)
    over = asyncio.Event()
    generation.on_end(over.set)
    events = generation.events()
    assert await anext(events) == PIECE
    assert not over.is_set()
    await events.aclose()
    await asyncio.wait_for(over.wait(), 10)


async def test_a_patient_one_goes_on_for_a_while() -> None:
    goes_on = asyncio.Event()

    async def work(emit: Emit) -> None:
        emit(PIECE)
        await goes_on.wait()

    generation = Generation(work)
    generation.patience = 60
    over = asyncio.Event()
    generation.on_end(over.set)
    events = generation.events()
    assert await anext(events) == PIECE
    await events.aclose()
    assert not over.is_set()
    goes_on.set()
    await asyncio.wait_for(over.wait(), 10)


async def test_patience_has_an_end() -> None:
    generation = Generation(for_ever)
    generation.patience = 0.01
    over = asyncio.Event()
    generation.on_end(over.set)
    generation.leave()
    await asyncio.wait_for(over.wait(), 10)


async def test_a_service_that_stops_tells_its_listeners() -> None:
    generation = Generation(for_ever)
    events = generation.events()
    assert await anext(events) == PIECE
    await generation.stop()
    with pytest.raises(StoppingError):
        await anext(events)
    await generation.stop()  # a second call does nothing


async def test_a_generation_that_is_over_is_not_stopped() -> None:
    generation = Generation(emitting(PIECE))
    await generation.begin(at_most=10)
    assert await heard(generation) == [PIECE]
    await generation.stop()
    assert await heard(Generation(emitting(PIECE))) == [PIECE]
