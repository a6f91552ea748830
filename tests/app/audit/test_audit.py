"""Who did what, when and from where: kept for a while, and read by admins."""

import csv
import io
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import get_args
from uuid import UUID

import httpx
import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import OperationalError

from app.access.audit import Action
from app.access.audit_trail import AuditTrail
from app.access.identity import Actor, owner_of
from app.db.base import utc_now
from app.db.models import AuditEntry, Person
from tests.app.access.calling import BEARER, KEY, caller
from tests.app.access.calling import sign_in as sign_in_with_key
from tests.app.accounts.signing import PASSWORD, community, invite, me, member, sign_in
from tests.app.accounts.test_ownership import make
from tests.app.conftest import make_settings
from tests.app.running import Json, Running, as_object, running

pytestmark = pytest.mark.anyio

AUDIT = "/api/admin/audit"


@pytest.fixture
async def stage(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    async with running(community(database_url, tmp_path)) as started:
        started.http.headers.update(BEARER)
        yield started


async def acts(stage: Running, **wanted: str) -> list[Json]:
    """The newest first."""
    response = await stage.http.get(AUDIT, params=wanted)
    assert response.status_code == 200, response.text
    items: list[Json] = as_object(response)["items"]
    return items


async def actions(stage: Running, **wanted: str) -> list[str]:
    return [each["action"] for each in await acts(stage, **wanted)]


async def test_signing_up_in_and_out_is_kept_with_who_and_where(stage: Running) -> None:
    browser = caller(stage, "192.0.2.7")
    token = await invite(stage)
    wanted = {"login": "Ann", "name": "Ann", "password": PASSWORD, "invitation": token}
    assert (await browser.post("/api/people", json=wanted)).status_code == 204
    person = (await me(browser))["person"]["id"]
    await browser.delete("/api/session")
    await sign_in(browser, "ann")
    found = await acts(stage, person="Ann")
    assert [each["action"] for each in found] == ["signed_in", "signed_out", "signed_up"]
    for each in found:
        assert (each["person"], each["login"], each["address"]) == (person, "ann", "192.0.2.7")
        assert (each["outcome"], each["count"], each["erased"]) == ("done", 1, False)
    assert found[-1]["detail"] == {"role": "reader"}
    assert await acts(stage, person=person) == found


async def test_what_admins_do_to_people_is_kept(stage: Running) -> None:
    await member(stage, "ann")
    id = as_object(await stage.http.get("/api/admin/people"))["items"][0]["id"]
    await stage.http.patch(f"/api/admin/people/{id}", json={"role": "author", "name": "Anna B"})
    await stage.http.post(f"/api/admin/people/{id}/password")
    await stage.http.patch(f"/api/admin/people/{id}", json={"disabled": True})
    invitation = as_object(await stage.http.get("/api/admin/invitations"))["items"]
    assert invitation == []
    await invite(stage, role="author", note="for the secret guest")
    (open_one,) = as_object(await stage.http.get("/api/admin/invitations"))["items"]
    await stage.http.delete(f"/api/admin/invitations/{open_one['id']}")

    found = await acts(stage)
    assert [each["action"] for each in found[:5]] == [
        "invitation_deleted",
        "invitation_created",
        "person_changed",
        "password_reset",
        "person_changed",
    ]
    changed = found[4]
    assert (changed["key"], changed["person"]) == ("configured", None)
    target = changed["target_kind"], changed["target_id"], changed["target_title"]
    assert target == ("person", id, "ann")
    assert changed["detail"] == {"role": "author", "fields": ["name", "role"]}
    assert found[2]["detail"] == {"disabled": True, "fields": ["disabled"]}
    assert found[1]["detail"] == {"role": "author", "uses": 1}
    # Acts on a person are found by the person's name, and notes are nobody's business here.
    assert await actions(stage, person="ann") == [
        "person_changed",
        "password_reset",
        "person_changed",
        "signed_up",
    ]
    assert "secret" not in json.dumps(found)


async def test_what_an_author_does_with_a_character_is_kept(stage: Running) -> None:
    ann = await member(stage, "ann", "author")
    await make(stage, ann)
    characters = "/api/admin/characters/ben"
    opened = as_object(await ann.post("/api/conversations", json={"character": "ben"}))
    conversation = f"/api/conversations/{opened['id']}"
    for method, path in (
        ("POST", f"{characters}/publish"),
        ("POST", f"{characters}/unpublish"),
        ("POST", "/api/characters/ben/link"),
        ("DELETE", "/api/characters/ben/link"),
        ("GET", "/api/characters/ben/card?format=v2"),
        ("GET", f"{conversation}/export"),
        ("GET", "/api/conversations/export"),
        ("DELETE", conversation),
        ("POST", f"{conversation}/restore"),
        ("DELETE", f"{characters}?restorable=true"),
        ("POST", f"{characters}/restore"),
        ("DELETE", characters),
    ):
        response = await ann.request(method, path)
        assert response.is_success, f"{method} {path}: {response.text}"
    assert sorted(await actions(stage, person="ann")) == sorted(
        [
            "signed_up",
            "script_stored",
            "character_created",
            "character_published",
            "character_unpublished",
            "character_shared",
            "character_unshared",
            "character_exported",
            "conversation_exported",
            "conversations_exported",
            "conversation_deleted",
            "conversation_restored",
            "character_deleted",
            "character_restored",
            "character_deleted",
        ]
    )
    assert [each["detail"] for each in await acts(stage, action="character_deleted")] == [
        {"restorable": False},
        {"restorable": True},
    ]
    (published,) = await acts(stage, action="character_published")
    assert (published["target_kind"], published["target_title"]) == ("character", "Ben")


async def test_keys_are_kept_by_their_prefix(stage: Running) -> None:
    ann = await member(stage, "ann")
    made = as_object(await ann.post("/api/me/keys", json={"label": "a laptop of mine"}))
    await ann.delete(f"/api/me/keys/{made['prefix']}")
    admins = as_object(await stage.http.post("/api/admin/keys", json={"label": "x"}))
    await stage.http.delete(f"/api/admin/keys/{admins['prefix']}")
    found = (await acts(stage))[:4]
    assert [(each["action"], each["target_id"]) for each in found] == [
        ("admin_key_revoked", admins["prefix"]),
        ("admin_key_created", admins["prefix"]),
        ("key_revoked", made["prefix"]),
        ("key_created", made["prefix"]),
    ]


async def test_an_act_that_fails_leaves_no_entry(stage: Running) -> None:
    ann = await member(stage, "ann", "author")
    assert (await ann.post("/api/admin/characters/none/publish")).status_code == 404
    assert (await ann.delete("/api/me/keys/ob_none")).status_code == 404
    assert await actions(stage) == ["signed_up", "invitation_created"]


async def test_secrets_are_never_kept(stage: Running) -> None:
    ann = await member(stage, "ann")
    wrong = "not the password of ann"
    await sign_in(stage.client(), "ann", wrong)
    await sign_in(stage.client(), PASSWORD, wrong)  # typed into the wrong field
    await sign_in(stage.client(), "an\x00n", wrong)
    await sign_in_with_key(stage.client(), "ob_some-wrong-key")
    await stage.client(Authorization="Bearer ob_another-wrong-key").get("/api/me")
    key = as_object(await ann.post("/api/me/keys", json={"label": "laptop"}))["key"]
    await ann.put("/api/me/password", json={"current": PASSWORD, "new": "eleven ducks at six"})
    token = await invite(stage)
    await stage.services.access.audit.flush()
    async with stage.services.database.read() as session:
        rows = (await session.execute(select(AuditEntry.__table__))).all()
    kept = " ".join(str(row) for row in rows)
    for secret in (PASSWORD, wrong, "wrong-key", key, "eleven ducks", token, KEY):
        assert secret not in kept
    assert "sign_in_failed" in kept
    assert "key_refused" in kept


async def test_a_flood_of_wrong_passwords_is_few_entries(stage: Running) -> None:
    await member(stage, "ann")
    for number in range(130):
        for _ in range(2):
            await sign_in(caller(stage, f"198.51.100.{number}"), "ann", "wrong")
    found = await acts(stage, action="sign_in_failed", limit="200")
    # Of these a login is closed for all addresses after ten: the others were not even tried.
    assert len(found) == 5
    assert sum(each["count"] for each in found) == 10
    assert {each["count"] for each in found} == {2}
    assert all(each["target_title"] == "ann" for each in found)
    assert {each["outcome"] for each in found} == {"refused"}


async def test_a_flood_from_many_addresses_is_bounded(stage: Running) -> None:
    now = 1_000.0
    trail = AuditTrail(stage.services.database, lambda: now)
    for number in range(5_000):
        trail.note(Actor(address=f"2001:db8::{number:x}"), "key_refused", outcome="refused")
    await trail.flush()
    now += 30
    for number in range(5_000):
        trail.note(Actor(address=f"2001:db8:1::{number:x}"), "key_refused", outcome="refused")
    await trail.aclose()
    async with stage.services.database.read() as session:
        rows = list(await session.scalars(select(AuditEntry)))
    assert len(rows) == 101
    assert sum(row.count for row in rows) == 10_000
    (rest,) = [row for row in rows if not row.address]
    assert rest.count == 9_900


async def test_a_class_that_signs_in_at_once_keeps_its_names(stage: Running) -> None:
    pupils = {f"pupil{number}": UUID(int=number) for number in range(150)}
    async with stage.services.database.write() as session:
        session.add_all(
            Person(id=id, login=login, name=login, role="reader") for login, id in pupils.items()
        )
    trail = AuditTrail(stage.services.database)
    for login, id in pupils.items():
        trail.note(Actor(owner=owner_of(id), login=login, address="192.0.2.1"), "signed_in")
    await trail.aclose()
    async with stage.services.database.read() as session:
        rows = list(await session.scalars(select(AuditEntry)))
    assert {row.login for row in rows} == pupils.keys()
    assert {row.count for row in rows} == {1}


async def test_who_was_erased_this_second_leaves_no_name(stage: Running) -> None:
    trail = AuditTrail(stage.services.database)
    gone = Actor(owner=owner_of(UUID(int=9)), login="gone", address="192.0.2.1")
    trail.note(gone, "signed_out")
    await trail.aclose()
    (entry,) = await acts(stage)
    assert (entry["login"], entry["address"], entry["erased"]) == ("", "", True)


async def test_what_is_repeated_after_a_minute_is_a_new_entry(stage: Running) -> None:
    now = 1_000.0
    trail = AuditTrail(stage.services.database, lambda: now)
    for seconds in (0, 30, 59, 61):
        now = 1_000.0 + seconds
        trail.note(Actor(address="192.0.2.1"), "key_refused", outcome="refused")
        await trail.flush()
    await trail.aclose()
    found = await acts(stage, action="key_refused")
    assert [each["count"] for each in found] == [1, 3]


async def test_a_database_that_does_not_answer_loses_no_act(
    stage: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    trail = AuditTrail(stage.services.database)

    def fail() -> None:
        raise OperationalError("", {}, OSError("locked"))

    with monkeypatch.context() as patch:
        patch.setattr(stage.services.database, "write", fail)
        trail.note(Actor(address="192.0.2.1"), "key_refused", outcome="refused")
        assert not await trail.flush()
        trail.note(Actor(address="192.0.2.1"), "key_refused", outcome="refused")
    await trail.aclose()
    assert [each["count"] for each in await acts(stage, action="key_refused")] == [2]


async def test_acts_are_found_by_time_address_and_text(stage: Running) -> None:
    await member(stage, "ann")
    await sign_in(caller(stage, "192.0.2.9"), "ann")
    newest = (await acts(stage))[0]
    assert await actions(stage, address="192.0.2.9") == ["signed_in"]
    assert await actions(stage, text="AN", action="signed_up") == ["signed_up"]
    assert await actions(stage, text="%") == []
    assert await actions(stage, to=newest["at"]) == ["signed_up", "invitation_created"]
    assert await actions(stage, **{"from": newest["at"]}) == ["signed_in"]
    odd = await stage.http.get(AUDIT, params={"from": "0001-01-01T00:00:00+14:00"})
    assert odd.status_code == 422
    refused = await stage.http.get(AUDIT, params={"text": "\x00"})
    assert refused.status_code == 422


async def test_pages_go_on_where_the_one_before_ended(stage: Running) -> None:
    for _ in range(5):
        await invite(stage)
    seen: list[str] = []
    cursor = ""
    for expected in (2, 2, 1):
        page = as_object(
            await stage.http.get(
                AUDIT, params={"limit": "2", "action": "invitation_created"} | cursor_of(cursor)
            )
        )
        assert len(page["items"]) == expected
        seen += [each["id"] for each in page["items"]]
        cursor = page["next_cursor"]
    assert cursor is None
    assert len(set(seen)) == 5
    assert seen == sorted(seen, reverse=True)
    assert page["kept_days"] == 365


def cursor_of(cursor: str) -> dict[str, str]:
    return {"cursor": cursor} if cursor else {}


async def test_a_table_for_spreadsheets_runs_nothing(stage: Running) -> None:
    ann = await member(stage, "=1+cmd|calc", "author")
    await make(stage, ann)
    await ann.patch("/api/admin/characters/ben", json={"name": '@SUM("a",1)'})
    response = await stage.http.get(f"{AUDIT}/export", params={"person": "=1+cmd|calc"})
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert {row["login"] for row in rows} == {"'=1+cmd|calc"}
    assert not [cell for row in rows for cell in row.values() if cell[:1] in "=+-@\t\r" and cell]
    # The table has what the list has.
    assert len(rows) == len(await acts(stage, person="=1+cmd|calc"))
    assert (await acts(stage))[0]["action"] == "audit_exported"


async def test_old_entries_are_deleted_after_a_set_time(database_url: str, tmp_path: Path) -> None:
    settings = make_settings(
        database_url, tmp_path, access={"admin_key": KEY}, audit={"kept_days": 3}
    )
    async with running(settings) as stage:
        for _ in range(2):
            await invite(stage)
        database = stage.services.database
        async with database.write() as session:
            newest = await session.scalar(select(func.max(AuditEntry.at)))
            assert newest is not None
            old = update(AuditEntry).where(AuditEntry.at < newest)
            await session.execute(old.values(at=utc_now() - timedelta(days=3, minutes=1)))
        await stage.services.access.discard_old_acts()
        stage.http.headers.update(BEARER)
        assert len(await acts(stage)) == 1


@pytest.mark.one_database
def test_every_act_has_a_sentence_on_the_page_in_both_languages() -> None:
    folder = Path(__file__).parents[3] / "app/web/static/js/admin"
    for language in ("en", "zh"):
        sentences = (folder / f"audit-{language}.js").read_text(encoding="utf-8")
        for kind in ("act", "kind"):
            keys = {f'"audit.{kind}.{each}"' for each in get_args(Action)}
            assert not [key for key in keys if key not in sentences]
    offered = (folder / "audit-words.js").read_text(encoding="utf-8")
    assert not [each for each in get_args(Action) if f'  "{each}",' not in offered]


async def test_readers_do_not_read_the_audit(stage: Running) -> None:
    ann = await member(stage, "ann", "author")
    for browser in (ann, stage.client()):
        for path in (AUDIT, f"{AUDIT}/export"):
            response: httpx.Response = await browser.get(path)
            assert response.status_code in {401, 403}
