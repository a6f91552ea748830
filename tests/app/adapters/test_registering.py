"""Adapters are registered over the API, listed, and removed; what is unsafe is refused."""

import asyncio
import io
import os
import stat
import threading
import zipfile
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select, update

from app.db.models import Adapter, AuditEntry, Character
from app.settings import Settings
from tests.app.adapters import making
from tests.app.conftest import make_settings
from tests.app.running import Json, Running, as_object, code_of, error_of, running, until

pytestmark = pytest.mark.anyio

URL = "/api/admin/adapters"


async def send(stage: Running, content: bytes, name: str = "") -> httpx.Response:
    return await stage.http.post(
        URL, files={"file": ("adapter.zip", content)}, data={"name": name} if name else {}
    )


async def register(stage: Running, name: str = "ben-1", **changes: object) -> Json:
    response = await send(stage, making.zipped(making.files(name, **changes)))
    assert response.status_code == 201, response.text
    return as_object(response)


async def names(stage: Running) -> list[str]:
    return [each["name"] for each in as_object(await stage.http.get(URL))["items"]]


def served(stage: Running) -> list[str]:
    return [each.name for each in stage.engine.adapter_states()]


def leftovers(settings: Settings) -> list[str]:
    folder = settings.adapters_dir
    return sorted(each.name for each in folder.iterdir()) if folder.exists() else []


async def test_an_adapter_is_registered_listed_and_removed(
    stage: Running, settings: Settings
) -> None:
    assert as_object(await stage.http.get(URL))["items"] == []
    made = await register(stage)
    assert (made["name"], made["base"], made["rank"]) == ("ben-1", "demo", 2)
    assert made["base_title"].startswith("Qwen2.5-Coder-0.5B")
    assert made["size"] == sum(each["size"] for each in made["files"])
    assert made["in_force"] == []
    assert leftovers(settings) == ["ben-1"]
    kept = settings.adapters_dir / "ben-1"
    assert (kept / "adapter.gguf").read_bytes() == making.gguf()
    assert sorted(each.name for each in kept.iterdir()) == sorted(making.files())
    shown = as_object(await stage.http.get(URL))
    assert [each["name"] for each in shown["items"]] == ["ben-1"]
    assert shown["items"][0]["card"]["settings"]["learning_rate"] == 1e-5
    assert shown["model"] == "scripted"
    assert (await stage.http.delete(f"{URL}/ben-1")).status_code == 204
    assert await names(stage) == []
    assert leftovers(settings) == []
    async with stage.services.database.read() as session:
        row = await session.scalar(select(Adapter))
        assert row is not None
        assert row.retired_at is not None
        acts = (await session.scalars(select(AuditEntry.action).order_by(AuditEntry.id))).all()
    assert acts == ["adapter_registered", "adapter_removed"]
    assert code_of(await stage.http.delete(f"{URL}/ben-1")) == "404 adapter_not_found"


async def test_the_engine_is_told_at_once(stage: Running) -> None:
    await register(stage)
    await until(lambda: served(stage) == ["ben-1"])
    assert as_object(await stage.http.get(URL))["items"][0]["status"] == "served"
    await stage.http.delete(f"{URL}/ben-1")
    await until(lambda: served(stage) == [])


@pytest.mark.one_database
async def test_a_start_finds_what_was_registered(settings: Settings) -> None:
    async with running(settings) as stage:
        await register(stage)
    async with running(settings) as again:
        assert (await again.engine.limits()).adapters == ("ben-1",)
        assert await names(again) == ["ben-1"]


async def test_a_name_never_stands_for_two_adapters(stage: Running) -> None:
    await register(stage)
    again = making.zipped(making.files())
    assert code_of(await send(stage, again)) == "409 adapter_exists"
    other = await send(stage, again, "ben-2")
    assert as_object(other)["name"] == "ben-2"
    await stage.http.delete(f"{URL}/ben-1")
    refused = await send(stage, again)
    assert code_of(refused) == "409 adapter_exists"
    assert "removed" in error_of(refused)["message"]


@pytest.mark.one_database
async def test_others_write_while_weights_reach_the_disk(
    stage: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Syncing hundreds of megabytes takes long, and SQLite has one writer."""
    written, known = threading.Event(), os.fsync
    began = asyncio.Event()
    loop = asyncio.get_running_loop()

    def fsync(handle: int) -> None:
        loop.call_soon_threadsafe(began.set)
        written.wait(60)
        known(handle)

    monkeypatch.setattr("app.adapters.files.os.fsync", fsync)
    sending = asyncio.create_task(register(stage))
    try:
        async with asyncio.timeout(30):
            await began.wait()
            await stage.make_character()
    finally:
        written.set()
        await sending
    assert await names(stage) == ["ben-1"]


async def test_a_folder_in_the_archive_makes_no_difference(stage: Running) -> None:
    packed = making.zipped({**making.files(), "README.md": b"#", "card.md": b"#"}, "ben-1/")
    made = as_object(await send(stage, packed))
    assert sorted(each["name"] for each in made["files"]) == sorted(making.files())


def with_entry(path: str, content: bytes = b"x", mode: int = 0) -> bytes:
    into = io.BytesIO(making.zipped(making.files()))
    with zipfile.ZipFile(into, "a") as archive:
        entry = zipfile.ZipInfo(path)
        entry.external_attr = mode << 16
        archive.writestr(entry, content)
    return into.getvalue()


def packed(**replaced: bytes) -> bytes:
    named: Mapping[str, str] = {
        "weights": "adapter_model.safetensors",
        "gguf": "adapter.gguf",
        "config": "adapter_config.json",
        "card": "card.json",
    }
    changes = {named[key]: content for key, content in replaced.items()}
    return making.zipped({**making.files(files={}), **changes})


def without_weights(**added: bytes) -> bytes:
    contents = making.files()
    del contents["adapter.gguf"], contents["adapter_model.safetensors"]
    return making.zipped(
        {**contents, **{name.replace("_bin", ".bin"): each for name, each in added.items()}}
    )


ATTACKS = {
    "a path that leaves it": (with_entry("../../evil.json"), "422 unsafe_archive"),
    "an absolute path": (with_entry("/etc/evil"), "422 unsafe_archive"),
    "a drive": (with_entry("C:evil"), "422 unsafe_archive"),
    "a link": (with_entry("ln", b"/etc/passwd", stat.S_IFLNK | 0o777), "422 unsafe_archive"),
    "another file": (with_entry("run.py"), "422 adapter_unknown_file"),
    "a file in a folder": (with_entry("sub/card.json"), "422 adapter_unknown_file"),
    "a pickle": (without_weights(adapter_model_bin=b"\x80\x04."), "422 adapter_pickled"),
    "a pickle beside": (with_entry("adapter_model.bin"), "422 adapter_unknown_file"),
    "a pickle in disguise": (packed(weights=b"\x80\x04\x95" + bytes(99)), "422 adapter_damaged"),
    "no archive": (b"PK nothing", "422 damaged_archive"),
    "cut off": (making.zipped(making.files())[:-30], "422 damaged_archive"),
    "nothing in it": (making.zipped({}), "422 adapter_incomplete"),
    "no weights": (without_weights(), "422 adapter_incomplete"),
    "a whole model": (packed(gguf=making.gguf(["token_embd.weight"])), "422 adapter_damaged"),
    "another base": (making.zipped(making.files(base="gpt")), "422 adapter_base_unknown"),
    "another file of its base": (
        making.zipped(making.files(base_sha256="0" * 64)),
        "422 adapter_base_differs",
    ),
    "wrong hashes": (
        making.zipped({**making.files(), "adapter.gguf": making.gguf() + b"\0"}),
        "422 adapter_hash_differs",
    ),
    "a name that is a path": (making.zipped(making.files("../../x")), "422 adapter_name_invalid"),
}


@pytest.mark.one_database
@pytest.mark.parametrize(("content", "code"), ATTACKS.values(), ids=ATTACKS.keys())
async def test_what_is_unsafe_is_refused(
    stage: Running, settings: Settings, content: bytes, code: str
) -> None:
    assert code_of(await send(stage, content)) == code
    assert leftovers(settings) == []
    assert all(
        each.name.startswith("offbook.") or each.name == "adapters"
        for each in settings.data_dir.iterdir()
    )
    assert await names(stage) == []


@pytest.mark.one_database
@pytest.mark.parametrize("name", ["../x", "a/b", ".hidden", "Ben", "a" * 65, "b n"])
async def test_a_name_is_no_path(stage: Running, settings: Settings, name: str) -> None:
    refused = await send(stage, making.zipped(making.files()), name)
    assert code_of(refused) in {"422 adapter_name_invalid", "422 invalid_request"}
    assert leftovers(settings) == []


@pytest.mark.one_database
async def test_what_is_inflated_is_bounded(database_url: str, tmp_path: Path) -> None:
    bounded = make_settings(database_url, tmp_path, adapters={"most_bytes": 20_000})
    async with running(bounded) as stage:
        bomb = packed(gguf=making.gguf() + bytes(5_000_000))
        assert len(bomb) < 20_000
        assert code_of(await send(stage, bomb)) == "413 too_large"
        assert leftovers(bounded) == []
        lies = bytearray(packed(gguf=making.gguf() + bytes(100_000)))
        assert code_of(await send(stage, bytes(lies))) == "413 too_large"
        assert as_object(await stage.http.get(URL))["most_bytes"] == 20_000


@pytest.mark.one_database
async def test_only_admins_may(database_url: str, tmp_path: Path) -> None:
    closed = make_settings(database_url, tmp_path, access={"admin_key": "k" * 40})
    async with running(closed) as stage:
        content = making.zipped(making.files())
        assert code_of(await send(stage, content)) == "401 admin_key_needed"
        assert code_of(await stage.http.get(URL)) == "401 admin_key_needed"
        assert code_of(await stage.http.delete(f"{URL}/ben-1")) == "401 admin_key_needed"
        for path in ("adapters", "adapters/ben-1/audition"):
            response = await stage.http.get(f"/api/admin/characters/ben/{path}")
            assert code_of(response) == "401 admin_key_needed"


async def test_what_speaks_for_someone_is_not_removed(stage: Running, settings: Settings) -> None:
    await register(stage)
    await stage.make_character()
    async with stage.services.database.write() as session:
        await session.execute(update(Character).values(adapter="ben-1", adapter_before=""))
    shown = as_object(await stage.http.get(URL))["items"][0]
    assert shown["in_force"] == [{"slug": "ben", "name": "Ben"}]
    refused = await stage.http.delete(f"{URL}/ben-1")
    assert code_of(refused) == "409 adapter_in_force"
    assert "Ben" in error_of(refused)["message"]
    assert error_of(refused)["detail"]["characters"] == ["ben"]
    assert leftovers(settings) == ["ben-1"]


async def test_missing_files_are_said(stage: Running, settings: Settings) -> None:
    await register(stage)
    (settings.adapters_dir / "ben-1" / "adapter.gguf").unlink()
    assert as_object(await stage.http.get(URL))["items"][0]["status"] == "files_missing"
