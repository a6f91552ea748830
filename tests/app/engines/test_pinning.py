"""A model's file is the one that was agreed on, or the engine does not start."""

import asyncio
import hashlib
from pathlib import Path

import pytest

from app.engines.host import EngineHost, HostStatus
from app.engines.pull import pull
from app.engines.pull_errors import PinnedHashError, PullError
from app.settings import Settings
from tests.app.engines.test_pull import (
    CONTENT,
    HUB,
    SHA256,
    FakeHub,
    entry_of,
    hub,
    hub_server,
)

__all__ = ["hub", "hub_server"]

OTHER = CONTENT + b"another"
OTHER_SHA256 = hashlib.sha256(OTHER).hexdigest()


def exchange(hub: FakeHub) -> None:
    """The hub's file becomes another one, and the hub declares its hash."""
    hub.content, hub.sha256 = OTHER, OTHER_SHA256


def fetch(folder: Path, hub: FakeHub, sha256: str | None = None) -> Path:
    """A pull of a model whose hash the catalogue does not know."""
    entry = entry_of(HUB, sha256=None)
    return pull(entry, folder, hub_endpoint=hub.base_url, sha256=sha256)


def test_the_first_pull_records_the_hash(tmp_path: Path, hub: FakeHub) -> None:
    fetch(tmp_path, hub)
    assert (tmp_path / "tiny.gguf.sha256").read_text() == f"{SHA256}  tiny.gguf\n"


def test_a_file_that_the_hub_exchanged_is_not_even_downloaded(tmp_path: Path, hub: FakeHub) -> None:
    fetch(tmp_path, hub).unlink()
    exchange(hub)
    asked = len(hub.ranges)
    with pytest.raises(PinnedHashError, match=r"tiny\.gguf\.sha256") as caught:
        fetch(tmp_path, hub)
    assert (caught.value.expected, caught.value.actual) == (SHA256, OTHER_SHA256)
    assert len(hub.ranges) == asked
    assert not (tmp_path / "tiny.gguf").exists()


def test_without_the_record_another_file_is_taken_up(tmp_path: Path, hub: FakeHub) -> None:
    fetch(tmp_path, hub).unlink()
    (tmp_path / "tiny.gguf.sha256").unlink()
    exchange(hub)
    assert fetch(tmp_path, hub).read_bytes() == OTHER


@pytest.mark.parametrize("written", [OTHER, CONTENT[:-1] + b"!", b""])
def test_a_file_that_changed_here_is_refused_and_kept(
    tmp_path: Path, hub: FakeHub, written: bytes
) -> None:
    path = fetch(tmp_path, hub)
    path.write_bytes(written)
    with pytest.raises(PinnedHashError, match=SHA256):
        fetch(tmp_path, hub)
    assert path.read_bytes() == written


def test_the_setting_pins_the_first_pull(tmp_path: Path, hub: FakeHub) -> None:
    with pytest.raises(PinnedHashError, match="OFFBOOK_ENGINE__MODEL_SHA256"):
        fetch(tmp_path, hub, OTHER_SHA256)
    assert hub.ranges == []
    assert fetch(tmp_path, hub, SHA256.upper()).read_bytes() == CONTENT


def test_the_catalogue_pins_what_is_here(tmp_path: Path, hub: FakeHub) -> None:
    (tmp_path / "tiny.gguf").write_bytes(OTHER)
    with pytest.raises(PinnedHashError, match="by the catalogue"):
        pull(entry_of(HUB), tmp_path, hub_endpoint=hub.base_url)


def test_a_file_from_before_is_recorded_when_it_is_met(tmp_path: Path, hub: FakeHub) -> None:
    (tmp_path / "tiny.gguf").write_bytes(CONTENT)
    fetch(tmp_path, hub)
    assert SHA256 in (tmp_path / "tiny.gguf.sha256").read_text()


@pytest.mark.parametrize("kept", [b"", b"not a hash", b"\xff" * 5_000])
def test_a_record_of_nothing_is_an_error(tmp_path: Path, hub: FakeHub, kept: bytes) -> None:
    (tmp_path / "tiny.gguf.sha256").write_bytes(kept)
    with pytest.raises(PullError, match="holds no SHA-256"):
        fetch(tmp_path, hub)


def test_a_file_without_end_is_left(tmp_path: Path, hub: FakeHub) -> None:
    with pytest.raises(PullError, match="larger than the 1000 bytes"):
        pull(entry_of(HUB, size=1_000), tmp_path, hub_endpoint=hub.base_url)


@pytest.mark.anyio
async def test_the_engine_does_not_start_with_another_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.gguf"
    path.write_bytes(b"GGUF of somebody else's")
    settings = Settings(engine={"model": str(path), "model_sha256": SHA256})
    unavailable = asyncio.Event()
    seen: list[str] = []

    def on_change(status: HostStatus) -> None:
        seen.append(status.detail)
        if status.state == "unavailable":
            unavailable.set()

    host = EngineHost(settings, on_change=on_change)
    host.start()
    async with asyncio.timeout(10):
        await unavailable.wait()
    assert f"SHA-256 {SHA256} by OFFBOOK_ENGINE__MODEL_SHA256" in seen[-1]
    await host.aclose()
