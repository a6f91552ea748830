"""owners

Revision: 0022, after 0021.

Scripts and characters belong to whoever made them; what exists belongs to the service.
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def _owner() -> sa.Column[str]:
    return sa.Column("owner", sa.String(length=64), nullable=False, server_default="")


def upgrade() -> None:
    with op.batch_alter_table("scripts") as batch:
        batch.add_column(_owner())
        batch.drop_constraint("uq_scripts_title", type_="unique")
        batch.create_unique_constraint("uq_scripts_owner_title", ["owner", "title"])
    op.add_column("characters", _owner())
    op.add_column("characters", sa.Column("link", sa.String(length=43), nullable=True))
    op.create_index("ix_characters_owner", "characters", ["owner"])
    op.create_index("ix_characters_link", "characters", ["link"], unique=True)
    op.create_table(
        "character_guests",
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("character_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["character_id"],
            ["characters.id"],
            name="fk_character_guests_character_id_characters",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("owner", "character_id", name="pk_character_guests"),
    )
    op.create_index("ix_character_guests_character_id", "character_guests", ["character_id"])


def downgrade() -> None:
    op.drop_table("character_guests")
    for name in ("link", "owner"):
        op.drop_index(f"ix_characters_{name}", "characters")
        op.drop_column("characters", name)
    # Titles were unique: of several scripts of one title, the oldest keeps it.
    op.execute(
        "UPDATE scripts SET title = substr(title, 1, 150) || ' ' || CAST(id AS VARCHAR(36)) "
        "WHERE CAST(id AS VARCHAR(36)) NOT IN "
        "(SELECT min(CAST(id AS VARCHAR(36))) FROM scripts GROUP BY title)"
    )
    with op.batch_alter_table("scripts") as batch:
        batch.drop_constraint("uq_scripts_owner_title", type_="unique")
        batch.create_unique_constraint("uq_scripts_title", ["title"])
        batch.drop_column("owner")
