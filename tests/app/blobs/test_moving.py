"""Contents move from one place to another while they are read."""

import asyncio
import shutil
from itertools import pairwise
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import make_url
from typer.testing import CliRunner

from app.blobs import command
from app.blobs.moving import Moved, Mover
from app.cli import cli
from app.db.locks import LockName, held
from app.db.problems import DatabaseProblemError
from app.settings import BlobSettings, Place, Settings
from tests.app.blobs.places import new_bucket
from tests.app.blobs.stages import (
    BACKDROP,
    contents,
    fill,
    inside,
    let_an_hour_pass,
    objects,
    put,
    rows,
)
from tests.app.conftest import make_settings
from tests.app.running import Running, running

pytestmark = pytest.mark.anyio


@pytest.fixture
def both_places(store_address: str) -> BlobSettings:
    """New contents go into the database; a folder and a bucket are known."""
    return BlobSettings.model_validate({**dict(new_bucket(store_address)), "place": "database"})


def mover(stage: Running, place: Place) -> Mover:
    return Mover(stage.services.database, stage.services.blobs, place)


async def test_from_place_to_place_and_back(
    database_url: str, tmp_path: Path, both_places: BlobSettings
) -> None:
    settings = make_settings(database_url, tmp_path, blobs=both_places)
    async with running(settings) as stage:
        await fill(stage)
        before, size = await contents(stage), await inside(stage)
        way: list[Place] = ["database", "folder", "bucket", "database", "bucket", "folder"]
        for _, place in pairwise([*way, "database"]):
            steps: list[tuple[int, int]] = []
            reading = asyncio.create_task(read_on(stage, before))
            done = await mover(stage, place).move(lambda *step, s=steps: s.append(step))
            reading.cancel()
            assert (done.moved, done.changed, done.lost) == (11, 0, 0)
            assert steps == [(number, 11) for number in range(1, 12)]
            assert await inside(stage) == (size if place == "database" else 0)
            assert await contents(stage) == before
            assert (await mover(stage, place).move(lambda *_: None)).moved == 0
            await let_an_hour_pass(stage)
            await stage.services.blobs.discard()
            assert await contents(stage) == before
        assert (await rows(stage), objects(stage)) == (0, {})


async def read_on(stage: Running, expected: dict[str, bytes]) -> None:
    while True:
        assert await contents(stage) == expected


@pytest.mark.one_database
async def test_an_interrupted_move_goes_on(database_url: str, tmp_path: Path) -> None:
    async with running(make_settings(database_url, tmp_path)) as stage:
        await fill(stage)
        before = await contents(stage)

        def stop(done: int, _: int) -> None:
            if done == 4:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            await mover(stage, "folder").move(stop)
        assert await contents(stage) == before
        assert (await mover(stage, "folder").move(lambda *_: None)).moved == 7
        assert (await contents(stage), await inside(stage)) == (before, 0)


async def test_what_is_changed_while_it_is_copied_stays_as_it_was_changed(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(make_settings(database_url, tmp_path)) as stage:
        await stage.make_character()
        await put(stage, BACKDROP)
        read = stage.services.blobs.read

        async def change_after_reading(content: object) -> bytes:
            found = await read(content)  # type: ignore[arg-type]  # as it was given
            monkeypatch.setattr(stage.services.blobs, "read", read)
            await put(stage, BACKDROP, color="red")
            return found

        monkeypatch.setattr(stage.services.blobs, "read", change_after_reading)
        done = await mover(stage, "folder").move(lambda *_: None)
        assert (done.moved, done.changed) == (1, 1)  # the small one came after the change
        red = (await stage.http.get("/api/characters/ben/backdrop")).content
        await put(stage, BACKDROP, color="red")
        assert (await stage.http.get("/api/characters/ben/backdrop")).content == red


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.delenv("OFFBOOK_DATABASE__URL", raising=False)
    monkeypatch.setenv("OFFBOOK_DATA_DIR", str(tmp_path))
    return monkeypatch


@pytest.mark.one_database
async def test_the_command_shows_and_moves(
    tmp_path: Path, environment: pytest.MonkeyPatch, sqlite_template: Path
) -> None:
    shutil.copy(sqlite_template, tmp_path / "offbook.sqlite3")
    settings = make_settings(f"sqlite:///{tmp_path / 'offbook.sqlite3'}", tmp_path)
    run = CliRunner().invoke
    async with running(settings) as stage:  # the service goes on meanwhile
        await fill(stage)
        before = await contents(stage)
        shown = await asyncio.to_thread(run, cli, ["blobs", "show"])
        assert "database             11 contents" in shown.stdout, shown.output
        moved = await asyncio.to_thread(run, cli, ["blobs", "move", "folder"])
        assert "11 contents were moved into the folder." in moved.stdout, moved.output
        shown = await asyncio.to_thread(run, cli, ["blobs", "show"])
        assert "folder               11 contents" in shown.stdout
        assert await contents(stage) == before
    (tmp_path / "blobs").rename(tmp_path / "away")
    (tmp_path / "blobs").write_text("no folder")
    failed = await asyncio.to_thread(run, cli, ["blobs", "move"])
    assert (failed.exit_code, "start the command again" in " ".join(failed.output.split())) == (
        1,
        True,
    )
    (tmp_path / "blobs").unlink()
    lost = await asyncio.to_thread(run, cli, ["blobs", "move"])
    assert (lost.exit_code, "11 are missing or damaged" in lost.output) == (1, True)


def test_the_command_passes_the_pooler_and_keeps_restores_out(
    tmp_path: Path,
    environment: pytest.MonkeyPatch,
    monkeypatch: pytest.MonkeyPatch,
    sqlite_template: Path,
) -> None:
    shutil.copy(sqlite_template, tmp_path / "direct.sqlite3")
    address = f"sqlite+aiosqlite:///{tmp_path / 'direct.sqlite3'}"
    environment.setenv("OFFBOOK_DATABASE__URL", f"sqlite:///{tmp_path}/./direct.sqlite3")
    environment.setenv("OFFBOOK_DATABASE__DIRECT_URL", address)
    upgraded: list[str] = []
    monkeypatch.setattr(command, "upgrade", upgraded.append)

    async def move(*_: object) -> Moved:
        with (
            pytest.raises(DatabaseProblemError, match="in use"),
            held(make_url(address), LockName.IN_USE, wait=0, refusal="in use"),
        ):
            pass
        return Moved(moved=3)

    monkeypatch.setattr(Mover, "move", move)
    moved = CliRunner().invoke(cli, ["blobs", "move", "folder"])
    assert "3 contents were moved" in moved.output, moved.output
    assert upgraded == [address]
    with held(make_url(address), LockName.IN_USE, wait=0, refusal="in use"):
        pass  # again


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        ({"PLACE": "bucket"}, "OFFBOOK_BLOBS__BUCKET must name it"),
        ({"PLACE": "cloud"}, "OFFBOOK_BLOBS__PLACE: Input should be 'database', 'folder' or"),
        ({"ACCESS_KEY": "of-a-test"}, "an access key and its secret key are set together"),
        ({"ENDPOINT": "ftp://store"}, "OFFBOOK_BLOBS__ENDPOINT"),
    ],
)
def test_wrong_settings_are_said_in_a_sentence(
    environment: pytest.MonkeyPatch, names: dict[str, str], sentence: str
) -> None:
    for name, value in names.items():
        environment.setenv(f"OFFBOOK_BLOBS__{name}", value)
    refused = CliRunner().invoke(cli, ["blobs", "show"])
    assert (refused.exit_code, sentence in refused.output) == (1, True), refused.output
    assert "of-a-test" not in refused.output


def test_without_the_library_it_says_what_to_install(
    environment: pytest.MonkeyPatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.delitem(sys.modules, "app.blobs.bucket", raising=False)
    monkeypatch.setitem(sys.modules, "obstore", None)
    environment.setenv("OFFBOOK_BLOBS__BUCKET", "anything")
    refused = CliRunner().invoke(cli, ["blobs", "show"])
    assert (refused.exit_code, "pip install" in refused.output) == (1, True), refused.output


def test_secrets_are_not_shown() -> None:
    settings = Settings(blobs={"access_key": "of-a-test", "secret_key": SecretStr("hidden-one")})
    assert "of-a-test" not in f"{settings!r}"
    assert "hidden-one" not in f"{settings!r} {settings.model_dump_json()}"
