"""Find the migrations of this version, and the one that a database has."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection

import app


def alembic_config(url: str) -> Config:
    """Return Alembic's configuration for one database."""
    config = Config()
    config.set_main_option("script_location", str(_script_location()))
    config.attributes["url"] = url
    return config


def known_revisions() -> list[str]:
    """Return the schemas that this version knows, newest first."""
    return [migration.revision for migration in _migrations()]


def missing_migrations(revision: str | None) -> list[Script]:
    """Return the migrations after a known schema, oldest first; None stands for an empty database.

    Each has its ``revision``, its title as ``doc``, and its ``module``.
    """
    known = known_revisions()
    newer = len(known) if revision is None else known.index(revision)
    return list(_migrations()[:newer][::-1])


def current_revision(connection: Connection) -> str | None:
    """Return the schema of a database; None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


@cache
def _migrations() -> Sequence[Script]:
    return tuple(ScriptDirectory.from_config(alembic_config("")).walk_revisions())


def _script_location() -> Path:
    """Return the migrations' folder: beside the package in a checkout, inside it in a wheel."""
    package = Path(app.__file__).parent
    installed = package / "migrations"
    return installed if installed.is_dir() else package.parent / "migrations"
