"""Look up texts in JSON values, and hold the dialogues that are found in them."""

from dataclasses import dataclass, field

from characters.scripts.json.elements import Text, Value
from characters.scripts.json.turns import Turn, Unreadable


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Hold one dialogue of a record; a record may have several."""

    turns: list[Turn | Unreadable]
    heading: str | None = None
    episode: str | None = None
    character: str | None = None
    """The character that the dialogue is about, where the record names it."""
    profile: Text | None = None
    """Description of that character."""
    unused: list[str] = field(default_factory=list)
    """Fields that were not read."""


def text_of(value: Value) -> Text | None:
    """Return ``value`` where it is a text."""
    return value if isinstance(value, Text) else None


def first_text(value: Value, *names: str) -> str | None:
    """Return the first of an object's fields that is a text or a number and not empty."""
    if not isinstance(value, dict):
        return None
    for name in names:
        found = value.get(name)
        if isinstance(found, str | int | float) and not isinstance(found, bool):
            stripped = str(found).strip()
            if stripped:
                return stripped
    return None


def join_texts(value: Value, between: str) -> Text | None:
    """Return a text, or the texts in a list of texts and of objects with ``text``."""
    if isinstance(value, Text):
        return value
    if not isinstance(value, list):
        return None
    parts = [part.get("text") if isinstance(part, dict) else part for part in value]
    texts = [part for part in parts if isinstance(part, Text)]
    return Text(between.join(texts), texts[0].row) if texts else None
