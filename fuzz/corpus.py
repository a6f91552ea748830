"""Keep the corpora in the repository as one compressed archive a target."""

import io
import tarfile
from pathlib import Path

ARCHIVES = Path(__file__).with_name("corpora")
UNPACKED = Path("build/fuzz/corpus")

KEPT_INPUTS = 100
"""Of each target."""


def unpack(target: str) -> Path:
    """Return the folder that holds the target's corpus, filled from its archive.

    Inputs that an earlier run left there stay.
    """
    folder = UNPACKED / target
    folder.mkdir(parents=True, exist_ok=True)
    archive = _archive(target)
    if archive.exists():
        with tarfile.open(archive) as opened:
            opened.extractall(folder, filter="data")
    return folder


def pack(target: str) -> None:
    """Write the target's archive anew with the smallest inputs of its folder.

    Small inputs run fastest, and mutate most. The same inputs make the same bytes, so that a run
    that found nothing changes nothing.
    """
    inputs = sorted(
        (UNPACKED / target).iterdir(), key=lambda each: (each.stat().st_size, each.name)
    )
    for path in inputs[KEPT_INPUTS:]:
        path.unlink()
    ARCHIVES.mkdir(exist_ok=True)
    with tarfile.open(_archive(target), "w:xz", preset=9) as archive:
        for path in inputs[:KEPT_INPUTS]:
            content = path.read_bytes()
            member = tarfile.TarInfo(path.name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


def _archive(target: str) -> Path:
    return ARCHIVES / f"{target}.tar.xz"
