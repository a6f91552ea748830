"""Keep the corpus of each target in the repository, as one compressed archive."""

import io
import tarfile
from pathlib import Path

ARCHIVES = Path(__file__).with_name("corpora")
UNPACKED = Path("build/fuzz/corpus")

KEPT_INPUTS = 100
"""Inputs kept of each target."""


def unpack(target: str) -> Path:
    """Return the folder of the target's corpus, filled from its archive.

    Inputs of earlier runs stay in it.
    """
    folder = UNPACKED / target
    folder.mkdir(parents=True, exist_ok=True)
    archive = _archive(target)
    if archive.exists():
        with tarfile.open(archive) as opened:
            opened.extractall(folder, filter="data")
    return folder


def pack(target: str) -> None:
    """Rewrite the target's archive with the smallest inputs of its folder.

    Small inputs run fastest, and a mutation changes more of them. Equal inputs make equal bytes,
    so that a run without new inputs leaves the archive unchanged.
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
