"""Find lists of characters: before a play (``人物表``, ``Dramatis Personae``), and of a scene."""

import re
from collections.abc import Sequence

from characters.scripts.headings import is_heading
from characters.scripts.lines import find_colon

_TITLE_ROWS = 60
"""How far into a script its cast list may begin, in rows."""

_ENTRIES = 200
_ENTRY_CHARACTERS = 100

_NAMES = (
    r"(?:主要|登[场場]|出[场場]|[剧劇]中)?(?:人物|角色)(?:[表单單]|列表|介[绍紹]|[简簡]介)?|演[员員]表"
    r"|dramatis person(?:ae|æ)|(?:the )?cast(?: list| of characters)?"
    r"|(?:the |list of |main )?characters(?: (?:in|of) the play)?"
    r"|(?:the )?persons(?: (?:in|of) the play| represented)?|personnages|acteurs|personen"
    r"|personajes|personaggi"
    r"|действующие лица|лица"
)
_HEADING = re.compile(
    rf"[#*_\s【\[]*(?:{_NAMES})[\]】*_\s]*(?P<colon>[:：]?)[*_\s]*", re.IGNORECASE
)
_UNDERLINE = re.compile(r"[-=*_~]{3,}")
_NAME_OF_ENTRY = re.compile(r"[-*•·‣◦+>\s]*(.*?)\s*(?:[-–—]{1,2}\s|——|[:：，,\t(（]|$)")

_OF_SCENE = re.compile(
    r"(?:本[场場]|出[场場]|登[场場]|在[场場])?人物?|[出登在][场場]|角色"
    r"|(?:the )?cast|characters(?: present)?|present|on ?stage|in this scene",
    re.IGNORECASE,
)


def lists_cast(name: str) -> bool:
    """Return whether the text before a row's colon announces who is in the scene.

    ``人物：三三、老周``, ``Present: Ambrose, Bev``.
    """
    return bool(_OF_SCENE.fullmatch(name))


def find_cast_list(rows: Sequence[str], *, double_spaced: bool) -> range:
    """Return the indices in ``rows``, the beginning of a script, that its cast list takes.

    The list begins with a row that announces it, and ends before a blank row (two, where the script
    is double-spaced), a heading, or a repeated name: there the dialogue begins. A row that lists
    names right below a scene's heading belongs to that scene.
    """
    for index, row in enumerate(rows[:_TITLE_ROWS]):
        if match := _HEADING.match(row):
            if match.end() == len(row):
                start = index + 1
                while start < len(rows) and _UNDERLINE.fullmatch(rows[start].strip()):
                    start += 1
                return range(index, _find_end(rows, start, 2 if double_spaced else 1))
            if match["colon"] and not _is_below_scene(rows[:index]):
                return range(index, index + 1)
    return range(0)


def _is_below_scene(rows: Sequence[str]) -> bool:
    """Return whether the last of ``rows`` opens a scene; a Markdown heading may be the title."""
    above = next((row for row in map(str.strip, reversed(rows)) if row), "")
    return not above.startswith("#") and find_colon(above) < 0 and is_heading(above)


def _find_end(rows: Sequence[str], start: int, blank_rows_at_end: int) -> int:
    """Return where the entries that begin at ``start`` end; ``start`` if none follow."""
    end = start
    seen: set[str] = set()
    blank_rows = 0
    for index in range(start, min(len(rows), start + _ENTRIES)):
        row = rows[index].strip()
        if not row:
            blank_rows += 1
            if seen and blank_rows == blank_rows_at_end:
                break
            continue
        blank_rows = 0
        match = _NAME_OF_ENTRY.match(row[:_ENTRY_CHARACTERS])
        name = match[1] if match else row
        if name in seen or (find_colon(row) < 0 and is_heading(row)):
            break
        seen.add(name)
        end = index + 1
    return end
