"""cards

Revision: 0003, after 0002.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def _of_characters() -> list[sa.Column[Any]]:
    return [
        sa.Column("alternate_greetings", sa.JSON(), nullable=False, server_default=sa.text("'[]'")),
        sa.Column("tags", sa.JSON(), nullable=False, server_default=sa.text("'[]'")),
        sa.Column("creator_notes", sa.String(), nullable=False, server_default=""),
        sa.Column("nickname", sa.String(length=80), nullable=False, server_default=""),
        sa.Column("card", sa.String(length=16), nullable=True),
        sa.Column("avatar", sa.String(length=16), nullable=True),
    ]


def _of_messages() -> list[sa.Column[Any]]:
    return [
        sa.Column("hidden", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("source", sa.JSON(none_as_null=True), nullable=True),
    ]


def upgrade() -> None:
    for column in _of_characters():
        op.add_column("characters", column)
    for column in _of_messages():
        op.add_column("messages", column)
    op.add_column(
        "conversations", sa.Column("log_header", sa.JSON(none_as_null=True), nullable=True)
    )
    op.create_table(
        "cards",
        sa.Column("character_id", sa.Uuid(), nullable=False),
        sa.Column("origin", sa.String(length=16), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("envelope", sa.JSON(), nullable=False),
        _character("cards"),
        sa.PrimaryKeyConstraint("character_id", name=op.f("pk_cards")),
    )
    op.create_table(
        "card_files",
        sa.Column("character_id", sa.Uuid(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        _character("card_files"),
        sa.PrimaryKeyConstraint("character_id", "path", name=op.f("pk_card_files")),
    )
    op.create_table(
        "avatars",
        sa.Column("character_id", sa.Uuid(), nullable=False),
        sa.Column("png", sa.LargeBinary(), nullable=False),
        _character("avatars"),
        sa.PrimaryKeyConstraint("character_id", name=op.f("pk_avatars")),
    )
    op.create_table(
        "lorebooks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("character_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("embedded", sa.Boolean(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("source", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _character("lorebooks"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lorebooks")),
    )
    op.create_index(op.f("ix_lorebooks_character_id"), "lorebooks", ["character_id"])


def downgrade() -> None:
    op.drop_table("lorebooks")
    op.drop_table("avatars")
    op.drop_table("card_files")
    op.drop_table("cards")
    op.drop_column("conversations", "log_header")
    for column in _of_messages():
        op.drop_column("messages", column.name)
    for column in _of_characters():
        op.drop_column("characters", column.name)


def _character(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["character_id"],
        ["characters.id"],
        name=op.f(f"fk_{table}_character_id_characters"),
        ondelete="CASCADE",
    )
