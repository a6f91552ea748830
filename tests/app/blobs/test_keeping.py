"""Pictures and files of cards, in each place they can be in."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest

from app.blobs.errors import BlobUnavailableError
from app.blobs.factory import folder_of
from app.blobs.repository import BlobRepository
from app.quotas.storage import stored_bytes
from app.settings import BlobSettings
from tests.app.blobs.stages import (
    AVATAR,
    BACKDROP,
    FILES,
    contents,
    fill,
    inside,
    let_an_hour_pass,
    objects,
    put,
    rows,
)
from tests.app.cards.shelf import picture
from tests.app.conftest import make_settings
from tests.app.running import Running, as_object, code_of, running

pytestmark = pytest.mark.anyio


@pytest.fixture
async def stage(
    database_url: str, tmp_path: Path, blob_settings: BlobSettings
) -> AsyncIterator[Running]:
    async with running(make_settings(database_url, tmp_path, blobs=blob_settings)) as started:
        yield started


async def test_what_goes_in_comes_out_of_any_place(stage: Running, place: str) -> None:
    await fill(stage)
    found = await contents(stage)
    assert {name: found[name] for name in FILES} == FILES
    assert found["ben avatar "].startswith(b"\x89PNG")
    assert found["ben backdrop ?size=small"][8:12] == b"WEBP"
    kept = objects(stage)
    if place == "database":
        assert (kept, await rows(stage)) == ({}, 0)
        return
    # Portraits have three contents each, the backdrop two, and the card three files.
    assert (len(kept), await rows(stage), await inside(stage)) == (11, 11, 0)
    assert all(name[3:67] == hashlib.sha256(kept[name]).hexdigest() for name in kept)
    assert set(FILES.values()) <= set(kept.values())


async def test_their_bytes_count_wherever_they_are(stage: Running) -> None:
    before = await owned(stage)
    await stage.make_character()
    await put(stage, AVATAR)
    seen = {
        size: len((await stage.http.get(f"/api/characters/ben/avatar{size}")).content)
        for size in ("", "?size=large", "?size=small")
    }
    script = as_object(await stage.http.get("/api/scripts"))["items"][0]["size_bytes"]
    assert await owned(stage) - before == script + sum(seen.values())


async def owned(stage: Running) -> int:
    async with stage.services.database.read() as session:
        return await stored_bytes(session, "")


async def test_a_replaced_picture_stays_an_hour_for_backups_and_then_goes(
    stage: Running, place: str
) -> None:
    await stage.make_character()
    await put(stage, AVATAR)
    first = objects(stage)
    await put(stage, AVATAR, color="red")
    both = objects(stage)
    assert len(both) == 2 * len(first)
    assert await stage.services.blobs.discard() == 0
    await let_an_hour_pass(stage)
    assert await stage.services.blobs.discard() == len(first)
    assert objects(stage) == {name: both[name] for name in both.keys() - first.keys()}
    assert (await stage.http.get("/api/characters/ben/avatar?size=small")).status_code == 200
    assert await rows(stage) == len(first) == (0 if place == "database" else 3)


async def test_pictures_that_are_removed_go_too(stage: Running) -> None:
    await stage.make_character()
    for url in (AVATAR, BACKDROP):
        await put(stage, url)
        assert (await stage.http.delete(url)).status_code == 200
    await let_an_hour_pass(stage)
    await stage.services.blobs.discard()
    assert (objects(stage), await rows(stage)) == ({}, 0)


async def test_all_of_it_goes_with_the_character_after_the_commit(stage: Running) -> None:
    await fill(stage)
    kept = objects(stage)
    assert (await stage.http.delete("/api/admin/characters/maud")).status_code == 204
    assert objects(stage) == kept
    await stage.services.blobs.discard()
    assert len(objects(stage)) == len(kept) * 5 // 11  # Ben's
    assert await inside(stage) > 0 or len(kept) == 11


async def test_what_a_crash_left_is_swept_an_hour_later(stage: Running, place: str) -> None:
    blobs, database = stage.services.blobs, stage.services.database
    character = (await stage.make_character())["id"]
    writing = blobs.keeping({"a": b"written, and its row never committed"})
    kept = await writing.__aenter__()  # the process dies in the block
    written = objects(stage)
    assert len(written) == (0 if place == "database" else 1)
    assert await blobs.discard() == 0
    assert objects(stage) == written
    await let_an_hour_pass(stage)
    assert await blobs.discard() == len(written)
    assert (objects(stage), await rows(stage)) == ({}, 0)
    if place == "database":
        return
    # Had it only been slow, its row could not be committed any more.
    with pytest.raises(BlobUnavailableError):
        async with database.write() as session:
            await BlobRepository(session).claim(UUID(character), kept.values())


async def test_what_a_refused_upload_left_is_swept_at_once(stage: Running, place: str) -> None:
    blobs = stage.services.blobs
    with pytest.raises(RuntimeError):
        async with blobs.keeping({"a": b"1", "b": b"22"}):
            raise RuntimeError("the transaction failed")
    assert len(objects(stage)) == await rows(stage) == (0 if place == "database" else 2)
    assert await blobs.discard() == (0 if place == "database" else 2)
    assert (objects(stage), await rows(stage)) == ({}, 0)


@pytest.mark.one_database
@pytest.mark.parametrize("place", ["folder"])
async def test_a_place_that_is_away_refuses_uploads_and_loses_nothing(
    stage: Running, place: str
) -> None:
    await fill(stage)
    before = await contents(stage)
    folder = folder_of(stage.services.settings)
    folder.rename(folder.with_name("away"))
    folder.write_text("no folder")

    refused = await stage.http.put(BACKDROP, files={"file": ("a", picture())})
    assert (code_of(refused), refused.headers["retry-after"]) == ("503 files_unavailable", "5")
    reading = await stage.http.get("/api/characters/ben/avatar?size=small")
    assert code_of(reading) == "503 files_unavailable"
    exporting = await stage.http.get("/api/characters/maud/card?format=charx")
    assert code_of(exporting) == "503 files_unavailable"
    assert (await stage.http.delete("/api/admin/characters/ben")).status_code == 204
    with pytest.raises(BlobUnavailableError):
        await stage.services.blobs.discard()

    folder.unlink()
    folder.with_name("away").rename(folder)
    again = await stage.http.get("/api/characters/maud/avatar")
    assert again.content == before["maud avatar "]
    await let_an_hour_pass(stage)
    # Five of Ben's, and the two that were reserved for the upload and never written.
    assert await stage.services.blobs.discard() == 7
    assert len(objects(stage)) == 6


@pytest.mark.one_database
@pytest.mark.parametrize("place", ["folder"])
async def test_a_lost_or_damaged_file_is_said_to_be_so(stage: Running, place: str) -> None:
    await stage.make_character()
    await put(stage, BACKDROP)
    folder = folder_of(stage.services.settings)
    for path in [each for each in folder.rglob("*") if each.is_file()]:
        path.write_bytes(b"damaged")
    damaged = await stage.http.get("/api/characters/ben/backdrop")
    assert code_of(damaged) == "500 file_lost"
    for path in [each for each in folder.rglob("*") if each.is_file()]:
        path.unlink()
    assert code_of(await stage.http.get("/api/characters/ben/backdrop")) == "500 file_lost"
    await put(stage, BACKDROP)  # as the sentence says
    assert (await stage.http.get("/api/characters/ben/backdrop")).status_code == 200
