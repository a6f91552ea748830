"""Whose progress it is, who may rehearse what, and when progress is deleted."""

import asyncio
import io
import json
import zipfile
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select

from app.db.models import RehearsedLine
from app.engines.port import EngineUnavailableError
from app.engines.scripted import ScriptedEngine
from app.rehearsal import parts, repository
from app.settings import Settings
from tests.app.access.calling import BEARER
from tests.app.accounts.signing import PASSWORD, community, member, sign_in, sign_up
from tests.app.running import SCRIPT, Json, Running, as_object, code_of, running

pytestmark = pytest.mark.anyio

LETTER = "I brought the letter, but I have not dared to open it yet."


@pytest.fixture
async def stage(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    settings = community(database_url, tmp_path, public_uploads=True)
    async with running(settings) as started:
        yield started


async def upload(browser: httpx.AsyncClient, content: str = SCRIPT) -> str:
    """The address of Ben's part in a new script."""
    files = {"file": ("play.txt", content.encode())}
    response = await browser.post("/api/scripts", files=files)
    assert response.status_code == 201, response.text
    return f"/api/scripts/{as_object(response)['id']}/parts/Ben"


async def learn(browser: httpx.AsyncClient, part: str, number: int = 0) -> Json:
    line = as_object(await browser.get(f"{part}/lines"))["items"][number]
    body = {"line": line["line"], "typed": line["text"]}
    response = await browser.post(f"{part}/attempts", json=body)
    assert response.status_code == 200, response.text
    return as_object(response)


async def known(browser: httpx.AsyncClient, part: str) -> int:
    response = await browser.get(part)
    assert response.status_code == 200, response.text
    count: int = as_object(response)["known"]
    return count


async def rows(stage: Running) -> int:
    async with stage.services.database.read() as session:
        return await session.scalar(select(func.count()).select_from(RehearsedLine)) or 0


async def test_everyone_has_progress_of_their_own(stage: Running) -> None:
    stage.http.headers.update(BEARER)
    part = await upload(stage.http)
    mara = await member(stage, "mara")
    guest, other = stage.client(), stage.client()
    await learn(mara, part)
    await learn(mara, part, 1)
    await learn(guest, part, 2)
    seen = [await known(each, part) for each in (mara, guest, other, stage.http)]
    assert seen == [2, 1, 0, 0]
    assert (await mara.delete(f"{part}/progress")).status_code == 204
    assert [await known(each, part) for each in (mara, guest)] == [0, 1]


async def test_another_persons_script_is_not_rehearsed(stage: Running) -> None:
    mara = await member(stage, "mara")
    part = await upload(mara)
    line = as_object(await mara.get(f"{part}/lines"))["items"][0]["line"]
    stranger = stage.client()
    for path in (part, f"{part}/lines", f"{part}/scenes", f"{part}/due", part.rpartition("/")[0]):
        assert code_of(await stranger.get(path)) == "404 script_not_found"
    body = {"line": line, "typed": ""}
    assert code_of(await stranger.post(f"{part}/attempts", json=body)) == "404 script_not_found"
    assert code_of(await stranger.delete(f"{part}/progress")) == "404 script_not_found"


@pytest.mark.one_database
async def test_who_may_not_read_scripts_rehearses_none(database_url: str, tmp_path: Path) -> None:
    async with running(community(database_url, tmp_path)) as stage:
        async with stage.client(**BEARER) as admin:
            part = await upload(admin)
        for browser in (stage.client(), await member(stage, "mara", "reader")):
            assert code_of(await browser.get(f"{part}/lines")) == "403 uploads_closed"
        author = await member(stage, "ann", "author")
        assert (await learn(author, part))["rating"] == "good"


async def test_a_guest_keeps_progress_with_an_account(stage: Running) -> None:
    async with stage.client(**BEARER) as admin:
        part = await upload(admin)
    browser = stage.client()
    await learn(browser, part)
    assert (await sign_up(browser, "mara")).status_code == 204
    assert await known(browser, part) == 1

    # As a guest elsewhere she learnt the same line and another.
    elsewhere = stage.client()
    for number in (0, 1):
        await learn(elsewhere, part, number)
    await sign_in(elsewhere, "mara", keep_conversations=True)
    assert await known(elsewhere, part) == 2
    assert await rows(stage) == 2


async def test_progress_goes_with_the_script(stage: Running) -> None:
    mara = await member(stage, "mara")
    part = await upload(mara)
    await learn(mara, part)
    assert await rows(stage) == 1
    script = part.removesuffix("/parts/Ben")
    assert (await mara.delete(script)).status_code == 204
    assert await rows(stage) == 0


async def test_progress_is_in_the_download_and_goes_with_its_owner(stage: Running) -> None:
    async with stage.client(**BEARER) as admin:
        part = await upload(admin)
    mara, guest = await member(stage, "mara"), stage.client()
    for browser in (mara, guest):
        done = await learn(browser, part)
        download = await browser.get("/api/me/download")
        archive = zipfile.ZipFile(io.BytesIO(download.content))
        (line,) = json.loads(archive.read("rehearsal.json"))
        assert (line["script"], line["part"], line["rating"]) == ("play", "Ben", "good")
        due = datetime.fromisoformat(done["progress"]["due_at"])
        assert datetime.fromisoformat(line["due_at"]) == due
        assert as_object(await browser.get("/api/me/data"))["rehearsed_lines"] == 1
    everything = {"everything": True, "password": PASSWORD}
    assert (await mara.post("/api/me/erasure", json=everything)).status_code == 204
    assert await rows(stage) == 1
    # It is all that this guest has.
    assert (await guest.post("/api/me/erasure", json={"everything": True})).status_code == 204
    assert await rows(stage) == 0


async def test_no_one_learns_without_bound(stage: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repository, "MOST_LINES_LEARNT", 2)
    async with stage.client(**BEARER) as admin:
        part = await upload(admin)
    browser = stage.client()
    await learn(browser, part)
    await learn(browser, part, 1)
    await learn(browser, part, 1)  # the same line again takes no room
    line = as_object(await browser.get(f"{part}/lines"))["items"][2]
    body = {"line": line["line"], "typed": ""}
    refused = await browser.post(f"{part}/attempts", json=body)
    assert code_of(refused) == "409 too_many_lines_learnt"
    assert await rows(stage) == 2


@pytest.mark.one_database
async def test_a_script_of_too_many_lines_is_refused(stage: Running) -> None:
    async with stage.client(**BEARER) as admin:
        part = await upload(admin)
        stage.services.rehearsals._indexes._most_lines = 7  # it has eight
        assert code_of(await admin.get(part)) == "422 script_too_long"


@pytest.mark.one_database
async def test_few_indexes_are_kept(stage: Running) -> None:
    indexes = stage.services.rehearsals._indexes
    indexes._most_lines = 20
    async with stage.client(**BEARER) as admin:
        for n in range(4):
            files = {"file": (f"play {n}.txt", SCRIPT.encode())}
            script = as_object(await admin.post("/api/scripts", files=files))["id"]
            assert (await admin.get(f"/api/scripts/{script}/parts")).status_code == 200
    assert sum(index.lines for index in indexes._kept.values()) == 16
    indexes.forget()
    assert not indexes._kept
    assert parts.MOST_LINES == 100_000


async def test_attempts_at_once_are_all_counted(stage: Running) -> None:
    async with stage.client(**BEARER) as admin:
        part = await upload(admin)
        line = as_object(await admin.get(f"{part}/lines"))["items"][0]
        body = {"line": line["line"], "typed": LETTER}
        await admin.post(f"{part}/attempts", json=body)
        answers = await asyncio.gather(
            *(admin.post(f"{part}/attempts", json=body) for _ in range(4))
        )
        assert {answer.status_code for answer in answers} == {200}
        line = as_object(await admin.get(f"{part}/lines"))["items"][0]
        assert line["progress"]["attempts"] == 5


class DownEngine(ScriptedEngine):
    """An engine that is away."""

    def __init__(self) -> None:
        super().__init__(fail_before=EngineUnavailableError("It is away.", retry_after=5))

    async def ready(self) -> bool:
        return False


async def test_parts_are_learnt_while_the_engine_is_down(settings: Settings) -> None:
    engine = DownEngine()
    async with running(settings, engine=engine) as stage:
        part = await upload(stage.http)
        assert (await learn(stage.http, part))["rating"] == "good"
        assert await known(stage.http, part) == 1
    assert engine.calls == []
