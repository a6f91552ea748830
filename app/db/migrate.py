"""Bring a database to the newest schema."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, make_url

import app
from app.db.session import make_parent_folder


def _script_location() -> Path:
    """The migrations: beside the package in a checkout, inside it in an installed wheel."""
    package = Path(app.__file__).parent
    installed = package / "migrations"
    return installed if installed.is_dir() else package.parent / "migrations"


def alembic_config(url: str) -> Config:
    """Alembic's configuration for one database."""
    config = Config()
    config.set_main_option("script_location", str(_script_location()))
    config.attributes["url"] = url
    return config


def upgrade(url: str) -> None:
    """Apply what is missing; nothing where nothing is. Blocking."""
    make_parent_folder(make_url(url))
    command.upgrade(alembic_config(url), "head")


def known_revisions() -> list[str]:
    """The schemas this version knows, newest first."""
    scripts = ScriptDirectory.from_config(alembic_config(""))
    return [script.revision for script in scripts.walk_revisions()]


def current_revision(connection: Connection) -> str | None:
    """The schema of a database; None where there is none yet."""
    return MigrationContext.configure(connection).get_current_revision()


def move(connection: Connection, revision: str) -> None:
    """Bring a database up or down to a revision, within the connection's transaction."""
    config = alembic_config("")
    config.attributes["connection"] = connection
    known = known_revisions()
    current = current_revision(connection)
    down = current is not None and known.index(revision) > known.index(current)
    (command.downgrade if down else command.upgrade)(config, revision)
