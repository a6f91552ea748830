"""Strip a Fountain script's comments: ``/* boneyard */`` and ``[[notes]]``.

Source: fountain.io/syntax, “Boneyard” and “Notes”.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from characters.scripts.lines import Refusal, reject
from characters.scripts.model import NonDialogue, Rejection

_BEGINS = re.compile(r"/\*|\[\[")
_ENDS = {"/*": "*/", "[[": "]]"}
_UNCLOSED = Refusal(
    "unclosed_comment",
    "What begins with /* or [[ here is never closed, so it was left out; close it, or remove it.",
)


@dataclass(slots=True)
class _Comment:
    end: str
    row: int
    source: str
    rows: int = 0
    """Rows with no other content."""


def strip_comments(
    rows: Iterable[str], account: Callable[[NonDialogue | Rejection], None]
) -> Iterator[tuple[int, str]]:
    """Yield the ``rows``, numbered, without comments; rows of comments alone are left out.

    Those rows are passed to ``account``. A note ends at an empty row at the latest; a note ended
    that way, and a boneyard that continues to the end of the script, are rejected from the row they
    begin in.
    """
    comment: _Comment | None = None
    for number, source in enumerate(rows, start=1):
        if comment and comment.end == "]]" and not source:
            account(reject(comment.row, comment.source, _UNCLOSED, comment.rows))
            comment = None
        text, closed, comment = _strip_row(number, source, comment)
        if source.strip() and not text.strip():
            (comment or closed[-1]).rows += 1
        elif text or not comment:
            yield number, text
        for done in closed:
            if done.rows:
                account(NonDialogue(done.row, "layout", done.rows))
    if comment:
        account(reject(comment.row, comment.source, _UNCLOSED, comment.rows))


def _strip_row(
    number: int, source: str, comment: _Comment | None
) -> tuple[str, list[_Comment], _Comment | None]:
    """Return the rest of a row, the comments that end in it, and the comment still open."""
    kept: list[str] = []
    closed: list[_Comment] = []
    position = 0
    while True:
        if comment:
            end = source.find(comment.end, position)
            if end < 0:
                return "".join(kept), closed, comment
            closed.append(comment)
            position = end + len(comment.end)
            comment = None
        begin = _BEGINS.search(source, position)
        if begin is None:
            return "".join([*kept, source[position:]]), closed, None
        kept.append(source[position : begin.start()])
        comment = _Comment(_ENDS[begin[0]], number, source)
        position = begin.end()
