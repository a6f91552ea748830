"""schema_compatibility

Revision: 0028, after 0027.

The oldest schema whose release may use the present one (app/db/compatibility.py). Releases of the
schema 0026 cannot read it and refuse to start on a newer schema; those that run already work on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    table = op.create_table(
        "schema_compatibility",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("oldest", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_schema_compatibility"),
    )
    op.bulk_insert(table, [{"id": 1, "oldest": "0026"}])


def downgrade() -> None:
    op.drop_table("schema_compatibility")
