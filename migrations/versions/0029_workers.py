"""workers

Revision: 0029, after 0028.

Index the jobs that wait for a worker, and let auditions wait for one.
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_WAITING = sa.text("lease_until IS NULL")


def upgrade() -> None:
    op.create_index(
        "ix_index_jobs_waiting",
        "index_jobs",
        ["background", "created_at"],
        postgresql_where=_WAITING,
        sqlite_where=_WAITING,
    )
    op.add_column(
        "auditions",
        sa.Column("waiting", sa.Boolean(), server_default=sa.false(), nullable=False),
    )


def downgrade() -> None:
    op.drop_column("auditions", "waiting")
    op.drop_index("ix_index_jobs_waiting", "index_jobs")
