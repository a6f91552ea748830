"""Scores that wait for people's turns."""

import asyncio

import pytest

from app.auditions.likelihood import between_turns
from app.auditions.likelihood.between_turns import BetweenTurns
from app.cpu_gate import CpuGate
from app.engines.port import EngineUnavailableError
from app.engines.scripted import scripted_score
from app.observability import Metrics
from app.turns.admission import Admission, Slot
from tests.app.auditions.test_likelihood import GatedEngine
from tests.app.running import until

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(between_turns, "_QUIET_SECONDS", 0.0)


def admission(*, running: int, shared: bool = False) -> Admission:
    gate = CpuGate(shared_processor=shared)
    return Admission(Metrics(), gate, running=running, waiting=4)


def enter(door: Admission) -> Slot:
    with door.enter("someone") as slot:
        return slot


def scoring(door: Admission, engine: GatedEngine) -> tuple[BetweenTurns, asyncio.Task[list[float]]]:
    between = BetweenTurns(engine, door)
    return between, asyncio.create_task(between.score("Anna: a lamp\nBen:", "a lamp"))


@pytest.mark.parametrize("shared", [False, True])
async def test_a_score_waits_for_the_turn_that_runs(shared: bool) -> None:
    door, engine = admission(running=1, shared=shared), GatedEngine()
    turn = enter(door)
    between, score = scoring(door, engine)
    for _ in range(20):
        await asyncio.sleep(0)
    assert engine.asked == []
    turn.leave()
    assert await score == scripted_score("Anna: a lamp\nBen:", "a lamp")
    assert between.scored == 1


async def test_a_turn_takes_the_slot_and_the_score_is_asked_for_again() -> None:
    door, engine = admission(running=1), GatedEngine(free=0)
    between, score = scoring(door, engine)
    await until(lambda: len(engine.asked) == 1)
    turn = enter(door)
    await asyncio.wait_for(turn.admitted.wait(), 5)
    assert engine.cut_off == 1
    engine.open()
    turn.leave()
    await score
    assert (len(engine.asked), between.scored) == (2, 1)


async def test_where_slots_are_left_a_turn_does_not_cut_it_off() -> None:
    door, engine = admission(running=2), GatedEngine(free=0)
    _, score = scoring(door, engine)
    await until(lambda: len(engine.asked) == 1)
    assert enter(door).admitted.is_set()
    engine.open()
    await score
    assert (len(engine.asked), engine.cut_off) == (1, 0)


@pytest.mark.parametrize("failing", [False, True])
async def test_a_score_that_ends_otherwise_frees_its_slot(failing: bool) -> None:
    door, engine = admission(running=1), GatedEngine(free=0)
    between, score = scoring(door, engine)
    await until(lambda: len(engine.asked) == 1)
    if failing:
        await engine.aclose()
        engine.open()
        with pytest.raises(EngineUnavailableError):
            await score
    else:
        score.cancel()
        with pytest.raises(asyncio.CancelledError):
            await score
        assert engine.cut_off == 1
    assert enter(door).admitted.is_set()
    assert between.scored == 0
