"""What an operator reads about who came in, and what nobody may read."""

import json
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from app.access.security_log import SecurityLog
from tests.app.access.calling import BEARER, KEY, SESSION, STATS, caller, guarded, sign_in
from tests.app.running import Running, as_object, running

pytestmark = [pytest.mark.anyio, pytest.mark.one_database]

ADDRESS = "203.0.113.66"


def fields(logs: list[Any], event: str) -> list[dict[str, Any]]:
    """The security events of a kind, without what all of them have."""
    found = [dict(each) for each in logs if each["event"] == event]
    assert all(each.pop("security") is True for each in found)
    return [{k: v for k, v in each.items() if k not in {"event", "log_level"}} for each in found]


async def test_events_name_addresses_and_never_keys(database_url: str, tmp_path: Path) -> None:
    wrong = "ob_wrong-key-that-must-not-be-written"
    with capture_logs() as logs:
        async with running(guarded(database_url, tmp_path)) as stage:
            client = caller(stage, ADDRESS)
            async with client:
                await sign_in(client, wrong)
                await client.get(STATS, headers={"Authorization": f"Bearer {wrong}"})
                await client.get("/v1/models", headers={"Authorization": f"Bearer {wrong}"})
                await sign_in(client)
                cookie = client.cookies["offbook_session"]
                made = as_object(await client.post("/api/admin/keys", json={"label": "x"}))
                await client.delete(f"/api/admin/keys/{made['prefix']}")
                await client.delete(SESSION)
                for _ in range(20):
                    await sign_in(client, wrong)
    here = {"address": ADDRESS}
    assert fields(logs, "sign_in_failed")[0] == here
    assert fields(logs, "wrong_bearer") == [
        {**here, "path": STATS},
        {**here, "path": "/v1/models"},
    ]
    assert fields(logs, "signed_in") == [{**here, "key": "configured"}]
    changed = {**here, "key": made["prefix"], "by": "configured"}
    assert fields(logs, "key_created") == [changed]
    assert fields(logs, "key_revoked") == [changed]
    assert fields(logs, "signed_out") == [{**here, "key": "configured"}]
    assert fields(logs, "attempts_limited") == [{**here, "seconds": 60}]
    written = json.dumps(logs, default=str)
    for secret in (KEY, wrong, made["key"], cookie):
        assert secret not in written


async def test_refusals_of_an_open_service_are_written(stage: Running) -> None:
    with capture_logs() as logs:
        await stage.http.get("/", headers={"X-Forwarded-For": "203.0.113.9"})
        async with caller(stage, "10.0.0.7") as stranger:
            await stranger.get("/")
    assert fields(logs, "open_service_refused") == [
        {"address": "127.0.0.1", "header": "x-forwarded-for"},
        {"address": "10.0.0.7"},
    ]


async def test_a_flood_is_counted_instead_of_written(database_url: str, tmp_path: Path) -> None:
    with capture_logs() as logs:
        async with running(guarded(database_url, tmp_path)) as stage:
            for number in range(60):
                async with caller(stage, f"203.0.113.{number}") as client:
                    await sign_in(client, "not-the-key-of-these")
            await stage.http.get(STATS, headers=BEARER)
            await sign_in(stage.http)
    assert len(fields(logs, "sign_in_failed")) == 30
    assert len(fields(logs, "signed_in")) == 1  # each kind has an allowance of its own


def test_what_was_left_out_is_told() -> None:
    now = 0.0
    log = SecurityLog(lambda: now)
    with capture_logs() as logs:
        for _ in range(75):
            log.warning("x", address=ADDRESS)
        now = 60.0
        log.warning("x", address=ADDRESS)
        log.warning("x", address=ADDRESS)
    assert [each.get("left_out") for each in logs] == [None] * 30 + [45, None]
