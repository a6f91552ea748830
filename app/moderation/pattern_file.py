"""Read a file of phrases and expressions, in sections by category. Pure but for reading the file.

``[violence]`` begins a section, ``#`` a comment. A line is a phrase, or ``/an expression/`` in the
syntax of RE2, which takes time in proportion to the text whatever the expression: none can be made
to run for ever.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from app.moderation.folding import fold
from app.moderation.port import category_of

_MOST_BYTES = 2_000_000
_MOST_LINES = 20_000
_MOST_EXPRESSIONS = 500
LONGEST_LINE = 200
EXPRESSION_MEMORY = 4 * 1024**2
"""Bytes of RE2's tables for one expression."""
_DEFAULT_CATEGORY = "other"


class PatternFileError(Exception):
    """Report a file that cannot be used, with the line at fault."""


class Expression(Protocol):
    """Search as a compiled expression does."""

    def search(self, text: str) -> object | None:
        """Return a match, or None."""
        ...


@dataclass(frozen=True, slots=True)
class Phrase:
    """Hold a folded phrase."""

    text: str
    category: str
    line: int


@dataclass(frozen=True, slots=True)
class Pattern:
    """Hold an expression."""

    expression: Expression
    category: str
    line: int


@dataclass(frozen=True, slots=True)
class PatternList:
    """Hold what a file lists."""

    phrases: tuple[Phrase, ...]
    patterns: tuple[Pattern, ...]


def read_pattern_file(path: Path) -> PatternList:
    """Return what the file lists. Raises :class:`PatternFileError`."""
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise PatternFileError(
            f"The patterns in {path} cannot be read: {error.strerror}."
        ) from error
    if len(content) > _MOST_BYTES:
        raise PatternFileError(f"{path} has more than {_MOST_BYTES:,} bytes.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PatternFileError(f"{path} is not in UTF-8.") from error
    return parse_patterns(text, str(path))


def parse_patterns(text: str, name: str) -> PatternList:
    """Return what a text lists; ``name`` is the file's in errors.

    Raises :class:`PatternFileError` for an invalid expression, a phrase without any letter, and
    for more or longer lines than are matched in reasonable time.
    """
    phrases: list[Phrase] = []
    patterns: list[Pattern] = []
    for number, category, line in _entries(text, name):
        if len(line) > 2 and line.startswith("/") and line.endswith("/"):
            patterns.append(Pattern(_compile(line[1:-1], name, number), category, number))
            continue
        folded = fold(line).strip()
        if not any(each.isalnum() for each in folded):
            raise PatternFileError(f"{name}, line {number}: this phrase has no letter or digit.")
        phrases.append(Phrase(folded, category, number))
    if len(phrases) > _MOST_LINES or len(patterns) > _MOST_EXPRESSIONS:
        raise PatternFileError(
            f"{name} has more than {_MOST_LINES:,} phrases or {_MOST_EXPRESSIONS} expressions."
        )
    return PatternList(tuple(phrases), tuple(patterns))


def _entries(text: str, name: str) -> Iterator[tuple[int, str, str]]:
    """Yield the line's number, its category and the line, for all but comments and headings."""
    category = _DEFAULT_CATEGORY
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        if len(line) > LONGEST_LINE:
            raise PatternFileError(
                f"{name}, line {number}: more than {LONGEST_LINE} characters; shorten it."
            )
        if line.startswith("[") and line.endswith("]"):
            category = category_of(line[1:-1])
            continue
        yield number, category, line


def _compile(body: str, name: str, number: int) -> Expression:
    import re2  # noqa: PLC0415  # compiled code that only expressions need

    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = False
    options.max_mem = EXPRESSION_MEMORY
    try:
        compiled: Expression = re2.compile(body, options)
    except (re2.error, UnicodeEncodeError) as error:
        raise PatternFileError(
            f"{name}, line {number}: not an expression that RE2 understands ({error}). It has no "
            "look-around and no back-references."
        ) from error
    if compiled.search("") is not None:
        raise PatternFileError(f"{name}, line {number}: this expression matches every text.")
    return compiled
