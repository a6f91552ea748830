"""Where replies wait for the engine, people take turns: neither tabs nor cookies count."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from sqlalchemy import delete

from app.access import hash_key
from app.access.addresses import Client
from app.access.identity import Caller, Identity, owner_of
from app.db.models import Conversation
from app.quotas.payer import Payer, payer_of
from app.settings import QuotaSettings
from app.turns.runner import RunningTurn
from tests.app.access.calling import BEARER, caller
from tests.app.accounts.signing import community, me, member
from tests.app.running import SCRIPT, Running, as_object, running, until
from tests.app.turns.gated import GatedEngine

pytestmark = [pytest.mark.anyio, pytest.mark.one_database]

PLACES = 1
"""Replies that are written at once."""


@pytest.fixture
async def stage(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    settings = community(database_url, tmp_path)
    settings.limits.running_turns = PLACES
    settings.quotas = QuotaSettings.model_validate(
        {"reader": {"running_turns": None}, "guests_per_address": 10}
    )
    async with running(settings, engine=GatedEngine("Yes.")) as started:
        started.http.headers.update(BEARER)
        files = {"file": ("Ben.txt", SCRIPT.encode())}
        await started.http.post("/api/characters/import", files=files)
        await started.indexed("ben")
        await started.http.post("/api/admin/characters/ben/publish")
        yield started


async def opened(browser: httpx.AsyncClient) -> UUID:
    made = await browser.post("/api/conversations", json={"character": "ben"})
    assert made.status_code == 201, made.text
    return UUID(as_object(made)["id"])


def begin(browser: httpx.AsyncClient, conversation: UUID) -> asyncio.Task[httpx.Response]:
    body = {"content": "Is the lamp lit?"}
    return asyncio.create_task(
        browser.post(f"/api/conversations/{conversation}/messages", json=body)
    )


async def wait_in_line(
    stage: Running, browsers: list[httpx.AsyncClient]
) -> list[asyncio.Task[httpx.Response]]:
    """One turn of each, in this order; all but the first wait."""
    tasks = []
    waiting = stage.services.metrics.waiting_turns
    for number, browser in enumerate(browsers):
        conversation = await opened(browser)
        tasks.append(begin(browser, conversation))
        if number:
            await until(lambda: waiting._value.get() == number)  # noqa: B023 (awaited here)
        else:
            await until(lambda: _runs(stage))
    return tasks


def _runs(stage: Running) -> bool:
    return bool(stage.services.metrics.running_turns._value.get() == PLACES)


async def place_of(stage: Running, browser: httpx.AsyncClient) -> int:
    """Where a reader's turn stands in line when it is begun now."""
    conversation = await opened(browser)
    owner = owner_of(UUID((await me(browser))["person"]["id"]))
    turn = await stage.services.turns.send(
        conversation, owner, "And mine?", Payer(owner=owner, queue=owner)
    )
    assert isinstance(turn, RunningTurn)
    position = turn.turn.progress.position
    turn.cancel()
    return position


async def finish(stage: Running, tasks: list[asyncio.Task[httpx.Response]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_one_person_with_many_tabs_does_not_starve_another(stage: Running) -> None:
    greedy = await member(stage, "greedy")
    modest = await member(stage, "modest")
    tasks = await wait_in_line(stage, [greedy] * 5)
    # Four of the greedy person's wait. The first is next, and then it is another's turn.
    assert await place_of(stage, modest) == 2
    await finish(stage, tasks)


async def test_new_cookies_are_no_new_people(stage: Running) -> None:
    guests = [caller(stage, "203.0.113.7") for _ in range(5)]
    modest = await member(stage, "modest")
    tasks = await wait_in_line(stage, guests)
    assert await place_of(stage, modest) == 2
    await finish(stage, tasks)


def test_a_guest_below_v1_waits_with_the_others_of_the_address() -> None:
    client = Client("203.0.113.7", "https")
    address = hash_key("address 203.0.113.7")
    page = payer_of(Identity(Caller("a cookie", "guest"), client), QuotaSettings())
    program = payer_of(Identity(Caller(address, "guest"), client), QuotaSettings())
    assert page.queue == program.queue == address
    assert [each.name for each in page.subjects] == [address, "a cookie"]
    assert [each.name for each in program.subjects] == [address]


async def test_a_turn_whose_conversation_is_gone_counts_all_the_same(stage: Running) -> None:
    reader = await member(stage, "mara")
    conversation = await opened(reader)
    task = begin(reader, conversation)
    await until(lambda: _runs(stage))
    async with stage.services.database.write() as session:
        await session.execute(delete(Conversation).where(Conversation.id == conversation))
    assert isinstance(stage.engine, GatedEngine)
    stage.engine.let(5)
    assert (await task).status_code == 404
    report = as_object(await reader.get("/api/me/usage"))
    assert report["totals"]["turns"] == 1
    used = {each["quota"]: each["used"] for each in report["limits"]}
    sums = report["totals"]
    assert used["tokens_a_day"] == sums["prompt_tokens"] + sums["completion_tokens"] > 0
