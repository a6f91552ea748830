"""An older release on a newer schema: it starts where the schema says so, and else says why not."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from alembic import command
from sqlalchemy import Connection, inspect, make_url, text

from app.db.compatibility import oldest_compatible
from app.db.migrate import upgrade
from app.db.migration_connection import inspecting, migrating
from app.db.problems import DatabaseProblemError
from app.db.revisions import alembic_config, current_revision, known_revisions
from app.settings import Settings
from tests.app.running import running


@contextmanager
def changed(settings: Settings) -> Iterator[Connection]:
    with migrating(make_url(settings.database_url)) as connection:
        yield connection


def make_newer(settings: Settings, oldest: str) -> None:
    """The next release's schema: another table, another column, and which releases may use it."""
    with changed(settings) as connection:
        connection.execute(text("CREATE TABLE things_to_come (id INTEGER PRIMARY KEY)"))
        connection.execute(text("ALTER TABLE conversations ADD COLUMN mood VARCHAR(20)"))
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.execute(
            text("UPDATE schema_compatibility SET oldest = :oldest"), {"oldest": oldest}
        )


def undo(settings: Settings) -> None:
    with changed(settings) as connection:
        connection.execute(text("DROP TABLE things_to_come"))
        connection.execute(text("ALTER TABLE conversations DROP COLUMN mood"))
        connection.execute(text("UPDATE schema_compatibility SET oldest = '0026'"))
        newest = {"newest": known_revisions()[0]}
        connection.execute(text("UPDATE alembic_version SET version_num = :newest"), newest)


@pytest.fixture
def own(settings: Settings) -> Iterator[Settings]:
    """A database that is as it was, afterwards: on PostgreSQL all tests share one."""
    yield settings
    undo(settings)


@pytest.mark.anyio
async def test_a_release_works_on_a_newer_schema_that_allows_it(own: Settings) -> None:
    make_newer(own, oldest=known_revisions()[0])
    upgrade(own.database_url)
    async with running(own) as stage:
        await stage.make_character()
        talk = await stage.open()
        await stage.say(talk, "Is the lamp lit?")
        assert len((await stage.read(talk))["messages"]) == 2
    with inspecting(make_url(own.database_url)) as connection:
        assert current_revision(connection) == "9999"


def test_a_release_that_is_too_old_refuses_with_a_sentence(own: Settings) -> None:
    make_newer(own, oldest="9998")
    with pytest.raises(DatabaseProblemError, match=r"the schema 9999, which is newer .* Update"):
        upgrade(own.database_url)


def test_a_newer_schema_that_says_nothing_is_refused(settings: Settings) -> None:
    with changed(settings) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.execute(text("ALTER TABLE schema_compatibility RENAME TO away"))
    try:
        with pytest.raises(DatabaseProblemError, match="the schema 9999, which is newer"):
            upgrade(settings.database_url)
    finally:
        with changed(settings) as connection:
            newest = {"newest": known_revisions()[0]}
            connection.execute(text("UPDATE alembic_version SET version_num = :newest"), newest)
            connection.execute(text("ALTER TABLE away RENAME TO schema_compatibility"))


def test_migrations_only_expand_unless_they_say_so() -> None:
    """Whatever a release reads is still there after the migrations of the next ones."""
    with migrating(make_url("sqlite://")) as connection:
        config = alembic_config("")
        config.attributes["connection"] = connection
        revisions = known_revisions()[::-1]
        since = revisions.index("0026")
        command.upgrade(config, "0026")
        before = columns(connection)
        for revision in revisions[since + 1 :]:
            command.upgrade(config, revision)
            after = columns(connection)
            lost = [name for name, kind in before.items() if after.get(name) != kind]
            required = [
                name for name in after.keys() - before.keys() if must_be_given(name, before, after)
            ]
            if lost or required:
                why = f"{revision} drops or tightens {lost or required}"
                assert oldest_compatible(connection) == revision, why
            before = after


Columns = dict[tuple[str, str], tuple[str, bool, bool]]


def columns(connection: Connection) -> Columns:
    """Type, whether it may be NULL, and whether it has a default, of every column."""
    inspector = inspect(connection)
    return {
        (table, column["name"]): (
            str(column["type"]),
            column["nullable"],
            column["default"] is not None,
        )
        for table in inspector.get_table_names()
        for column in inspector.get_columns(table)
    }


def must_be_given(name: tuple[str, str], before: Columns, after: Columns) -> bool:
    """Whether a release that does not know a new column cannot insert rows into its table."""
    _, nullable, has_default = after[name]
    is_old_table = any(table == name[0] for table, _ in before)
    return is_old_table and not (nullable or has_default)
