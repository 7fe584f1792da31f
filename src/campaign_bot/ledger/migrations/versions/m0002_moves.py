"""The database itself refuses moves between states that are not allowed."""

from alembic import op

revision = "0002"
down_revision = "0001"

MOVES = (
    "'cancelled>scheduled', "
    "'failed>scheduled', "
    "'held>cancelled', 'held>missed', 'held>scheduled', "
    "'missed>scheduled', "
    "'published>retracted', "
    "'publishing>failed', 'publishing>published', 'publishing>scheduled', 'publishing>unconfirmed', "
    "'scheduled>cancelled', 'scheduled>held', 'scheduled>missed', 'scheduled>publishing', "
    "'unconfirmed>failed', 'unconfirmed>missed', 'unconfirmed>published', 'unconfirmed>scheduled'"
)
OTHER = f"OLD.state || '>' || NEW.state NOT IN ({MOVES})"
TRIGGER = "CREATE TRIGGER deliveries_moves BEFORE UPDATE OF state ON deliveries"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"{TRIGGER} WHEN {OTHER} BEGIN SELECT RAISE(ABORT, 'no such move'); END")
        return
    op.execute(
        "CREATE FUNCTION deliveries_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'no such move' USING ERRCODE = 'check_violation'; END $$"
    )
    op.execute(f"{TRIGGER} FOR EACH ROW WHEN ({OTHER}) EXECUTE FUNCTION deliveries_refuse()")
