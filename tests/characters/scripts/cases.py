"""Read the inputs of ``shared/cases``, beside the checkout; skip where they are absent."""

from io import BytesIO
from pathlib import Path

import pytest

from characters.scripts.model import ParseItem
from characters.scripts.reader import read_script
from tests.characters.scripts.reading import split

_ROOTS = (parent / "shared" / "cases" for parent in Path(__file__).resolve().parents)
CASES = next((root for root in _ROOTS if root.is_dir()), None)


def read_case(name: str) -> list[ParseItem]:
    """Return the items of the case ``name``, read under its own file name."""
    if CASES is None:
        pytest.skip("the shared cases are not beside this checkout")
    path = CASES / name
    return list(read_script(BytesIO(path.read_bytes()), path.name))


def said(items: list[ParseItem]) -> list[str]:
    """Return the lines as ``speaker: text``."""
    return [f"{line.speaker}: {line.text}" for scene in split(items)[0] for line in scene.lines]


def counts(items: list[ParseItem]) -> dict[str, int]:
    """Return the number of lines of each speaker."""
    found: dict[str, int] = {}
    for scene in split(items)[0]:
        for line in scene.lines:
            found[line.speaker] = found.get(line.speaker, 0) + 1
    return found
