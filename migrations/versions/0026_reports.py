"""reports

Revision: 0026, after 0022.

What moderation found in messages and withheld from readers, and what people reported.
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_OPEN = sa.text("closed_at IS NULL")


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_{column}_{target}"
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete="CASCADE")


def upgrade() -> None:
    op.add_column("messages", sa.Column("moderation", sa.String(length=16), nullable=True))
    op.create_table(
        "moderation_findings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("category", sa.String(length=60), nullable=False),
        sa.Column("detail", sa.String(length=120), nullable=False),
        sa.Column("action", sa.String(length=8), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _to("moderation_findings", "message_id", "messages"),
        sa.PrimaryKeyConstraint("id", name="pk_moderation_findings"),
    )
    op.create_index(
        "uq_moderation_findings_message_id_source_category",
        "moderation_findings",
        ["message_id", "source", "category"],
        unique=True,
    )
    op.create_table(
        "withheld_texts",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        _to("withheld_texts", "message_id", "messages"),
        sa.PrimaryKeyConstraint("message_id", name="pk_withheld_texts"),
    )
    _create_reports()


def _create_reports() -> None:
    op.create_table(
        "reports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(length=48), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("character_id", sa.Uuid(), nullable=False),
        sa.Column("by_moderation", sa.Boolean(), nullable=False),
        sa.Column("by_people", sa.Boolean(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(length=64), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("answer", sa.String(length=1000), nullable=False),
        _to("reports", "message_id", "messages"),
        _to("reports", "character_id", "characters"),
        sa.PrimaryKeyConstraint("id", name="pk_reports"),
    )
    op.create_index("ix_reports_message_id", "reports", ["message_id"])
    op.create_index("ix_reports_character_id", "reports", ["character_id"])
    op.create_index("ix_reports_closed_at_id", "reports", ["closed_at", "id"])
    op.create_index(
        "uq_reports_open_subject",
        "reports",
        ["subject"],
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
    op.create_table(
        "report_entries",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("reporter", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=24), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _to("report_entries", "report_id", "reports"),
        sa.PrimaryKeyConstraint("report_id", "reporter", name="pk_report_entries"),
    )
    op.create_index(
        "ix_report_entries_reporter_created_at", "report_entries", ["reporter", "created_at"]
    )


def downgrade() -> None:
    for table in ("report_entries", "reports", "withheld_texts", "moderation_findings"):
        op.drop_table(table)
    op.drop_column("messages", "moderation")
