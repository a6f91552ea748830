"""Gather the elements of a screenplay into scenes: a name and the rows under it are one line."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

from characters.scripts.directions import Directions
from characters.scripts.lines import Refusal, SpeakerName, build_line, reject
from characters.scripts.model import SCENE_LINES, Line, NonDialogue, ParseItem, Rejection, Scene
from characters.scripts.screenplays.names import CharacterName, read_name

SPEECH_CHARACTERS = 20_000
"""Longest speech. The rest becomes a further line, so that a script without breaks fits in
memory."""

_UNNAMED = Refusal("no_speaker", "This is written as dialogue, but no character is named above it.")
_NO_WORDS = Refusal("no_text", "Nothing is said under this name.")
_DIRECTION = re.compile(r"\s*(?:[(（]([^()（）]*)[)）]|\[([^\[\]]*)\])")
_WIDE = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef…—“”‘’]")


class ScreenplayElement(NamedTuple):
    """Hold a row of a screenplay and its kind.

    ``layout`` (page numbers, transitions, notes) may stand within a speech, and has a text where it
    lists who is in the scene; ``more`` says that the speech continues behind it, under the repeated
    name; ``again`` is what the last speaker says further on.
    """

    kind: Literal["heading", "name", "speech", "again", "more", "action", "layout", "header"]
    row: int
    text: str = ""


@dataclass(slots=True)
class _Speech:
    """Hold a name, and the rows under it so far."""

    row: int
    source: str
    name: CharacterName | Refusal
    texts: list[str] = field(default_factory=list)
    rows: int = 1
    last: int = 0
    """The last row that was added; a play has the name and the first words in one."""
    characters: int = 0
    more: bool = False

    def continues_as(self, name: CharacterName | Refusal) -> bool:
        """Return whether the speech continues under ``name``, behind a page break."""
        if isinstance(name, Refusal) or isinstance(self.name, Refusal):
            return False
        return self.more and name.continues and name.name == self.name.name

    def read(self) -> Line | Rejection:
        """Return the line; a rejection if it has no speaker or no words."""
        if isinstance(self.name, Refusal):
            return reject(self.row, self.source, self.name, self.rows)
        text = join_rows([*self.name.asides, *self.texts])
        directions, words = _split_directions(text)
        if not words:
            return reject(self.row, self.source, _NO_WORDS, self.rows)
        name = self.name.name
        colon = ": " if name.isascii() else "："
        line = build_line(self.row, f"{name}{colon}{text}", len(name), SpeakerName(name))
        if isinstance(line, Rejection):
            return replace(line, rows=self.rows)
        return line._replace(direction=", ".join(directions) or None)


@dataclass(slots=True)
class _OpenScene:
    """Hold the open scene and the open speech."""

    heading: str | None = None
    lines: list[Line] = field(default_factory=list)
    continued: int = 0
    speech: _Speech | None = None
    last: _Speech | None = None
    """The last speech, also where it has ended."""
    directions: Directions = field(default_factory=Directions)

    def end_speech(self) -> Iterator[Scene | Rejection]:
        speech, self.speech = self.speech, None
        if speech is None:
            return
        line = speech.read()
        if isinstance(line, Rejection):
            yield line
            return
        self.lines.append(line)
        self.continued += speech.rows - 1
        if len(self.lines) == SCENE_LINES:
            yield from self.end_scene()

    def end_scene(self) -> Iterator[Scene | Rejection]:
        yield from self.end_speech()
        if self.lines:
            yield Scene(
                self.lines,
                self.lines[0].row,
                self.heading,
                continued=self.continued,
                directions=self.directions.take(len(self.lines)),
            )
        self.lines = []
        self.continued = 0

    def begin_speech(self, element: ScreenplayElement) -> Iterator[Scene | Rejection]:
        name = read_name(element.text)
        if self.speech is not None and self.speech.continues_as(name):
            self.speech.rows += 1
            self.speech.more = False
            return
        yield from self.end_speech()
        self.speech = self.last = _Speech(element.row, element.text, name, last=element.row)

    def speak_again(self, element: ScreenplayElement) -> Iterator[Scene | Rejection]:
        """Go on with the open speech, or begin another one of the last speaker."""
        if self.speech is None and self.last is not None:
            self.speech = _Speech(element.row, element.text, self.last.name, last=element.row)
        yield from self.add_to_speech(element)

    def add_to_speech(self, element: ScreenplayElement) -> Iterator[Scene | Rejection]:
        speech = self.speech
        if speech is None:
            yield reject(element.row, element.text, _UNNAMED)
            return
        if speech.characters > SPEECH_CHARACTERS:
            yield from self.end_speech()
            speech = self.speech = _Speech(element.row, speech.source, speech.name, rows=0)
        speech.texts.append(element.text)
        speech.characters += len(element.text)
        speech.rows += element.row != speech.last
        speech.last = element.row


def gather_speeches(
    elements: Iterable[ScreenplayElement | NonDialogue | Rejection],
) -> Iterator[ParseItem]:
    """Yield scenes, which end at headings; action ends only a speech. Other items pass."""
    scene = _OpenScene()
    for element in elements:
        if not isinstance(element, ScreenplayElement):
            yield element
        elif element.kind == "name":
            yield from scene.begin_speech(element)
        elif element.kind == "speech":
            yield from scene.add_to_speech(element)
        elif element.kind == "again":
            yield from scene.speak_again(element)
        elif element.kind == "heading":
            yield from scene.end_scene()
            scene.heading = element.text or None
            scene.directions.clear()
            yield NonDialogue(element.row, "heading")
        elif element.kind == "action":
            yield from scene.end_speech()
            scene.directions.add(len(scene.lines), element.row, element.text)
            yield NonDialogue(element.row, "narration")
        else:
            if element.kind == "more" and scene.speech is not None:
                scene.speech.more = True
            elif element.kind == "layout" and element.text:
                scene.directions.add(len(scene.lines), element.row, element.text)
            yield NonDialogue(element.row, "header" if element.kind == "header" else "layout")
    yield from scene.end_scene()


def join_rows(texts: Iterable[str]) -> str:
    """Join rows of one text: with a space, except between two Chinese characters."""
    joined = ""
    for text in map(str.strip, texts):
        if joined and text and not (_WIDE.match(joined[-1]) and _WIDE.match(text)):
            joined += " "
        joined += text
    return joined


def _split_directions(text: str) -> tuple[list[str], str]:
    """Return the stage directions that ``text`` begins with, and the rest."""
    directions: list[str] = []
    end = 0
    while match := _DIRECTION.match(text, end):
        directions.append((match[1] or match[2] or "").strip())
        end = match.end()
    return list(filter(None, directions)), text[end:].strip()
