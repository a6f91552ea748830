"""purges_by_index

Revision: 0048, after 0047.

What the hourly maintenance and erasures look for is found by indexes. Vectors that nothing
refers to any more are sought among those that were made, or lost an example or a memory, since
the last look: triggers note them in ``unchecked_vectors``, where an older version writes, too.
"""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

_GUESTS = "owner NOT LIKE 'person %' AND owner <> 'local' AND owner <> ''"
_INDEXES = (
    ("ix_conversations_turn_id", "conversations", ["turn_id"], "turn_id IS NOT NULL"),
    ("ix_conversations_guests", "conversations", ["updated_at"], _GUESTS),
    ("ix_characters_embedder_id", "characters", ["embedder", "id"], None),
    ("ix_characters_unsigned", "characters", ["id"], "signature IS NULL"),
    ("ix_scripts_revision", "scripts", ["revision"], None),
    ("ix_character_guests_created_at", "character_guests", ["created_at"], None),
    ("ix_favourites_created_at", "favourites", ["created_at"], None),
    ("ix_rehearsed_lines_reviewed_at", "rehearsed_lines", ["reviewed_at"], None),
    ("ix_user_personas_updated_at", "user_personas", ["updated_at"], None),
    ("ix_example_indexes_embedder", "example_indexes", ["embedder", "character_id"], None),
    (
        "ix_reply_indexes_embedder_format",
        "reply_indexes",
        ["embedder", "format", "character_id"],
        None,
    ),
    ("ix_followed_turns_created_at", "followed_turns", ["created_at"], None),
    ("ix_reports_closed_by", "reports", ["closed_by"], "closed_by <> ''"),
    ("ix_admin_sessions_created_at", "admin_sessions", ["created_at"], None),
    ("ix_admin_sessions_seen_at", "admin_sessions", ["seen_at"], None),
    ("ix_openid_flows_expires_at", "openid_flows", ["expires_at"], None),
    ("ix_openid_flows_guest", "openid_flows", ["guest"], None),
    ("ix_sign_up_counts_began_at", "sign_up_counts", ["began_at"], None),
    ("ix_invitations_made_by", "invitations", ["made_by"], None),
)
_LOCKED = (
    "characters, conversations, scripts, character_guests, favourites, rehearsed_lines,"
    " user_personas, examples, scene_memories, key_vectors, example_indexes, reply_indexes,"
    " followed_turns, reports, admin_sessions, openid_flows, sign_up_counts, invitations"
)

_SQLITE_TRIGGERS = (
    """CREATE TRIGGER examples_vectors_gone AFTER DELETE ON examples BEGIN
    INSERT INTO unchecked_vectors (key_hash) VALUES (old.key_hash); END""",
    """CREATE TRIGGER scene_memories_vectors_gone AFTER DELETE ON scene_memories BEGIN
    INSERT INTO unchecked_vectors (key_hash) VALUES (old.text_hash); END""",
    """CREATE TRIGGER scene_memories_vectors_changed AFTER UPDATE OF text_hash ON scene_memories
    WHEN old.text_hash IS NOT new.text_hash BEGIN
    INSERT INTO unchecked_vectors (key_hash) VALUES (old.text_hash); END""",
    """CREATE TRIGGER key_vectors_vectors_added AFTER INSERT ON key_vectors BEGIN
    INSERT INTO unchecked_vectors (key_hash) VALUES (new.key_hash); END""",
)
_NOTE = "INSERT INTO unchecked_vectors (key_hash) SELECT DISTINCT {} FROM changed"
_POSTGRES_TRIGGERS = (
    (
        "examples_vectors_gone",
        "examples",
        "AFTER DELETE ON examples REFERENCING OLD TABLE AS changed FOR EACH STATEMENT",
        _NOTE.format("key_hash"),
    ),
    (
        "scene_memories_vectors_gone",
        "scene_memories",
        "AFTER DELETE ON scene_memories REFERENCING OLD TABLE AS changed FOR EACH STATEMENT",
        _NOTE.format("text_hash"),
    ),
    (
        "scene_memories_vectors_changed",
        "scene_memories",
        "AFTER UPDATE OF text_hash ON scene_memories FOR EACH ROW"
        " WHEN (old.text_hash IS DISTINCT FROM new.text_hash)",
        "INSERT INTO unchecked_vectors (key_hash) VALUES (old.text_hash)",
    ),
    (
        "key_vectors_vectors_added",
        "key_vectors",
        "AFTER INSERT ON key_vectors REFERENCING NEW TABLE AS changed FOR EACH STATEMENT",
        _NOTE.format("key_hash"),
    ),
)


def _is_postgres() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def upgrade() -> None:
    if _is_postgres():
        op.execute(f"LOCK TABLE {_LOCKED} IN SHARE ROW EXCLUSIVE MODE")
    for name, table, columns, where in _INDEXES:
        given = None if where is None else sa.text(where)
        op.create_index(name, table, columns, sqlite_where=given, postgresql_where=given)
    op.create_table(
        "unchecked_vectors",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("key_hash", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_unchecked_vectors"),
    )
    op.execute("INSERT INTO unchecked_vectors (key_hash) SELECT DISTINCT key_hash FROM key_vectors")
    if not _is_postgres():
        for statement in _SQLITE_TRIGGERS:
            op.execute(statement)
        return
    for name, _, when, body in _POSTGRES_TRIGGERS:
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql"
            f" AS $$ BEGIN {body}; RETURN NULL; END $$"
        )
        op.execute(f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION {name}()")


def downgrade() -> None:
    if _is_postgres():
        for name, table, _, _ in _POSTGRES_TRIGGERS:
            op.execute(f"DROP TRIGGER {name} ON {table}")
            op.execute(f"DROP FUNCTION {name}()")
    else:
        for statement in _SQLITE_TRIGGERS:
            op.execute(f"DROP TRIGGER {statement.split()[2]}")
    op.drop_table("unchecked_vectors")
    for name, table, _, _ in reversed(_INDEXES):
        op.drop_index(name, table)
