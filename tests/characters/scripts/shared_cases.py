"""Inputs that lie beside the repository where a project keeps them; tests skip without them."""

from pathlib import Path

import pytest

from characters.scripts.model import Scene
from characters.scripts.report import ParseReport
from tests.characters.scripts.reading import open_script


def shared_case(name: str) -> bytes:
    """The bytes of ``shared/cases/NAME`` in a folder above this one."""
    for parent in Path(__file__).parents:
        path = parent / "shared" / "cases" / name
        if path.exists():
            return path.read_bytes()
    pytest.skip("the shared cases are not here")


def lines_of(content: str | bytes, filename: str) -> list[tuple[str, str]]:
    """Speaker and text of every line, detected as for an upload."""
    return [
        (line.speaker, line.text)
        for item in open_script(content, filename)
        if isinstance(item, Scene)
        for line in item.lines
    ]


def report_of(content: str | bytes, filename: str) -> ParseReport:
    report = ParseReport()
    for item in open_script(content, filename):
        report.add(item)
    return report
