"""workers_of_spaces

Revision: 0040, after 0039.

When a worker of an embedder and format was last seen, beside when any process of it was: web
processes note themselves, too, and say where none indexes for them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("index_spaces", sa.Column("worked_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("index_spaces", "worked_at")
