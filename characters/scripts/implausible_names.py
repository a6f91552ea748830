"""Recognise what cannot be anyone's name: dates, times, JSON and tags."""

import re
from collections.abc import Sequence

from characters.errors import ScriptError

REFUSED_SHARE = 0.9
"""Share of lines with an impossible speaker from which on a whole reading is refused."""

_FEWEST_LINES = 2
_REMEMBERED = 10_000

_SYNTAX = re.compile(
    r"\s*[\[(]?\s*(?:\{(?:\s*[\"'0-9]|[^{}]*\Z)|\}\s*\Z)|.*[{}]\s*\"|\s*</?[a-z][\w-]*(?:\s[^<>]*)?/?>"
    r"|.*</[a-z][\w-]*>|\s*<[?!]",
    re.IGNORECASE | re.DOTALL,
)
_STAMP = re.compile(
    r"\W*(?:[0-9]{1,4}([-/.])[0-9]{1,2}\1[0-9]{1,4}|[0-9]{1,4}年[0-9]{1,2}月|[0-9]{1,2}[:：.][0-9]{2}"
    r"(?:[:：.][0-9]{2})?\s*(?:[AaPp]\.?[Mm]\.?)?\W*\Z"
    r"|(?:Today|Yesterday),?(?: at)?\Z|.*\s[-–—]\s[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}\Z"
    r"|(?:[A-Z][a-z]{2,8}\.? [0-9]{1,2},|[0-9]{1,2}\.? [A-Z][a-z]{2,8}\.?,?) [0-9]{4}\W*\Z)"
)


def is_impossible(name: str) -> bool:
    """Return whether ``name`` is a piece of JSON or markup, a date, or a time of day."""
    return bool(_SYNTAX.match(name) or _STAMP.match(name))


def refuse_names(impossible: str, lines: int, format_name: str) -> ScriptError:
    """Return the refusal of a reading whose speakers are not names; ``impossible`` is one."""
    return ScriptError(
        "implausible_speakers",
        f"Read as {format_name}, this file has {lines:,} lines, but what stands where the speaker"
        f" belongs is no name: “{impossible[:60]}”. If it is a script all the same, name its format"
        " and upload it again.",
        speaker=impossible[:60],
        format=format_name,
    )


class SpeakerCheck:
    """Count the lines of a reading whose speaker cannot be one."""

    def __init__(self) -> None:
        self._possible: set[str] = set()
        self._impossible_lines = 0
        self._lines = 0
        self._example = ""

    def add(self, names: Sequence[str]) -> None:
        """Count a scene's lines by their speakers' ``names``, one for each line."""
        self._lines += len(names)
        if self._possible.issuperset(names):  # as nearly every scene: a script has few speakers
            return
        for name in names:
            if name in self._possible:
                continue
            if is_impossible(name):
                self._impossible_lines += 1
                self._example = self._example or name
            elif len(self._possible) < _REMEMBERED:
                self._possible.add(name)

    def refusal(self, format_name: str) -> ScriptError | None:
        """Return the refusal of the reading, or None where its speakers may be names."""
        if self._lines < _FEWEST_LINES or self._impossible_lines < REFUSED_SHARE * self._lines:
            return None
        return refuse_names(self._example, self._lines, format_name)
