"""Equal texts are looked for only among deliveries on their way: of those that are out there are many."""

from alembic import op
from sqlalchemy import text

revision = "0003"
down_revision = "0002"

NAME, TABLE, COLUMNS = "ix_deliveries_account_fingerprint", "deliveries", ["account", "fingerprint"]
OPEN = text("state IN ('publishing', 'unconfirmed')")


def upgrade() -> None:
    op.drop_index(NAME, TABLE)
    op.create_index(NAME, TABLE, COLUMNS, sqlite_where=OPEN, postgresql_where=OPEN)
