"""Parse decorators: the lines ``@@name value`` at the head of an entry's content.

Character Card V3: a line ``@@@name`` right after another is the fallback where the first is not
known; a decorator without a known fallback is ignored, and none of them reaches the prompt.
"""

import re
from collections.abc import Iterable, Set

_DECORATOR = re.compile(r"(@@@?)([A-Za-z_]\w*)[ \t]*(.*)")


def split_decorators(content: str, known: Set[str]) -> tuple[dict[str, str], str]:
    """Return the ``known`` decorators of ``content``, name to value, and the text after all.

    The first of equal names counts. A fallback counts if no decorator before it in its chain did.
    """
    found: dict[str, str] = {}
    lines = content.split("\n")
    satisfied = False
    count = 0
    for line in lines:
        match = _DECORATOR.fullmatch(line.strip())
        if match is None:
            break
        count += 1
        marks, name, value = match.groups()
        if marks == "@@@" and satisfied:
            continue
        satisfied = name in known
        if satisfied:
            found.setdefault(name, value.strip())
    return found, "\n".join(lines[count:]) if count else content


def decorator_names(content: str) -> list[str]:
    """Return the names of all decorators at the head of ``content``."""
    names = []
    for line in content.split("\n"):
        match = _DECORATOR.fullmatch(line.strip())
        if match is None:
            break
        names.append(match[2])
    return names


def strip_decorators(content: str) -> str:
    """Return ``content`` without its decorators, for programs that know none."""
    return split_decorators(content, frozenset())[1]


def values(text: str) -> tuple[str, ...]:
    """Return the comma-separated values of a decorator."""
    return tuple(_stripped(text.split(",")))


def _stripped(parts: Iterable[str]) -> Iterable[str]:
    return (part.strip() for part in parts if part.strip())
