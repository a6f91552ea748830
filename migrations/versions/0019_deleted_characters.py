"""deleted_characters

Revision: 0019, after 0015.

A deleted character can be restored for a while; and a character has lines to begin with.
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("characters", sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "characters",
        sa.Column("openers", sa.JSON(), nullable=False, server_default=sa.text("'[]'")),
    )
    op.create_index("ix_characters_deleted_at", "characters", ["deleted_at"])


def downgrade() -> None:
    op.drop_index("ix_characters_deleted_at", "characters")
    op.drop_column("characters", "openers")
    op.drop_column("characters", "deleted_at")
