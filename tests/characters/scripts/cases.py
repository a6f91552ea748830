"""Read inputs, and those of ``shared/cases``, as an upload is read."""

from io import BytesIO

from characters.scripts.model import ParseItem, Scene
from characters.scripts.reader import read_script
from characters.scripts.report import ParseReport
from tests.characters.scripts.reading import open_script, split
from tests.shared_cases import shared_case


def read_case(name: str) -> list[ParseItem]:
    """The items of the case ``name``, read under its own file name."""
    return list(read_script(BytesIO(shared_case(name)), name))


def said(items: list[ParseItem]) -> list[str]:
    """The lines as ``speaker: text``."""
    return [f"{line.speaker}: {line.text}" for scene in split(items)[0] for line in scene.lines]


def counts(items: list[ParseItem]) -> dict[str, int]:
    """The number of lines of each speaker."""
    found: dict[str, int] = {}
    for scene in split(items)[0]:
        for line in scene.lines:
            found[line.speaker] = found.get(line.speaker, 0) + 1
    return found


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
