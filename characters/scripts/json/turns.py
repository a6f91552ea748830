"""Read one entry of a JSON dialogue: its text and its speaker."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from characters.scripts.json.elements import Text, Value
from characters.scripts.tables.columns import GUESSED, Columns, find_columns

_USER = frozenset(("user", "human", "用户"))
_ASSISTANT = frozenset(
    ("assistant", "gpt", "chatgpt", "model", "bot", "ai", "bard", "bing", "助手")
)
_WITHOUT_SPEAKER = frozenset(("system", "developer", "tool", "function", "observation"))


_KNOWN_KEYS = 256
"""Sets of fields remembered: entries mostly have the same."""


class Turn(NamedTuple):
    """Hold the text of one entry of a dialogue."""

    text: Text
    speaker: str | None
    """Its speaker, "" where no one speaks; None where the text itself names its speakers."""
    thought: str | None = None
    """What the speaker thinks meanwhile, which is not said."""
    staged: bool = False
    """Whether text without a speaker describes the scene, as a stage direction does."""


class Unreadable(NamedTuple):
    """Mark an entry in which no text was found."""

    row: int | None
    """Its row, where it holds any text."""
    text: str = ""
    """A text without a speaker; "" where no text was found."""


class Names(NamedTuple):
    """Name the roles of a chat."""

    user: str
    character: str | None
    """None where the record does not name it: its role is then its name, ``assistant``."""


def find_instruction(entry: Value) -> Text | None:
    """Return the text of a system message."""
    return find_content(entry) if _role(entry) in ("system", "developer") else None


def _role(entry: Value) -> str:
    role = entry.get("role", entry.get("from")) if isinstance(entry, dict) else None
    return role.strip().casefold() if isinstance(role, Text) else ""


def find_content(entry: Value) -> Text | None:
    """Return the text of an entry."""
    if isinstance(entry, Text):
        return entry
    if not isinstance(entry, dict):
        return None
    content = entry.get("content", entry.get("value"))
    if isinstance(content, list):  # parts of a message: texts and pictures
        parts = [part.get("text") for part in content if isinstance(part, dict)]
        texts = [part for part in parts if isinstance(part, Text)]
        return Text("\n".join(texts), texts[0].row) if texts else None
    return content if isinstance(content, Text) else None


def read_entry(entry: Value, names: Names) -> Iterator[Turn | Unreadable]:
    """Yield the text of an entry with its speaker, then its parts that are not text."""
    if isinstance(entry, Text):
        yield Turn(entry, None)
        return
    text, speaker = find_content(entry), _find_speaker(entry, names)
    if text is None or speaker is None:
        text, speaker = read_columns(entry)
    if text is None or speaker is None:
        yield Unreadable(_find_row(entry))
        return
    yield Turn(text, speaker)
    if isinstance(entry, dict) and isinstance(parts := entry.get("content"), list):
        yield from (
            Unreadable(_find_row(part))
            for part in parts
            if not isinstance(part, dict) or not isinstance(part.get("text"), Text)
        )


def _find_speaker(entry: Value, names: Names) -> str | None:
    if not isinstance(entry, dict):
        return None
    role = _role(entry)
    if role in _WITHOUT_SPEAKER:
        return ""
    named = entry.get("name")
    if isinstance(named, Text) and named.strip():
        return str(named)
    if role in _USER:
        return names.user
    if role in _ASSISTANT:
        return names.character or "assistant"
    spelled = entry.get("role", entry.get("from"))
    return str(spelled) if isinstance(spelled, Text) else None


@lru_cache(_KNOWN_KEYS)
def _find_columns(keys: tuple[str, ...]) -> Columns | None:
    return find_columns(keys, GUESSED)


def read_columns(entry: Value) -> tuple[Text | None, str | None]:
    """Return the line and the speaker of an entry built like a table's row; None without both."""
    columns = _find_columns(tuple(entry)) if isinstance(entry, dict) else None
    if not isinstance(entry, dict) or columns is None:
        return None, None
    values = list(entry.values())
    speaker, line = values[columns.speaker], values[columns.line]
    if not isinstance(line, Text) or not isinstance(speaker, Text | None):
        return None, None
    return line, str(speaker or "")


def _find_row(value: Value) -> int | None:
    """Return the row of the first text in ``value``."""
    if isinstance(value, Text):
        return value.row
    children: Iterable[Value] = ()
    if isinstance(value, dict):
        children = value.values()
    elif isinstance(value, list):
        children = value
    rows = map(_find_row, children)
    return next((row for row in rows if row is not None), None)
