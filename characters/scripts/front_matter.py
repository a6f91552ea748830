"""Leave out what stands around a text: licences, lists of a work's data, notes on its markup.

Such rows are written ``Title: …`` and ``Author: …``, and would make a cast. Known by their own
marks are the books of Project Gutenberg and of Aozora Bunko; other lists are known by their labels,
as in the works of the Archive of Our Own.
"""

import re
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from characters.scripts.model import NonDialogue, ParseItem

_BEGINS = re.compile(
    r"\s*\*{2,3}\s*START OF (?:THE|THIS) PROJECT GUTENBERG|\s*\*END\*?\s*THE SMALL PRINT",
    re.IGNORECASE,
)
_ENDS = re.compile(
    r"\s*(?:\*{2,3}\s*)?END OF (?:THE |THIS )?PROJECT GUTENBERG|\s*\*{2,3}\s*END OF (?:THE|THIS)"
    r"|(?:\s|　)*底本[：:]|\s*［＃本文終わり］",
    re.IGNORECASE,
)
_RULE = re.compile(r"\s*[-－─]{20,}\s*")
_NOTES_ON_MARKUP = re.compile(r"\s*【テキスト中に現れる記号について】")

_LISTED_ROWS = 60
_FEWEST_LABELS = 3
_MOST_BETWEEN = 6
"""Most rows between two labels, and above the first."""
_LABEL = re.compile(r"[\s#*【\[]*([^\W\d_][^:：\]】]{0,28}?)[\]】*]*\s*[:：][\s*]*(.*)", re.DOTALL)
_LABELS = re.compile(
    "title|subtitle|author|authors|writer|rating|rated|archive warning|archive warnings|warning"
    "|warnings|content warning|content warnings|category|categories|fandom|fandoms|relationship"
    "|relationships|pairing|pairings|ship|character|characters|additional tags|tags|genre|genres"
    "|language|series|collections|stats|published|updated|completed|words|word count|chapters"
    "|status|summary|disclaimer|beta|source|url|link|story|storyid|story id|publisher|isbn"
    "|copyright|translator|translated by|illustrator|editor|edition|release date|last updated"
    "|most recently updated|posting date|credits|produced by|character set encoding|original"
    " publication|a/n|author's note|notes|favs|follows|reviews|packaged|date|version|draft"
    "|标题|書名|书名|作者|译者|原作|分类|类型|標籤|标签|内容标签|字数|状态|连载状态|文案|简介|内容简介"
    "|一句话简介|立意|搜索关键字|来源|出处|更新时间|发布时间|分级|警告|配对|主角|视角|语言|出版社|作品视角"
    "|タイトル|題名|著者|翻訳|訳者|底本|あらすじ|タグ|ジャンル|原作名",
    re.IGNORECASE,
)
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
    listed = _find_list(rows[begins:])
    skipped = {*range(1, begins + 1), *notes, *(row + begins for row in listed)}
    if not skipped:
        return None
    return FrontMatter(frozenset(skipped), has_end=bool(begins or notes))


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
        if match and _LABELS.fullmatch(label := match[1].strip()):
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
