"""Pin a model's file to a hash: of the settings, of the catalogue, or of the first pull.

Without a configured hash, the one that the hub declared at the first pull is stored beside the
file, in the format of ``sha256sum``, and is checked from then on.
"""

import hashlib
import os
import re
from collections.abc import Mapping
from pathlib import Path

import structlog

from app.engines.pull_errors import PinnedHashError, PullContext, PullError

log = structlog.get_logger(__name__)

_CHUNK_BYTES = 1 << 20
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SIDECAR_BYTES = 1_000


def sidecar_of(path: Path) -> Path:
    """Return the path of the file that holds the hash of ``path``."""
    return path.with_name(f"{path.name}.sha256")


def pins_of(path: Path, catalogue: str | None, setting: str | None) -> dict[str, str]:
    """Return every hash that the file must have, by a description of its source.

    Raises :class:`PullError` for a sidecar without a hash.
    """
    kept = sidecar_of(path)
    given = {
        "OFFBOOK_ENGINE__MODEL_SHA256": setting and setting.lower(),
        "the catalogue": catalogue,
        str(kept): _read(kept),
    }
    return {where: sha256 for where, sha256 in given.items() if sha256}


def check_pins(name: str, pins: Mapping[str, str], actual: str) -> None:
    """Raise :class:`PinnedHashError` where a pin differs from ``actual``."""
    for where, expected in pins.items():
        if expected != actual:
            raise PinnedHashError(name, where=where, expected=expected, actual=actual)


def verify_file(
    name: str, path: Path, catalogue: str | None, setting: str | None, context: PullContext
) -> None:
    """Compare an existing file with its pins; without any, record its hash as one.

    Reads the whole file, a second or so for a gigabyte. Raises :class:`PinnedHashError`.
    """
    pins = pins_of(path, catalogue, setting)
    actual = sha256_of(path, context)
    check_pins(name, pins, actual)
    if not pins:
        try:
            record_pin(path, actual)
        except OSError as error:  # the models' directory may be read-only
            log.warning("model_hash_not_recorded", model=name, sha256=actual, reason=str(error))


def record_pin(path: Path, sha256: str) -> None:
    """Store a file's hash beside it; an existing one is not replaced."""
    kept = sidecar_of(path)
    if not kept.exists():
        fresh = kept.with_name(f".{kept.name}.part")
        fresh.write_text(f"{sha256}  {path.name}\n", encoding="utf-8")
        os.replace(fresh, kept)


def sha256_of(path: Path, context: PullContext) -> str:
    """Return the hash of a file, reporting progress."""
    digest, done, total = hashlib.sha256(), 0, path.stat().st_size
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
            done += len(chunk)
            context.report(done, total, "verifying")
    return digest.hexdigest()


def _read(kept: Path) -> str | None:
    try:
        with kept.open(encoding="utf-8", errors="replace") as file:
            words = file.read(_SIDECAR_BYTES).split()
    except FileNotFoundError:
        return None
    sha256 = words[0].lower() if words else ""
    if not _SHA256.fullmatch(sha256):
        raise PullError(f"{kept} holds no SHA-256. Delete it to trust the model's file as it is.")
    return sha256
