"""Fill a database by SQL: 100,000 characters, 100,000 conversations, 1,000,000 messages.

Ids are numbers: character ``n``, its script and its conversation have the id ``n``, and message
``m`` of conversation ``n`` the id ``n * 16 + m``. Every tenth character is English, and the owner
of conversation ``n`` is ``owner-(n % 1000)``, that of its character and
script ``maker-(n % 1000)``.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from uuid import UUID

from sqlalchemy import Connection, text

from app.search.spaces import Space

SPACE = Space.of("hashing:v1:256")
"""In which all characters are indexed."""
CHARACTERS = 100_000
MESSAGES = 10
"""Of each conversation, one after the other."""


def character(number: int) -> UUID:
    return UUID(int=number)


def message(conversation: int, number: int) -> UUID:
    return UUID(int=conversation * 16 + number)


def fill(connection: Connection, *, talks: bool = True) -> None:
    """Fill an empty database of the newest schema, in one transaction.

    Without ``talks``, with scripts and characters only.
    """
    is_postgres = connection.dialect.name == "postgresql"
    numbers = (
        "(SELECT n FROM generate_series(1, {count}) AS g(n))"
        if is_postgres
        else "(WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < {count})"
        " SELECT n FROM r)"
    )
    words = {
        "characters": numbers.format(count=CHARACTERS),
        "messages": numbers.format(count=MESSAGES),
        "now": "now()" if is_postgres else "'2026-11-29 12:00:00.000000'",
        "list": "'[]'",
        "day": "DATE '2026-11-29'" if is_postgres else "'2026-11-29'",
        "hash": (
            "decode(lpad(to_hex(n), 64, '0'), 'hex')"
            if is_postgres
            else "CAST(printf('%032d', n) AS BLOB)"
        ),
        "empty": "''::bytea" if is_postgres else "x''",
        "space": SPACE.embedder,
        "format": SPACE.format,
        "true": "true" if is_postgres else "1",
        "false": "false" if is_postgres else "0",
    }

    def id(number: str) -> str:
        if is_postgres:
            return f"lpad(to_hex({number}), 32, '0')::uuid"
        return f"printf('%032x', {number})"

    characters = (_SCRIPTS, _CHARACTERS, _LINKS)
    with _checked_afterwards(connection) if is_postgres else nullcontext():
        for statement in (*characters, *((_CONVERSATIONS, _MESSAGES, *_OTHERS) if talks else ())):
            sql = statement.format(
                n=id("n"),
                message=id("n * 16 + m"),
                parent=id("n * 16 + m - 1"),
                first=id("n * 16 + 1"),
                **words,
            )
            connection.execute(text(sql))


@contextmanager
def _checked_afterwards(connection: Connection) -> Iterator[None]:
    """Take PostgreSQL's references and indexes away meanwhile: each row would see to them alone."""
    references = connection.execute(text(_REFERENCES)).all()
    for table, name, _ in references:
        connection.execute(text(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"'))
    indexes = connection.execute(text(_INDEXES)).all()
    for name, _ in indexes:
        connection.execute(text(f'DROP INDEX "{name}"'))
    yield
    for _, definition in indexes:
        connection.exec_driver_sql(definition.replace("%", "%%"))
    for table, name, definition in references:
        connection.exec_driver_sql(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')


_REFERENCES = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE contype = 'f' AND connamespace = 'public'::regnamespace
"""
_INDEXES = """
    SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
        AND indexname NOT IN (SELECT conname FROM pg_constraint)
"""

_SCRIPTS = """
    INSERT INTO scripts (id, owner, title, revision, filename, format, encoding,
        encoding_confidence, language, size_bytes, sha256, scenes, lines, speakers, rejected,
        rejected_total, created_at, updated_at)
    SELECT {n}, 'maker-' || (n % 1000), 'Play ' || n, {n}, 'play.txt', 'text', 'utf-8', 1, 'en', 1,
        '', 1, 2, {list}, {list}, 0, {now}, {now} FROM {characters} AS c
"""
_CHARACTERS = """
    INSERT INTO characters (id, slug, name, aliases, tagline, profile, greeting,
        alternate_greetings, tags, creator_notes, nickname, language, speakers, others, sampling,
        owner, published, sample, status, lines, examples, dropped, openers, created_at, updated_at,
        signature, embedder, index_version)
    SELECT {n}, 'keeper-' || n, 'Keeper ' || n, {list}, 'Keeps lamp ' || n,
        'The keeper of a lighthouse. 灯塔看守人，第' || n || '号。', '', {list}, {list}, '', '',
        CASE WHEN n % 10 = 0 THEN 'en' ELSE 'zh' END, {list}, {list}, '{{}}',
        'maker-' || (n % 1000), {true}, {false},
        'ready', 2, 1, '{{}}', {list}, {now}, {now}, '', '{space}', {n} FROM {characters} AS c
"""
_LINKS = """
    INSERT INTO character_scripts (character_id, script_id, position)
    SELECT {n}, {n}, 0 FROM {characters} AS c
"""
_CONVERSATIONS = """
    INSERT INTO conversations (id, character_id, owner, user_name, user_description, title,
        remembers_others, summarize, summary, active_leaf_id, created_at, updated_at)
    SELECT {n}, {n}, 'owner-' || (n % 1000), 'Anna', '', 'Talk ' || n, {false}, {false}, '',
        (SELECT {message} FROM (SELECT 10 AS m) AS newest), {now}, {now} FROM {characters} AS c
"""
_MESSAGES = """
    INSERT INTO messages (id, conversation_id, parent_id, role, content, hidden, state, examples,
        created_at)
    SELECT {message}, {n}, CASE WHEN m = 1 THEN NULL ELSE {parent} END,
        CASE WHEN m % 2 = 0 THEN 'assistant' ELSE 'user' END, 'The lamp burns tonight. 灯亮着。',
        {false}, 'complete', {list}, {now}
    FROM {characters} AS c, (SELECT n AS m FROM {messages} AS i) AS numbered
    ORDER BY 1
"""

_FROM = "FROM {characters} AS c"
_OTHERS = (
    "INSERT INTO scenes (revision, number, row, lines) SELECT {n}, 1, 1, {list} " + _FROM,
    "INSERT INTO examples (character_id, version, lines, key, key_hash)"
    " SELECT {n}, {n}, {list}, '', {hash} " + _FROM,
    "INSERT INTO key_vectors (embedder, key_hash, vector) SELECT '{space}', {hash}, {hash} "
    + _FROM,
    "INSERT INTO example_indexes (character_id, embedder, version) SELECT {n}, '{space}', {n} "
    + _FROM,
    "INSERT INTO reply_indexes (character_id, embedder, format, version, index_version,"
    " weights_key, words, features, vectors)"
    " SELECT {n}, '{space}', '{format}', {n}, {n}, '', {empty}, {empty}, {empty} " + _FROM,
    "INSERT INTO index_spaces (embedder, format, seen_at) VALUES ('{space}', '{format}', {now})",
    "INSERT INTO character_guests (owner, character_id, created_at)"
    " SELECT 'owner-' || (n % 1000), {n}, {now} " + _FROM,
    "INSERT INTO favourites (owner, character_id, created_at)"
    " SELECT 'owner-' || (n % 1000), {n}, {now} " + _FROM,
    "INSERT INTO user_personas (owner, name, description, updated_at)"
    " SELECT 'owner-' || n, '', '', {now} " + _FROM,
    "INSERT INTO usage_days (owner, day, character_id, prompt_tokens, cached_tokens,"
    " completion_tokens, turns, storage_bytes)"
    " SELECT 'owner-' || (n % 1000), {day}, {n}, 1, 1, 1, 1, 1 " + _FROM,
    "INSERT INTO quota_accounts (subject, minute, requests, day, tokens, uploads, reserved,"
    " running) SELECT 'owner-' || n, 0, 0, 99999, 0, 0, 0, 0 " + _FROM,
    "INSERT INTO audit_entries (id, at, owner, login, key, address, action, target_kind,"
    " target_id, target_title, detail, outcome, count) SELECT {n}, {now}, 'owner-' || (n % 1000),"
    " '', '', '', 'signed_in', 'person', 'target-' || n, '', '{{}}', 'done', 1 " + _FROM,
    "INSERT INTO admin_sessions (id, token_hash, person_id, created_at, renewed_at, seen_at)"
    " SELECT {n}, 'token-' || n, {n}, {now}, {now}, {now} " + _FROM,
    "INSERT INTO reports (id, subject, message_id, character_id, by_moderation, by_people,"
    " opened_at, closed_by, answer) SELECT {n}, 'message ' || n, {first}, {n}, {true}, {false},"
    " {now}, '', '' " + _FROM,
    "INSERT INTO moderation_findings (id, message_id, source, category, detail, action,"
    " created_at) SELECT {n}, {first}, 'patterns', 'violence', '', 'flag', {now} " + _FROM,
    "INSERT INTO memories (conversation_id, embedder, text_hash, vector)"
    " SELECT {n}, '{space}', {hash}, {hash} " + _FROM,
    "DELETE FROM unchecked_vectors",
)
"""What else maintenance and erasures go through, 100,000 rows each; maintenance has looked."""
