"""selections

Revision: 0005, after 0004.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "selections",
        sa.Column("character_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Uuid(), nullable=False),
        sa.Column("embedder", sa.String(length=200), nullable=False),
        sa.Column("recipe", sa.String(length=64), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("features", sa.LargeBinary(), nullable=False),
        sa.Column("vectors", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["character_id"],
            ["characters.id"],
            name=op.f("fk_selections_character_id_characters"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("character_id", name=op.f("pk_selections")),
    )
    op.add_column("characters", sa.Column("selection_version", sa.Uuid(), nullable=True))
    op.add_column("characters", sa.Column("retrieval", sa.String(length=16), nullable=True))
    op.add_column("examples", sa.Column("scene", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("examples", "scene")
    op.drop_column("characters", "retrieval")
    op.drop_column("characters", "selection_version")
    op.drop_table("selections")
