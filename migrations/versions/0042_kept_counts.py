"""kept_counts

Revision: 0042, after 0041.

What overviews show is kept, not counted: triggers note every change, so that it is right where an
older version writes, too. Messages are counted by 0043, in batches; all else here, by one scan of
each table while writers wait. SQLite, with one writer at a time, changes the counts themselves. On
PostgreSQL all who write would wait for the row of a popular character: there triggers append to
``count_changes``, which readers add to the counts, and which workers fold into them once a minute.
"""

# ruff: noqa: S608 (statements are put together of this file's own words)

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

_ALL = "0" * 32
"""The subject of totals."""
_LOCKED = (
    "conversations, messages, characters, scripts, character_scripts, character_guests,"
    " examples, key_vectors"
)
"""In the order in which turns write to them."""

_KEPT = "CASE WHEN {r}.deleted_at IS NULL THEN 1 ELSE 0 END"
_KEPT_AND = "CASE WHEN {{r}}.deleted_at IS NULL AND {} THEN 1 ELSE 0 END"

# By table: what is counted, of which subject (None: of all), how much a row counts, and whether
# there is a total of all subjects; then the columns whose change changes that.
_Kinds = tuple[tuple[str, str | None, str, bool], ...]
_COUNTED: dict[str, tuple[_Kinds, tuple[str, ...]]] = {
    "characters": (
        (
            ("characters", None, _KEPT, True),
            ("published", None, _KEPT_AND.format("{r}.published"), True),
            ("indexing", None, _KEPT_AND.format("{r}.status = 'indexing'"), True),
            ("failed", None, _KEPT_AND.format("{r}.status = 'failed'"), True),
        ),
        ("deleted_at", "published", "status"),
    ),
    "scripts": (
        (
            ("scripts", None, "1", True),
            ("scenes", None, "{r}.scenes", True),
            ("lines", None, "{r}.lines", True),
        ),
        ("scenes", "lines"),
    ),
    "examples": ((("examples", "character_id", "1", True),), ()),
    "key_vectors": ((("vectors", None, "1", True),), ()),
    "character_guests": ((("guests", "character_id", "1", False),), ()),
    "conversations": (
        (
            ("conversations", "character_id", "1", False),
            ("kept_conversations", "character_id", _KEPT, True),
            (
                "owned_conversations",
                "character_id",
                "CASE WHEN {r}.owner <> '' THEN 1 ELSE 0 END",
                False,
            ),
        ),
        ("deleted_at", "owner"),
    ),
    "conversation_counts": ((("messages", "character_id", "{r}.messages", True),), ("messages",)),
}

_SQLITE_ADD = "ON CONFLICT (subject, what) DO UPDATE SET n = kept_counts.n + excluded.n"


def _is_postgres() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _all() -> str:
    return f"CAST('{_ALL}' AS uuid)" if _is_postgres() else f"'{_ALL}'"


def upgrade() -> None:
    if _is_postgres():
        op.execute(f"LOCK TABLE {_LOCKED} IN SHARE ROW EXCLUSIVE MODE")
    _create_tables()
    _count()
    if _is_postgres():
        for statement in _postgres_triggers():
            op.execute(statement)
    else:
        for statement in _sqlite_triggers():
            op.execute(statement)


def _create_tables() -> None:
    op.create_table(
        "kept_counts",
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("what", sa.String(24), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "what", name="pk_kept_counts"),
    )
    op.create_table(
        "count_changes",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("what", sa.String(24), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_count_changes"),
    )
    op.create_table(
        "conversation_counts",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("character_id", sa.Uuid(), nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name="fk_conversation_counts_conversation_id_conversations",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("conversation_id", name="pk_conversation_counts"),
    )


def _count() -> None:
    for table, (kinds, _) in _COUNTED.items():
        for what, subject, weight, total in kinds:
            subjects = ([f"r.{subject}"] if subject else []) + ([_all()] if total else [])
            for each in subjects:
                op.execute(
                    "INSERT INTO kept_counts (subject, what, n)"
                    f" SELECT subject, '{what}', sum(n) FROM"
                    f" (SELECT {each} AS subject, {weight.format(r='r')} AS n FROM {table} AS r)"
                    " AS rows GROUP BY subject HAVING sum(n) <> 0"
                )
    op.execute("""
        INSERT INTO kept_counts (subject, what, n)
        SELECT l.script_id, 'players', count(*) FROM character_scripts AS l
        JOIN characters AS c ON c.id = l.character_id
        WHERE c.deleted_at IS NULL GROUP BY l.script_id
    """)


def _sqlite_put(kinds: _Kinds, row: str, weight: str) -> str:
    """Return what adds ``weight`` of a row that has the subjects of ``row``."""
    rows = []
    for what, subject, counts, total in kinds:
        n = weight.format(new=counts.format(r="new"), old=counts.format(r="old"))
        subjects = ([f"{row}.{subject}"] if subject else []) + ([_all()] if total else [])
        rows += [f"SELECT {each} AS subject, '{what}' AS what, {n} AS n" for each in subjects]
    return (
        "INSERT INTO kept_counts (subject, what, n) SELECT subject, what, n FROM"
        f" ({' UNION ALL '.join(rows)}) WHERE n <> 0 {_SQLITE_ADD};"
    )


def _sqlite_triggers() -> list[str]:
    made = []
    for table, (kinds, columns) in _COUNTED.items():
        added = _sqlite_put(kinds, "new", "({new})")
        gone = _sqlite_put(kinds, "old", "-({old})")
        changed = _sqlite_put(kinds, "new", "({new}) - ({old})")
        name = f"{table}_counted"
        made.append(f"CREATE TRIGGER {name}_added AFTER INSERT ON {table} BEGIN {added} END")
        made.append(f"CREATE TRIGGER {name}_gone AFTER DELETE ON {table} BEGIN {gone} END")
        if columns:
            differ = " OR ".join(f"old.{each} IS NOT new.{each}" for each in columns)
            made.append(
                f"CREATE TRIGGER {name}_changed AFTER UPDATE OF {', '.join(columns)} ON {table}"
                f" WHEN {differ} BEGIN {changed} END"
            )
    return [*made, *_SQLITE_MESSAGES, *(each.format(add=_SQLITE_ADD) for each in _SQLITE_PLAYERS)]


_SQLITE_MESSAGES = (
    """CREATE TRIGGER conversations_counted_begun AFTER INSERT ON conversations BEGIN
    INSERT INTO conversation_counts (conversation_id, character_id, messages)
    VALUES (new.id, new.character_id, 0); END""",
    """CREATE TRIGGER messages_counted_added AFTER INSERT ON messages BEGIN
    UPDATE conversation_counts SET messages = messages + 1
    WHERE conversation_id = new.conversation_id; END""",
    """CREATE TRIGGER messages_counted_gone AFTER DELETE ON messages BEGIN
    UPDATE conversation_counts SET messages = messages - 1
    WHERE conversation_id = old.conversation_id; END""",
)
_SQLITE_PLAYERS = (
    """CREATE TRIGGER character_scripts_counted_added AFTER INSERT ON character_scripts BEGIN
    INSERT INTO kept_counts (subject, what, n) SELECT new.script_id, 'players', 1
    FROM characters AS c WHERE c.id = new.character_id AND c.deleted_at IS NULL {add}; END""",
    """CREATE TRIGGER character_scripts_counted_gone AFTER DELETE ON character_scripts BEGIN
    UPDATE kept_counts SET n = n - 1 WHERE subject = old.script_id AND what = 'players'
    AND EXISTS (SELECT 1 FROM characters AS c
        WHERE c.id = old.character_id AND c.deleted_at IS NULL); END""",
    """CREATE TRIGGER characters_players_changed AFTER UPDATE OF deleted_at ON characters
    WHEN (old.deleted_at IS NULL) <> (new.deleted_at IS NULL) BEGIN
    INSERT INTO kept_counts (subject, what, n)
    SELECT l.script_id, 'players', CASE WHEN new.deleted_at IS NULL THEN 1 ELSE -1 END
    FROM character_scripts AS l WHERE l.character_id = new.id {add}; END""",
    """CREATE TRIGGER characters_players_gone BEFORE DELETE ON characters
    WHEN old.deleted_at IS NULL BEGIN
    UPDATE kept_counts SET n = n - 1 WHERE what = 'players'
    AND subject IN (SELECT script_id FROM character_scripts WHERE character_id = old.id); END""",
    """CREATE TRIGGER characters_counts_gone AFTER DELETE ON characters BEGIN
    DELETE FROM kept_counts WHERE subject = old.id; END""",
    """CREATE TRIGGER scripts_counts_gone AFTER DELETE ON scripts BEGIN
    DELETE FROM kept_counts WHERE subject = old.id; END""",
)
"""The last two: what belonged to it is deleted by then, so that its counts are all 0."""


def _postgres_trigger(name: str, when: str, body: str, *, result: str = "NULL") -> list[str]:
    # A plan that was made while the tables were empty would read them whole for every row after it.
    return [
        f"""CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql
        SET enable_seqscan = off AS $$ BEGIN {body}; RETURN {result}; END $$""",
        f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION {name}()",
    ]


_ADDED = "AFTER INSERT ON {} REFERENCING NEW TABLE AS changed FOR EACH STATEMENT"
_GONE = "AFTER DELETE ON {} REFERENCING OLD TABLE AS changed FOR EACH STATEMENT"


def _postgres_note(kinds: _Kinds, sign: str) -> str:
    """Return what notes the rows of one statement, the table ``changed``."""
    rows = " UNION ALL ".join(
        f"SELECT {f'r.{subject}' if subject else _all()} AS subject, '{what}' AS what,"
        f" {counts.format(r='r')} AS n FROM changed AS r"
        for what, subject, counts, _ in kinds
    )
    return (
        f"INSERT INTO count_changes (subject, what, n) SELECT subject, what, {sign}sum(n)"
        f" FROM ({rows}) AS counted GROUP BY subject, what HAVING sum(n) <> 0"
    )


def _postgres_note_update(kinds: _Kinds) -> str:
    rows = " UNION ALL ".join(
        f"SELECT {f'new.{subject}' if subject else _all()} AS subject, '{what}' AS what,"
        f" ({counts.format(r='new')}) - ({counts.format(r='old')}) AS n"
        for what, subject, counts, _ in kinds
    )
    return (
        "INSERT INTO count_changes (subject, what, n)"
        f" SELECT subject, what, n FROM ({rows}) AS counted WHERE n <> 0"
    )


def _postgres_triggers() -> list[str]:
    made = []
    for table, (kinds, columns) in _COUNTED.items():
        name, added, gone = f"{table}_counted", _ADDED.format(table), _GONE.format(table)
        made += _postgres_trigger(f"{name}_added", added, _postgres_note(kinds, ""))
        made += _postgres_trigger(f"{name}_gone", gone, _postgres_note(kinds, "-"))
        if columns:
            differ = " OR ".join(f"old.{each} IS DISTINCT FROM new.{each}" for each in columns)
            when = f"AFTER UPDATE OF {', '.join(columns)} ON {table} FOR EACH ROW WHEN ({differ})"
            made += _postgres_trigger(f"{name}_changed", when, _postgres_note_update(kinds))
    for name, when, body, result in _POSTGRES_OTHERS:
        made += _postgres_trigger(name, when, body, result=result)
    return made


_POSTGRES_MESSAGES = """
    UPDATE conversation_counts AS k SET messages = k.messages {} r.n
    FROM (SELECT conversation_id, count(*) AS n FROM changed GROUP BY conversation_id) AS r
    WHERE k.conversation_id = r.conversation_id"""
"""A conversation of before has no row until 0043 counts it."""
_POSTGRES_OTHERS = (
    (
        "conversations_counted_begun",
        _ADDED.format("conversations"),
        """INSERT INTO conversation_counts (conversation_id, character_id, messages)
        SELECT id, character_id, 0 FROM changed""",
        "NULL",
    ),
    ("messages_counted_added", _ADDED.format("messages"), _POSTGRES_MESSAGES.format("+"), "NULL"),
    ("messages_counted_gone", _GONE.format("messages"), _POSTGRES_MESSAGES.format("-"), "NULL"),
    # Locked, so that the character is not deleted or restored meanwhile.
    (
        "character_scripts_counted_added",
        _ADDED.format("character_scripts"),
        """WITH playing AS (SELECT r.script_id FROM changed AS r
            JOIN characters AS c ON c.id = r.character_id
            WHERE c.deleted_at IS NULL FOR SHARE OF c)
        INSERT INTO count_changes (subject, what, n)
        SELECT script_id, 'players', count(*) FROM playing GROUP BY script_id""",
        "NULL",
    ),
    (
        "character_scripts_counted_gone",
        _GONE.format("character_scripts"),
        """WITH playing AS (SELECT r.script_id FROM changed AS r
            JOIN characters AS c ON c.id = r.character_id
            WHERE c.deleted_at IS NULL FOR SHARE OF c)
        INSERT INTO count_changes (subject, what, n)
        SELECT script_id, 'players', -count(*) FROM playing GROUP BY script_id""",
        "NULL",
    ),
    (
        "characters_players_changed",
        "AFTER UPDATE OF deleted_at ON characters FOR EACH ROW"
        " WHEN ((old.deleted_at IS NULL) <> (new.deleted_at IS NULL))",
        """INSERT INTO count_changes (subject, what, n)
        SELECT l.script_id, 'players', CASE WHEN new.deleted_at IS NULL THEN 1 ELSE -1 END
        FROM character_scripts AS l WHERE l.character_id = new.id""",
        "NULL",
    ),
    (
        "characters_players_gone",
        "BEFORE DELETE ON characters FOR EACH ROW WHEN (old.deleted_at IS NULL)",
        """INSERT INTO count_changes (subject, what, n)
        SELECT l.script_id, 'players', -1
        FROM character_scripts AS l WHERE l.character_id = old.id""",
        "old",
    ),
)


def downgrade() -> None:
    if _is_postgres():
        names = [
            (f"{table}_counted_{event}", table)
            for table, (_, columns) in _COUNTED.items()
            for event in ("added", "gone", *(["changed"] if columns else []))
        ]
        names += [
            ("conversations_counted_begun", "conversations"),
            ("messages_counted_added", "messages"),
            ("messages_counted_gone", "messages"),
            ("character_scripts_counted_added", "character_scripts"),
            ("character_scripts_counted_gone", "character_scripts"),
            ("characters_players_changed", "characters"),
            ("characters_players_gone", "characters"),
        ]
        for name, table in names:
            op.execute(f"DROP TRIGGER {name} ON {table}")
            op.execute(f"DROP FUNCTION {name}()")
    else:
        for statement in _sqlite_triggers():
            op.execute(f"DROP TRIGGER {statement.split()[2]}")
    op.drop_table("conversation_counts")
    op.drop_table("count_changes")
    op.drop_table("kept_counts")
