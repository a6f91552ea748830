"""stages

Revision: 0039, after 0038.

Several characters in one conversation, and who witnessed what in it. A conversation without
participants is one of one character, as all were before.
"""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    stage: sa.Column[bool] = sa.Column(
        "is_stage", sa.Boolean(), nullable=False, server_default=sa.false()
    )
    role = sa.Column("user_role", sa.String(length=16), nullable=False, server_default="persona")
    ahead = sa.Column("turns_ahead", sa.Integer(), nullable=False, server_default="0")
    op.add_column("conversations", stage)
    op.add_column("conversations", role)
    op.add_column("conversations", ahead)
    op.create_table(
        "participants",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("character_id", sa.Uuid(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("opens", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(), nullable=False, server_default=""),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _to("participants", "conversation_id", "conversations", "CASCADE"),
        _to("participants", "character_id", "characters", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_participants"),
    )
    op.create_index("ix_participants_character_id", "participants", ["character_id"])
    op.create_index(
        "uq_participants_conversation_id_character_id",
        "participants",
        ["conversation_id", "character_id"],
        unique=True,
    )
    op.create_table(
        "stage_lines",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("speaker_id", sa.Uuid(), nullable=True),
        sa.Column("circle", sa.JSON(), nullable=True),
        sa.Column("about", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.JSON(), nullable=True),
        _to("stage_lines", "message_id", "messages", "CASCADE"),
        _to("stage_lines", "speaker_id", "participants", "SET NULL"),
        sa.PrimaryKeyConstraint("message_id", name="pk_stage_lines"),
    )
    op.create_index("ix_stage_lines_speaker_id", "stage_lines", ["speaker_id"])


def _to(table: str, column: str, target: str, ondelete: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_{column}_{target}"
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete=ondelete)


def downgrade() -> None:
    for table in ("stage_lines", "participants"):
        op.drop_table(table)
    for column in ("turns_ahead", "user_role", "is_stage"):
        op.drop_column("conversations", column)
