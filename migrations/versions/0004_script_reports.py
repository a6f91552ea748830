"""script_reports

Revision: 0004, after 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_COLUMNS = ("options", "aliases", "columns", "profiles", "rejected_by_code")


def upgrade() -> None:
    for name in _COLUMNS:
        op.add_column("scripts", sa.Column(name, sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    for name in _COLUMNS:
        op.drop_column("scripts", name)
