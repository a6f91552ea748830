"""What was deleted shows until when it can be brought back."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest

from app.admin.deletion import RESTORABLE as CHARACTER_RESTORABLE
from app.conversations.purging import RESTORABLE
from tests.app.access.calling import BEARER
from tests.app.accounts.signing import community
from tests.app.own_data.filling import ask
from tests.app.running import Json, Running, running

pytestmark = pytest.mark.anyio

DELETED = "/api/me/deleted-conversations"


@pytest.fixture
async def stage(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    async with running(community(database_url, tmp_path)) as started:
        started.http.headers.update(BEARER)
        await started.make_character("Ben")
        yield started


async def opened_and_deleted(browser: httpx.AsyncClient) -> Json:
    opened = await ask(browser, "POST", "/api/conversations", json={"character": "ben"})
    await ask(browser, "DELETE", f"/api/conversations/{opened['id']}")
    return opened


async def test_a_deleted_conversation_says_until_when_it_comes_back(stage: Running) -> None:
    guest, another = stage.client(), stage.client()
    await ask(guest, "GET", "/api/me")
    deleted = await opened_and_deleted(guest)
    (shown,) = (await ask(guest, "GET", DELETED))["items"]
    assert (shown["id"], shown["character"]) == (deleted["id"], "Ben")
    kept = datetime.fromisoformat(shown["purged_at"]) - datetime.fromisoformat(shown["deleted_at"])
    assert kept == timedelta(days=30) == RESTORABLE
    assert (await ask(another, "GET", DELETED))["items"] == []
    await ask(guest, "POST", f"/api/conversations/{deleted['id']}/restore")
    assert (await ask(guest, "GET", DELETED))["items"] == []


async def test_pages_of_deleted_conversations(stage: Running) -> None:
    guest = stage.client()
    await ask(guest, "GET", "/api/me")
    made = [(await opened_and_deleted(guest))["id"] for _ in range(3)]
    first = await ask(guest, "GET", f"{DELETED}?limit=2")
    rest = await ask(guest, "GET", f"{DELETED}?limit=2&cursor={first['next_cursor']}")
    assert [each["id"] for each in first["items"] + rest["items"]] == made[::-1]
    assert rest["next_cursor"] is None


@pytest.mark.one_database
def test_the_pages_say_the_days_that_the_service_keeps() -> None:
    module = Path(__file__).parents[3] / "app/web/static/js/restorable.js"
    assert f"RESTORABLE_DAYS = {RESTORABLE.days};" in module.read_text(encoding="utf-8")
    assert RESTORABLE == CHARACTER_RESTORABLE
