"""rehearsed_lines

Revision: 0046, after 0045.

How well people know the lines of the parts that they learn.
"""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rehearsed_lines",
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("script_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.String(length=32), nullable=False),
        sa.Column("speaker", sa.String(), nullable=False),
        sa.Column("state", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=True),
        sa.Column("stability", sa.Double(), nullable=False),
        sa.Column("difficulty", sa.Double(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("rating", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(
            ["script_id"],
            ["scripts.id"],
            name="fk_rehearsed_lines_script_id_scripts",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("owner", "script_id", "line", name="pk_rehearsed_lines"),
    )
    op.create_index("ix_rehearsed_lines_script_id", "rehearsed_lines", ["script_id"])


def downgrade() -> None:
    op.drop_table("rehearsed_lines")
