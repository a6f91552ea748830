"""What was used is counted by day, person and character, and stays so."""

import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.quotas.csv_text import csv_text
from tests.app.access.calling import BEARER
from tests.app.accounts.signing import community, me, member, sign_up
from tests.app.quotas.counting import SetClock
from tests.app.running import SCRIPT, Json, Running, as_object, code_of, running

pytestmark = pytest.mark.anyio


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
async def stage(database_url: str, tmp_path: Path, clock: SetClock) -> AsyncIterator[Running]:
    async with running(community(database_url, tmp_path), clock=clock) as started:
        started.http.headers.update(BEARER)
        files = {"file": ("Ben.txt", SCRIPT.encode())}
        await started.http.post("/api/characters/import", files=files)
        await started.indexed("ben")
        await started.http.post("/api/admin/characters/ben/publish")
        yield started


async def talk(browser: httpx.AsyncClient, text: str = "Is the lamp lit?") -> Json:
    """A conversation of one turn: the reply, and the path of the conversation."""
    made = as_object(await browser.post("/api/conversations", json={"character": "ben"}))
    path = f"/api/conversations/{made['id']}"
    answer = await browser.post(f"{path}/messages", json={"content": text})
    assert answer.status_code == 200, answer.text
    return {"path": path, **as_object(answer)["reply"]}


async def usage(browser: httpx.AsyncClient, path: str = "/api/me/usage", **query: Any) -> Json:
    answer = await browser.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return as_object(answer)


def tokens(sums: Json) -> int:
    return int(sums["prompt_tokens"] + sums["completion_tokens"])


async def test_figures_survive_what_they_are_about(stage: Running, clock: SetClock) -> None:
    reader = await member(stage, "mara")
    first = await talk(reader)
    clock.forward(days=1)
    second = await talk(reader, "And the other one?")
    for each in (first, second):
        assert (await reader.delete(each["path"])).status_code == 204
    report = await usage(reader)
    assert [(day["day"], day["turns"], tokens(day)) for day in report["days"]] == [
        ("2026-03-01", 1, tokens(first["usage"])),
        ("2026-03-02", 1, tokens(second["usage"])),
    ]
    assert (report["first_day"], report["last_day"]) == ("2026-02-01", "2026-03-02")
    assert report["totals"]["turns"] == 2
    assert [item["character"]["name"] for item in report["items"]] == ["Ben", "Ben"]
    # Another person sees nothing of it.
    assert (await usage(await member(stage, "timo")))["days"] == []


@pytest.mark.one_database
async def test_days_are_chosen_and_bounded(stage: Running, clock: SetClock) -> None:
    reader = await member(stage, "mara")
    for _ in range(3):
        await talk(reader)
        clock.forward(days=1)
    between = {"from": "2026-03-02", "to": "2026-03-03"}
    report = await usage(reader, limit=1, **between)
    assert [day["day"] for day in report["days"]] == ["2026-03-02", "2026-03-03"]
    assert [item["day"] for item in report["items"]] == ["2026-03-03"]
    rest = await usage(reader, limit=1, cursor=report["next_cursor"], **between)
    assert [item["day"] for item in rest["items"]] == ["2026-03-02"]
    assert rest["next_cursor"] is None
    # A year at most, and 366 days are one.
    assert (await usage(reader, **{"from": "2025-03-04", "to": "2026-03-04"}))["totals"]["turns"]
    for first, last in (("2025-03-03", "2026-03-04"), ("2026-03-04", "2026-03-03")):
        answer = await reader.get("/api/me/usage", params={"from": first, "to": last})
        assert code_of(answer) == "422 invalid_range"
    answer = await reader.get("/api/me/usage", params={"from": "0001-01-01"})
    assert code_of(answer) == "422 invalid_range"
    earliest = await usage(reader, to="0001-01-03")
    assert earliest["first_day"] == "0001-01-01"


async def test_an_admin_sees_everyone_by_person_and_character(stage: Running) -> None:
    mara, timo = await member(stage, "mara"), await member(stage, "timo")
    replies = [await talk(mara), await talk(mara), await talk(timo)]
    guest = await talk(stage.client())
    own = await talk(stage.http)  # with the admin key
    report = await usage(stage.http, "/api/admin/usage")
    assert report["totals"]["turns"] == 5
    assert tokens(report["totals"]) == sum(tokens(each["usage"]) for each in (*replies, guest, own))
    turns = {(each["by"]["kind"], each["by"]["login"]): each["turns"] for each in report["people"]}
    assert turns == {
        ("person", "mara"): 2,
        ("person", "timo"): 1,
        ("guests", None): 1,
        ("service", None): 1,
    }
    assert [each["character"]["slug"] for each in report["characters"]] == ["ben"]
    id = (await me(mara))["person"]["id"]
    for person, expected in ((id, 2), ("guests", 1), ("service", 1)):
        only = await usage(stage.http, "/api/admin/usage", person=person, character="ben")
        assert only["totals"]["turns"] == expected
    answer = await stage.http.get("/api/admin/usage", params={"person": "mara"})
    assert code_of(answer) == "422 invalid_person"
    answer = await stage.http.get("/api/admin/usage", params={"character": "missing"})
    assert code_of(answer) == "404 character_not_found"


async def test_what_a_guest_used_comes_along_with_the_account(stage: Running) -> None:
    browser = stage.client()
    as_guest = await talk(browser)
    assert (await usage(browser))["totals"]["turns"] == 1
    assert (await sign_up(browser, "mara", keep_conversations=True)).status_code == 204
    as_reader = await talk(browser)
    report = await usage(browser)
    assert report["totals"]["turns"] == 2
    assert tokens(report["totals"]) == tokens(as_guest["usage"]) + tokens(as_reader["usage"])
    assert (await usage(stage.http, "/api/admin/usage", person="guests"))["days"] == []


async def test_storage_is_measured_by_day(stage: Running, clock: SetClock) -> None:
    author = await member(stage, "mara", "author")
    made = await author.post("/api/scripts", files={"file": ("play.txt", SCRIPT.encode())})
    assert (await usage(author))["storage_bytes"] == len(SCRIPT)
    await stage.services.quotas.maintain()
    clock.forward(days=1)
    await author.delete(f"/api/scripts/{as_object(made)['id']}")
    await stage.services.quotas.maintain()
    report = await usage(author)
    assert report["storage_bytes"] == 0
    assert [(day["day"], day["storage_bytes"]) for day in report["days"]] == [
        ("2026-03-01", len(SCRIPT))
    ]
    clock.forward(days=400)
    await stage.services.quotas.maintain()
    old = await usage(author, **{"from": "2026-02-01", "to": "2026-04-01"})
    assert old["days"] == []  # kept for 400 days


@pytest.mark.one_database
async def test_no_cell_of_the_file_is_a_formula(stage: Running) -> None:
    evil = "=HYPERLINK(0)"
    reader = await member(stage, evil)
    assert (await reader.patch("/api/me", json={"name": "+1-800"})).status_code == 200
    reply = await talk(reader)
    answer = await stage.http.get("/api/admin/usage/csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    (row,) = csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert row == {
        "day": "2026-03-01",
        "person": "'" + evil.lower(),
        "name": "'+1-800",
        "character": "Ben",
        "prompt_tokens": str(reply["usage"]["prompt_tokens"]),
        "cached_tokens": "0",
        "completion_tokens": str(reply["usage"]["completion_tokens"]),
        "turns": "1",
        "storage_bytes": "0",
    }
    own = await reader.get("/api/me/usage/csv")
    assert own.text == answer.text
    assert code_of(await reader.get("/api/admin/usage/csv")) == "403 admin_needed"


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1", "＠A1"]
)
async def test_whatever_begins_a_formula_is_text(cell: str) -> None:
    written = csv_text(["name"], [[cell]])
    (_, (read,)) = csv.reader(io.StringIO(written.removeprefix("\ufeff"), newline=""))
    assert read == f"'{cell}"


async def test_nothing_is_left_of_an_erased_person(stage: Running) -> None:
    reader = await member(stage, "mara")
    await talk(reader)
    owner = f"person {(await me(reader))['person']['id']}"
    await stage.services.quotas.erase(owner)
    assert (await usage(reader))["days"] == []
    assert (await usage(stage.http, "/api/admin/usage"))["days"] == []
