"""staged_scenes

Revision: 0045, after 0043.

The scene of a script that a stage plays, and the part that the user has in it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "staged_scenes",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("script_id", sa.Uuid(), nullable=True),
        sa.Column("script_title", sa.String(length=200), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        _to("conversation_id", "conversations", "CASCADE"),
        _to("script_id", "scripts", "SET NULL"),
        sa.PrimaryKeyConstraint("conversation_id", name="pk_staged_scenes"),
    )
    op.create_index("ix_staged_scenes_script_id", "staged_scenes", ["script_id"])


def _to(column: str, target: str, ondelete: str) -> sa.ForeignKeyConstraint:
    name = f"fk_staged_scenes_{column}_{target}"
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete=ondelete)


def downgrade() -> None:
    op.drop_table("staged_scenes")
