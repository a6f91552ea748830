"""The migrations make exactly the tables the models describe, and can be undone."""

import sqlite3
from pathlib import Path

import pytest
from alembic import command
from alembic.util import CommandError

from app.db.migrate import upgrade
from app.db.revisions import alembic_config
from app.settings import Settings


def test_models_and_migrations_agree(settings: Settings) -> None:
    command.check(alembic_config(settings.database_url))


def test_down_and_up_again(settings: Settings) -> None:
    config = alembic_config(settings.database_url)
    command.downgrade(config, "base")
    with pytest.raises(CommandError):
        command.check(config)
    command.upgrade(config, "head")
    command.check(config)


def test_upgrading_makes_the_folder_and_again_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "new" / "folder" / "50%.sqlite3"
    for _ in range(2):
        upgrade(f"sqlite+aiosqlite:///{file}")
    with sqlite3.connect(file) as connection:
        tables = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table'"
        ).fetchall()
    connection.close()
    assert ("characters",) in tables
