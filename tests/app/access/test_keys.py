"""Keys are listed, named and revoked: at the terminal and on the admin page."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.access import hash_key
from app.access.cookies import SESSION_COOKIE
from app.cli import cli
from app.db.models import ApiKey
from app.settings import Settings
from tests.app.access.calling import BEARER, SESSION, STATS, guarded, sign_in
from tests.app.running import Running, as_object, code_of, running

KEYS = "/api/admin/keys"
runner = CliRunner()


def run(folder: Path, *arguments: str) -> str:
    """What ``offbook admin-key`` prints."""
    result = runner.invoke(cli, ["admin-key", *arguments, "--data-dir", str(folder)])
    assert result.exit_code == 0, result.output
    return result.stdout.strip()


def test_at_the_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OFFBOOK_DATABASE__URL", raising=False)
    assert run(tmp_path, "list") == "There is no admin key."
    key = run(tmp_path, "create", "--label", "laptop").splitlines()[-1]
    prefix = key[:11]
    assert key.startswith("ob_")
    assert key[11] == "_"
    listed = run(tmp_path, "list")
    assert prefix in listed
    assert "laptop" in listed
    assert "used never" in listed
    assert "valid" in listed
    assert key not in listed
    assert run(tmp_path, "revoke", prefix) == f"{prefix} is revoked."
    assert "revoked 2" in run(tmp_path, "list")
    unknown = runner.invoke(cli, ["admin-key", "revoke", "ob_nothing", "--data-dir", str(tmp_path)])
    assert (unknown.exit_code, "no admin key with this prefix" in unknown.output) == (1, True)
    run(tmp_path, "revoke", prefix, "--forget")
    assert run(tmp_path, "list") == "There is no admin key."


@pytest.fixture
async def stage(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    async with running(guarded(database_url, tmp_path)) as started:
        yield started


@pytest.mark.anyio
async def test_through_the_api(stage: Running) -> None:
    async with stage.client(**BEARER) as admin:
        assert as_object(await admin.get(KEYS)) == {
            "items": [],
            "next_cursor": None,
            "configured": True,
        }
        response = await admin.post(KEYS, json={"label": " SillyTavern "})
        assert response.status_code == 201
        assert response.headers["cache-control"] == "no-store"
        assert "offbook_session" not in response.headers.get("set-cookie", "")
        made = as_object(response)
        key = made.pop("key")
        assert made["prefix"] == key[:11]
        assert (made["label"], made["last_used_at"], made["revoked_at"]) == (
            "SillyTavern",
            None,
            None,
        )
        assert as_object(await admin.get(KEYS))["items"] == [made]
        async with stage.client(Authorization=f"Bearer {key}") as program:
            (seen,) = as_object(await program.get(KEYS))["items"]
            assert seen["current"]
            assert seen["last_used_at"] is not None
            for _ in range(2):  # once more changes nothing
                assert (await admin.delete(f"{KEYS}/{made['prefix']}")).status_code == 204
            assert code_of(await program.get(KEYS)) == "401 admin_key_needed"
            assert (await program.get("/v1/models")).status_code == 401
        (seen,) = as_object(await admin.get(KEYS))["items"]
        assert seen["revoked_at"] is not None
        assert key not in str(seen)
        assert code_of(await admin.delete(f"{KEYS}/ob_nothing")) == "404 key_not_found"
        for label in ("", "   ", "x" * 81, "a\x00b", "a\nb"):
            assert (await admin.post(KEYS, json={"label": label})).status_code == 422, label


@pytest.mark.anyio
async def test_keys_are_an_admins_business(stage: Running) -> None:
    for method, path in (("GET", KEYS), ("POST", KEYS), ("DELETE", f"{KEYS}/ob_x")):
        assert code_of(await stage.http.request(method, path)) == "401 admin_key_needed"


@pytest.mark.anyio
async def test_keys_of_earlier_versions_stay_valid(stage: Running) -> None:
    old = "ob_" + "k" * 43
    async with stage.services.database.write() as session:
        session.add(ApiKey(label="of old", key_hash=hash_key(old)))
    async with stage.client(Authorization=f"Bearer {old}") as program, stage.client(**BEARER) as us:
        (seen,) = as_object(await program.get(KEYS))["items"]
        assert seen["prefix"] == f"old_{hash_key(old)[:8]}"
        assert (await us.delete(f"{KEYS}/{seen['prefix']}")).status_code == 204
        assert code_of(await program.get(STATS)) == "401 admin_key_needed"


@pytest.mark.anyio
async def test_the_first_key_closes_an_open_service_and_signs_its_maker_in(
    settings: Settings,
) -> None:
    async with running(settings) as stage:
        made = as_object(await stage.http.post(KEYS, json={"label": "first"}))
        assert as_object(await stage.http.get(SESSION)) == {"required": True, "signed_in": True}
        async with stage.client() as other:
            assert code_of(await other.get(STATS)) == "401 admin_key_needed"
            assert (await sign_in(other, made["key"])).status_code == 200
        again = await stage.http.post(KEYS, json={"label": "second"})
        assert again.status_code == 201
        assert SESSION_COOKIE not in again.cookies


@pytest.mark.anyio
@pytest.mark.one_database
async def test_keys_are_bounded(stage: Running) -> None:
    async with stage.services.database.write() as session:
        session.add_all(ApiKey(label="x", key_hash=f"{n:064x}") for n in range(100))
    async with stage.client(**BEARER) as admin:
        assert code_of(await admin.post(KEYS, json={})) == "409 too_many_keys"
