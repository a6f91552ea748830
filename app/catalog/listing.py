"""Query characters as lists show them: searched, filtered, ordered, page by page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, get_args
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    SQLColumnExpression,
    Text,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from app.catalog.repository import NAMED_SCRIPTS
from app.catalog.schemas import Language, Order
from app.catalog.searching import bounds_of, says
from app.catalog.visibility import talkable_by
from app.db.base import UtcDateTime
from app.db.models import Character, Conversation, Favourite
from app.errors import InvalidError

_NEVER = literal(datetime(1970, 1, 1, tzinfo=UTC), UtcDateTime())


@dataclass(frozen=True, slots=True)
class Listing:
    """Describe which characters are wanted, and in which order."""

    owner: str
    """The caller, for what it may talk to, its favourites and its conversations."""
    search: str = ""
    tag: str = ""
    favourites_only: bool = False
    sort: Order = "newest"
    first: Language | None = None
    """Characters of this language come before all others."""


class ListingRepository:
    """Query lists of characters within one session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def page(self, wanted: Listing, *, after: UUID | None, limit: int) -> Sequence[Character]:
        """Return characters that follow ``after``, with the names of their scripts.

        Raises :class:`~app.errors.InvalidError` (``invalid_cursor``) where the order depends on
        the character ``after``, and it is gone.
        """
        order = _Order(wanted)
        if wanted.sort == "newest" and wanted.first is not None:
            return await self._newest_by_language(wanted, wanted.first, after, limit)
        if order.is_by_id:
            return await self._newest(wanted, after, limit)
        statement = self._filtered(select(Character), wanted).options(NAMED_SCRIPTS)
        statement = order.joined(statement).order_by(*order.columns()).limit(limit)
        if after is not None:
            statement = statement.where(await self._behind(order, after))
        return (await self._session.scalars(statement)).all()

    async def _newest(
        self, wanted: Listing, after: UUID | None, limit: int, language: Language | None = None
    ) -> Sequence[Character]:
        """Return the newest characters, of one language or of all, as an index has them."""
        found: Sequence[Character] = ()
        for hits in bounds_of(self._session, wanted.search):
            statement = (
                self._filtered(select(Character), wanted, hits)
                .options(NAMED_SCRIPTS)
                .order_by(Character.id.desc())
                .limit(limit)
            )
            if language is not None:
                statement = statement.where(Character.language == language)
            if after is not None:
                statement = statement.where(Character.id < after)
            found = (await self._session.scalars(statement)).all()
            if len(found) == limit:
                break
        return found

    async def _newest_by_language(
        self, wanted: Listing, first: Language, after: UUID | None, limit: int
    ) -> Sequence[Character]:
        """Return the newest characters of a language, then those of the others."""
        languages = sorted(get_args(Language), key=lambda language: language != first)
        if after is not None:
            reached = await self._session.scalar(
                select(Character.language).where(Character.id == after)
            )
            if reached not in languages:
                raise _gone()
            languages = languages[languages.index(reached) :]
        found: list[Character] = []
        for language in languages:
            if len(found) < limit:
                found += await self._newest(wanted, after, limit - len(found), language)
            after = None  # the next language begins with its newest
        return found

    def _filtered(
        self, statement: Select[Any], wanted: Listing, hits: int | None = None
    ) -> Select[Any]:
        statement = statement.where(talkable_by(wanted.owner), Character.deleted_at.is_(None))
        if wanted.search:
            statement = statement.where(says(self._session, wanted.search, hits=hits))
        if wanted.tag:
            items = self._items(Character.tags)
            statement = statement.where(exists().where(items.c.value == wanted.tag))
        if wanted.favourites_only:
            statement = statement.join(
                Favourite,
                (Favourite.character_id == Character.id) & (Favourite.owner == wanted.owner),
            )
        return statement

    def _items(self, column: InstrumentedAttribute[list[str]]) -> FromClause:
        """Return the strings of a JSON list as a table with the column ``value``."""
        if self._session.get_bind().dialect.name == "postgresql":
            return func.json_array_elements_text(column).table_valued("value")
        return func.json_each(column).table_valued("value")

    async def _behind(self, order: "_Order", after: UUID) -> ColumnElement[bool]:
        keys = order.joined(select(*order.keys())).where(Character.id == after)
        row = (await self._session.execute(keys)).first()
        if row is None:
            raise _gone()
        return order.follows(row, after)


def _gone() -> InvalidError:
    return InvalidError(
        "invalid_cursor", "The character at the end of that page is gone. Begin again."
    )


class _Order:
    """Order characters by up to two keys, and by id where these are equal.

    The language's key ascends. The name ascends with the id; a time descends with it.
    """

    def __init__(self, wanted: Listing) -> None:
        self._sort = wanted.sort
        self._rank = case((Character.language == wanted.first, 0), else_=1)
        self.is_by_id = wanted.sort == "newest" and wanted.first is None
        self._talked = (
            select(
                Conversation.character_id.label("character_id"),
                func.max(Conversation.updated_at, type_=UtcDateTime()).label("at"),
            )
            .where(Conversation.owner == wanted.owner, Conversation.deleted_at.is_(None))
            .group_by(Conversation.character_id)
            .subquery()
        )

    def joined(self, statement: Select[Any]) -> Select[Any]:
        """Return the statement with the table that the order needs."""
        if self._sort != "talked":
            return statement
        return statement.outerjoin(self._talked, self._talked.c.character_id == Character.id)

    def keys(self) -> list[SQLColumnExpression[Any]]:
        return [self._rank, self._key()]

    def columns(self) -> list[SQLColumnExpression[Any]]:
        if self._sort == "name":
            return [self._rank, self._key(), Character.id]
        return [self._rank, self._key().desc(), Character.id.desc()]

    def follows(self, row: Sequence[Any], id: UUID) -> ColumnElement[bool]:
        """Return whether a character comes behind the one with the keys ``row`` and the ``id``."""
        rank, key = row
        here, there = tuple_(self._key(), Character.id), (key, id)
        behind = here > there if self._sort == "name" else here < there
        return or_(self._rank > rank, (self._rank == rank) & behind)

    def _key(self) -> SQLColumnExpression[Any]:
        if self._sort == "name":
            return func.lower(cast(Character.name, Text))
        if self._sort == "talked":
            return func.coalesce(self._talked.c.at, _NEVER)
        return Character.id
