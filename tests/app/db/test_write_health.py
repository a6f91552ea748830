"""Whether anything can be written is asked once, and answered from what is known."""

import asyncio
import sqlite3

import pytest

from app.db import write_health
from app.db.problems import Fault
from app.db.write_health import WriteHealth

pytestmark = pytest.mark.anyio


class Clock:
    """Stand in for the module ``time``."""

    now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(write_health, "time", clock)
    return clock


class Probe:
    """A database that can be written to, until it has an error."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.runs = 0
        self.opened = asyncio.Event()
        self.opened.set()

    async def __call__(self) -> None:
        self.runs += 1
        await self.opened.wait()
        if self.error is not None:
            raise self.error


def locked() -> sqlite3.Error:
    error = sqlite3.OperationalError("database is locked")
    error.sqlite_errorname = "SQLITE_BUSY"
    return error


async def test_a_good_outcome_is_kept_for_three_seconds(clock: Clock) -> None:
    health = WriteHealth(probe := Probe(), lambda: True)
    assert await health.fault() is None
    probe.error = locked()
    clock.now += 2.9
    assert await health.fault() is None
    clock.now += 0.2
    assert await health.fault() is Fault.LOCKED
    assert probe.runs == 2


async def test_trouble_is_looked_at_again_after_a_second(clock: Clock) -> None:
    health = WriteHealth(probe := Probe(), lambda: True)
    probe.error = locked()
    assert await health.fault() is Fault.LOCKED
    probe.error = None
    clock.now += 0.9
    assert await health.fault() is Fault.LOCKED
    clock.now += 0.2
    assert await health.fault() is None


async def test_a_failed_write_spares_the_probe(clock: Clock) -> None:
    health = WriteHealth(probe := Probe(), lambda: True)
    health.failed(locked())
    assert await health.fault() is Fault.LOCKED
    assert probe.runs == 0
    health.failed(KeyError("a bug of the service, of which the database knows nothing"))
    assert await health.fault() is Fault.LOCKED


async def test_an_error_of_no_known_kind_is_trouble_too(clock: Clock) -> None:
    health = WriteHealth(probe := Probe(), lambda: True)
    probe.error = RuntimeError("odd")
    assert await health.fault() is Fault.FAILS


async def test_many_callers_share_one_probe(clock: Clock) -> None:
    health = WriteHealth(probe := Probe(), lambda: True)
    probe.opened.clear()
    callers = [asyncio.create_task(health.fault()) for _ in range(5)]
    await asyncio.sleep(0)
    probe.opened.set()
    assert await asyncio.gather(*callers) == [None] * 5
    assert probe.runs == 1


@pytest.mark.parametrize(
    ("free", "trouble"), [(True, Fault.NO_ANSWER), (False, Fault.NO_CONNECTION)]
)
async def test_a_probe_that_hangs_is_left_running_and_waited_for_again(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, free: bool, trouble: Fault
) -> None:
    monkeypatch.setattr(write_health, "PATIENCE_SECONDS", 0.01)
    health = WriteHealth(probe := Probe(), lambda: free)
    probe.opened.clear()
    assert await health.fault() is trouble
    assert await health.fault() is trouble
    assert probe.runs == 1
    monkeypatch.setattr(write_health, "PATIENCE_SECONDS", 10)
    probe.opened.set()
    assert await health.fault() is None
    assert probe.runs == 1


async def test_closing_ends_a_probe_that_hangs(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write_health, "PATIENCE_SECONDS", 0.01)
    health = WriteHealth(probe := Probe(), lambda: True)
    await health.aclose()  # without a probe
    probe.opened.clear()
    await health.fault()
    await health.aclose()
    assert [task for task in asyncio.all_tasks() if task.get_name() == "write-probe"] == []
