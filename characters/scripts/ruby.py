"""Leave out the readings that Japanese texts write beside words: ``氷《こおり》``."""

import re
from collections.abc import Iterable, Iterator

_KANA = r"[\u3041-\u309f\u30a0-\u30ff\uff66-\uff9f・　 ]"
_READING = re.compile(rf"(?<=[^\W\d_々〆ヶ])《{_KANA}{{1,30}}》")
_BASE_MARK = re.compile(r"[｜|](?=[^｜|《》]{1,30}《)")
_NOTE = re.compile(r"［＃[^［］]{0,200}］")
_FEWEST = 2


def has_ruby(head: str) -> bool:
    """Return whether a text writes readings as Aozora Bunko does.

    Chinese titles stand in the same brackets, but never in kana behind a character.
    """
    return "《" in head and len(_READING.findall(head)) >= _FEWEST


def strip_ruby(rows: Iterable[str]) -> Iterator[str]:
    """Yield ``rows`` without readings and notes on their looks; a row of nothing else stays."""
    for row in rows:
        if "《" not in row and "［＃" not in row:
            yield row
            continue
        stripped = _NOTE.sub("", _READING.sub("", _BASE_MARK.sub("", row)))
        yield stripped if stripped.strip() else row
