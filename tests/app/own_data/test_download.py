"""Everything of a person in one file, or of a guest's browser."""

import io
import json
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.access import Caller
from app.db.session import Database
from app.own_data.download import stream_own_data
from app.own_data.files import OwnFile
from tests.app.access.calling import BEARER
from tests.app.accounts.signing import PASSWORD, community, member
from tests.app.own_data.filling import WORD, ask, fill, join, talk
from tests.app.running import Running, as_object, code_of, running

pytestmark = pytest.mark.anyio

LOGIN = f"{WORD}-login"


@pytest.fixture
async def stage(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    async with running(community(database_url, tmp_path)) as started:
        started.http.headers.update(BEARER)
        yield started


async def download(browser: httpx.AsyncClient) -> zipfile.ZipFile:
    response = await browser.get("/api/me/download")
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/zip"
    assert "offbook-my-data-" in response.headers["content-disposition"]
    archive = zipfile.ZipFile(io.BytesIO(response.content))
    assert archive.testzip() is None
    assert len(set(archive.namelist())) == len(archive.namelist())
    return archive


def one(archive: zipfile.ZipFile, beginning: str, ending: str) -> bytes:
    (name,) = (
        each for each in archive.namelist() if each.startswith(beginning) and each.endswith(ending)
    )
    return archive.read(name)


async def test_a_person_takes_everything_along(stage: Running) -> None:
    ann = await join(stage, LOGIN, "admin")
    characters = await fill(stage, ann)
    slug = characters["Ben"]["slug"]
    archive = await download(ann)

    account = json.loads(archive.read("account.json"))
    assert account["account"]["login"] == LOGIN
    assert account["persona"] == {"name": WORD, "description": f"{WORD} am I"}
    assert [each["slug"] for each in account["favourites"]] == [slug]
    (key,) = account["account"]["keys"]
    assert (key["label"], key["scopes"]) == (f"{WORD} laptop", ["read", "chat"])
    assert account["account"]["invitations"][0]["note"] == f"for {WORD}"

    logs = [each for each in archive.namelist() if each.startswith("conversations/")]
    assert len([each for each in logs if each.endswith(".json")]) == 2  # a deleted one as well
    told = [json.loads(archive.read(each)) for each in logs if each.endswith(".json")]
    (kept,) = [each for each in told if each["deleted_at"] is None]
    (gone,) = [each for each in told if each["deleted_at"] is not None]
    assert kept["summary"] == f"{WORD}, in short"
    assert kept["exchanges_remembered"] == 1
    assert [each["role"] for each in gone["messages"]] == ["assistant", "user", "assistant"]
    assert gone["messages"][1]["content"] == f"Tell me of the {WORD} lighthouse."
    texts = [archive.read(each).decode() for each in logs if each.endswith(".txt")]
    assert len(texts) == 2
    assert all(f"{WORD}: Tell me of the {WORD} lighthouse." in each for each in texts)

    card = zipfile.ZipFile(io.BytesIO(one(archive, f"characters/{slug}/", ".charx")))
    assert WORD in card.read("card.json").decode()
    facts = json.loads(archive.read(f"characters/{slug}/character.json"))
    assert (facts["visibility"], facts["tags"]) == ("published", [WORD])
    assert [each["text"] for each in facts["scene_memories"]] == [f"I remember {WORD}."]
    assert json.loads(one(archive, f"characters/{slug}/lorebooks/", ".json")) == {WORD: 1}
    assert archive.read(f"characters/{slug}/portrait.bin") == WORD.encode()
    deleted = json.loads(archive.read(f"characters/{characters['Anna']['slug']}/character.json"))
    assert deleted["deleted_at"] is not None

    script = one(archive, "scripts/", ".txt").decode()
    assert f"Clara: Is the {WORD} lighthouse still burning at night?" in script
    rows = one(archive, "scripts/", ".jsonl").decode().splitlines()
    assert [json.loads(row).get("title") for row in rows] == [f"The {WORD} play", None, None]


async def test_no_secret_is_in_it(stage: Running) -> None:
    ann = await join(stage, LOGIN, "admin")
    key = (await ask(ann, "POST", "/api/me/keys", json={"label": "laptop"}))["key"]
    token = (await ask(ann, "POST", "/api/admin/invitations", json={}))["token"]
    archive = await download(ann)
    content = b"".join(archive.read(each) for each in archive.namelist()).decode()
    for secret in (key, token, PASSWORD, "argon2", "hash", ann.cookies["offbook_session"]):
        assert secret not in content
    assert key[:11] in content


async def test_a_guest_takes_along_what_the_browser_has_and_no_more(stage: Running) -> None:
    await stage.make_character("Ben")
    guest, another = stage.client(), stage.client()
    for browser in (guest, another):
        await ask(browser, "GET", "/api/me")
        await talk(browser, "ben")
    ann = await join(stage, "ann", "author")
    await talk(ann, "ben")
    archive = await download(guest)
    logs = [each for each in archive.namelist() if each.endswith(".json")]
    assert len(logs) == 2
    assert json.loads(archive.read("account.json"))["account"] is None
    # A character of the service is no guest's.
    assert not [each for each in archive.namelist() if each.startswith(("characters", "scripts"))]
    admin = await download(stage.http)
    assert {each.partition("/")[0] for each in admin.namelist()} == {"README.txt", "account.json"}


async def test_it_is_kept_that_it_was_taken(stage: Running) -> None:
    ann = await member(stage, "ann")
    await download(ann)
    listed = as_object(await stage.http.get("/api/admin/audit?action=data_downloaded"))["items"]
    assert [(each["login"], each["count"]) for each in listed] == [("ann", 1)]


async def test_one_at_a_time(stage: Running) -> None:
    ann = await member(stage, "ann")
    services = stage.services
    identity: Any = None

    async def remember(scope: Any) -> Any:
        nonlocal identity
        identity = await identify(scope)
        return identity

    identify = services.access.identify
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(services.access, "identify", remember)
        await ask(ann, "GET", "/api/me/data")
    archive = services.own_data.download(identity)
    assert await anext(archive)
    assert code_of(await ann.get("/api/me/download")) == "429 download_running"
    await archive.aclose()  # type: ignore[attr-defined]  # a generator
    await download(ann)


async def test_it_is_sent_while_it_is_written(stage: Running) -> None:
    """However much there is, a piece at a time is in memory."""
    waiting = 0

    async def endless(_: Database, __: Caller) -> AsyncIterator[OwnFile]:
        nonlocal waiting
        for number in range(200):
            waiting += 1
            yield OwnFile(f"{number // 100}.bin", bytes([number]) * 100_000)

    archive = io.BytesIO()
    async for piece in stream_own_data(
        stage.services.database, Caller("nobody", "guest"), [endless]
    ):
        archive.write(piece)
        assert len(piece) < 300_000
        waiting -= 1
        assert waiting <= 0
    read = zipfile.ZipFile(archive)
    assert read.namelist() == ["README.txt", "0.bin", "1.bin"]
    assert len(read.read("1.bin")) == 10_000_000


async def test_who_leaves_early_leaves_nothing_open(stage: Running) -> None:
    ann = await join(stage, LOGIN, "admin")
    await fill(stage, ann)

    async def two(_: Database, __: Caller) -> AsyncIterator[OwnFile]:
        yield OwnFile("a.bin", b"a" * 1_000)
        yield OwnFile("a.bin", b"a" * 1_000)

    archive = stream_own_data(stage.services.database, Caller("nobody", "guest"), [two])
    await anext(archive)
    await archive.aclose()  # raises where a file of the archive is still being written
