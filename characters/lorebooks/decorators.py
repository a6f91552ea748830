"""Decorators: the lines ``@@name value`` at the head of an entry's content.

Character Card V3: a line ``@@@name`` right after another is what to use where the first is not
known; what is not known at all is ignored, and none of them reaches the prompt.
"""

import re
from collections.abc import Iterable, Set

_DECORATOR = re.compile(r"(@@@?)([A-Za-z_]\w*)[ \t]*(.*)")


def split_decorators(content: str, known: Set[str]) -> tuple[dict[str, str], str]:
    """The decorators of ``content`` that are in ``known``, name to value, and the text after them.

    Of equal names the first counts. A fallback counts where nothing before it in its chain did.
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


def strip_decorators(content: str) -> str:
    """``content`` without its decorators, for programs that know none."""
    return split_decorators(content, frozenset())[1]


def values(text: str) -> tuple[str, ...]:
    """The comma-separated values of a decorator."""
    return tuple(_stripped(text.split(",")))


def _stripped(parts: Iterable[str]) -> Iterable[str]:
    return (part.strip() for part in parts if part.strip())
