"""Tables with one line of dialogue a row become scenes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from characters.scripts.lines import NO_TEXT, Refusal, build_line, read_speaker, reject
from characters.scripts.model import SCENE_LINES, Line, Narration, ParseItem, Rejection, Scene


class TableRow(NamedTuple):
    """What a row of a table says, as typed."""

    row: int
    """1-based physical row of the file in which it begins."""
    speaker: str
    line: str
    scene: str
    episode: str
    rows: int
    """Physical rows that are not blank."""


@dataclass(slots=True)
class _OpenScene:
    scene: str = ""
    episode: str = ""
    lines: list[Line] = field(default_factory=list)
    continued: int = 0

    def close(self) -> Iterator[Scene]:
        """The scene if anybody spoke in it; the next line begins another."""
        if self.lines:
            yield Scene(
                self.lines,
                self.lines[0].row,
                heading=self.scene or None,
                episode=self.episode or None,
                continued=self.continued,
            )
        self.lines = []
        self.continued = 0


def gather_scenes(rows: Iterable[TableRow | Narration | Rejection]) -> Iterator[ParseItem]:
    """Scenes end where the scene or the episode changes, and at a row without speaker and line.

    A text without a speaker is narration. Other items pass unchanged.
    """
    scene = _OpenScene()
    for item in rows:
        if not isinstance(item, TableRow):
            yield item
            continue
        if not item.speaker.strip() and not item.line.strip():
            yield from scene.close()
            if item.rows:
                yield Narration(item.row, "layout", item.rows)
            continue
        place = (item.scene.strip(), item.episode.strip())
        if place != (scene.scene, scene.episode) or len(scene.lines) == SCENE_LINES:
            yield from scene.close()
            scene.scene, scene.episode = place
        line = _read_row(item)
        if isinstance(line, Line):
            scene.lines.append(line)
            scene.continued += item.rows - 1
        else:
            yield line
    yield from scene.close()


def _read_row(item: TableRow) -> Line | Narration | Rejection:
    if not item.speaker.strip():
        return Narration(item.row, "narration", item.rows)
    speaker = read_speaker(item.speaker)
    if isinstance(speaker, Refusal):
        return reject(item.row, item.speaker, speaker, item.rows)
    text = " ".join(item.line.split("\n"))  # an example shows one line of dialogue a row
    if not text.strip():
        return reject(item.row, item.speaker, NO_TEXT, item.rows)
    colon = ":" if speaker.name.isascii() else "："
    space = " " if speaker.name.isascii() else ""
    line = build_line(item.row, f"{item.speaker}{colon}{space}{text}", len(item.speaker), speaker)
    return line if isinstance(line, Line) else replace(line, rows=item.rows)
