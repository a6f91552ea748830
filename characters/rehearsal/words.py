"""Cut a line into the pieces that are learnt: words, and in Chinese and Japanese characters.

A piece keeps everything that stands around its word, so that the pieces of a line, joined, are the
line. What is compared is the piece's form: punctuation, case and width are forgiven; numbers are
compared as they are written (``41`` is not ``forty-one``).
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

_DIRECTION = re.compile(
    r"[(（][^()（）]{0,200}[)）]|[\[【][^\[\]【】]{0,200}[\]】]|\*(?=\S)[^*\n]{1,200}(?<=\S)\*"
)
_APOSTROPHES = frozenset("'’‘ʼ＇`´")
_VOICING = frozenset("\u3099\u309a\uff9e\uff9f")
"""Marks of kana, which change the character before them."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Hold a word with what stands around it, or a stage direction."""

    text: str
    form: str
    """What is compared; empty where there is nothing to say: directions, mere punctuation."""


def pieces(text: str) -> list[Piece]:
    """Return the pieces of a line: joined, their texts are the line."""
    found: list[Piece] = []
    end = 0
    for match in _DIRECTION.finditer(text):
        found += _words(text[end : match.start()])
        found.append(Piece(match[0], ""))
        end = match.end()
    return found + _words(text[end:])


def forms(text: str) -> list[str]:
    """Return what is compared of a line, in order."""
    return [piece.form for piece in pieces(text) if piece.form]


def is_ideographic(character: str) -> bool:
    """Return whether a character is learnt alone, as in Chinese and Japanese."""
    return unicodedata.category(character)[0] in "LN" and (
        "\u3400" <= character <= "\u9fff"
        or "\u3040" <= character <= "\u30ff"
        or "\u31f0" <= character <= "\u31ff"
        or "\uff66" <= character <= "\uff9d"
        or "\uf900" <= character <= "\ufaff"
        or "\U00020000" <= character <= "\U000323af"
        or character in "々〇"
    )


def _words(text: str) -> list[Piece]:
    """Return the pieces of a text without directions; one without words is one piece."""
    spans = list(_spans(text))
    if not spans:
        return [Piece(text, "")] if text else []
    cuts = [0, *_cuts(text, spans), len(text)]
    return [
        Piece(text[cuts[n] : cuts[n + 1]], _form(text[start:end]))
        for n, (start, end) in enumerate(spans)
    ]


def _cuts(text: str, spans: Sequence[tuple[int, int]]) -> Iterator[int]:
    """Yield where a piece ends: behind the last white space, or before an opening bracket."""
    for (_, end), (start, _) in pairwise(spans):
        cut = start
        while cut > end and not text[cut - 1].isspace():
            cut -= 1
        if cut == end:  # no white space between them
            cut = start
            while cut > end and _opens(text[cut - 1]):
                cut -= 1
        yield cut


def _opens(character: str) -> bool:
    return unicodedata.category(character) in {"Ps", "Pi"}


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield where words begin and end."""
    start: int | None = None
    for at, character in enumerate(text):
        if character in _VOICING:
            continue
        if is_ideographic(character):
            if start is not None:
                yield start, at
                start = None
            yield at, at + 1 + (text[at + 1 : at + 2] in _VOICING)
        elif _is_letter(character, begins=start is None):
            start = at if start is None else start
        elif start is not None and not _joins(text, at):
            yield start, at
            start = None
    if start is not None:
        yield start, len(text)


def _is_letter(character: str, *, begins: bool) -> bool:
    """Return whether a character belongs to a word; marks continue one and begin none."""
    kind = unicodedata.category(character)[0]
    return kind in "LN" if begins else kind in "LNM"


def _joins(text: str, at: int) -> bool:
    """Return whether an apostrophe stands within a word: ``don't``."""
    after = text[at + 1 : at + 2]
    return (
        text[at] in _APOSTROPHES
        and after != ""
        and _is_letter(after, begins=True)
        and not is_ideographic(after)
    )


def _form(word: str) -> str:
    bare = "".join(each for each in word if each not in _APOSTROPHES)
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", bare).casefold())
