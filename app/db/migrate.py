"""Bring a database to the newest schema."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import make_url

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
