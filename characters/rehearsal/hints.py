"""Make the hints of a line: its first letters, and what a prompter says."""

from dataclasses import dataclass

from characters.rehearsal.words import Piece, is_ideographic, pieces

_FIRST_WORDS = 3
_HIDDEN = "○"


@dataclass(frozen=True, slots=True)
class Hints:
    """Hold the hints of a line."""

    initials: str
    """The first letter of each word; in Chinese the first character after each pause, and a circle
    for every other one."""
    words: str
    """The first words: three, or as many characters."""
    more: str
    """About half of the line."""


def hints(line: str) -> Hints:
    """Return the hints of a line. Its stage directions are shown in all of them."""
    parts = pieces(line)
    spoken = sum(1 for part in parts if part.form)
    first = min(_FIRST_WORDS, max(1, spoken // 2))
    return Hints(
        initials=_initials(parts),
        words=_beginning(parts, first),
        more=_beginning(parts, max(first, (spoken + 1) // 2)),
    )


def _initials(parts: list[Piece]) -> str:
    shown: list[str] = []
    paused = True
    for part in parts:
        letters = [at for at, each in enumerate(part.text) if each.isalnum()]
        if not part.form or not letters:
            shown.append(part.text)
            paused = True
            continue
        start, end = letters[0], letters[-1] + 1
        rest = part.text[end:]
        letter = part.text[start]
        if is_ideographic(letter) and not paused:
            letter = _HIDDEN
        shown.append(part.text[:start] + letter + rest)
        paused = any(not each.isspace() for each in rest)
    return "".join(shown)


def _beginning(parts: list[Piece], words: int) -> str:
    taken: list[str] = []
    for part in parts:
        if part.form:
            if not words:
                break
            words -= 1
        taken.append(part.text)
    return "".join(taken).strip()
