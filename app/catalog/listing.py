"""Query characters as lists show them: searched, filtered, ordered, page by page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
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
from sqlalchemy.orm import InstrumentedAttribute, selectinload

from app.catalog.schemas import Language, Order
from app.catalog.visibility import talkable_by
from app.db.base import UtcDateTime
from app.db.models import Character, CharacterScript, Conversation, Favourite, Script
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
        """Return characters that follow ``after``, with their scripts.

        Raises :class:`~app.errors.InvalidError` (``invalid_cursor``) where the order depends on
        the character ``after``, and it is gone.
        """
        order = _Order(wanted)
        statement = self._filtered(select(Character), wanted).options(
            selectinload(Character.scripts)
        )
        statement = order.joined(statement).order_by(*order.columns()).limit(limit)
        if after is not None:
            statement = statement.where(await self._behind(order, after))
        return (await self._session.scalars(statement)).all()

    def _filtered(self, statement: Select[Any], wanted: Listing) -> Select[Any]:
        statement = statement.where(talkable_by(wanted.owner), Character.deleted_at.is_(None))
        if wanted.search:
            statement = statement.where(self._matches(wanted.search))
        if wanted.tag:
            items = self._items(Character.tags)
            statement = statement.where(exists().where(items.c.value == wanted.tag))
        if wanted.favourites_only:
            statement = statement.join(
                Favourite,
                (Favourite.character_id == Character.id) & (Favourite.owner == wanted.owner),
            )
        return statement

    def _matches(self, text: str) -> ColumnElement[bool]:
        """Return whether a text occurs in any of a character's texts, upper or lower case."""
        columns = (Character.name, Character.nickname, Character.tagline, Character.profile)
        lists = [self._items(Character.aliases), self._items(Character.tags)]
        return or_(
            *(column.icontains(text, autoescape=True) for column in columns),
            *(exists().where(each.c.value.icontains(text, autoescape=True)) for each in lists),
            exists()
            .where(CharacterScript.character_id == Character.id)
            .where(Script.id == CharacterScript.script_id)
            .where(Script.title.icontains(text, autoescape=True)),
        )

    def _items(self, column: InstrumentedAttribute[list[str]]) -> FromClause:
        """Return the strings of a JSON list as a table with the column ``value``."""
        if self._session.get_bind().dialect.name == "postgresql":
            return func.json_array_elements_text(column).table_valued("value")
        return func.json_each(column).table_valued("value")

    async def _behind(self, order: "_Order", after: UUID) -> ColumnElement[bool]:
        if order.is_by_id:
            return Character.id < after
        keys = order.joined(select(*order.keys())).where(Character.id == after)
        row = (await self._session.execute(keys)).first()
        if row is None:
            raise InvalidError(
                "invalid_cursor", "The character at the end of that page is gone. Begin again."
            )
        return order.follows(row, after)


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
