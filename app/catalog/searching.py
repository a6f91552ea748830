"""Find characters by words, by an index of trigrams (migration 0031).

A trigram is three letters, so that an index of them knows nothing of shorter words. For those the
names are looked up by their beginning, and the texts of the newest characters are read.
"""

import re

from sqlalchemy import ColumnElement, func, literal_column, or_, select, table
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Character, CharacterText

READ_NEWEST = 3_000
"""Newest characters whose texts are read for a word of one or two letters: a few milliseconds."""

NEWEST_HITS = 1_000
"""Hits that are enough for most pages of a list with the newest first."""

_THREE_LETTERS = re.compile(r"[^\W_]{3}")
_ABOVE_ALL = "\U0010ffff"


def bounds_of(session: AsyncSession, wanted: str) -> tuple[int | None, ...]:
    """Return the values of ``hits`` to try one after another until a page is full.

    SQLite collects all hits of a search before it takes the newest of them.
    """
    collects = session.get_bind().dialect.name == "sqlite" and len(wanted) >= 3
    return (NEWEST_HITS, None) if collects else (None,)


def says(session: AsyncSession, wanted: str, *, hits: int | None = None) -> ColumnElement[bool]:
    """Select the characters with a text in their names, tags, profile or titles of scripts.

    In upper or lower case. A text without three letters in a row is looked for in the beginnings of
    names, and in the texts of the newest :data:`READ_NEWEST` characters only. With ``hits``, no
    more than the newest so many may be found; PostgreSQL finds by itself when to stop.
    """
    if session.get_bind().dialect.name == "postgresql":
        found = _contains(wanted) if _THREE_LETTERS.search(wanted) else _says_newest(wanted)
    else:
        found = _matches(wanted, hits) if len(wanted) >= 3 else _says_newest(wanted)
    return Character.id.in_(select(CharacterText.character_id).where(found))


def _contains(wanted: str) -> ColumnElement[bool]:
    """Return the condition that PostgreSQL's index answers; the texts are in lower case."""
    escaped = wanted.replace("/", "//").replace("%", "/%").replace("_", "/_")
    return CharacterText.text.like(func.lower(f"%{escaped}%"), escape="/")


def _matches(wanted: str, hits: int | None) -> ColumnElement[bool]:
    """Return the condition that SQLite's index answers: the text as a phrase of trigrams."""
    phrase = '"' + wanted.replace('"', '""') + '"'
    number: ColumnElement[int] = literal_column("rowid")
    rows = (
        select(number)
        .select_from(table("character_search"))
        .where(literal_column("character_search").op("MATCH")(phrase))
    )
    if hits is not None:
        rows = rows.order_by(number.desc()).limit(hits)
    return CharacterText.number.in_(rows)


def _says_newest(wanted: str) -> ColumnElement[bool]:
    begin = func.lower(wanted)
    newest = (
        select(CharacterText.number)
        .order_by(CharacterText.number.desc())
        .offset(READ_NEWEST)
        .limit(1)
        .scalar_subquery()
    )
    return or_(
        (CharacterText.name >= begin) & (CharacterText.name < begin + _ABOVE_ALL),
        (CharacterText.number > func.coalesce(newest, 0))
        & CharacterText.text.icontains(wanted, autoescape=True),
    )
