"""selections_anew

Revision: 0011, after 0010.

Selections have another format. What is stored of them is let go of; the service makes it anew in
the background when it starts (``Indexer.start``), and characters speak in the mode ``reference``
until theirs is there.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _let_go()


def downgrade() -> None:
    _let_go()


def _let_go() -> None:
    characters = sa.table("characters", sa.column("selection_version", sa.Uuid()))
    op.execute(sa.delete(sa.table("selections")))
    op.execute(characters.update().values(selection_version=None))
