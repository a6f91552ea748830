"""openid

Revision: 0023, after 0022.

People sign in with an OpenID provider or by a proxy's word; sign-ups are counted by address.
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "person_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("issuer", sa.String(length=500), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("account", sa.String(length=120), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("used_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_person_links"),
        sa.UniqueConstraint("issuer", "subject", name="uq_person_links_issuer_subject"),
        sa.UniqueConstraint("person_id", "issuer", name="uq_person_links_person_id_issuer"),
    )
    op.create_table(
        "openid_flows",
        sa.Column("state_hash", sa.String(length=64), nullable=False),
        sa.Column("browser_hash", sa.String(length=64), nullable=False),
        sa.Column("redirect_uri", sa.String(length=500), nullable=False),
        sa.Column("next", sa.String(length=500), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("guest", sa.String(length=64), nullable=True),
        sa.Column("keeps", sa.Boolean(), nullable=False),
        sa.Column("invitation_hash", sa.String(length=64), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("state_hash", name="pk_openid_flows"),
    )
    op.create_index("ix_openid_flows_person_id", "openid_flows", ["person_id"])
    op.create_index("ix_openid_flows_site", "openid_flows", ["site"])
    op.create_table(
        "sign_up_counts",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("began_at", _TIME, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("site", name="pk_sign_up_counts"),
    )


def downgrade() -> None:
    # Who has no password cannot sign in until an admin gives them one; nothing else is lost.
    for table in ("sign_up_counts", "openid_flows", "person_links"):
        op.drop_table(table)
