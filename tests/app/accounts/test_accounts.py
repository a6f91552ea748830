"""People sign up, in and out; guests keep what they have."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from app.db.base import utc_now
from app.db.models import Invitation, Login, Person
from tests.app.access.calling import BEARER, KEY, SESSION, caller
from tests.app.accounts.signing import (
    PASSWORD,
    community,
    invite,
    me,
    member,
    sign_in,
    sign_up,
)
from tests.app.conftest import make_settings
from tests.app.running import Running, as_object, code_of, running

pytestmark = pytest.mark.anyio


@pytest.fixture
async def stage(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    async with running(community(database_url, tmp_path)) as started:
        yield started


async def test_a_newcomer_signs_up_and_is_signed_in(stage: Running) -> None:
    browser = stage.client()
    before = await me(browser)
    assert (before["role"], before["person"], before["open"]) == ("guest", None, False)
    assert before["scopes"] == ["read", "chat"]
    response = await sign_up(browser, "Mara@Example.org", name="Mara", language="en")
    assert response.status_code == 204, response.text
    after = await me(browser)
    assert after["role"] == "reader"
    assert after["person"]["login"] == "mara@example.org"
    assert (after["person"]["name"], after["person"]["language"]) == ("Mara", "en")


async def test_a_password_is_stored_hashed_only(stage: Running) -> None:
    await sign_up(stage.client(), "mara")
    async with stage.services.database.read() as session:
        (hashed,) = (await session.scalars(select(Person.password_hash))).all()
    assert hashed is not None
    assert hashed.startswith("$argon2id$")
    assert PASSWORD not in hashed


async def test_people_sign_in_anywhere_and_out_again(stage: Running) -> None:
    await sign_up(stage.client(), "mara")
    browser = stage.client()
    response = await sign_in(browser, " MARA ")
    assert response.status_code == 204, response.text
    cookie = response.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert (await me(browser))["person"]["login"] == "mara"
    token = browser.cookies["offbook_session"]
    assert (await browser.delete("/api/session")).status_code == 204
    assert (await me(browser))["role"] == "guest"
    again = stage.client()
    again.cookies.set("offbook_session", token)
    assert (await me(again))["role"] == "guest"


@pytest.mark.parametrize(
    ("login", "password"), [("mara", "a wet horse in a bos"), ("maria", PASSWORD), ("", "")]
)
async def test_a_wrong_name_or_password_says_the_same(
    stage: Running, login: str, password: str
) -> None:
    await sign_up(stage.client(), "mara")
    response = await sign_in(stage.client(), login, password)
    assert response.status_code == 401
    assert as_object(response)["error"]["message"] == "The name or the password is wrong."


async def test_passwords_of_one_account_are_not_guessed_from_many_addresses(stage: Running) -> None:
    await sign_up(stage.client(), "mara")
    for number in range(10):
        browser = caller(stage, f"203.0.113.{number}")
        assert code_of(await sign_in(browser, "mara", "a guess")) == "401 wrong_password"
    response = await sign_in(caller(stage, "203.0.113.77"), "mara")
    assert response.status_code == 429
    assert int(response.headers["retry-after"]) > 0
    assert (await sign_in(caller(stage, "203.0.113.77"), "ben", "x")).status_code == 401


async def test_passwords_of_many_accounts_are_not_guessed_from_one_address(stage: Running) -> None:
    browser = caller(stage, "203.0.113.9")
    for number in range(10):
        assert (await sign_in(browser, f"person{number}", "a guess")).status_code == 401
    assert (await sign_in(browser, "person10", "a guess")).status_code == 429


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"password": "short"}, "invalid_request"),
        ({"password": "aaaaaaaaaaaa"}, "password_too_simple"),
        ({"password": "mara-of-skelby", "login": "mara-of-skelby"}, "password_too_simple"),
        ({"login": "two words"}, "invalid_request"),
        ({"name": ""}, "invalid_request"),
        ({"name": "Ma\nra"}, "invalid_request"),
        ({"language": "xx"}, "invalid_request"),
        ({"role": "admin"}, "invalid_request"),
    ],
)
async def test_what_no_account_is_made_of(
    stage: Running, fields: dict[str, object], code: str
) -> None:
    response = await sign_up(stage.client(), **{"login": "mara", **fields})  # type: ignore[arg-type]
    assert response.status_code == 422
    assert code_of(response) == f"422 {code}"


async def test_a_login_belongs_to_one_person(stage: Running) -> None:
    assert (await sign_up(stage.client(), "mara")).status_code == 204
    response = await sign_up(stage.client(), "MARA")
    assert code_of(response) == "409 login_taken"


async def test_of_two_who_want_a_login_at_once_one_gets_it(stage: Running) -> None:
    answers = await asyncio.gather(*(sign_up(stage.client(), "mara") for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [204, 409, 409, 409]


async def test_a_guest_becomes_a_reader_and_keeps_everything(stage: Running) -> None:
    stage.http.headers.update(BEARER)
    await stage.make_character()
    browser = stage.client()
    opened = as_object(await browser.post("/api/conversations", json={"character": "ben"}))
    assert (await browser.put("/api/characters/ben/favourite")).status_code == 204
    await browser.put("/api/persona", json={"name": "Mara", "description": "A keeper."})
    assert (await sign_up(browser, "mara")).status_code == 204

    elsewhere = stage.client()
    await sign_in(elsewhere, "mara")
    kept = as_object(await elsewhere.get("/api/conversations"))["items"]
    assert [each["id"] for each in kept] == [opened["id"]]
    assert as_object(await elsewhere.get("/api/favourites"))["items"] == ["ben"]
    assert as_object(await elsewhere.get("/api/persona"))["name"] == "Mara"

    await browser.delete("/api/session")  # the guest's cookie opens them no more
    assert as_object(await browser.get("/api/conversations"))["items"] == []


async def test_who_signs_in_keeps_a_guests_conversations_if_asked(stage: Running) -> None:
    stage.http.headers.update(BEARER)
    await stage.make_character()
    await sign_up(stage.client(), "mara")
    for keep, kept in ((False, 0), (True, 1)):
        browser = stage.client()
        await browser.post("/api/conversations", json={"character": "ben"})
        await sign_in(browser, "mara", keep_conversations=keep)
        shown = as_object(await browser.get("/api/conversations"))["items"]
        assert len(shown) == kept


async def test_people_do_not_see_each_others_conversations(stage: Running) -> None:
    stage.http.headers.update(BEARER)
    await stage.make_character()
    mara, ben = await member(stage, "mara"), await member(stage, "ben")
    opened = as_object(await mara.post("/api/conversations", json={"character": "ben"}))
    assert as_object(await ben.get("/api/conversations"))["items"] == []
    assert (await ben.get(f"/api/conversations/{opened['id']}")).status_code == 404


async def test_by_default_an_account_needs_an_invitation(database_url: str, tmp_path: Path) -> None:
    async with running(community(database_url, tmp_path, sign_up="invitation")) as stage:
        assert code_of(await sign_up(stage.client(), "mara")) == "403 invitation_needed"
        token = await invite(stage, role="author", note="for Mara")
        checked = await stage.client().post("/api/invitations/check", json={"token": token})
        assert as_object(checked)["role"] == "author"
        browser = stage.client()
        assert (await sign_up(browser, "mara", invitation=token)).status_code == 204
        assert (await me(browser))["role"] == "author"
        second = await sign_up(stage.client(), "ben", invitation=token)
        assert code_of(second) == "403 invitation_not_valid"


async def test_an_invitation_is_used_as_often_as_it_says(stage: Running) -> None:
    token = await invite(stage, uses=2)
    names = ("mara", "ben", "clara", "dan")
    answers = await asyncio.gather(
        *(sign_up(stage.client(), name, invitation=token) for name in names)
    )
    assert sorted(answer.status_code for answer in answers) == [204, 204, 403, 403]


async def test_invitations_expire_and_are_deleted(stage: Running) -> None:
    old, gone = await invite(stage, days=1, note="old"), await invite(stage, note="gone")
    async with stage.services.database.write() as session:
        past = {"expires_at": utc_now() - timedelta(seconds=1)}
        await session.execute(update(Invitation).where(Invitation.note == "old").values(**past))
    admin = stage.client(**BEARER)
    (open_one,) = as_object(await admin.get("/api/admin/invitations"))["items"]
    assert (open_one["note"], open_one["role"], open_one["uses_left"]) == ("gone", "reader", 1)
    deleted = await admin.delete(f"/api/admin/invitations/{open_one['id']}")
    assert deleted.status_code == 204
    for token in (old, gone):
        refused = await sign_up(stage.client(), "mara", invitation=token)
        assert code_of(refused) == "403 invitation_not_valid"


async def test_tokens_of_invitations_are_not_guessed(stage: Running) -> None:
    browser = caller(stage, "203.0.113.5")
    for _ in range(10):
        refused = await browser.post("/api/invitations/check", json={"token": "guess"})
        assert code_of(refused) == "403 invitation_not_valid"
    refused = await browser.post("/api/invitations/check", json={"token": "guess"})
    assert code_of(refused) == "429 too_many_attempts"


async def test_nobody_signs_up_where_it_is_closed(database_url: str, tmp_path: Path) -> None:
    async with running(community(database_url, tmp_path, sign_up="closed")) as stage:
        token = await invite(stage)
        for invitation in (None, token):
            refused = await sign_up(stage.client(), "mara", invitation=invitation)
            assert code_of(refused) == "403 sign_up_closed"


async def test_an_open_service_has_one_user_and_no_accounts(
    database_url: str, tmp_path: Path
) -> None:
    async with running(make_settings(database_url, tmp_path)) as stage:
        mine = await me(stage.http)
        assert (mine["open"], mine["role"], mine["person"]) == (True, "admin", None)
        assert code_of(await sign_up(stage.client(), "mara")) == "409 open_service"


async def test_guests_are_turned_away_where_only_people_are_admitted(
    database_url: str, tmp_path: Path
) -> None:
    async with running(community(database_url, tmp_path, guests=False)) as stage:
        stage.http.headers.update(BEARER)
        await stage.make_character()
        guest, mara = stage.client(), await member(stage, "mara")
        for path in ("/api/conversations", "/api/characters", "/v1/models"):
            assert (await guest.get(path)).status_code == 401, path
            assert (await mara.get(path)).status_code in {200, 401}, path
        assert (await mara.get("/api/conversations")).status_code == 200
        assert (await me(guest))["guests"] is False


async def test_people_change_their_name_language_and_password(stage: Running) -> None:
    browser, elsewhere = await member(stage, "mara"), stage.client()
    await sign_in(elsewhere, "mara")
    changed = as_object(await browser.patch("/api/me", json={"name": "M.", "language": "zh"}))
    assert (changed["person"]["name"], changed["person"]["language"]) == ("M.", "zh")
    as_before = as_object(await browser.patch("/api/me", json={"language": None}))
    assert (as_before["person"]["name"], as_before["person"]["language"]) == ("M.", None)

    wanted = {"current": "not it, surely", "new": "eleven ducks at six"}
    assert code_of(await browser.put("/api/me/password", json=wanted)) == "401 wrong_password"
    wanted["current"] = PASSWORD
    assert (await browser.put("/api/me/password", json=wanted)).status_code == 204
    assert (await me(browser))["role"] == "reader"
    assert (await me(elsewhere))["role"] == "guest"
    assert (await sign_in(stage.client(), "mara")).status_code == 401
    assert (await sign_in(stage.client(), "mara", "eleven ducks at six")).status_code == 204


async def test_an_admin_among_people_does_what_the_key_does(stage: Running) -> None:
    admin = await member(stage, "ada", "admin")
    mara = await member(stage, "mara")
    listed = as_object(await admin.get("/api/admin/people"))["items"]
    assert [each["login"] for each in listed] == ["mara", "ada"]
    found = as_object(await admin.get("/api/admin/people", params={"search": "AR"}))["items"]
    assert [each["login"] for each in found] == ["mara"]
    id, own = found[0]["id"], listed[1]["id"]

    refused = await mara.get("/api/admin/people")
    assert code_of(refused) == "403 admin_needed"
    promoted = await admin.patch(f"/api/admin/people/{id}", json={"role": "author"})
    assert as_object(promoted)["role"] == "author"
    assert (await me(mara))["role"] == "author"
    for change in ({"disabled": True}, {"role": "reader"}):
        refused = await admin.patch(f"/api/admin/people/{own}", json=change)
        assert code_of(refused) == "409 not_yourself"


async def test_a_disabled_person_is_out_until_enabled_again(stage: Running) -> None:
    admin, mara = stage.client(**BEARER), await member(stage, "mara")
    made = as_object(await mara.post("/api/me/keys", json={"label": "laptop"}))
    id = (await me(mara))["person"]["id"]
    await admin.patch(f"/api/admin/people/{id}", json={"disabled": True})
    assert (await me(mara))["role"] == "guest"
    assert (await sign_in(stage.client(), "mara")).status_code == 401
    key = {"Authorization": f"Bearer {made['key']}"}
    assert (await stage.client().get("/v1/models", headers=key)).status_code == 401
    await admin.patch(f"/api/admin/people/{id}", json={"disabled": False})
    assert (await sign_in(stage.client(), "mara")).status_code == 204
    assert (await stage.client().get("/v1/models", headers=key)).status_code == 200


async def test_an_admin_hands_over_a_new_password(stage: Running) -> None:
    admin, mara = stage.client(**BEARER), await member(stage, "mara")
    id = (await me(mara))["person"]["id"]
    reset = as_object(await admin.post(f"/api/admin/people/{id}/password"))
    assert (await me(mara))["role"] == "guest"
    assert (await sign_in(stage.client(), "mara")).status_code == 401
    assert (await sign_in(stage.client(), "mara", reset["password"])).status_code == 204


@pytest.mark.parametrize(
    ("role", "created", "seen", "valid"),
    [
        ("reader", 29, 13, True),
        ("reader", 31, 0, False),
        ("reader", 20, 15, False),
        ("admin", 0, 0, True),
        ("admin", 1, 0, False),
    ],
)
async def test_sessions_of_readers_last_for_weeks_and_those_of_admins_for_hours(
    stage: Running, role: str, created: int, seen: int, valid: bool
) -> None:
    browser = await member(stage, "mara", role)
    now = utc_now()
    ages = {
        "created_at": now - timedelta(days=created),
        "seen_at": now - timedelta(days=seen),
    }
    async with stage.services.database.write() as session:
        await session.execute(update(Login).values(**ages))
    assert (await me(browser))["role"] == (role if valid else "guest")


async def test_the_admin_key_still_signs_in_and_a_persons_key_does_not(stage: Running) -> None:
    admin = await member(stage, "ada", "admin")
    wanted = {"label": "laptop", "scopes": ["admin"]}
    made = as_object(await admin.post("/api/me/keys", json=wanted))
    browser = stage.client()
    assert (await browser.post(SESSION, json={"key": made["key"]})).status_code == 401
    assert (await browser.post(SESSION, json={"key": KEY})).status_code == 200
    mine = await me(browser)
    assert (mine["role"], mine["person"]) == ("admin", None)


@pytest.mark.parametrize(("role", "may"), [("reader", False), ("author", True), ("admin", True)])
async def test_the_pages_offer_uploads_to_authors(stage: Running, role: str, may: bool) -> None:
    status = as_object(await (await member(stage, "mara", role)).get("/api/status"))
    assert status["may_upload"] is may
