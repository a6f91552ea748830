"""signals

Revision: 0049, after 0048.

What people say about replies, and their consent to keep it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

_INDEXES = (["character_id", "kind"], ["message_id", "kind"], ["owner"], ["conversation_id"])
# The strongest first: a turn that holds one of the others waits for no more than its own end.
_LOCKS = (
    "LOCK TABLE messages IN ACCESS EXCLUSIVE MODE",
    "SET LOCAL lock_timeout = '200ms'",
    "LOCK TABLE conversations IN SHARE ROW EXCLUSIVE MODE",
    "LOCK TABLE characters IN SHARE ROW EXCLUSIVE MODE",
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for statement in _LOCKS:
            op.execute(statement)
    op.add_column("messages", sa.Column("rating", sa.JSON(none_as_null=True), nullable=True))
    op.create_table(
        "signals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("character_id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.String(length=24), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("prompt", sa.JSON(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("rejected", sa.String(), nullable=True),
        sa.Column("model", sa.String(length=200), nullable=False),
        *(_goes_with(table) for table in ("character", "conversation", "message")),
        sa.PrimaryKeyConstraint("id", name="pk_signals"),
    )
    for columns in _INDEXES:
        op.create_index(f"ix_signals_{'_'.join(columns)}", "signals", columns)
    op.create_table(
        "signal_consents",
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("owner", name="pk_signal_consents"),
    )
    op.create_index("ix_signal_consents_updated_at", "signal_consents", ["updated_at"])


def _goes_with(table: str) -> sa.ForeignKeyConstraint:
    name = f"fk_signals_{table}_id_{table}s"
    return sa.ForeignKeyConstraint([f"{table}_id"], [f"{table}s.id"], name=name, ondelete="CASCADE")


def downgrade() -> None:
    op.drop_table("signal_consents")
    op.drop_table("signals")
    op.drop_column("messages", "rating")
