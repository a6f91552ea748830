"""Leave out what stands around a text: licences, lists of a work's data, notes on its markup.

Such rows are written ``Title: …`` and ``Author: …``, and would make a cast. Known by their own
marks are the books of Project Gutenberg and of Aozora Bunko; other lists are known by their labels,
as in the works of the Archive of Our Own.
"""

import re
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from characters.scripts.field_labels import describes_work
from characters.scripts.model import NonDialogue, ParseItem

_BEGINS = re.compile(
    r"\s*\*{2,3}\s*START OF (?:THE|THIS) PROJECT GUTENBERG|\s*\*END\*?\s*THE SMALL PRINT",
    re.IGNORECASE,
)
_ENDS = re.compile(
    r"\s*(?:\*{2,3}\s*)?END OF (?:THE |THIS )?PROJECT GUTENBERG|\s*\*{2,3}\s*END OF (?:THE|THIS)"
    r"|(?:\s|　)*底本[：:](?=[「『\s　]|$)|\s*［＃本文終わり］",
    re.IGNORECASE,
)
_KANA = re.compile(r"[\u3041-\u3096]")
_RULE = re.compile(r"\s*[-－─]{20,}\s*")
_NOTES_ON_MARKUP = re.compile(r"\s*【テキスト中に現れる記号について】")

_LISTED_ROWS = 60
_FEWEST_LABELS = 3
_FEWEST_OF_BLOCK = 2
_MOST_BETWEEN = 6
"""Most rows between two labels, and above the first."""
_LABEL = re.compile(r"[\s#*【\[]*([^\W\d_][^:：\]】]{0,28}?)[\]】*]*\s*[:：][\s*]*(.*)", re.DOTALL)
_MARKDOWN_HEADING = re.compile(r"#{1,6}\s+\S")


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """Say which rows of a text are not part of it."""

    rows: frozenset[int]
    """1-based rows of its beginning."""
    has_end: bool
    """Whether it is of a kind that marks the end of the text."""

    def strip(self, rows: Iterable[str], left_out: deque[NonDialogue]) -> Iterator[str]:
        """Yield ``rows``, blank where they are left out; append these to ``left_out``."""
        ended = False
        for number, row in enumerate(rows, start=1):
            ended = ended or (self.has_end and _ENDS.match(row) is not None)
            if (ended or number in self.rows) and row.strip():
                _count(left_out, number)
                yield ""
            else:
                yield row

    def parse(
        self, rows: Iterable[str], parse: Callable[[Iterable[str]], Iterator[ParseItem]]
    ) -> Iterator[ParseItem]:
        """Yield the items that ``parse`` makes of the text, and what is left out as layout."""
        left_out: deque[NonDialogue] = deque()
        for item in parse(self.strip(rows, left_out)):
            while left_out and left_out[0].row + left_out[0].rows < item.row:
                yield left_out.popleft()
            yield item
        yield from left_out


def find_front_matter(head: str) -> FrontMatter | None:
    """Return the rows around the text that begins with ``head``; None where it has none."""
    rows = head.split("\n")
    begins = next((at for at, row in enumerate(rows, 1) if _BEGINS.match(row)), 0)
    notes = _find_notes(rows)
    listed = _find_list(rows[begins:]) | _find_block(rows[begins:])
    skipped = {*range(1, begins + 1), *notes, *(row + begins for row in listed)}
    has_end = bool(begins or notes or _KANA.search(head))
    return FrontMatter(frozenset(skipped), has_end) if skipped or has_end else None


def _count(left_out: deque[NonDialogue], number: int) -> None:
    """Append the row, counted with the last where that is just above it."""
    if left_out and left_out[-1].row + left_out[-1].rows == number:
        last = left_out.pop()
        left_out.append(NonDialogue(last.row, "layout", last.rows + 1))
    else:
        left_out.append(NonDialogue(number, "layout"))


def _find_notes(rows: list[str]) -> set[int]:
    """Return the rows of Aozora Bunko's notes on its markup, with the rules around them."""
    at = next((at for at, row in enumerate(rows) if _NOTES_ON_MARKUP.match(row)), None)
    if at is None or at == 0 or not _RULE.fullmatch(rows[at - 1]):
        return set()
    end = next((n for n in range(at, len(rows)) if _RULE.fullmatch(rows[n])), None)
    return set() if end is None else set(range(at, end + 2))


def _find_list(rows: list[str]) -> set[int]:
    """Return the rows of a list of a work's data near the beginning, up to the text's heading.

    A label that comes twice is a speaker. A label without text belongs to the rows under it.
    """
    filled = [(at, row) for at, row in enumerate(rows, 1) if row.strip()][:_LISTED_ROWS]
    labelled: dict[int, str] = {}
    labels: list[str] = []
    for index, (_, row) in enumerate(filled):
        if labelled and index - max(labelled) > _MOST_BETWEEN:
            break
        match = _LABEL.fullmatch(row.strip())
        if match and describes_work(label := match[1].strip()):
            labelled[index] = match[2].strip()
            labels.append(label.casefold())
    if len(labels) < _FEWEST_LABELS or _is_spoken(labels, rows):
        return set()
    skipped = set(labelled)
    above = range(min(labelled))
    if len(above) <= _MOST_BETWEEN and not any(_LABEL.fullmatch(filled[at][1]) for at in above):
        skipped.update(above)
    for index, value in labelled.items():
        if not value:
            skipped |= _values(filled, index, labelled)
    return {filled[index][0] for index in skipped}


def _find_block(rows: list[str]) -> set[int]:
    """Return the rows of a title block: the first rows, each with a label of its own.

    Half of the labels are a work's. Rules around it, as in YAML's front matter, belong to it.
    """
    first = next((at for at, row in enumerate(rows) if row.strip()), len(rows))
    ruled = rows[first : first + 1] == ["---"]
    block: list[int] = []
    labels: list[str] = []
    for at in range(first + ruled, min(len(rows), first + _LISTED_ROWS)):
        row = rows[at]
        match = _LABEL.fullmatch(row.strip())
        if match is None and not (ruled and labels and row.strip() and row[0] in " -[\"'"):
            break
        if match:
            labels.append(match[1].strip())
        block.append(at + 1)
        if ruled and rows[at + 1 : at + 2] == ["---"]:
            block += [first + 1, at + 2]
            break
    known = sum(map(describes_work, labels))
    if known < _FEWEST_OF_BLOCK or 2 * known < len(labels):
        return set()
    return set() if _is_spoken([label.casefold() for label in labels], rows) else set(block)


def _is_spoken(labels: list[str], rows: list[str]) -> bool:
    """Return whether one of ``labels`` stands before several texts: its speaker is a person."""
    found = (_LABEL.fullmatch(row.strip()) for row in rows)
    counts = Counter(match[1].strip().casefold() for match in found if match)
    return any(counts[label] > 1 for label in labels)


def _values(filled: list[tuple[int, str]], index: int, labelled: dict[int, str]) -> set[int]:
    """Return the rows under a label without text: those up to a blank one, a label or a heading."""
    values: set[int] = set()
    for below in range(index + 1, len(filled)):
        number, row = filled[below]
        parted = number - filled[below - 1][0] > 1
        if below in labelled or parted or _MARKDOWN_HEADING.match(row):
            break
        values.add(below)
    return values
