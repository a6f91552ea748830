"""Gather what a game's script says into scenes: lines, narration, and what is neither."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from characters.scripts.directions import Directions
from characters.scripts.lines import (
    PREFIX_CHARACTERS,
    Refusal,
    find_colon,
    make_line,
    read_speaker,
    reject,
)
from characters.scripts.model import SCENE_LINES, Line, NonDialogue, ParseItem, Rejection, Scene
from characters.scripts.quotes import unquote

TEXT_CHARACTERS = 20_000
"""Longest text of one line."""

_LONG = Refusal("text_too_long", f"A line has at most {TEXT_CHARACTERS:,} characters.")
_ASIDE = re.compile(r"\s*[(（][^()（）]{1,80}[)）]$")
_NAME_WORDS = 5
_NO_NAME = re.compile(r"[.!?。！？…\"“”<>{}=;()$\\]|https?$", re.IGNORECASE)


class Said(NamedTuple):
    """Hold a text of the game, and who says it: "" for narration."""

    row: int
    speaker: str
    text: str
    rows: int = 1
    """Physical rows that it takes; 0 where another text of the same row counts it."""
    guessed: bool = False
    """Whether the speaker is only what stands before a colon."""


class Part(NamedTuple):
    """Begin a part of the story: a label, a passage, a knot."""

    row: int
    title: str
    rows: int = 1
    """0 where a part has no row of its own; without a title, the last one stays then."""


StoryItem = Said | Part | NonDialogue | Rejection


@dataclass(slots=True)
class _OpenScene:
    title: str = ""
    lines: list[Line] = field(default_factory=list)
    continued: int = 0
    directions: Directions = field(default_factory=Directions)

    def close(self) -> Iterator[Scene]:
        if self.lines:
            yield Scene(
                self.lines,
                self.lines[0].row,
                self.title or None,
                continued=self.continued,
                directions=self.directions.take(len(self.lines)),
            )
        self.lines = []
        self.continued = 0


def gather_story(items: Iterable[StoryItem]) -> Iterator[ParseItem]:
    """Yield scenes, which end where a part begins. Other items pass."""
    scene = _OpenScene()
    for item in items:
        if isinstance(item, Part):
            yield from scene.close()
            scene.directions.clear()
            scene.title = item.title if item.title or item.rows else scene.title
            if item.rows:
                yield NonDialogue(item.row, "heading", item.rows)
        elif isinstance(item, Said):
            line = _read(item)
            if isinstance(line, Line):
                scene.lines.append(line)
                scene.continued += item.rows - 1
                if len(scene.lines) == SCENE_LINES:
                    yield from scene.close()
            else:
                if isinstance(line, NonDialogue):
                    scene.directions.add(len(scene.lines), item.row, item.text)
                if line.rows or isinstance(line, Rejection):
                    yield line
        else:
            yield item
    yield from scene.close()


def say(row: int, text: str) -> Said:
    """Return what a row says under the name before its colon, or narration without one."""
    found = split_name(text)
    return Said(row, *found, guessed=True) if found else Said(row, "", text)


def tidy(row: str) -> str:
    """Return a row with one space for each run of white space, as it is shown.

    Patterns that skip white space before a mark would try each place of a long run.
    """
    return " ".join(row.split())


def split_name(text: str) -> tuple[str, str] | None:
    """Return name and words of ``Name: words``; None where no name stands before a colon.

    A name has at most five words and none of the marks of a sentence or of code.
    """
    colon = find_colon(text[:PREFIX_CHARACTERS])
    if colon < 1:
        return None
    name, words = text[:colon].strip(), text[colon + 1 :].strip()
    if not words or words.startswith("//") or len(name.split()) > _NAME_WORDS:
        return None
    bare = without_aside(name)
    if not bare or _NO_NAME.search(bare) or not any(map(str.isalpha, bare)):
        return None
    return name, words


def without_aside(name: str) -> str:
    """Return a name without the direction in brackets behind it."""
    return _ASIDE.sub("", name)


def _read(item: Said) -> Line | NonDialogue | Rejection:
    text = tidy(item.text)
    if not item.speaker.strip():
        return NonDialogue(item.row, "narration", item.rows)
    speaker = read_speaker(item.speaker)
    if isinstance(speaker, Refusal):
        return reject(item.row, f"{item.speaker}: {text}", speaker, item.rows)
    text = unquote(text)
    if not text:
        return NonDialogue(item.row, "layout", item.rows)
    if len(text) > TEXT_CHARACTERS:
        return reject(item.row, text, _LONG, item.rows)
    if "\0" in text or "\0" in speaker.name:
        speaker = replace(speaker, name=speaker.name.replace("\0", "") or "?")
        text = text.replace("\0", "")
    if not text:
        return NonDialogue(item.row, "layout", item.rows)
    return make_line(item.row, speaker, text, ": " if speaker.name.isascii() else "：")
