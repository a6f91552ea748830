"""Cut scenes into the windows and replies that retrieval ranks.

A scene of a hundred lines has many topics and one key; a window has about one. Measured on 26
characters, windows with several keys a reply retrieve more relevant lines than whole scenes with
one (``docs/retrieval.md``).
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from characters.passages.duplicates import find_duplicates
from characters.passages.examples import rename_speakers
from characters.scripts.model import Line, Scene

WINDOW_LINES = 4
"""Least lines of a window, which closes at the character's next line."""

_LONGEST = 3
"""Most lines kept before the character speaks, in multiples of a window's."""

_DIRECTION = re.compile(
    r"[(（][^()（）]{0,200}[)）]|[\[【][^\[\]【】]{0,200}[\]】]|\*(?=\S)[^*\n]{1,200}(?<=\S)\*"
)


@dataclass(frozen=True, slots=True)
class Window:
    """Hold consecutive lines of a scene that end with the character's."""

    scene: int
    """0-based index of the scene among those given."""
    start: int
    stop: int
    """``scene.lines[start:stop]``."""
    key: str
    """All lines but the last, others named ``user0``, ``user1``, ...: the reference's key."""
    speakers: tuple[str, ...]
    """The other speakers, under their own names, as they appear."""


@dataclass(frozen=True, slots=True)
class Reply:
    """Hold one line of the character's, with the line before it: an exchange."""

    scene: int
    line: int
    """0-based index in the scene."""
    window: int
    """Number of its window."""
    text: str
    """The line without stage directions."""
    previous: str
    """The line before, without its speaker and stage directions; empty if there is none."""
    previous_speaker: str | None
    pair: str
    """The exchange's key: ``user0：previous``, a newline, ``name：reply``."""

    @property
    def span(self) -> tuple[int, int]:
        """Return the first and last line of the exchange, by index in the scene."""
        return (self.line - (self.previous_speaker is not None), self.line)


@dataclass(frozen=True, slots=True)
class WindowSet:
    """Hold the windows and replies of a character, in the order of the script."""

    windows: Sequence[Window]
    replies: Sequence[Reply]
    collapsed: dict[tuple[int, int, int], int]
    """Duplicate windows as (scene, start, stop), and the number of the window kept instead."""


def cut_windows(
    scenes: Sequence[Scene], speakers: Collection[str], name: str, lines: int = WINDOW_LINES
) -> WindowSet:
    """Return the windows of the character ``name``, who plays ``speakers`` in ``scenes``.

    - A scene is cut after the last line of any of ``speakers``; a scene without their lines has
      no window. A window closes at their first line that makes it at least ``lines`` long; a
      single line that would be left at the end joins the last window.
    - Where others speak for long before the character does, the last ``3 * lines`` are kept.
    - A window inside another, or nearly equal to it, is left out with its replies.

    Short replies stay: they are a terse character's voice. Raises :class:`ValueError` for
    ``lines`` below 1.
    """
    if lines < 1:
        raise ValueError(f"a window has at least one line, not {lines}")
    own = frozenset(speakers)
    spans = [
        (number, start, stop)
        for number, scene in enumerate(scenes)
        for start, stop in _spans(scene.lines, own, lines)
    ]
    twins = find_duplicates([scenes[at].lines[start:stop] for at, start, stop in spans])
    numbers = {at: n for n, at in enumerate(at for at in range(len(spans)) if at not in twins)}
    windows: list[Window] = []
    replies: list[Reply] = []
    for at, number in numbers.items():
        scene, start, stop = spans[at]
        windows.append(_window(scene, start, stop, scenes[scene].lines, own, name))
        replies += _replies(windows[-1], number, scenes[scene].lines, own, name)
    collapsed = {spans[at]: numbers[twin] for at, twin in twins.items()}
    return WindowSet(windows, replies, dict(sorted(collapsed.items())))


def without_directions(text: str) -> str:
    """Return ``text`` without directions in brackets or asterisks, unless it has only those."""
    return " ".join(_DIRECTION.sub(" ", text).split()) or text


def _spans(lines: Sequence[Line], own: Collection[str], least: int) -> Iterator[tuple[int, int]]:
    """Yield starts and ends, one late: a single line at the end joins the last window."""
    spoken = [at for at, line in enumerate(lines) if line.speaker in own]
    start = 0
    pending: tuple[int, int] | None = None
    for at in spoken:
        if at + 1 - start < least and at != spoken[-1]:
            continue
        if pending and at == start == spoken[-1]:  # a single line is left
            yield pending[0], at + 1
            return
        if pending:
            yield pending
        pending = (max(start, min(at + 1 - _LONGEST * least, _first(spoken, start) - 1)), at + 1)
        start = at + 1
    if pending:
        yield pending


def _first(spoken: Sequence[int], start: int) -> int:
    return next(at for at in spoken if at >= start)


def _window(
    scene: int, start: int, stop: int, lines: Sequence[Line], own: Collection[str], name: str
) -> Window:
    shown = lines[start:stop]
    names = rename_speakers((line.speaker for line in shown), own, name)
    key = "\n".join(
        f"{names[line.speaker]}{line.colon}{line.text}" for line in (shown[:-1] or shown)
    )
    return Window(scene, start, stop, key, tuple(who for who in names if who not in own))


def _replies(
    window: Window, number: int, lines: Sequence[Line], own: Collection[str], name: str
) -> Iterator[Reply]:
    for at in range(window.start, window.stop):
        line = lines[at]
        if line.speaker not in own:
            continue
        before = lines[at - 1] if at else None
        said = f"{name}{line.colon}{line.text}"
        if before is not None:
            who = name if before.speaker in own else "user0"
            said = f"{who}{before.colon}{before.text}\n{said}"
        yield Reply(
            scene=window.scene,
            line=at,
            window=number,
            text=without_directions(line.text),
            previous=without_directions(before.text) if before else "",
            previous_speaker=before.speaker if before else None,
            pair=said,
        )
