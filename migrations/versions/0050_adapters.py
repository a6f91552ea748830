"""adapters

Revision: 0050, after 0049.

Which adapters are registered, how their auditions went, and which one speaks for a character.
"""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

_IN_FORCE = sa.text("adapter IS NOT NULL")


def upgrade() -> None:
    op.add_column("characters", sa.Column("adapter", sa.String(length=64), nullable=True))
    op.add_column("characters", sa.Column("adapter_before", sa.String(length=64), nullable=True))
    op.create_index(
        "ix_characters_adapter",
        "characters",
        ["adapter"],
        sqlite_where=_IN_FORCE,
        postgresql_where=_IN_FORCE,
    )
    op.create_table(
        "adapters",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("base", sa.String(length=64), nullable=False),
        sa.Column("base_sha256", sa.String(length=64), nullable=True),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("card", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adapters")),
        sa.UniqueConstraint("name", name=op.f("uq_adapters_name")),
    )
    op.create_table(
        "adapter_auditions",
        sa.Column("adapter_id", sa.Uuid(), nullable=False),
        sa.Column("character_id", sa.Uuid(), nullable=False),
        sa.Column("waiting", sa.Boolean(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("error_code", sa.String(length=40), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("against", sa.String(length=64), nullable=True),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["adapter_id"],
            ["adapters.id"],
            name=op.f("fk_adapter_auditions_adapter_id_adapters"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["character_id"],
            ["characters.id"],
            name=op.f("fk_adapter_auditions_character_id_characters"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("adapter_id", "character_id", name=op.f("pk_adapter_auditions")),
    )
    op.create_index(
        op.f("ix_adapter_auditions_character_id"), "adapter_auditions", ["character_id"]
    )
    op.create_index(op.f("ix_adapter_auditions_waiting"), "adapter_auditions", ["waiting"])


def downgrade() -> None:
    op.drop_table("adapter_auditions")
    op.drop_table("adapters")
    op.drop_index("ix_characters_adapter", table_name="characters")
    op.drop_column("characters", "adapter_before")
    op.drop_column("characters", "adapter")
