"""What callers over a limit are answered, in both APIs, and what they keep."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.engines.port import EngineUnavailableError, Limits
from app.engines.scripted import ScriptedEngine
from app.settings import QuotaSettings, Settings
from app.stage.director import Director
from tests.app.access.calling import BEARER, caller
from tests.app.accounts.signing import community, me, member
from tests.app.quotas.counting import SetClock
from tests.app.running import SCRIPT, Running, as_object, code_of, error_of, running

pytestmark = pytest.mark.anyio

CONTEXT = 4_096
"""Of the scripted engine, all of which a prompt of the mode ``reference`` may take."""


class Theatre:
    """A service where everyone talks to Ben."""

    def __init__(self, stage: Running, clock: SetClock) -> None:
        self.stage = stage
        self.clock = clock

    async def open(self, browser: httpx.AsyncClient) -> str:
        made = await browser.post("/api/conversations", json={"character": "ben"})
        assert made.status_code == 201, made.text
        return f"/api/conversations/{as_object(made)['id']}"

    async def say(self, browser: httpx.AsyncClient, path: str, text: str) -> httpx.Response:
        return await browser.post(f"{path}/messages", json={"content": text})

    async def used(self, browser: httpx.AsyncClient) -> dict[str, tuple[int, int]]:
        """Used and left, by the name of the quota."""
        report = as_object(await browser.get("/api/me/usage"))
        return {each["quota"]: (each["used"], each["left"]) for each in report["limits"]}

    async def limit(self, browser: httpx.AsyncClient, **limits: int | None) -> None:
        id = (await me(browser))["person"]["id"]
        path = f"/api/admin/people/{id}/limits"
        changed = await self.stage.client(**BEARER).put(path, json=limits)
        assert changed.status_code == 200, changed.text


@pytest.fixture
def bounds() -> dict[str, Any]:
    """Limits by role; a test may set others."""
    return {}


@pytest.fixture
async def theatre(
    database_url: str, tmp_path: Path, bounds: dict[str, Any]
) -> AsyncIterator[Theatre]:
    settings = community(database_url, tmp_path)
    settings.quotas = QuotaSettings(**bounds)
    clock = SetClock()
    async with running(settings, clock=clock) as stage:
        files = {"file": ("Ben.txt", SCRIPT.encode())}
        made = await stage.http.post("/api/characters/import", files=files, headers=BEARER)
        assert made.status_code == 202, made.text
        stage.http.headers.update(BEARER)
        await stage.indexed("ben")
        published = await stage.http.post("/api/admin/characters/ben/publish")
        assert published.status_code == 200, published.text
        yield Theatre(stage, clock)


@pytest.mark.one_database
async def test_a_turn_counts_what_the_engine_reports(theatre: Theatre) -> None:
    reader = await member(theatre.stage, "mara")
    path = await theatre.open(reader)
    turn = as_object(await theatre.say(reader, path, "Is the lamp lit?"))
    again = as_object(
        await reader.post(f"{path}/messages/{turn['reply']['id']}/regenerate", json={})
    )
    spent = [each["reply"]["usage"] for each in (turn, again)]
    tokens = sum(each["prompt_tokens"] + each["completion_tokens"] for each in spent)
    assert tokens > 0
    used = await theatre.used(reader)
    assert used["tokens_a_day"] == (tokens, 1_000_000 - tokens)
    assert used["requests_a_minute"] == (2, 28)
    assert used["running_turns"] == (0, 3)
    report = as_object(await reader.get("/api/me/usage"))
    (day,) = report["items"]
    assert (day["day"], day["turns"], day["character"]["slug"]) == ("2026-03-01", 2, "ben")
    assert day["prompt_tokens"] + day["completion_tokens"] == tokens


@pytest.mark.one_database
async def test_who_is_out_of_tokens_is_refused_until_midnight(theatre: Theatre) -> None:
    reader = await member(theatre.stage, "mara")
    await theatre.limit(reader, tokens_a_day=CONTEXT)
    path = await theatre.open(reader)
    assert (await theatre.say(reader, path, "Is the lamp lit?")).status_code == 200
    used, left = (await theatre.used(reader))["tokens_a_day"]
    refused = await theatre.say(reader, path, "And the other one?")
    error = error_of(refused)
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == str(12 * 3_600)
    assert error["code"] == "quota_tokens"
    assert error["detail"] == {
        "quota": "tokens_a_day",
        "of": "person",
        "limit": CONTEXT,
        "left": left,
        "needed": CONTEXT,
        "resets_at": "2026-03-02T00:00:00+00:00",
    }
    # Nothing was stored of it, no turn runs, and it counts for nothing.
    shown = as_object(await reader.get(path))
    assert [each["content"] for each in shown["messages"] if each["role"] == "user"] == [
        "Is the lamp lit?"
    ]
    assert not shown["busy"]
    assert (await theatre.used(reader))["tokens_a_day"] == (used, left)
    # The other ways to the engine are closed as well.
    reply = shown["messages"][-1]["id"]
    for way in ("regenerate", "continue"):
        answer = await reader.post(f"{path}/messages/{reply}/{way}", json={})
        assert code_of(answer) == "429 quota_tokens"
    theatre.clock.forward(hours=12)
    assert (await theatre.say(reader, path, "And the other one?")).status_code == 200


@pytest.mark.one_database
async def test_a_key_counts_to_its_person(theatre: Theatre) -> None:
    reader = await member(theatre.stage, "mara")
    await theatre.limit(reader, requests_a_minute=2)
    keys = []
    for label in ("one", "two"):
        made = await reader.post("/api/me/keys", json={"label": label})
        keys.append(theatre.stage.client(Authorization=f"Bearer {as_object(made)['key']}"))
    body = {"model": "ben", "messages": [{"role": "user", "content": "Good evening."}]}
    for key in keys:
        assert (await key.post("/v1/chat/completions", json=body)).status_code == 200
    refused = await keys[0].post("/v1/chat/completions", json=body | {"stream": True})
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "60"
    error = as_object(refused)["error"]
    assert error["code"] == "quota_requests"
    assert error["type"] == "rate_limit_error"
    assert error["detail"]["limit"] == 2
    assert "2 requests a minute" in error["message"]
    path = await theatre.open(reader)
    assert code_of(await theatre.say(reader, path, "Hello?")) == "429 quota_requests"


@pytest.mark.one_database
async def test_on_a_stage_no_one_is_chosen_to_speak_for_a_used_up_minute(
    theatre: Theatre, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = await member(theatre.stage, "mara")
    made = await reader.post("/api/conversations", json={"characters": ["ben"]})
    path = f"/api/conversations/{as_object(made)['id']}"
    await theatre.limit(reader, requests_a_minute=2)
    for text in ("Is it lit?", "Are you sure?"):
        assert (await theatre.say(reader, path, text)).status_code == 200
    assert code_of(await theatre.say(reader, path, "Still?")) == "429 quota_requests"
    # From now on the refusal is known, and costs nothing.
    chosen: list[object] = []
    monkeypatch.setattr(Director, "choose", lambda *_args, **_fields: chosen.append(1))
    for act, body in (("messages", {"content": "Hello?"}), ("go-on", {})):
        refused = await reader.post(f"{path}/{act}", json=body)
        assert refused.status_code == 429, refused.text
    assert chosen == []


@pytest.mark.parametrize("bounds", [{"guest": {"requests_a_minute": 2}}])
@pytest.mark.one_database
async def test_a_dropped_cookie_brings_no_new_quota(theatre: Theatre) -> None:
    for number in range(3):
        guest = caller(theatre.stage, "203.0.113.7")  # without the cookie of before
        path = await theatre.open(guest)
        answer = await theatre.say(guest, path, "Hello?")
        assert answer.status_code == (200 if number < 2 else 429)
    assert error_of(answer)["detail"]["of"] == "address"
    # Below /v1 it is the same address.
    body = {"model": "ben", "messages": [{"role": "user", "content": "Hello?"}]}
    spoken = await caller(theatre.stage, "203.0.113.7").post("/v1/chat/completions", json=body)
    assert spoken.status_code == 429
    # Another address has its own, and a cookie that moves there brings along what it used.
    moved = caller(theatre.stage, "203.0.113.9")
    path = await theatre.open(moved)
    assert (await theatre.say(moved, path, "Hello?")).status_code == 200


@pytest.mark.parametrize("bounds", [{"guest": {"requests_a_minute": 2}, "guests_per_address": 3}])
@pytest.mark.one_database
async def test_a_school_behind_one_address_has_room_for_its_guests(theatre: Theatre) -> None:
    guests = [caller(theatre.stage, "203.0.113.7") for _ in range(4)]
    answers = []
    for guest in guests:
        path = await theatre.open(guest)
        answers += [await theatre.say(guest, path, "Hello?") for _ in range(3)]
    # Two each, until the address has had six.
    assert [each.status_code for each in answers] == [200, 200, 429] * 3 + [429] * 3
    assert error_of(answers[2])["detail"]["of"] == "guest"
    assert error_of(answers[-1])["detail"]["of"] == "address"


@pytest.mark.one_database
async def test_callers_are_authorised_before_they_are_counted(theatre: Theatre) -> None:
    reader, other = await member(theatre.stage, "mara"), await member(theatre.stage, "timo")
    path = await theatre.open(other)
    assert code_of(await theatre.say(reader, path, "Hello?")) == "404 conversation_not_found"
    body = {"model": "missing", "messages": [{"role": "user", "content": "Hello?"}]}
    made = await reader.post("/api/me/keys", json={"label": "key"})
    key = theatre.stage.client(Authorization=f"Bearer {as_object(made)['key']}")
    assert (await key.post("/v1/chat/completions", json=body)).status_code == 404
    used = await theatre.used(reader)
    assert used["requests_a_minute"][0] == used["tokens_a_day"][0] == 0


@pytest.mark.one_database
async def test_a_turn_that_fails_gives_its_tokens_back(theatre: Theatre) -> None:
    reader = await member(theatre.stage, "mara")
    await theatre.limit(reader, tokens_a_day=CONTEXT, running_turns=1)
    path = await theatre.open(reader)
    theatre.stage.engine.fail_before = EngineUnavailableError("away")
    for _ in range(2):
        assert (await theatre.say(reader, path, "Hello?")).status_code == 503
    used = await theatre.used(reader)
    assert used["tokens_a_day"] == (0, CONTEXT)
    assert used["running_turns"] == (0, 1)
    theatre.stage.engine.fail_before = None
    assert (await theatre.say(reader, path, "Hello?")).status_code == 200


async def test_a_conversation_can_be_changed_while_the_engine_does_not_answer(
    theatre: Theatre, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A turn of a limited person needs the engine's limits, which wait for a model's exchange."""
    reader = await member(theatre.stage, "mara")
    path = await theatre.open(reader)
    asked, answers = asyncio.Event(), asyncio.Event()
    known = theatre.stage.engine.limits

    async def limits(_: ScriptedEngine) -> Limits:
        asked.set()
        await answers.wait()
        return await known()

    monkeypatch.setattr(ScriptedEngine, "limits", limits)
    turn = asyncio.create_task(theatre.say(reader, path, "Is the lamp lit?"))
    async with asyncio.timeout(20):
        await asked.wait()
        assert (await reader.patch(path, json={"title": "The lamp"})).status_code == 200
        answers.set()
        assert (await turn).status_code == 200


@pytest.mark.one_database
async def test_summaries_and_drafts_count(theatre: Theatre) -> None:
    author = await member(theatre.stage, "mara", "author")
    path = await theatre.open(author)
    for number in range(5):
        assert (await theatre.say(author, path, f"Line {number}?")).status_code == 200
    await theatre.limit(author, tokens_a_day=1)
    assert code_of(await author.post(f"{path}/summary")) == "429 quota_tokens"
    assert code_of(await author.post("/api/characters/ben/draft-profile")) == "429 quota_tokens"
    await theatre.limit(author)
    before = (await theatre.used(author))["tokens_a_day"][0]
    summary = await author.post(f"{path}/summary")
    assert "event: done" in summary.text
    after = (await theatre.used(author))["tokens_a_day"][0]
    assert after > before
    draft = await author.post("/api/characters/ben/draft-profile")
    assert "event: done" in draft.text
    assert (await theatre.used(author))["tokens_a_day"][0] > after


@pytest.mark.one_database
async def test_embeddings_count_their_tokens(theatre: Theatre) -> None:
    reader = await member(theatre.stage, "mara")
    await theatre.limit(reader, tokens_a_day=5)
    made = await reader.post("/api/me/keys", json={"label": "key"})
    key = theatre.stage.client(Authorization=f"Bearer {as_object(made)['key']}")
    # A third of its letters, rounded up: 3.
    answer = await key.post("/v1/embeddings", json={"input": "a lantern"})
    assert as_object(answer)["usage"]["total_tokens"] == 3
    assert (await theatre.used(reader))["tokens_a_day"] == (3, 2)
    refused = await key.post("/v1/embeddings", json={"input": "a lantern"})
    assert as_object(refused)["error"]["code"] == "quota_tokens"


async def test_files_take_room_and_give_it_back(theatre: Theatre) -> None:
    author = await member(theatre.stage, "mara", "author")
    await theatre.limit(author, storage_bytes=len(SCRIPT) + 10, uploads_a_day=2)

    async def upload(title: str) -> httpx.Response:
        files = {"file": (f"{title}.txt", SCRIPT.encode())}
        return await author.post("/api/scripts", files=files)

    kept = await upload("first")
    assert kept.status_code == 201
    assert (await theatre.used(author))["storage_bytes"] == (len(SCRIPT), 10)
    refused = await upload("second")
    error = error_of(refused)
    assert (refused.status_code, error["code"]) == (429, "quota_storage")
    assert (error["detail"]["limit"], error["detail"]["left"]) == (len(SCRIPT) + 10, 0)
    listed = as_object(await author.get("/api/scripts"))["items"]
    assert [each["title"] for each in listed if each["title"] in {"first", "second"}] == ["first"]
    # What was not stored is no upload of today, and what is deleted makes room.
    assert (await theatre.used(author))["uploads_a_day"] == (1, 1)
    await author.delete(f"/api/scripts/{as_object(kept)['id']}")
    assert (await upload("second")).status_code == 201
    assert code_of(await upload("third")) == "429 quota_uploads"


@pytest.mark.one_database
async def test_the_same_script_again_needs_no_further_room(theatre: Theatre) -> None:
    author = await member(theatre.stage, "mara", "author")
    await theatre.limit(author, storage_bytes=len(SCRIPT) + 10)
    for text in (SCRIPT, SCRIPT + "Anna: Yes.\n"[:10]):
        files = {"file": ("play.txt", text.encode())}
        assert (await author.post("/api/scripts", files=files)).status_code in {200, 201}


async def test_a_person_whose_limits_change_has_them_at_once(theatre: Theatre) -> None:
    reader = await member(theatre.stage, "mara")
    admin = theatre.stage.client(**BEARER)
    path = f"/api/admin/people/{(await me(reader))['person']['id']}/limits"
    shown = as_object(await admin.get(path))["items"]
    assert [(each["quota"], each["limit"], each["is_own"]) for each in shown] == [
        ("requests_a_minute", 30, False),
        ("running_turns", 3, False),
        ("tokens_a_day", 1_000_000, False),
        ("uploads_a_day", 50, False),
        ("storage_bytes", 200 * 1024**2, False),
    ]
    changed = await admin.put(path, json={"tokens_a_day": 7, "running_turns": None})
    by_name = {each["quota"]: each for each in as_object(changed)["items"]}
    assert (by_name["tokens_a_day"]["limit"], by_name["tokens_a_day"]["is_own"]) == (7, True)
    assert by_name["running_turns"]["limit"] is None
    assert by_name["running_turns"]["of_role"] == 3
    used = await theatre.used(reader)
    assert used["tokens_a_day"] == (0, 7)
    assert "running_turns" not in used
    assert code_of(await admin.put(path, json={"tokens_a_day": -1})) == "422 invalid_request"
    assert code_of(await reader.put(path, json={})) == "403 admin_needed"
    await admin.put(path, json={})
    assert (await theatre.used(reader))["tokens_a_day"] == (0, 1_000_000)


@pytest.mark.one_database
async def test_admin_keys_have_no_limits(theatre: Theatre) -> None:
    assert await theatre.used(theatre.stage.client(**BEARER)) == {}


@pytest.mark.one_database
async def test_an_open_service_has_no_limits_and_counts_all_the_same(
    settings: Settings,
) -> None:
    nothing = {"requests_a_minute": 0, "tokens_a_day": 0, "uploads_a_day": 0}
    settings.quotas = QuotaSettings.model_validate({"guest": nothing, "admin": nothing})
    async with running(settings, clock=SetClock()) as stage:
        await stage.make_character()
        reply = (await stage.say(await stage.open(), "Is the lamp lit?"))["reply"]
        report = as_object(await stage.http.get("/api/me/usage"))
    assert report["limits"] == []
    assert report["totals"]["turns"] == 1
    assert report["totals"]["completion_tokens"] == reply["usage"]["completion_tokens"]
    assert report["storage_bytes"] == len(SCRIPT)


def test_limits_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFBOOK_QUOTAS__READER__TOKENS_A_DAY", "1000")
    monkeypatch.setenv("OFFBOOK_QUOTAS__READER__STORAGE_BYTES", "none")
    read = Settings().quotas
    assert read.reader.tokens_a_day == 1_000
    assert read.reader.storage_bytes is None
    # What is not set stays as it was.
    assert read.reader.requests_a_minute == 30
    assert read.author.tokens_a_day == 3_000_000
