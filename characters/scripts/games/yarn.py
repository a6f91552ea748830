"""Read Yarn Spinner's scripts, ``.yarn``: lines of nodes; options and commands are not speech.

Source: Yarn Spinner's documentation, “Lines, nodes and options”.
"""

import re
from collections.abc import Iterable, Iterator

from characters.scripts.games.guesses import read_story
from characters.scripts.games.story import Part, Said, StoryItem, say, tidy
from characters.scripts.model import NonDialogue, ParseItem

_TITLE = re.compile(r"^title:[ \t]*\S", re.MULTILINE)
_BODY = re.compile(r"^---[ \t]*$", re.MULTILINE)
_END = re.compile(r"^===[ \t]*$", re.MULTILINE)
_NO_SPEECH = re.compile(r"<<|->|//|=>|#\w")
_TAGS = re.compile(r"\s+#[\w:.-]+|\s*//.*$|\s*<<[^<>]*>>\s*$")
_RICH_TEXT = re.compile(
    r"</?(?:b|i|u|s|color|size|font|sprite|link|mark|alpha|align|sup|sub|nobr|wave|shake|rainb|style)"
    r"(?:[ =][^<>]{0,80})?/?>",
    re.IGNORECASE,
)
"""Unity's tags, which dialogue for it has."""
_ESCAPED = re.compile(r"\\(.)")
_MARKUP = re.compile(r"(?<!\\)\[/?[^\[\]]{0,80}\]")


class Yarn:
    """Read ``Name: text`` in the nodes of a Yarn script; a node is a scene."""

    name = "yarn"

    def sniff(self, head: str, filename: str) -> float:
        """Return 0.97 for nodes: a title, a body, and an end."""
        if not (_TITLE.search(head) and _BODY.search(head)):
            return 0
        return 0.97 if _END.search(head) or filename.lower().endswith(".yarn") else 0

    def parse(self, rows: Iterable[str]) -> Iterator[ParseItem]:
        """Yield scenes and rejections; see ``ScriptFormat.parse``."""
        return read_story(_read(rows))


def _read(rows: Iterable[str]) -> Iterator[StoryItem]:
    in_body = False
    for number, source in enumerate(rows, start=1):
        row = tidy(source)
        if not row:
            continue
        if not in_body and row.startswith("title:"):
            yield Part(number, row.removeprefix("title:").strip())
        elif row in ("---", "===") or not in_body:
            in_body = row == "---" or (in_body and row != "===")
            yield NonDialogue(number, "layout")
        else:
            yield _read_row(number, row)


def _read_row(number: int, row: str) -> Said | NonDialogue:
    text = _RICH_TEXT.sub("", _MARKUP.sub("", _strip_tags(row))).strip()
    if _NO_SPEECH.match(row) or not text:
        return NonDialogue(number, "layout")
    said = say(number, text)
    return said._replace(text=_ESCAPED.sub(r"\1", said.text))


def _strip_tags(row: str) -> str:
    stripped = _TAGS.sub("", row)
    return stripped if stripped == row else _TAGS.sub("", stripped)
