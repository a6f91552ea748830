"""Readers and guests report what they see; admins read that and close it."""

from pathlib import Path
from uuid import UUID

import httpx
import pytest
from sqlalchemy import func, select, text
from structlog.testing import capture_logs

from app.access.identity import owner_of
from app.db.models import Report, ReportEntry
from app.reports.pace import ReportPace
from app.settings import Settings
from tests.app.access.calling import BEARER
from tests.app.accounts.signing import community, me, member, sign_up
from tests.app.moderation.moderating import moderating
from tests.app.running import Json, Running, as_object, code_of, running
from tests.app.turns.drafting import DraftingEngine

pytestmark = pytest.mark.anyio

QUEUE = "/api/admin/reports"


async def talk(browser: httpx.AsyncClient, *messages: str) -> Json:
    """A conversation with Ben in which this was said."""
    opened = as_object(await browser.post("/api/conversations", json={"character": "ben"}))
    path = f"/api/conversations/{opened['id']}"
    for message in messages:
        answer = await browser.post(f"{path}/messages", json={"content": message})
        assert answer.status_code == 200, answer.text
    return as_object(await browser.get(path))


def about(conversation: Json, place: int = -1, **fields: object) -> Json:
    """A report of one of its messages."""
    message = conversation["messages"][place]["id"]
    named = {"conversation": conversation["id"], "message": message}
    return {**named, "reason": "violent", **fields}


async def publish(stage: Running) -> httpx.AsyncClient:
    """Ben on stage; the holder of the admin key."""
    admin = stage.client(**BEARER)
    stage.http.headers.update(BEARER)
    await stage.make_character()
    published = await admin.post("/api/admin/characters/ben/publish")
    assert published.status_code == 200, published.text
    return admin


async def queue(admin: httpx.AsyncClient, **query: str | int) -> Json:
    response = await admin.get(QUEUE, params=query)
    assert response.status_code == 200, response.text
    return as_object(response)


async def test_a_guest_reports_a_reply_and_an_admin_reads_it_in_context(
    database_url: str, tmp_path: Path
) -> None:
    async with running(community(database_url, tmp_path)) as stage:
        admin = await publish(stage)
        guest = stage.client()
        conversation = await talk(guest, "One.", "Two.", "Three.", "Four.", "Five.")
        reported = about(conversation, 5, note="  That was cruel.  ")
        with capture_logs() as logs:
            made = await guest.post("/api/reports", json=reported)
        assert made.status_code == 201
        assert {**as_object(made), "created_at": ""} == {
            "reason": "violent",
            "note": "That was cruel.",
            "created_at": "",
        }
        assert "cruel" not in str(logs)
        page = await queue(admin)
        [report] = page["items"]
        assert (page["open"], page["next_cursor"]) == (1, None)
        assert (report["about"], report["people"], report["by_moderation"]) == ("message", 1, False)
        assert report["entries"][0]["note"] == "That was cruel."
        assert report["character"] == {"slug": "ben", "name": "Ben"}
        with capture_logs() as logs:
            shown = as_object(await admin.get(f"{QUEUE}/{report['id']}"))
        assert [each["event"] for each in logs if each.get("security")] == ["report_read"]
        said = [each["content"] for each in conversation["messages"]]
        assert [each["content"] for each in shown["messages"]] == said[2:8]
        assert [each["reported"] for each in shown["messages"]].index(True) == 3


async def test_one_reports_only_what_one_sees(database_url: str, tmp_path: Path) -> None:
    async with running(community(database_url, tmp_path)) as stage:
        admin = await publish(stage)
        reader, other = await member(stage, "mara"), await member(stage, "noor")
        conversation = await talk(reader, "One.")
        for body, answer in (
            (about(conversation), "404 conversation_not_found"),
            ({"character": "missing", "reason": "other"}, "404 character_not_found"),
        ):
            assert code_of(await other.post("/api/reports", json=body)) == answer
        mine = await talk(other, "One.")
        mixed = about(conversation) | {"conversation": mine["id"]}
        assert code_of(await other.post("/api/reports", json=mixed)) == "404 message_not_found"
        own_words = about(mine, 0)
        assert code_of(await other.post("/api/reports", json=own_words)) == "422 not_a_reply"
        await admin.post("/api/admin/characters/ben/unpublish")
        hidden = await other.post("/api/reports", json={"character": "ben", "reason": "other"})
        assert code_of(hidden) == "404 character_not_found"
        assert (await queue(admin, state="all"))["items"] == []


@pytest.mark.parametrize(
    "body",
    [
        {"reason": "violent"},
        {"character": "ben", "reason": "dull"},
        {"character": "ben", "reason": "other", "note": "x" * 501},
        {"character": "ben", "reason": "other", "note": "a\x00b"},
        {"conversation": "0" * 32, "reason": "other"},
        {"character": "ben", "message": "0" * 32, "reason": "other"},
    ],
)
@pytest.mark.one_database
async def test_a_report_that_names_nothing_is_refused(stage: Running, body: Json) -> None:
    response = await stage.http.post("/api/reports", json=body)
    assert code_of(response) == "422 invalid_request"


async def test_reports_of_one_character_are_one_until_it_is_closed(
    database_url: str, tmp_path: Path
) -> None:
    async with running(community(database_url, tmp_path)) as stage:
        admin = await publish(stage)
        people = [stage.client() for _ in range(3)]
        for place, guest in enumerate((*people, people[0])):
            body = {"character": "ben", "reason": "rights", "note": f"note {place}"}
            assert (await guest.post("/api/reports", json=body)).status_code == 201
        [report] = (await queue(admin))["items"]
        assert (report["about"], report["people"]) == ("character", 3)
        assert [each["note"] for each in report["entries"]] == ["note 3", "note 2", "note 1"]
        closing = {"outcome": "acted", "answer": "Picture replaced."}
        path = f"{QUEUE}/{report['id']}/close"
        with capture_logs() as logs:
            closed = as_object(await admin.post(path, json=closing))
        assert [each["event"] for each in logs if each.get("security")] == ["report_closed"]
        assert (closed["outcome"], closed["answer"]) == ("acted", "Picture replaced.")
        assert closed["closed_at"]
        assert code_of(await admin.post(path, json=closing)) == "409 report_closed"
        assert (await queue(admin))["items"] == []
        assert [each["id"] for each in (await queue(admin, state="closed"))["items"]] == [
            report["id"]
        ]
        await people[1].post("/api/reports", json={"character": "ben", "reason": "other"})
        page = await queue(admin, state="all")
        assert len(page["items"]) == 2
        assert page["open"] == 1


async def test_the_queue_comes_page_by_page_and_by_who_reported(
    settings: Settings,
) -> None:
    engine = DraftingEngine("It is unsafe-fire, it is.")
    async with running(moderating(settings), engine=engine) as stage:
        await stage.make_character()
        conversation = await talk(stage.http, "One.", "Two.", "Three.")
        await stage.http.post("/api/reports", json=about(conversation))
        await stage.http.post("/api/reports", json={"character": "ben", "reason": "other"})
        pages, cursor = [], None
        while True:
            query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
            page = await queue(stage.http, **query)
            pages.append([each["id"] for each in page["items"]])
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert [len(each) for each in pages] == [2, 2]
        assert len({id for ids in pages for id in ids}) == 4
        by_people = (await queue(stage.http, by="people"))["items"]
        assert [each["about"] for each in by_people] == ["character", "message"]
        joined = by_people[1]
        assert joined["by_moderation"]
        assert [each["category"] for each in joined["findings"]] == ["fire"]
        assert len((await queue(stage.http, by="moderation"))["items"]) == 3
        answer = await stage.http.get(QUEUE, params={"cursor": "x"})
        assert code_of(answer) == "422 invalid_cursor"


async def test_a_reader_who_reports_a_lot_waits(database_url: str, tmp_path: Path) -> None:
    async with running(community(database_url, tmp_path)) as stage:
        await publish(stage)
        reader = await member(stage, "mara")
        conversation = await talk(reader, *(f"Line {n}." for n in range(21)))
        replies = range(1, 42, 2)
        answers = [
            await reader.post("/api/reports", json=about(conversation, place)) for place in replies
        ]
        assert [each.status_code for each in answers] == [201] * 20 + [429]
        assert code_of(answers[-1]) == "429 too_many_reports"
        assert 0 < int(answers[-1].headers["retry-after"]) <= 3_600


def test_an_address_that_reports_a_lot_waits() -> None:
    now = [0.0]
    pace = ReportPace(3, 60.0, lambda: now[0])
    assert [pace.admit("a") for _ in range(4)] == [None, None, None, 60]
    assert pace.admit("b") is None
    now[0] = 59.5
    assert pace.admit("a") == 1
    now[0] = 60.0
    assert pace.admit("a") is None
    for number in range(10_001):
        pace.admit(str(number))
    assert len(pace._sites) == 10_000


async def test_what_a_guest_reported_goes_with_them_to_their_account_and_is_erased(
    database_url: str, tmp_path: Path
) -> None:
    async with running(community(database_url, tmp_path)) as stage:
        admin = await publish(stage)
        guest, other = stage.client(), stage.client()
        conversation = await talk(guest, "One.")
        await guest.post("/api/reports", json=about(conversation))
        for browser in (guest, other):
            await browser.post("/api/reports", json={"character": "ben", "reason": "other"})
        assert (await sign_up(guest, "mara")).status_code == 204
        person = (await me(guest))["person"]["id"]

        async with stage.services.database.read() as session:
            reporters = await session.scalars(select(ReportEntry.reporter))
            assert [each.startswith("person ") for each in reporters].count(True) == 2
        owner = owner_of(UUID(person))
        await stage.services.erasing.erase(owner)
        [left] = (await queue(admin))["items"]
        assert (left["about"], left["people"]) == ("character", 1)
        async with stage.services.database.read() as session:
            mine = select(func.count()).where(ReportEntry.reporter == owner)
            assert await session.scalar(mine) == 0


async def test_what_moderation_found_in_ones_conversations_is_erased(settings: Settings) -> None:
    engine = DraftingEngine("It is unsafe-fire, it is.")
    async with running(moderating(settings, replies="hide"), engine=engine) as stage:
        await stage.make_character()
        await talk(stage.http, "unsafe-water")
        assert len((await queue(stage.http))["items"]) == 2
        await stage.services.erasing.erase("local")
        async with stage.services.database.read() as session:
            for table in ("reports", "report_entries", "moderation_findings", "withheld_texts"):
                counted = await session.scalar(text(f"SELECT count(*) FROM {table}"))
                assert counted == 0, table


async def test_reports_go_with_what_they_are_about(settings: Settings) -> None:
    async with running(settings) as stage:
        await stage.make_character()
        conversation = await talk(stage.http, "One.")
        await stage.http.post("/api/reports", json=about(conversation))
        message = conversation["messages"][0]["id"]
        await stage.http.delete(f"/api/conversations/{conversation['id']}/messages/{message}")
        assert (await queue(stage.http))["items"] == []
        async with stage.services.database.read() as session:
            assert await session.scalar(select(func.count()).select_from(Report)) == 0
