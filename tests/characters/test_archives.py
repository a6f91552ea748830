"""Untrusted ZIP archives: what is read, counted and refused."""

import zipfile
from io import BytesIO

import pytest

from characters.archives import Archive, ArchiveLimits, has_file, is_archive
from characters.errors import ArchiveError
from tests.characters.scripts.containers import make_zip

LIMITS = ArchiveLimits(entries=3, entry_bytes=10, inflated_bytes=15)


def open_archive(content: bytes, limits: ArchiveLimits = LIMITS) -> Archive:
    return Archive(BytesIO(content), limits)


def refuse(content: bytes) -> ArchiveError:
    with pytest.raises(ArchiveError) as refused:
        open_archive(content)
    return refused.value


def test_files_are_read_and_folders_are_not_listed() -> None:
    archive = open_archive(make_zip({"a/": b"", "a/灯.txt": b"lamp", "b": b""}))
    assert archive.paths == ["a/灯.txt", "b"]
    assert ("b" in archive, "a/" in archive, "c" in archive) == (True, False, False)
    copy = BytesIO()
    archive.copy("a/灯.txt", copy)
    assert (archive.read("b"), copy.getvalue(), archive.inflated) == (b"", b"lamp", 4)


def test_a_program_in_front_of_an_archive_changes_nothing() -> None:
    content = b"MZ a program" + make_zip({"a": b"lamp"})
    assert is_archive(BytesIO(content))
    assert has_file(BytesIO(content), "a")
    assert open_archive(content).read("a") == b"lamp"


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\x03\x04" + b"x" * 40, b"PK\x05\x06"])
def test_what_has_no_end_is_no_archive(content: bytes) -> None:
    assert not is_archive(BytesIO(content))
    assert not has_file(BytesIO(content), "a")
    assert refuse(content).code == "damaged_archive"


def test_one_file_and_all_files_together_have_limits() -> None:
    archive = open_archive(make_zip({"a": b"x" * 10, "b": b"x" * 11, "c": b"x" * 6}))
    assert len(archive.read("a")) == 10
    with pytest.raises(ArchiveError, match="10 bytes that one file") as one:
        archive.read("b")
    assert (one.value.code, one.value.detail) == ("too_large", {"limit": 10, "unit": "bytes"})
    again = open_archive(make_zip({"a": b"x" * 10, "c": b"x" * 6}))
    again.read("a")
    with pytest.raises(ArchiveError, match="15 bytes that all files together") as all_of_them:
        again.read("c")
    assert all_of_them.value.detail == {"limit": 15, "unit": "bytes"}


def test_a_file_read_twice_counts_twice() -> None:
    archive = open_archive(make_zip({"a": b"x" * 8}))
    archive.read("a")
    with pytest.raises(ArchiveError):
        archive.read("a")


def test_folders_count_among_the_entries() -> None:
    assert refuse(make_zip({"a/": b"", "b/": b"", "c/": b"", "d": b""})).code == "too_large"


@pytest.mark.parametrize("path", ["/a", "a/../b", "./a", "a//b", "..", "c:a", "a\\b", "a//"])
def test_paths_that_leave_the_archive_are_refused(path: str) -> None:
    stand_in = "x" * len(path)
    content = make_zip({stand_in: b""}).replace(stand_in.encode(), path.encode())
    assert refuse(content).code == "unsafe_archive"


@pytest.mark.parametrize("path", ["..a", "a..", "...", "a.b/.c", "ab:c", " "])
def test_paths_that_only_look_like_it_are_files(path: str) -> None:
    assert open_archive(make_zip({path: b"x"})).read(path) == b"x"


def test_other_compressions_are_refused() -> None:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("a", b"lamp")
    assert "another way than Deflate" in str(refuse(buffer.getvalue()))


def test_damage_is_found_where_a_file_is_read() -> None:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as opened:
        opened.writestr("a", b"lamp")
        opened.writestr("b", b"oil")
    archive = open_archive(buffer.getvalue().replace(b"lamp", b"lump"))
    assert archive.read("b") == b"oil"
    for path in ("a", "not there"):
        with pytest.raises(ArchiveError) as refused:
            archive.read(path)
        assert refused.value.code == "damaged_archive"


def test_a_reader_that_stops_early_is_no_damage() -> None:
    pieces = open_archive(make_zip({"a": b"lamp"})).stream("a")
    assert next(pieces) == b"lamp"
    pieces.close()  # type: ignore[attr-defined]  # a generator
