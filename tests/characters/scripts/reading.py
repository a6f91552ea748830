"""Reading small scripts that tests hold in strings."""

from io import BytesIO

from characters.scripts.model import ParseItem, ParseLimits, Rejection, Scene
from characters.scripts.reader import ScriptReading, read_script


def open_script(
    content: str | bytes,
    filename: str = "script.txt",
    format: str | None = None,
    encoding: str | None = None,
    limits: ParseLimits | None = None,
) -> ScriptReading:
    data = content.encode() if isinstance(content, str) else content
    return read_script(
        BytesIO(data), filename, format=format, encoding=encoding, limits=limits or ParseLimits()
    )


def split(items: list[ParseItem]) -> tuple[list[Scene], list[Rejection]]:
    scenes = [item for item in items if isinstance(item, Scene)]
    rejections = [item for item in items if isinstance(item, Rejection)]
    return scenes, rejections


def read(content: str | bytes, format: str = "text") -> tuple[list[Scene], list[Rejection]]:
    return split(list(open_script(content, format=format)))


def rendered(scenes: list[Scene]) -> list[list[str]]:
    return [[line.render() for line in scene.lines] for scene in scenes]


def codes(rejections: list[Rejection]) -> list[tuple[int, str]]:
    return [(rejection.row, rejection.code) for rejection in rejections]
