"""character_search

Revision: 0031, after 0029.

Searches for characters read an index of trigrams. ``character_texts`` holds what is searched, kept
by triggers, so that it is right where an older version writes, too. On PostgreSQL the index
needs the extension ``pg_trgm``; where this role may not create it, searches read all texts until an
administrator has made both (docs/deploy.md). The texts of the characters that are there already
come with 0041, because this migration locks them out.
"""

import logging

import sqlalchemy as sa
from alembic import op
from sqlalchemy.exc import DBAPIError

revision = "0031"
down_revision = "0029"
branch_labels = None
depends_on = None

log = logging.getLogger(__name__)

_LOCKS = (
    "LOCK TABLE characters IN ACCESS EXCLUSIVE MODE",
    # A turn that has one of these may wait for the first one by now. PostgreSQL would end it after
    # a second (deadlock_timeout); this migration ends before, and is tried again.
    "SET LOCAL lock_timeout = '200ms'",
    "LOCK TABLE conversations, character_scripts, scripts IN SHARE ROW EXCLUSIVE MODE",
)
"""All that are needed, at the beginning: then this migration waits for no other transaction."""

_DELETED = sa.text("deleted_at IS NOT NULL")

_READ = "name, nickname, tagline, profile, aliases, tags"
"""Columns of ``characters`` that are searched."""

_SQLITE_PUT = """
    INSERT INTO character_texts (character_id, name, text)
    SELECT c.id, lower(c.name),
        c.name || char(10) || c.nickname || char(10) || c.tagline || char(10) || c.profile
        || char(10)
        || coalesce((SELECT group_concat(value, char(10)) FROM json_each(c.aliases)), '')
        || char(10) || coalesce((SELECT group_concat(value, char(10)) FROM json_each(c.tags)), '')
        || char(10) || coalesce((
            SELECT group_concat(s.title, char(10)) FROM character_scripts AS l
            JOIN scripts AS s ON s.id = l.script_id WHERE l.character_id = c.id), '')
    FROM characters AS c WHERE {which} ORDER BY c.id
    ON CONFLICT (character_id) DO UPDATE SET name = excluded.name, text = excluded.text
"""
_SQLITE_INDEX = (
    "CREATE VIRTUAL TABLE character_search USING fts5"
    "(text, content='character_texts', content_rowid='number', tokenize='trigram')",
    """CREATE TRIGGER character_texts_added AFTER INSERT ON character_texts BEGIN
    INSERT INTO character_search (rowid, text) VALUES (new.number, new.text); END""",
    """CREATE TRIGGER character_texts_changed AFTER UPDATE ON character_texts BEGIN
    INSERT INTO character_search (character_search, rowid, text)
    VALUES ('delete', old.number, old.text);
    INSERT INTO character_search (rowid, text) VALUES (new.number, new.text); END""",
    """CREATE TRIGGER character_texts_gone AFTER DELETE ON character_texts BEGIN
    INSERT INTO character_search (character_search, rowid, text)
    VALUES ('delete', old.number, old.text); END""",
)

_POSTGRES_PUT = """
    INSERT INTO character_texts (character_id, name, text)
    SELECT c.id, lower(c.name), lower(concat_ws(E'\\n', c.name, c.nickname, c.tagline, c.profile,
        (SELECT string_agg(value, E'\\n') FROM json_array_elements_text(c.aliases)),
        (SELECT string_agg(value, E'\\n') FROM json_array_elements_text(c.tags)),
        (SELECT string_agg(s.title, E'\\n') FROM character_scripts AS l
            JOIN scripts AS s ON s.id = l.script_id WHERE l.character_id = c.id)))
    FROM characters AS c WHERE {which} ORDER BY c.id
    ON CONFLICT (character_id) DO UPDATE SET name = excluded.name, text = excluded.text
"""


def _sqlite_trigger(name: str, when: str, table: str, which: str) -> str:
    put = _SQLITE_PUT.format(which=which)
    return f"CREATE TRIGGER {name} AFTER {when} ON {table} BEGIN {put}; END"


def _postgres_trigger(name: str, when: str, table: str, which: str, row: str) -> tuple[str, str]:
    """Return the function and the trigger that put the texts of ``which`` characters."""
    # A plan that was made while the tables were empty would read them whole for every row after it.
    function = f"""CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off AS $$ BEGIN
    {_POSTGRES_PUT.format(which=which)}; RETURN {row}; END $$"""
    made = f"CREATE TRIGGER {name} AFTER {when} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
    return function, made


_TRIGGERS = {
    "characters_text_added": ("INSERT", "characters", "c.id = new.id", "new"),
    "characters_text_changed": (f"UPDATE OF {_READ}", "characters", "c.id = new.id", "new"),
    "character_scripts_text_added": (
        "INSERT",
        "character_scripts",
        "c.id = new.character_id",
        "new",
    ),
    "character_scripts_text_gone": (
        "DELETE",
        "character_scripts",
        "c.id = old.character_id",
        "old",
    ),
    "scripts_text_changed": (
        "UPDATE OF title",
        "scripts",
        "c.id IN (SELECT character_id FROM character_scripts WHERE script_id = new.id)",
        "new",
    ),
}


def upgrade() -> None:
    is_postgres = op.get_bind().dialect.name == "postgresql"
    for lock in _LOCKS if is_postgres else ():
        op.execute(lock)
    op.create_table(
        "character_texts",
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("character_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(collation="C" if is_postgres else None), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["character_id"],
            ["characters.id"],
            name="fk_character_texts_character_id_characters",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("number", name="pk_character_texts"),
        sa.UniqueConstraint("character_id", name="uq_character_texts_character_id"),
    )
    op.create_index("ix_character_texts_name", "character_texts", ["name"])
    op.create_index("ix_characters_language_id", "characters", ["language", "id"])
    # Nearly all rows have none: as a whole it led lists of those astray.
    op.drop_index("ix_characters_deleted_at", "characters")
    op.create_index(
        "ix_characters_deleted_at",
        "characters",
        ["deleted_at"],
        sqlite_where=_DELETED,
        postgresql_where=_DELETED,
    )
    op.create_index(
        "ix_conversations_deleted_at",
        "conversations",
        ["deleted_at"],
        sqlite_where=_DELETED,
        postgresql_where=_DELETED,
    )
    op.create_index("ix_conversations_updated_at", "conversations", ["updated_at"])
    if is_postgres:
        for name, (when, table, which, row) in _TRIGGERS.items():
            for statement in _postgres_trigger(name, when, table, which, row):
                op.execute(statement)
        _index_trigrams()
    else:
        for statement in _SQLITE_INDEX:
            op.execute(statement)
        for name, (when, table, which, _) in _TRIGGERS.items():
            op.execute(_sqlite_trigger(name, when, table, which))


def _index_trigrams() -> None:
    """Create the extension and the index, or say how to."""
    connection = op.get_bind()
    try:
        with connection.begin_nested():
            connection.execute(sa.text("CREATE EXTENSION IF NOT EXISTS pg_trgm"))
    except DBAPIError as error:
        log.warning(
            "Searches for characters will read all of them: %s docs/deploy.md says how an "
            "administrator of the database mends it.",
            str(error.orig).strip(),
        )
        return
    # The extension may be in another schema than the tables.
    schema = connection.scalar(
        sa.text(
            "SELECT quote_ident(nspname) FROM pg_extension"
            " JOIN pg_namespace ON pg_namespace.oid = extnamespace WHERE extname = 'pg_trgm'"
        )
    )
    op.execute(
        "CREATE INDEX ix_character_texts_text ON character_texts"
        f" USING gin (text {schema}.gin_trgm_ops)"
    )


def downgrade() -> None:
    is_postgres = op.get_bind().dialect.name == "postgresql"
    for name, (_, table, _, _) in _TRIGGERS.items():
        op.execute(f"DROP TRIGGER {name} ON {table}" if is_postgres else f"DROP TRIGGER {name}")
        if is_postgres:
            op.execute(f"DROP FUNCTION {name}()")
    if not is_postgres:
        op.execute("DROP TABLE character_search")
    op.drop_table("character_texts")
    op.drop_index("ix_characters_language_id", "characters")
    op.drop_index("ix_characters_deleted_at", "characters")
    op.create_index("ix_characters_deleted_at", "characters", ["deleted_at"])
    op.drop_index("ix_conversations_deleted_at", "conversations")
    op.drop_index("ix_conversations_updated_at", "conversations")
