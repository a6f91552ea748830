"""Choose the seeds of a target: files of its format, so that no run has to invent one.

They are the fixtures of the tests and the made-up files of ``kinds.py``.
"""

import json
import zipfile
from pathlib import Path

from fuzz.containers import PARTS
from fuzz.kinds import KINDS

_HERE = Path(__file__).parent
_FIXTURES = _HERE.parent / "tests" / "fixtures"
_UNPACKED = Path("build/fuzz/seeds")
_SMALL = 6_000
"""Bytes; larger fixtures slow down all their mutations."""


def seeds_of(target: str) -> list[Path]:
    """Return small files that the target can read."""
    if target == "script":
        found = _scripts(None) + _kinds(target, None)
    elif target in PARTS:
        found = _parts(target)
    elif target == "script-pdf-rows":
        found = _kinds(target, "screenplay") + _kinds(target, "play")
    elif target.startswith("script-"):
        format = target.removeprefix("script-")
        found = _scripts(format) + _kinds(target, format)
    elif target == "picture":
        found = sorted((_HERE / "seeds").glob("grey.*"))
    elif target in ("card-png", "card-charx"):
        found = [path for path in _files("cards") if path.suffix == ".json"]
    elif target == "card":
        found = [*sorted((_HERE / "seeds").glob("lantern.*")), *_files("cards")]
    else:
        found = _files({"chat-log": "chat_logs", "lorebook": "lorebooks"}.get(target, ""))
    return [path for path in found if path.stat().st_size <= _SMALL]


def _scripts(format: str | None) -> list[Path]:
    """Return the scripts whose golden report names the format; None for all formats."""
    reports = sorted((_FIXTURES / "scripts").glob("*.report.json"))
    return [
        report.with_name(report.name.removesuffix(".report.json"))
        for report in reports
        if format in {None, json.loads(report.read_text(encoding="utf-8"))["format"]}
    ]


def _kinds(target: str, format: str | None) -> list[Path]:
    """Write the made-up files of a format, None for all formats; return paths."""
    folder = _UNPACKED / target
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for name, kind in KINDS.items():
        if format in {None, kind.format}:
            found.append(folder / f"{name.replace(' ', '-')}.{kind.filename}")
            found[-1].write_bytes(kind.write())
    return found


def _parts(target: str) -> list[Path]:
    """Unpack the target's part, such as ``word/document.xml``, out of fixtures; return paths."""
    format, path = PARTS[target]
    found = []
    for fixture in _scripts(format):
        with zipfile.ZipFile(fixture) as archive:
            names = [name for name in archive.namelist() if name.endswith(Path(path).suffix)]
            for name in (path,) if path in names else names:
                found.append(_UNPACKED / target / f"{fixture.stem}-{Path(name).name}")
                found[-1].parent.mkdir(parents=True, exist_ok=True)
                found[-1].write_bytes(archive.read(name))
    return found


def _files(folder: str) -> list[Path]:
    return sorted((_FIXTURES / folder).iterdir()) if folder else []
