"""What a killed process had reserved is given back by another one."""

import threading
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from app.openai_api.models import RAW_MODEL
from tests.app.access.calling import BEARER, KEY
from tests.app.accounts.signing import PASSWORD
from tests.app.serving import wait_for
from tests.app.test_killed import Service, service

pytestmark = [pytest.mark.slow, pytest.mark.integration, pytest.mark.timeout(180)]

SERVICE = "tests.app.quotas.counted_service"
SLOW = {"model": RAW_MODEL, "prompt": "慢慢来", "max_tokens": 7}


def join(running: Service) -> tuple[str, dict[str, str]]:
    """The path of the limits of a new person, and their key."""
    http = running.http
    invited = http.post("/api/admin/invitations", json={"role": "admin"}, headers=BEARER)
    wanted = {"login": "mara", "name": "Mara", "password": PASSWORD}
    http.post("/api/people", json=wanted | {"invitation": invited.json()["token"]})
    key = {"label": "key", "scopes": ["chat", "admin"]}
    bearer = {"Authorization": f"Bearer {http.post('/api/me/keys', json=key).json()['key']}"}
    id = http.get("/api/me").json()["person"]["id"]
    http.cookies.clear()
    return f"/api/admin/people/{id}/limits", bearer


def used(running: Service, path: str) -> dict[str, int]:
    items = running.http.get(path, headers=BEARER).json()["items"]
    return {each["quota"]: each["used"] for each in items if each["limit"] is not None}


def test_the_reservation_of_a_killed_process_is_released(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    access = {"OFFBOOK_ACCESS__ADMIN_KEY": KEY, "GATE": str(gate)}
    with service(tmp_path, SERVICE, **access) as first:
        path, bearer = join(first)
        limits = {"running_turns": 1, "tokens_a_day": 10}
        assert first.http.put(path, json=limits, headers=BEARER).status_code == 200

        def ask() -> None:
            with suppress(httpx.HTTPError):
                first.http.post("/v1/completions", json=SLOW, headers=bearer)

        asking = threading.Thread(target=ask)
        asking.start()
        held = {"running_turns": 1, "tokens_a_day": 10}
        wait_for(lambda: used(first, path) == held, seconds=30)
        refused = first.http.post("/v1/completions", json=SLOW, headers=bearer)
        assert refused.json()["error"]["code"] == "quota_running_turns"
        first.kill()
        asking.join(20)
    gate.touch()
    # Two minutes later, its lease of one minute is over.
    with service(tmp_path, SERVICE, MINUTES_LATER="2", **access) as second:
        answer = second.http.post("/v1/completions", json=SLOW, headers=bearer)
        assert answer.status_code == 200, answer.text
        assert answer.json()["usage"]["total_tokens"] == 10
        assert used(second, path) == {"running_turns": 0, "tokens_a_day": 10}
        refused = second.http.post("/v1/completions", json=SLOW, headers=bearer)
        assert refused.json()["error"]["code"] == "quota_tokens"
