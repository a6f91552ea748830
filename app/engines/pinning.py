"""Which bytes a model's file must be: by the settings, by the catalogue, or as it was first pulled.

Where nobody knows a hash beforehand, the one that the hub declared at the first pull is kept
beside the file, in the form of ``sha256sum``, and holds from then on.
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
    """The file that holds the hash of ``path``."""
    return path.with_name(f"{path.name}.sha256")


def pins_of(path: Path, catalogue: str | None, setting: str | None) -> dict[str, str]:
    """Every hash that the file must have, by the words that say where it stands.

    Raises :class:`PullError` for a sidecar that holds none.
    """
    kept = sidecar_of(path)
    given = {
        "OFFBOOK_ENGINE__MODEL_SHA256": setting and setting.lower(),
        "the catalogue": catalogue,
        str(kept): _read(kept),
    }
    return {where: sha256 for where, sha256 in given.items() if sha256}


def check_pins(name: str, pins: Mapping[str, str], actual: str) -> None:
    """Raises :class:`PinnedHashError` where one of them is another."""
    for where, expected in pins.items():
        if expected != actual:
            raise PinnedHashError(name, where=where, expected=expected, actual=actual)


def verify_file(
    name: str, path: Path, catalogue: str | None, setting: str | None, context: PullContext
) -> None:
    """Compare a file that is here with its pins; without any, its hash is recorded as one.

    Reads the whole file, a second or so for a gigabyte. Raises :class:`PinnedHashError`.
    """
    pins = pins_of(path, catalogue, setting)
    actual = sha256_of(path, context)
    check_pins(name, pins, actual)
    if not pins:
        try:
            record_pin(path, actual)
        except OSError as error:  # the models may lie where this service can only read
            log.warning("model_hash_not_recorded", model=name, sha256=actual, reason=str(error))


def record_pin(path: Path, sha256: str) -> None:
    """Keep a file's hash beside it; one that is kept already stays."""
    kept = sidecar_of(path)
    if not kept.exists():
        fresh = kept.with_name(f".{kept.name}.part")
        fresh.write_text(f"{sha256}  {path.name}\n", encoding="utf-8")
        os.replace(fresh, kept)


def sha256_of(path: Path, context: PullContext) -> str:
    """The hash of a file; tells how far it has got."""
    digest, done, total = hashlib.sha256(), 0, path.stat().st_size
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
            done += len(chunk)
            context.tell(done, total, "verifying")
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
