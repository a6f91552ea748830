"""quotas

Revision: 0024, after 0022.

What each person may use, has reserved and has used is counted in the database.
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def upgrade() -> None:
    op.add_column("people", sa.Column("limits", sa.JSON(), nullable=True))
    op.create_table(
        "quota_accounts",
        sa.Column("subject", sa.String(length=80), nullable=False),
        *map(_count, ("minute", "requests", "day", "tokens", "uploads", "reserved", "running")),
        sa.PrimaryKeyConstraint("subject", name="pk_quota_accounts"),
    )
    op.create_index("ix_quota_accounts_day", "quota_accounts", ["day"])
    op.create_table(
        "quota_reservations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        *map(_count, ("tokens", "turns")),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", "subject", name="pk_quota_reservations"),
    )
    for column in ("subject", "lease_until"):
        op.create_index(f"ix_quota_reservations_{column}", "quota_reservations", [column])
    op.create_table(
        "usage_days",
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("character_id", sa.Uuid(), nullable=False),
        *map(
            _count,
            ("prompt_tokens", "cached_tokens", "completion_tokens", "turns", "storage_bytes"),
        ),
        sa.PrimaryKeyConstraint("owner", "day", "character_id", name="pk_usage_days"),
    )
    op.create_index("ix_usage_days_day", "usage_days", ["day"])


def downgrade() -> None:
    for table in ("usage_days", "quota_reservations", "quota_accounts"):
        op.drop_table(table)
    op.drop_column("people", "limits")
