"""Maintenance: of all processes of a database one does it, and another one when that ends."""

import asyncio
import contextlib

import pytest

from app import maintenance
from app.container import Services
from app.settings import Settings
from tests.app.running import running, until

pytestmark = pytest.mark.anyio


async def test_one_process_does_it_and_another_goes_on(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[Services] = []

    async def note(services: Services, _: asyncio.Event) -> None:
        done.append(services)

    monkeypatch.setattr(maintenance, "maintain", note)
    monkeypatch.setattr(maintenance, "_SECONDS", 0.02)
    async with contextlib.AsyncExitStack() as first_to_end:
        first = await first_to_end.enter_async_context(running(settings))
        await until(lambda: first.services in done)
        async with running(settings) as second:
            before = len(done)
            await until(lambda: len(done) > before + 5)
            assert second.services not in done
            await first_to_end.aclose()
            await until(lambda: second.services in done)


async def test_a_stop_waits_for_the_step_under_way_and_for_no_other(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    maintain, entered, later = maintenance.maintain, asyncio.Event(), []

    async def watched(services: Services, stopping: asyncio.Event) -> None:
        async def held(_: object) -> None:
            entered.set()
            await stopping.wait()

        monkeypatch.setattr(maintenance, "purge_deleted", held)
        await maintain(services, stopping)

    async def note(*_: object) -> None:
        later.append(True)

    monkeypatch.setattr(maintenance, "maintain", watched)
    monkeypatch.setattr(maintenance, "purge_characters", note)
    monkeypatch.setattr(maintenance, "fill_signatures", note)
    async with running(settings):
        await asyncio.wait_for(entered.wait(), 60)
    assert not later
