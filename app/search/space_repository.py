"""Query what each space has of a character: embedded examples, and a reply index."""

from functools import cache
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    Uuid,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import (
    Character,
    Example,
    ExampleIndex,
    LegacyReplyIndex,
    StoredReplyIndex,
)
from app.search.spaces import OLDER_FORMATS, Space

CharacterId = UUID | BindParameter[UUID]


class StoredVersions(NamedTuple):
    """Hold the versions that a space has of a character; None for what it lacks."""

    examples: UUID | None
    replies: UUID | None


class SpaceRepository:
    """Query and store, within one session, what one space has of characters."""

    def __init__(self, session: AsyncSession, space: Space) -> None:
        self._session = session
        self._space = space

    async def versions(self, character_id: UUID) -> StoredVersions:
        """Return the versions of the rows of this space, in one statement."""
        replies = select(StoredReplyIndex.version).where(_own_row(self._space, character_id))
        statement = select(
            _embedded(self._space, character_id).scalar_subquery(), replies.scalar_subquery()
        )
        return StoredVersions(*(await self._session.execute(statement)).one())

    async def newest_examples(self, character_id: UUID) -> tuple[UUID | None, str | None]:
        """Return the version of a character's newest examples, and the embedder that made them."""
        newest = select(Character.index_version, Character.embedder).where(
            Character.id == character_id
        )
        row = (await self._session.execute(newest)).first()
        return (None, None) if row is None else (row[0], row[1])

    async def is_in_use(self, character_id: UUID, version: UUID) -> bool:
        """Return whether any space serves this version of the examples."""
        return version in await self._versions_in_use(character_id)

    async def served(self, character_id: UUID) -> StoredVersions:
        """Return the versions that a process of this space searches, in one statement.

        They are those of :meth:`versions`. Until there is a reply index of this format, it is one
        of an earlier release's that can be read.
        """
        row = await self._session.execute(
            _served(self._space, OLDER_FORMATS), {"character_id": character_id}
        )
        return StoredVersions(*row.one())

    async def served_reply_index(
        self, character_id: UUID, version: UUID
    ) -> StoredReplyIndex | LegacyReplyIndex | None:
        """Return the reply index that :meth:`served` named; None once it is replaced."""
        rows = or_(
            _own_row(self._space, character_id),
            _of_formats(self._space, character_id, OLDER_FORMATS),
        )
        stored = select(StoredReplyIndex).where(rows, StoredReplyIndex.version == version)
        if (found := await self._session.scalar(stored)) is not None:
            return found
        legacy = select(LegacyReplyIndex).where(
            _legacy_row(self._space, character_id), LegacyReplyIndex.version == version
        )
        return await self._session.scalar(legacy)

    async def put_examples(
        self, character_id: UUID, embedder: str, version: UUID, error: str | None = None
    ) -> None:
        """Store which version of the examples an embedder has, or why it could not be embedded."""
        dialect = self._session.get_bind().dialect.name
        build = postgresql.insert if dialect == "postgresql" else sqlite.insert
        values = {"version": version, "error": error}
        await self._session.execute(
            build(ExampleIndex)
            .values(character_id=character_id, embedder=embedder, **values)
            .on_conflict_do_update(index_elements=["character_id", "embedder"], set_=values)
        )

    async def keep_previous(self, character: Character) -> None:
        """Let processes with the embedder that the character had keep their index."""
        other = character.embedder not in {None, self._space.embedder}
        if other and character.embedder and character.index_version:
            await self.put_examples(character.id, character.embedder, character.index_version)

    async def delete_unused_examples(self, character_id: UUID) -> None:
        """Delete the examples of versions that no space serves."""
        used = await self._versions_in_use(character_id)
        await self._session.execute(
            delete(Example).where(Example.character_id == character_id, ~Example.version.in_(used))
        )

    async def reply_index(self, character_id: UUID) -> StoredReplyIndex | None:
        """Return the reply index of this space."""
        row = await self._session.get(StoredReplyIndex, (character_id, *self._space))
        return None if row is None or row.version is None else row

    async def similar_reply_index(
        self, character_id: UUID
    ) -> StoredReplyIndex | LegacyReplyIndex | None:
        """Return a reply index of this embedder, if possible of this format: for its vectors."""
        if (own := await self.reply_index(character_id)) is not None:
            return own
        others = select(StoredReplyIndex).where(
            StoredReplyIndex.character_id == character_id,
            StoredReplyIndex.embedder == self._space.embedder,
            StoredReplyIndex.version.is_not(None),
        )
        if (other := await self._session.scalar(others.limit(1))) is not None:
            return other
        legacy = await self._session.get(LegacyReplyIndex, character_id)
        return legacy if legacy and legacy.embedder == self._space.embedder else None

    async def replace_reply_index(
        self, character_id: UUID, reply_index: StoredReplyIndex | None
    ) -> None:
        """Delete this space's reply index, and store the new one unless it is None."""
        await self._session.execute(
            delete(StoredReplyIndex).where(_own_row(self._space, character_id))
        )
        if reply_index is not None:
            self._session.add(reply_index)

    async def settle_reply_index(self, character_id: UUID, index_version: UUID) -> None:
        """Build none for this version of the examples; what the space has already stays in use."""
        moved = await self._session.execute(
            update(StoredReplyIndex)
            .where(_own_row(self._space, character_id))
            .values(index_version=index_version)
            .returning(StoredReplyIndex.character_id)
        )
        if moved.first() is None:
            self._session.add(self.without_replies(character_id, index_version))

    def without_replies(self, character_id: UUID, index_version: UUID) -> StoredReplyIndex:
        """Return the row that says that this version of the examples has no reply index."""
        parts = dict.fromkeys(("words", "features", "vectors"), b"")
        return StoredReplyIndex(
            character_id=character_id,
            embedder=self._space.embedder,
            format=self._space.format,
            version=None,
            index_version=index_version,
            weights_key="",
            **parts,
        )

    async def retire_reply_index(self, character_id: UUID, version: UUID) -> bool:
        """Delete a reply index; False when the space has another one by now.

        An earlier release's is deleted as well: that release builds it anew, or does without.
        """
        rows = or_(
            _own_row(self._space, character_id),
            _of_formats(self._space, character_id, OLDER_FORMATS),
        )
        gone = await self._session.execute(
            delete(StoredReplyIndex)
            .where(rows, StoredReplyIndex.version == version)
            .returning(StoredReplyIndex.character_id)
        )
        if gone.first() is None and not await self._retire_legacy(character_id, version):
            return False
        await self._session.execute(
            update(Character)
            .where(Character.id == character_id, Character.reply_index_version == version)
            .values(reply_index_version=None)
        )
        return True

    async def _versions_in_use(self, character_id: UUID) -> set[UUID]:
        newest = select(Character.index_version).where(Character.id == character_id)
        others = select(ExampleIndex.version).where(ExampleIndex.character_id == character_id)
        return {version for version in await self._session.scalars(newest.union(others)) if version}

    async def _retire_legacy(self, character_id: UUID, version: UUID) -> bool:
        # First, so that an older release which still runs goes on with examples.
        await self._session.execute(
            update(Character)
            .where(Character.id == character_id, Character.selection_version == version)
            .values(selection_version=None)
        )
        gone = await self._session.execute(
            delete(LegacyReplyIndex)
            .where(_legacy_row(self._space, character_id), LegacyReplyIndex.version == version)
            .returning(LegacyReplyIndex.character_id)
        )
        return gone.first() is not None


@cache
def _served(space: Space, older_formats: tuple[str, ...]) -> Select[UUID, UUID]:
    """Return the statement of :meth:`SpaceRepository.served`, built once: turns execute it."""
    character_id = bindparam("character_id", type_=Uuid())
    own = _own_row(space, character_id)
    older = (
        select(StoredReplyIndex.version)
        .where(
            _of_formats(space, character_id, older_formats), StoredReplyIndex.version.is_not(None)
        )
        .limit(1)
    )
    legacy = select(LegacyReplyIndex.version).where(_legacy_row(space, character_id))
    replies = case(
        (
            exists().where(own),
            select(StoredReplyIndex.version).where(own).scalar_subquery(),
        ),
        else_=func.coalesce(older.scalar_subquery(), legacy.scalar_subquery()),
    )
    return select(_embedded(space, character_id).scalar_subquery(), replies)


def _embedded(space: Space, character_id: CharacterId) -> Select[UUID]:
    return select(ExampleIndex.version).where(
        ExampleIndex.character_id == character_id,
        ExampleIndex.embedder == space.embedder,
        ExampleIndex.error.is_(None),
    )


def _of_formats(
    space: Space, character_id: CharacterId, formats: tuple[str, ...]
) -> ColumnElement[bool]:
    return and_(
        StoredReplyIndex.character_id == character_id,
        StoredReplyIndex.embedder == space.embedder,
        StoredReplyIndex.format.in_(formats),
    )


def _legacy_row(space: Space, character_id: CharacterId) -> ColumnElement[bool]:
    return and_(
        LegacyReplyIndex.character_id == character_id,
        LegacyReplyIndex.embedder == space.embedder,
    )


def _own_row(space: Space, character_id: CharacterId) -> ColumnElement[bool]:
    return and_(
        StoredReplyIndex.character_id == character_id,
        StoredReplyIndex.embedder == space.embedder,
        StoredReplyIndex.format == space.format,
    )
