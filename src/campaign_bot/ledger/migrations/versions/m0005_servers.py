"""An account's secrets belong to a server, and whom they are there stands for itself.

Until now the address of a server that was not the platform's own stood before the identity, without its
scheme: so of one on this very machine no more is known.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from campaign_bot import servers

revision = "0005"
down_revision = "0004"

INSTANT = sa.BigInteger()  # microseconds since the epoch, UTC


def upgrade() -> None:
    conn = op.get_bind()
    rows = conn.execute(sa.text("SELECT * FROM accounts")).mappings().all()
    op.drop_table("accounts")
    table = op.create_table(
        "accounts",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("stopped", sa.Boolean(), nullable=False, server_default=sa.text("false")),
        sa.Column("reason", sa.Text(), nullable=False, server_default=""),
        sa.Column("since", INSTANT),
        sa.Column("not_before", INSTANT),
        sa.Column("last_call_at", INSTANT),
        sa.Column("platform", sa.Text()),
        sa.Column("remote_id", sa.Text()),
        sa.Column("checked_at", INSTANT),
        sa.Column("server", sa.Text()),
        sa.Column("trusted_at", INSTANT),
    )
    op.bulk_insert(
        table, [{**row, "stopped": bool(row["stopped"]), **known(row["remote_id"])} for row in rows]
    )


def known(remote_id: str | None) -> dict[str, Any]:
    """``https://m.example:8443/path 42``: the server, and whom the account is there."""
    address, _, bare = (remote_id or "").rpartition(" ")
    if not address:
        return {"remote_id": remote_id, "server": None}
    return {"remote_id": bare, "server": servers.server(address) if servers.is_public(address) else None}
