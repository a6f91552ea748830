"""Processes of one service with different roles: they share nothing but the database."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from pydantic import ValidationError
from sqlalchemy import event, make_url

from app.settings import Role, Settings
from tests.app.running import Running, as_object, running, until

pytestmark = pytest.mark.anyio

_IDLE_SECONDS = 5.0
"""More than twice the time between two looks of a process that polls."""
_BELONG_TO_WORKERS = {"indexer", "scene-memories", "auditions", "maintenance"}


def with_role(settings: Settings, role: Role) -> Settings:
    server = settings.server.model_copy(update={"role": role})
    return settings.model_copy(update={"server": server})


@dataclass(frozen=True, slots=True)
class Service:
    """A web process and a worker."""

    web: Running
    worker: Running


@asynccontextmanager
async def served(settings: Settings) -> AsyncIterator[Service]:
    async with (
        running(with_role(settings, "web")) as web,
        running(with_role(settings, "worker")) as worker,
    ):
        yield Service(web, worker)


def tasks() -> set[str]:
    return {task.get_name() for task in asyncio.all_tasks()}


async def test_a_worker_indexes_what_a_web_process_took_in(settings: Settings) -> None:
    async with running(with_role(settings, "web")) as web:
        script = await web.upload()
        body = {"name": "Ben", "script_ids": [script["id"]]}
        assert (await web.http.post("/api/characters", json=body)).status_code == 202
        assert not tasks() & _BELONG_TO_WORKERS
        waiting = as_object(await web.http.get("/api/characters/ben"))
        assert (waiting["status"], waiting["examples"]) == ("indexing", 0)
        async with running(with_role(settings, "worker")):
            assert tasks() >= _BELONG_TO_WORKERS
            indexed = await web.indexed("ben")
            assert (indexed["status"], indexed["examples"]) == ("ready", 3)
        reply = await web.say(await web.open(), "Is the lighthouse burning?")
        assert reply["reply"]["state"] == "complete"


async def test_a_worker_measures_what_a_web_process_was_asked_for(settings: Settings) -> None:
    lines = "\n\n".join(
        f"Anna: Where did you put number {n} of our lamps?\n"
        f"Ben: I have put number {n} of them behind the door."
        for n in range(12)
    )
    url = "/api/admin/characters/ben/audition"
    async with served(settings) as service:
        script = await service.web.upload(lines)
        await service.web.make_character(script_ids=[script["id"]])
        begun = as_object(await service.web.http.post(url))
        assert (begun["status"], begun["progress"]) == ("running", 0)
        async with asyncio.timeout(60):
            while (shown := as_object(await service.web.http.get(url)))["status"] == "running":  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        assert (shown["status"], shown["error"]) == ("done", None)
        assert shown["result"]["questions"] == 12


async def test_a_worker_reads_what_a_proxy_sends_it(settings: Settings) -> None:
    async with served(settings) as service:
        script = await service.worker.upload()
        body = {"name": "Ben", "script_ids": [script["id"]]}
        assert (await service.web.http.post("/api/characters", json=body)).status_code == 202
        assert (await service.web.indexed("ben"))["examples"] == 3
        card = {"spec": "chara_card_v2", "spec_version": "2.0", "data": {"name": "Ada"}}
        file = {"file": ("ada.json", json.dumps(card).encode())}
        made = await service.worker.http.post("/api/characters/import", files=file)
        assert made.status_code == 202, made.text
        assert as_object(await service.web.http.get("/api/characters/ada"))["name"] == "Ada"
        said = [
            {"user_name": "Mara", "character_name": "Ben"},
            {"name": "Mara", "is_user": True, "mes": "Who is there?"},
            {"name": "Ben", "is_user": False, "mes": "Only the keeper."},
        ]
        log = {"file": ("log.jsonl", "\n".join(map(json.dumps, said)).encode())}
        opened = await service.worker.http.post(
            "/api/conversations/import", files=log, data={"character": "ben"}
        )
        assert opened.status_code == 201, opened.text


@pytest.mark.one_database
async def test_a_worker_serves_uploads_health_and_metrics_only(settings: Settings) -> None:
    async with running(with_role(settings, "worker")) as worker:
        assert (await worker.http.get("/healthz")).status_code == 200
        assert (await worker.http.get("/metrics")).status_code == 200
        await worker.engine.aclose()
        ready = await worker.http.get("/readyz")
        assert (ready.status_code, ready.json()["ready"]) == (200, True)
        for path in (
            "/",
            "/api/characters",
            "/api/scripts/formats",
            "/api/status",
            "/v1/models",
            "/api/openapi.json",
        ):
            assert (await worker.http.get(path)).status_code == 404, path


def test_a_worker_loads_no_model_beside_the_web_process() -> None:
    with pytest.raises(ValidationError, match="OFFBOOK_ENGINE__BASE_URL"):
        Settings(server={"role": "worker"}, engine={"kind": "embedded"})


async def test_while_idle_no_process_makes_a_statement(settings: Settings) -> None:
    if make_url(settings.database_url).get_backend_name() != "postgresql":
        pytest.skip("SQLite has no notifications")
    async with served(settings) as service:
        databases = [each.services.database for each in (service.web, service.worker)]
        await service.web.make_character()
        await until(lambda: all(database.signals.live for database in databases))
        made: list[str] = []

        def note(*arguments: object) -> None:
            made.append(str(arguments[2]))

        for database in databases:
            event.listen(database.engine.sync_engine, "before_cursor_execute", note)
        async with asyncio.timeout(60):
            while True:  # what the last requests left to do ends first
                made.clear()
                await asyncio.sleep(_IDLE_SECONDS)
                if not made:
                    break
        # And it wakes at once, long before it would look by itself.
        async with asyncio.timeout(20):
            await service.web.make_character("Anna")
        assert made
