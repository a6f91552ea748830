"""Consent is asked once, counts from then on, and takes everything along when it is withdrawn."""

import asyncio
import io
import json
import zipfile
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import make_transient

from app.conversations.expiry import give_up_unused
from app.conversations.purging import purge_deleted
from app.db.base import utc_now
from app.db.ids import new_id
from app.db.models import Signal, SignalConsent
from app.settings import ConversationSettings, Settings
from app.signals.consent import hold_consent
from tests.app.access.calling import BEARER
from tests.app.accounts.signing import PASSWORD, community, sign_in, sign_up
from tests.app.running import Json, Running, as_object, code_of, running
from tests.app.signals.learning import LEARNING, agree, kept, learning, rate, rating_of

pytestmark = pytest.mark.anyio


async def rows(stage: Running) -> int:
    """All that is stored, whether or not it may be learnt from."""
    async with stage.services.database.read() as session:
        return await session.scalar(select(func.count()).select_from(Signal)) or 0


async def talk(browser: httpx.AsyncClient) -> tuple[Json, Json]:
    """A conversation with Ben, and his reply."""
    opened = as_object(await browser.post("/api/conversations", json={"character": "ben"}))
    path = f"/api/conversations/{opened['id']}/messages"
    said = as_object(await browser.post(path, json={"content": "Is the lamp burning?"}))
    return opened, said["reply"]


async def test_it_is_asked_once_and_counts_from_then_on(stage: Running) -> None:
    await stage.make_character()
    opened, reply = await talk(stage.http)
    assert as_object(await stage.http.get(LEARNING)) == {"rule": "ask", "given": None, "kept": 0}
    for _ in range(2):
        said = await rate(stage.http, opened, reply)
        assert (said["kept"], said["ask"]) == (False, True)
    assert await agree(stage.http) == {"rule": "ask", "given": True, "kept": 0}
    assert await rows(stage) == 0
    said = await rate(stage.http, opened, reply)
    assert (said["kept"], said["ask"]) == (True, False)
    assert as_object(await stage.http.get(LEARNING))["kept"] == 1


async def test_a_no_is_not_asked_again(stage: Running) -> None:
    await stage.make_character()
    opened, reply = await talk(stage.http)
    await agree(stage.http, given=False)
    said = await rate(stage.http, opened, reply)
    assert (said["kept"], said["ask"]) == (False, False)
    assert await rows(stage) == 0


async def test_withdrawing_deletes_what_was_kept(stage: Running) -> None:
    await stage.make_character()
    await agree(stage.http)
    opened, reply = await talk(stage.http)
    await rate(stage.http, opened, reply)
    assert (await agree(stage.http, given=False))["kept"] == 0
    assert await rows(stage) == 0
    await agree(stage.http)
    assert await kept(stage) == []
    shown = as_object(await stage.http.get(f"/api/conversations/{opened['id']}"))
    assert shown["messages"][-1]["rating"]["value"] == "good"


async def test_what_is_kept_while_consent_is_withdrawn_goes_as_well(stage: Running) -> None:
    await stage.make_character()
    await agree(stage.http)
    opened, reply = await talk(stage.http)
    await rate(stage.http, opened, reply)
    async with stage.services.database.write() as session:
        assert await hold_consent(session, "ask", "local")
        withdrawing = asyncio.create_task(stage.http.put(LEARNING, json={"given": False}))
        [another] = await session.scalars(select(Signal))
        session.expunge(another)
        make_transient(another)
        another.id, another.kind = new_id(), "edited"
        session.add(another)
    assert (await withdrawing).status_code == 200
    assert await rows(stage) == 0


async def test_where_it_is_on_nobody_is_asked_and_a_no_counts(settings: Settings) -> None:
    async with running(learning(settings, "on")) as stage:
        await stage.make_character()
        opened, reply = await talk(stage.http)
        said = await rate(stage.http, opened, reply)
        assert (said["kept"], said["ask"]) == (True, False)
        assert await kept(stage) == []  # whoever was not asked did not agree
        assert len(await kept(stage, unasked=True)) == 1
        assert as_object(await stage.http.get(LEARNING)) == {"rule": "on", "given": None, "kept": 1}
        await agree(stage.http, given=False)
        assert not (await rate(stage.http, opened, reply))["kept"]
        assert await rows(stage) == 0


async def test_a_deleted_conversation_is_left_out_and_then_gone(stage: Running) -> None:
    await stage.make_character()
    await agree(stage.http)
    opened, reply = await talk(stage.http)
    await rate(stage.http, opened, reply)
    path = f"/api/conversations/{opened['id']}"
    assert (await stage.http.delete(path)).status_code == 204
    assert await kept(stage) == []
    assert (await stage.http.post(f"{path}/restore")).status_code == 200
    assert len(await kept(stage)) == 1
    await stage.http.delete(path)
    await purge_deleted(stage.services.database, utc_now())
    assert await rows(stage) == 0


async def test_a_deleted_message_takes_it_along(stage: Running) -> None:
    await stage.make_character()
    await agree(stage.http)
    opened, reply = await talk(stage.http)
    later = (await stage.say(opened, "And the sea?"))["reply"]
    for each in (reply, later):
        await rate(stage.http, opened, each)
    path = f"/api/conversations/{opened['id']}/messages/{later['parent_id']}"
    assert (await stage.http.delete(path)).status_code == 200
    assert [str(each.message_id) for each in await kept(stage)] == [reply["id"]]
    assert await rows(stage) == 1


async def test_a_deleted_character_takes_it_along(stage: Running) -> None:
    await stage.make_character()
    await agree(stage.http)
    opened, reply = await talk(stage.http)
    await rate(stage.http, opened, reply)
    path = "/api/admin/characters/ben"
    assert (await stage.http.delete(f"{path}?restorable=true")).is_success
    assert (await kept(stage), await rows(stage)) == ([], 1)
    assert (await stage.http.post(f"{path}/restore")).is_success
    assert len(await kept(stage)) == 1
    assert (await stage.http.delete(path)).is_success
    assert await rows(stage) == 0


@pytest.mark.parametrize("what", ["message", "conversation", "character"])
async def test_nothing_is_left_of_what_is_deleted_at_the_same_moment(
    stage: Running, what: str
) -> None:
    await stage.make_character()
    await agree(stage.http)
    for number in range(4):
        opened, reply = await talk(stage.http)
        path = {
            "message": f"/api/conversations/{opened['id']}/messages/{reply['id']}",
            "conversation": f"/api/conversations/{opened['id']}",
            "character": "/api/admin/characters/ben",
        }[what]
        order = [
            stage.http.put(rating_of(opened, reply), json={"value": "good"}),
            stage.http.delete(path),
        ]
        answers = await asyncio.gather(*(order if number % 2 else order[::-1]))
        statuses = {answer.status_code for answer in answers}
        assert statuses <= {200, 204, 404}, [answer.text for answer in answers]
        await purge_deleted(stage.services.database, utc_now())
        assert (await kept(stage), await rows(stage)) == ([], 0)
        if what == "character":
            await stage.make_character()


@pytest.fixture
def open_house(database_url: str, tmp_path: Path) -> Settings:
    return community(database_url, tmp_path)


async def guest_who_rated(stage: Running, *, agrees: bool = True) -> httpx.AsyncClient:
    """The browser of a guest who talked to Ben, agreed and rated a reply."""
    browser = stage.client()
    await browser.get("/api/me")
    if agrees:
        await agree(browser)
    opened, reply = await talk(browser)
    assert (await rate(browser, opened, reply))["kept"] is agrees
    return browser


async def test_a_guest_takes_it_into_an_account(open_house: Settings) -> None:
    async with running(open_house) as stage:
        stage.http.headers.update(BEARER)
        await stage.make_character()
        browser = await guest_who_rated(stage)
        [before] = await kept(stage)
        assert (await sign_up(browser, "mara")).status_code == 204
        [after] = await kept(stage)
        assert (after.id, after.answer) == (before.id, before.answer)
        assert after.owner.startswith("person ")
        assert as_object(await browser.get(LEARNING)) == {"rule": "ask", "given": True, "kept": 1}


async def test_the_accounts_own_answer_counts(open_house: Settings) -> None:
    async with running(open_house) as stage:
        stage.http.headers.update(BEARER)
        await stage.make_character()
        mara = stage.client()
        await sign_up(mara, "mara")
        await agree(mara, given=False)
        guest = await guest_who_rated(stage)
        await sign_in(guest, "mara", keep_conversations=True)
        assert as_object(await guest.get(LEARNING)) == {"rule": "ask", "given": False, "kept": 0}
        assert await rows(stage) == 0


async def test_who_was_not_asked_takes_it_into_an_account_as_well(open_house: Settings) -> None:
    async with running(learning(open_house, "on")) as stage:
        stage.http.headers.update(BEARER)
        await stage.make_character()
        browser = stage.client()
        await browser.get("/api/me")
        opened, reply = await talk(browser)
        assert (await rate(browser, opened, reply))["kept"]
        assert (await sign_up(browser, "mara")).status_code == 204
        [signal] = await kept(stage, unasked=True)
        assert signal.owner.startswith("person ")
        assert await kept(stage) == []
        assert as_object(await browser.get(LEARNING)) == {"rule": "on", "given": None, "kept": 1}
        archive = zipfile.ZipFile(io.BytesIO((await browser.get("/api/me/download")).content))
        told = json.loads(archive.read("learning.json"))
        assert (told["consent"], [each["kind"] for each in told["signals"]]) == (None, ["good"])


async def test_nobody_learns_of_anothers(open_house: Settings) -> None:
    async with running(open_house) as stage:
        stage.http.headers.update(BEARER)
        await stage.make_character()
        await guest_who_rated(stage)
        other = stage.client()
        opened, reply = await talk(await guest_who_rated(stage, agrees=False))
        refused = await other.put(rating_of(opened, reply), json={"value": "good"})
        assert code_of(refused) == "404 conversation_not_found"
        assert as_object(await other.get(LEARNING))["kept"] == 0
        assert len(await kept(stage)) == 1


async def test_a_guests_goes_with_conversations_that_are_not_used(open_house: Settings) -> None:
    async with running(open_house) as stage:
        stage.http.headers.update(BEARER)
        await stage.make_character()
        await guest_who_rated(stage)
        database = stage.services.database
        later = utc_now().replace(year=utc_now().year + 1)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("app.conversations.expiry.utc_now", lambda: later)
            await give_up_unused(database, ConversationSettings(guests_kept_days=30))
        assert await kept(stage) == []
        await purge_deleted(database, utc_now().replace(year=utc_now().year + 2))
        assert await rows(stage) == 0


async def test_it_is_in_the_download_and_goes_with_everything(open_house: Settings) -> None:
    async with running(open_house) as stage:
        stage.http.headers.update(BEARER)
        await stage.make_character()
        browser = await guest_who_rated(stage)
        assert (await sign_up(browser, "mara")).status_code == 204
        assert as_object(await browser.get("/api/me/data"))["signals"] == 1
        response = await browser.get("/api/me/download")
        archive = zipfile.ZipFile(io.BytesIO(response.content))
        told = json.loads(archive.read("learning.json"))
        [signal] = told["signals"]
        assert told["consent"] is True
        assert (signal["kind"], signal["character"]) == ("good", "ben")
        assert "prompt" not in signal
        [name] = [each for each in archive.namelist() if each.endswith(".json") and "ben" in each]
        [_, rated] = json.loads(archive.read(name))["messages"]
        assert rated["rating"] == {"value": "good", "reason": "", "note": ""}
        erased = {"everything": True, "password": PASSWORD}
        assert (await browser.post("/api/me/erasure", json=erased)).status_code == 204
        assert await rows(stage) == 0
        async with stage.services.database.read() as session:
            assert (await session.scalars(select(SignalConsent))).all() == []
