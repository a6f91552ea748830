"""index_spaces

Revision: 0027, after 0026.

Jobs name the embedder and the format they are for. Examples are indexed, and reply indexes stored,
for each embedder and format side by side. ``selections`` and ``characters.selection_version`` stay
for releases before this one.
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def _of_character(table: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_character_id_characters"
    return sa.ForeignKeyConstraint(
        ["character_id"], ["characters.id"], name=name, ondelete="CASCADE"
    )


def upgrade() -> None:
    op.add_column("index_jobs", sa.Column("embedder", sa.String(length=200), nullable=True))
    op.add_column("index_jobs", sa.Column("format", sa.String(length=40), nullable=True))
    op.add_column("index_jobs", sa.Column("space_generation", sa.Integer(), nullable=True))
    op.add_column("characters", sa.Column("reply_index_version", sa.Uuid(), nullable=True))
    op.create_table(
        "example_indexes",
        sa.Column("character_id", sa.Uuid(), nullable=False),
        sa.Column("embedder", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Uuid(), nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        _of_character("example_indexes"),
        sa.PrimaryKeyConstraint("character_id", "embedder", name="pk_example_indexes"),
    )
    op.create_table(
        "reply_indexes",
        sa.Column("character_id", sa.Uuid(), nullable=False),
        sa.Column("embedder", sa.String(length=200), nullable=False),
        sa.Column("format", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Uuid(), nullable=True),
        sa.Column("index_version", sa.Uuid(), nullable=False),
        sa.Column("weights_key", sa.String(length=64), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("features", sa.LargeBinary(), nullable=False),
        sa.Column("vectors", sa.LargeBinary(), nullable=False),
        _of_character("reply_indexes"),
        sa.PrimaryKeyConstraint("character_id", "embedder", "format", name="pk_reply_indexes"),
    )
    op.create_table(
        "index_spaces",
        sa.Column("embedder", sa.String(length=200), nullable=False),
        sa.Column("format", sa.String(length=40), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("embedder", "format", name="pk_index_spaces"),
    )


def downgrade() -> None:
    for table in ("index_spaces", "reply_indexes", "example_indexes"):
        op.drop_table(table)
    op.drop_column("characters", "reply_index_version")
    op.drop_column("index_jobs", "space_generation")
    op.drop_column("index_jobs", "format")
    op.drop_column("index_jobs", "embedder")
