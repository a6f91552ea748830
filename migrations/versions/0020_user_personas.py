"""user_personas

Revision: 0020, after 0015.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "user_personas",
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("owner", name=op.f("pk_user_personas")),
    )
    op.add_column(
        "conversations",
        sa.Column("user_description", sa.String(), nullable=False, server_default=""),
    )


def downgrade() -> None:
    op.drop_column("conversations", "user_description")
    op.drop_table("user_personas")
