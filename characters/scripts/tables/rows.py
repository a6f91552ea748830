"""Gather tables with one line of dialogue a row into scenes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from characters.scripts.directions import Directions
from characters.scripts.lines import (
    CONTROL_CHARACTER,
    LONG_SPEAKER,
    Refusal,
    make_line,
    read_speaker,
    reject,
)
from characters.scripts.model import SCENE_LINES, Line, NonDialogue, ParseItem, Rejection, Scene
from characters.scripts.names import SPEAKER_CHARACTERS

_NO_NAME = Refusal("no_speaker", "Nobody is named as the speaker.")
_LONG_NAME = Refusal(
    "no_speaker", f"The speaker's name is longer than {SPEAKER_CHARACTERS} characters."
)
_SILENT = Refusal("no_text", "The speaker says nothing.")


class TableRow(NamedTuple):
    """Hold the content of a table's row, as typed."""

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
    section: tuple[str, str] = ("", "")
    """Scene and episode, as typed."""
    lines: list[Line] = field(default_factory=list)
    continued: int = 0
    directions: Directions = field(default_factory=Directions)

    def move_to(self, section: tuple[str, str]) -> Iterator[Scene]:
        """Continue in ``section``, ending the scene where that differs."""
        if _strip(section) != _strip(self.section):
            yield from self.close()
            self.directions.clear()
        self.section = section

    def close(self) -> Iterator[Scene]:
        """Yield the scene if it has lines; the next line begins another."""
        if self.lines:
            scene, episode = _strip(self.section)
            yield Scene(
                self.lines,
                self.lines[0].row,
                heading=scene or None,
                episode=episode or None,
                continued=self.continued,
                directions=self.directions.take(len(self.lines)),
            )
        self.lines = []
        self.continued = 0


def gather_scenes(rows: Iterable[TableRow | ParseItem]) -> Iterator[ParseItem]:
    """Yield scenes, which end where scene or episode changes and at a row without content.

    Text without a speaker is narration. Other items pass unchanged.
    """
    scene = _OpenScene()
    for item in rows:
        if type(item) is not TableRow:
            yield item  # type: ignore[misc]  # every other type is an item; this check is the fastest
            continue
        row, speaker, text, name, episode, count = item
        if (not text or text.isspace()) and not speaker.strip():
            yield from scene.close()
            if count:
                yield NonDialogue(row, "layout", count)
            continue
        if (name, episode) != scene.section:
            yield from scene.move_to((name, episode))
        if len(scene.lines) == SCENE_LINES:
            yield from scene.close()
        line = read_row(item)
        if isinstance(line, Line):
            scene.lines.append(line)
            if count != 1:
                scene.continued += count - 1
        else:
            if isinstance(line, NonDialogue):
                scene.directions.add(len(scene.lines), row, text)
            yield line
    yield from scene.close()


def read_row(item: TableRow) -> Line | NonDialogue | Rejection:
    """Return the line of a row; narration where it names no speaker."""
    row, name, text, _, _, rows = item
    speaker = read_speaker(name)
    if isinstance(speaker, Refusal):
        if not name.strip():
            return NonDialogue(row, "narration", rows)
        return reject(row, name, _LONG_NAME if speaker is LONG_SPEAKER else _NO_NAME, rows)
    if "\n" in text:  # examples in a prompt show one line of dialogue a row
        text = text.replace("\n", " ")
    text = text.strip()
    if not text:
        return reject(row, name, _SILENT, rows)
    if "\0" in text or "\0" in name:
        return reject(row, f"{name}: {text}", CONTROL_CHARACTER, rows)
    return make_line(row, speaker, text, ": " if speaker.name.isascii() else "：")


def _strip(section: tuple[str, str]) -> tuple[str, str]:
    scene, episode = section
    return scene.strip(), episode.strip()
