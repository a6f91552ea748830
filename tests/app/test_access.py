"""Who may do what, once the service listens beyond loopback."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from app.access import NoAdminKeyError, hash_key, new_key
from app.db.models import ApiKey
from app.db.session import Database
from app.main import create_app
from app.settings import Settings
from tests.app.conftest import make_settings
from tests.app.running import SCRIPT, Json, Running, as_object, code_of, running

pytestmark = pytest.mark.anyio

KEY = "ob_the-key-of-these-tests"
BEARER = {"Authorization": f"Bearer {KEY}"}
SCRIPT_ID = "019c0000-0000-7000-8000-000000000000"


@pytest.fixture
def public(database_url: str, tmp_path: Path) -> Settings:
    return make_settings(
        database_url, tmp_path, server={"host": "0.0.0.0"}, access={"admin_key": KEY}
    )


@pytest.fixture
async def open_house(public: Settings) -> AsyncIterator[Running]:
    """A public service with one character."""
    async with running(public) as stage:
        async with stage.client(**BEARER) as admin:
            files = {"file": ("Ben.txt", SCRIPT.encode())}
            assert (await admin.post("/api/characters/import", files=files)).status_code == 202
        await stage.indexed("ben")
        yield stage


async def begin(client: httpx.AsyncClient) -> Json:
    response = await client.post("/api/conversations", json={"character": "ben"})
    assert response.status_code == 201
    return as_object(response)


async def test_it_refuses_to_start_without_a_key(database_url: str, tmp_path: Path) -> None:
    settings = make_settings(database_url, tmp_path, server={"host": "0.0.0.0"})
    app = create_app(settings)
    with pytest.raises(NoAdminKeyError, match="offbook admin-key create"):
        async with app.router.lifespan_context(app):
            pass
    key = new_key()
    database = Database(settings)
    async with database.write() as session:
        session.add(ApiKey(label="test", key_hash=hash_key(key)))
    async with database.read() as session:
        stored = (await session.scalars(select(ApiKey.key_hash))).one()
    await database.aclose()
    assert stored == hashlib.sha256(key.encode()).hexdigest()
    async with running(settings) as stage:
        assert code_of(await stage.http.get("/api/admin/stats")) == "401 admin_key_needed"
        async with stage.client(Authorization=f"bearer  {key}") as admin:
            assert (await admin.get("/api/admin/stats")).status_code == 200


async def test_admin_routes_need_the_key(open_house: Running) -> None:
    for method, path in (
        ("GET", "/api/admin/stats"),
        ("GET", "/api/admin/characters"),
        ("PATCH", "/api/admin/characters/ben"),
        ("DELETE", "/api/admin/characters/ben"),
        ("GET", "/api/admin/characters/ben/deletion"),
        ("POST", "/api/admin/characters/ben/reindex"),
        ("POST", "/api/admin/characters/ben/publish"),
        ("POST", "/api/admin/characters/ben/unpublish"),
        ("GET", f"/api/admin/replies/{SCRIPT_ID}/prompt"),
    ):
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {KEY}"}):
            response = await open_house.http.request(method, path, headers=headers, json={})
            assert code_of(response) == "401 admin_key_needed", (method, path)


async def test_signing_in_is_remembered_by_a_cookie(open_house: Running) -> None:
    http = open_house.http
    session = "/api/admin/session"
    assert as_object(await http.get(session)) == {"required": True, "signed_in": False}
    for wrong in ("wrong", "", "\x00"):
        assert code_of(await http.post(session, json={"key": wrong})) == "401 wrong_key"
    half = await http.post(
        session, content=b'{"key": "\\ud800"}', headers={"Content-Type": "application/json"}
    )
    assert half.status_code in {401, 422}
    response = await http.post(session, json={"key": KEY})
    assert as_object(response) == {"required": True, "signed_in": True}
    cookie = response.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert (await http.get("/api/admin/stats")).status_code == 200
    assert as_object(await http.get("/api/status"))["signed_in"]
    assert (await http.delete(session)).status_code == 204
    assert code_of(await http.get("/api/admin/stats")) == "401 admin_key_needed"


async def test_a_stale_cookie_does_not_hide_the_bearer(open_house: Running) -> None:
    open_house.http.cookies.set("offbook_session", "of-last-year")
    response = await open_house.http.get("/api/admin/stats", headers=BEARER)
    assert response.status_code == 200


async def test_visitors_see_their_own_conversations_only(open_house: Running) -> None:
    async with open_house.client() as mara, open_house.client() as timo:
        talk = await begin(mara)
        await begin(timo)
        url = f"/api/conversations/{talk['id']}"
        message = as_object(await mara.post(f"{url}/messages", json={"content": "Hello?"}))
        mid = message["reply"]["id"]
        for response in (
            await timo.get(url),
            await timo.patch(url, json={"title": "mine"}),
            await timo.delete(url),
            await timo.post(f"{url}/messages", json={"content": "Hello?"}),
            await timo.post(f"{url}/messages/{mid}/regenerate", json={}),
            await timo.post(f"{url}/messages/{mid}/continue", json={}),
            await timo.post(f"{url}/messages/{mid}/activate"),
            await timo.patch(f"{url}/messages/{mid}", json={"content": "x"}),
            await timo.delete(f"{url}/messages/{mid}"),
            await timo.get(f"{url}/turn"),
            await timo.get(f"{url}/turn", headers={"Last-Event-ID": f"{mid}.0"}),
            await timo.delete(f"{url}/turn"),
            await timo.get(f"{url}/openers"),
            await timo.get(f"{url}/next-line"),
            await timo.post(f"{url}/back-to-script"),
            await open_house.http.get(url, headers=BEARER),
        ):
            assert code_of(response) == "404 conversation_not_found"
        seen = as_object(await mara.get("/api/conversations"))["items"]
        assert [item["id"] for item in seen] == [talk["id"]]
        assert as_object(await timo.get("/api/conversations"))["items"][0]["id"] != talk["id"]


async def test_uploads_are_closed_to_visitors(open_house: Running) -> None:
    http = open_house.http
    files = {"file": ("x.txt", b"Anna: One.\n")}
    for response in (
        await http.post("/api/scripts", files=files),
        await http.post("/api/scripts?dry_run=true", files=files),
        await http.post("/api/characters/import", files=files),
        await http.post("/api/characters", json={"name": "x", "script_ids": []}),
        await http.get("/api/scripts"),
        await http.post(f"/api/scripts/{SCRIPT_ID}/cast"),
        await http.post(f"/api/scripts/{SCRIPT_ID}/characters", json={"characters": []}),
        await http.post(f"/api/scripts/{SCRIPT_ID}/draft-profile", json={"name": "Ben"}),
        await http.post("/api/characters/ben/draft-profile"),
        await http.get("/api/characters/ben/examples/1/scene"),
        await http.get(f"/api/scripts/{SCRIPT_ID}/scenes/1"),
        await http.post(
            "/api/conversations", json={"scene": {"script": SCRIPT_ID, "scene": 1, "as": "Ben"}}
        ),
    ):
        assert response.status_code in {403, 422}
        assert response.status_code == 422 or code_of(response) == "403 uploads_closed"
    assert not as_object(await http.get("/api/status"))["may_upload"]
    assert (await http.get("/api/characters")).status_code == 200


async def test_public_uploads_replace_nobody_elses(database_url: str, tmp_path: Path) -> None:
    access = {"admin_key": KEY, "public_uploads": True}
    settings = make_settings(database_url, tmp_path, server={"host": "0.0.0.0"}, access=access)
    async with running(settings) as stage:
        await stage.upload()
        other = {"file": ("play.txt", b"Anna: Another play.\n")}
        stranger = stage.client()
        theirs = await stranger.post("/api/scripts", files=other)
        assert (theirs.status_code, as_object(theirs)["replaced"]) == (201, False)
        again = {"file": ("play.txt", b"Anna: Yet another play.\n")}
        assert as_object(await stranger.post("/api/scripts", files=again))["replaced"]
        listed = as_object(await stage.http.get("/api/scripts", headers=BEARER))["items"]
        assert sorted(each["lines"] for each in listed) == [1, 8]


async def test_hidden_characters_are_not_there_for_visitors(open_house: Running) -> None:
    talk = await begin(open_house.http)
    async with open_house.client(**BEARER) as admin:
        await admin.post("/api/admin/characters/ben/unpublish")
        assert (await admin.get("/api/characters/ben")).status_code == 200
    http = open_house.http
    assert code_of(await http.get("/api/characters/ben")) == "404 character_not_found"
    inspected = await http.get("/api/characters/ben/examples?query=x")
    assert code_of(inspected) == "404 character_not_found"
    assert code_of(await open_house.send(talk, "Hi.")) == "409 character_unpublished"


async def test_only_allowed_names_reach_it_where_they_are_listed(
    database_url: str, tmp_path: Path
) -> None:
    access = {"admin_key": KEY, "allowed_hosts": ["Offbook.Example"]}
    settings = make_settings(database_url, tmp_path, server={"host": "0.0.0.0"}, access=access)
    async with running(settings) as stage:
        for host, status in (("offbook.example", 200), ("OFFBOOK.example:8000", 200), ("x", 403)):
            answer = await stage.http.get("/api/status", headers={"Host": host})
            assert answer.status_code == status


async def test_loopback_is_open_but_only_by_its_own_names(stage: Running) -> None:
    for host in ("127.0.0.1", "127.0.0.1:8000", "localhost:1", "[::1]:8000", "LOCALHOST"):
        assert (await stage.http.get("/healthz", headers={"Host": host})).status_code == 200, host
    for host in ("evil.example", "127.0.0.1.evil.example", "", "[::1", "a b", "@127.0.0.1:x@y"):
        response = await stage.http.get("/api/characters", headers={"Host": host})
        assert code_of(response) == "403 unknown_host", host
    assert as_object(await stage.http.get("/api/admin/session")) == {
        "required": False,
        "signed_in": True,
    }


async def test_other_sites_cannot_send_anything(stage: Running) -> None:
    own = {"Origin": "http://127.0.0.1"}
    await stage.make_character()
    for origin in ("http://evil.example", "null", "http://127.0.0.1:81", "http://[", "x"):
        response = await stage.http.delete("/api/admin/characters/ben", headers={"Origin": origin})
        assert code_of(response) == "403 foreign_origin", origin
    assert (await stage.http.get("/api/characters/ben", headers=own)).status_code == 200
    deleted = await stage.http.delete("/api/admin/characters/ben", headers=own)
    assert deleted.status_code == 204


async def test_no_secret_reaches_the_logs(
    public: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    async with running(public) as stage:
        await stage.http.get("/api/admin/stats", headers=BEARER)
        await stage.http.post("/api/admin/session", json={"key": KEY})
        await stage.http.post("/api/admin/session", json={"key": {"nested": KEY}})
        await stage.http.get("/api/characters", params={"cursor": KEY})
    out, err = capfd.readouterr()
    assert KEY not in out + err
    assert KEY not in repr(public)


async def test_each_visitor_has_a_persona_of_their_own(open_house: Running) -> None:
    async with open_house.client() as mara, open_house.client() as timo:
        await mara.put("/api/persona", json={"name": "Mara", "description": "Fears cats."})
        assert as_object(await timo.get("/api/persona"))["name"] == ""
        assert as_object(await mara.get("/api/persona"))["name"] == "Mara"
        opened = as_object(await timo.post("/api/conversations", json={"character": "ben"}))
        assert (opened["user_name"], opened["user_description"]) == ("user", "")
