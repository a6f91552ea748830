"""Calls pass, or wait while the model behind them is exchanged."""

import asyncio

import pytest

from app.engines.gate import CallGate, GateBusyError

pytestmark = pytest.mark.anyio


async def test_closing_waits_for_running_calls_and_holds_new_ones() -> None:
    gate, log, release = CallGate(), list[str](), asyncio.Event()

    async def call(name: str, until: asyncio.Event | None = None) -> None:
        async with gate.passing():
            log.append(f"{name} begins")
            if until is not None:
                await until.wait()
            log.append(f"{name} ends")

    async def exchange() -> None:
        async with gate.closed(10.0):
            log.append("exchanged")

    first = asyncio.create_task(call("first", release))
    await asyncio.sleep(0)
    exchanging = asyncio.create_task(exchange())
    await asyncio.sleep(0)
    second = asyncio.create_task(call("second"))
    await asyncio.sleep(0)
    assert log == ["first begins"]
    assert not gate.is_open
    release.set()
    await asyncio.gather(first, second, exchanging)
    assert log == ["first begins", "first ends", "exchanged", "second begins", "second ends"]
    assert gate.is_open


async def test_a_gate_that_stays_busy_opens_again() -> None:
    gate = CallGate()
    async with gate.passing():
        with pytest.raises(GateBusyError):
            async with gate.closed(0.0):
                raise AssertionError("a call was running")
        assert gate.is_open
    async with gate.closed(0.0):
        pass


async def test_a_call_that_is_cancelled_or_fails_is_not_counted_any_more() -> None:
    gate = CallGate()

    async def fail() -> None:
        async with gate.passing():
            raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        await fail()
    call = asyncio.create_task(_hold(gate))
    await asyncio.sleep(0)
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    async with gate.closed(0.0):
        pass


async def _hold(gate: CallGate) -> None:
    async with gate.passing():
        await asyncio.Event().wait()
