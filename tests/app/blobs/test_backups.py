"""Backups hold contents wherever those are kept; erasing reaches them there."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import select

from app.backup.dumping import back_up
from app.backup.errors import BackupError
from app.blobs.factory import folder_of
from app.db.models import Erasure
from app.settings import BlobSettings
from app.tools.backup.restoring import restore
from tests.app.access.calling import BEARER
from tests.app.accounts.signing import PASSWORD, community
from tests.app.blobs.stages import (
    AVATAR,
    BACKDROP,
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
from tests.app.own_data.filling import ask, join
from tests.app.own_data.filling import fill as fill_person
from tests.app.running import Running, code_of, running

pytestmark = pytest.mark.anyio

OUTSIDE = BlobSettings(place="folder")


def store_of(stage: Running) -> Path:
    return folder_of(stage.services.settings)


async def test_a_backup_holds_what_is_outside_and_needs_no_other_place(
    database_url: str, tmp_path: Path
) -> None:
    settings = make_settings(database_url, tmp_path / "home", blobs=OUTSIDE)
    file, away = tmp_path / "all.zip", f"sqlite:///{tmp_path / 'away' / 'offbook.sqlite3'}"
    async with running(settings) as stage:
        await fill(stage)
        before = await contents(stage)
        await asyncio.to_thread(back_up, settings, file, lambda *_: None)
    elsewhere = make_settings(away, tmp_path / "away")
    await asyncio.to_thread(restore, elsewhere, file, lambda *_: None, replace=False)
    async with running(elsewhere) as stage:
        assert await contents(stage) == before
        assert (await rows(stage), await inside(stage) > 0) == (0, True)

    # Over what it was made of: the objects belong to no one any more, and are swept.
    await asyncio.to_thread(restore, settings, file, lambda *_: None, replace=True)
    async with running(settings) as stage:
        assert await contents(stage) == before
        await stage.services.blobs.discard()
        assert (objects(stage), await rows(stage)) == ({}, 0)
        assert await contents(stage) == before


@pytest.mark.one_database
async def test_a_backup_without_its_files_is_none(database_url: str, tmp_path: Path) -> None:
    settings = make_settings(database_url, tmp_path / "home", blobs=OUTSIDE)
    file = tmp_path / "all.zip"
    async with running(settings) as stage:
        await stage.make_character()
        await put(stage, AVATAR)
        store, aside = store_of(stage), tmp_path / "aside"
        store.rename(aside)
        with pytest.raises(BackupError, match="missing or damaged"):
            await asyncio.to_thread(back_up, settings, file, lambda *_: None)
        store.write_text("no folder")
        with pytest.raises(BackupError, match="does not answer"):
            await asyncio.to_thread(back_up, settings, file, lambda *_: None)
        assert not file.exists()


@pytest.mark.one_database
async def test_a_picture_replaced_during_a_backup_of_an_hour_is_no_reason_to_leave_it_out(
    database_url: str, tmp_path: Path
) -> None:
    settings = make_settings(database_url, tmp_path / "home", blobs=OUTSIDE)
    file = tmp_path / "all.zip"
    async with running(settings) as stage:
        await stage.make_character()
        await put(stage, BACKDROP)
        loop = asyncio.get_running_loop()
        steps: list[str] = []

        async def replace() -> None:
            await put(stage, BACKDROP, color="red")
            await let_an_hour_pass(stage)
            assert await stage.services.blobs.discard() == 2  # all of the one before

        def on_progress(step: str, _: int, __: int) -> None:
            if not steps:  # the snapshot is older than this
                asyncio.run_coroutine_threadsafe(replace(), loop).result(30)
            steps.append(step)

        with pytest.raises(BackupError, match="begin again"):
            await asyncio.to_thread(back_up, settings, file, on_progress)
        assert not file.exists()


async def test_what_is_deleted_during_a_backup_is_left_out(
    database_url: str, tmp_path: Path
) -> None:
    settings = make_settings(database_url, tmp_path / "home", blobs=OUTSIDE)
    file = tmp_path / "all.zip"
    async with running(settings) as stage:
        await fill(stage)
        loop = asyncio.get_running_loop()
        steps: list[str] = []

        async def delete() -> None:
            response = await stage.http.delete("/api/admin/characters/maud")
            assert response.status_code == 204
            await put(stage, BACKDROP, color="red")  # the one before stays for an hour
            assert await stage.services.blobs.discard() == 6

        def on_progress(step: str, _: int, __: int) -> None:
            if not steps:  # the snapshot is older than this
                asyncio.run_coroutine_threadsafe(delete(), loop).result(30)
            steps.append(step)

        await asyncio.to_thread(back_up, settings, file, on_progress)
    elsewhere = make_settings(f"sqlite:///{tmp_path / 'b' / 'offbook.sqlite3'}", tmp_path / "b")
    await asyncio.to_thread(restore, elsewhere, file, lambda *_: None, replace=False)
    async with running(elsewhere) as stage:
        assert (await stage.http.get("/api/characters/ben/backdrop")).status_code == 200
        assert (await stage.http.get("/api/characters/maud")).status_code == 200
        assert code_of(await stage.http.get("/api/characters/maud/avatar")) == "404 no_avatar"


async def test_erasing_someone_deletes_their_objects_even_where_the_place_was_away(
    database_url: str, tmp_path: Path
) -> None:
    settings = community(database_url, tmp_path).model_copy(update={"blobs": OUTSIDE})
    async with running(settings) as stage:
        stage.http.headers.update(BEARER)
        ann = await join(stage, "zyxwvut-login", "admin")
        ben = (await fill_person(stage, ann))["Ben"]["slug"]
        url = f"/api/admin/characters/{ben}/backdrop"
        await ask(ann, "PUT", url, files={"file": ("a", picture())})
        assert len(objects(stage)) == 2
        store, aside = store_of(stage), tmp_path / "aside"
        store.rename(aside)
        store.write_text("no folder")

        body = {"everything": True, "password": PASSWORD}
        assert (await ann.post("/api/me/erasure", json=body)).status_code == 204
        assert await unfinished(stage) == 1
        store.unlink()
        aside.rename(store)
        assert len(objects(stage)) == 2
        await let_an_hour_pass(stage)
        await stage.services.erasing.finish_all()
        assert (await unfinished(stage), objects(stage), await rows(stage)) == (0, {}, 0)


async def unfinished(stage: Running) -> int:
    async with stage.services.database.read() as session:
        found = await session.scalars(select(Erasure.id).where(Erasure.finished_at.is_(None)))
        return len(found.all())
