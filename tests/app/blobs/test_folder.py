"""Contents in a folder."""

import os
import stat
from pathlib import Path

import pytest

from app.blobs.errors import BlobUnavailableError
from app.blobs.folder import FolderStore
from tests.app.blobs.contract import StoreContract, name_of

pytestmark = pytest.mark.anyio


class TestFolder(StoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> FolderStore:
        return FolderStore(tmp_path / "deep" / "blobs")


async def test_only_the_service_reads_them(tmp_path: Path) -> None:
    name = name_of(b"mine")
    await FolderStore(tmp_path / "blobs").put(name, b"mine")
    path = tmp_path / "blobs" / name
    assert [each.stat().st_mode & 0o077 for each in (path, path.parent)] == [0, 0]
    assert [each.name for each in path.parent.iterdir()] == [path.name]


async def test_half_a_file_is_never_seen_and_goes_with_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, name = FolderStore(tmp_path), name_of(b"whole")

    def cut_off(handle: int) -> None:
        if stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", cut_off)
        with pytest.raises(BlobUnavailableError) as refused:
            await store.put(name, b"whole")
    assert (refused.value.status, refused.value.retry_after) == (503, 5)
    assert not (tmp_path / name).exists()
    assert len(list((tmp_path / name).parent.iterdir())) == 1
    await store.delete(name)
    assert list((tmp_path / name).parent.iterdir()) == []


async def test_a_place_that_is_no_folder_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "blobs").write_text("a file")
    for asking in (
        FolderStore(tmp_path / "blobs").put(name_of(b"x"), b"x"),
        FolderStore(tmp_path / "blobs").get(name_of(b"x")),
        FolderStore(tmp_path / "blobs").delete(name_of(b"x")),
    ):
        with pytest.raises(BlobUnavailableError):
            await asking
