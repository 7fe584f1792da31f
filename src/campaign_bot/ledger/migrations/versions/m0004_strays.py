"""What a platform showed after a worker had been away is kept until a delivery turns out to have made it."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "strays",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("remote_id", sa.Text(), nullable=False),
        sa.Column("url", sa.Text()),
        sa.Column("extra", sa.JSON(), nullable=False),
        sa.Column("readings", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("reply_to", sa.Text()),
        sa.Column("images", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("account", "remote_id", name="pk_strays"),
    )
