"""character_texts_filled

Revision: 0041, after 0040.

Fill in the texts that searches read of the characters that were there before the triggers of 0031.
Those keep up what is written meanwhile, and their texts are newer: what is there is left alone.
"""

from uuid import UUID

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

_BATCH = 1_000
_FIRST = UUID(int=0)

_LACKING = """
    FROM characters AS c
    WHERE c.id BETWEEN :first AND :last
        AND NOT EXISTS (SELECT 1 FROM character_texts AS t WHERE t.character_id = c.id)
    ORDER BY c.id
"""
_SQLITE = f"""
    INSERT INTO character_texts (character_id, name, text)
    SELECT c.id, lower(c.name),
        c.name || char(10) || c.nickname || char(10) || c.tagline || char(10) || c.profile
        || char(10)
        || coalesce((SELECT group_concat(value, char(10)) FROM json_each(c.aliases)), '')
        || char(10) || coalesce((SELECT group_concat(value, char(10)) FROM json_each(c.tags)), '')
        || char(10) || coalesce((
            SELECT group_concat(s.title, char(10)) FROM character_scripts AS l
            JOIN scripts AS s ON s.id = l.script_id WHERE l.character_id = c.id), '')
    {_LACKING}
"""  # noqa: S608 (constants)
# Its key is locked, or a character that is deleted at this moment would leave a text behind.
_POSTGRES = f"""
    INSERT INTO character_texts (character_id, name, text)
    SELECT c.id, lower(c.name), lower(concat_ws(E'\\n', c.name, c.nickname, c.tagline, c.profile,
        (SELECT string_agg(value, E'\\n') FROM json_array_elements_text(c.aliases)),
        (SELECT string_agg(value, E'\\n') FROM json_array_elements_text(c.tags)),
        (SELECT string_agg(s.title, E'\\n') FROM character_scripts AS l
            JOIN scripts AS s ON s.id = l.script_id WHERE l.character_id = c.id)))
    {_LACKING} FOR KEY SHARE OF c
    ON CONFLICT (character_id) DO NOTHING
"""  # noqa: S608 (constants)


def fill(connection: sa.Connection, after: UUID | None) -> UUID | None:
    """Fill in the texts of the next characters by id; return the last id, None at the end."""
    id = sa.column("id", sa.Uuid())
    following = sa.select(id).select_from(sa.table("characters")).where(id > (after or _FIRST))
    ids = connection.scalars(following.order_by(id).limit(_BATCH)).all()
    if not ids:
        return None
    put = sa.text(_POSTGRES if connection.dialect.name == "postgresql" else _SQLITE)
    bounds = [sa.bindparam(name, type_=sa.Uuid()) for name in ("first", "last")]
    connection.execute(put.bindparams(*bounds), {"first": ids[0], "last": ids[-1]})
    return ids[-1]


def upgrade() -> None:
    after = fill(op.get_bind(), None)
    while after is not None:
        after = fill(op.get_bind(), after)


def downgrade() -> None:
    """Leave the texts: the triggers keep them up."""
