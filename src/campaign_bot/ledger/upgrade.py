"""Begin a ledger, or bring an older one up to date: one transaction, so that half of it never happened."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Column, Connection, delete, func, insert, inspect, select, update

from campaign_bot.ledger import schema
from campaign_bot.ledger.errors import LedgerError
from campaign_bot.ledger.schema import decisions, deliveries, events, pauses
from campaign_bot.names import nfc

MIGRATIONS = Path(__file__).with_name("migrations")

LOCK = 0x63616D70  # an arbitrary number that all our programs share ("camp")


def is_current(conn: Connection) -> bool:
    return revision_of(conn) == schema.REVISION


def run(conn: Connection, ledger: str) -> None:
    """LedgerError for a ledger that a newer program has changed."""
    if conn.dialect.name == "postgresql":
        conn.execute(select(func.pg_advisory_xact_lock(LOCK)))
    revision = revision_of(conn)
    if revision is None:
        # Quicker than all migrations one by one; a test shows that both end in the same tables.
        # Unchecked, so that tables of the same name that are not ours are an error.
        schema.metadata.create_all(conn, checkfirst=False)
        schema.version.create(conn, checkfirst=False)
        conn.execute(insert(schema.version).values(version_num=schema.REVISION))
    elif revision != schema.REVISION:  # it may have changed while we waited for the lock
        migrate(conn, revision, ledger)
        compose_names(conn)


def compose_names(conn: Connection) -> None:
    """Names in the form that they have now: an older version kept them as they were typed.

    A delivery's key stays as it is: receipts and attempts name it.
    """
    for column in (deliveries.c.post, deliveries.c.queue, deliveries.c.file, events.c.post, pauses.c.value):
        for name, composed in _decomposed(conn, column):
            conn.execute(update(column.table).where(column == name).values({column.name: composed}))
    for name, composed in _decomposed(conn, decisions.c.post):
        both = decisions.c.post.in_((name, composed))
        latest = conn.execute(select(decisions).where(both).order_by(decisions.c.at.desc()).limit(1)).one()
        conn.execute(delete(decisions).where(both))
        conn.execute(insert(decisions).values({**latest._mapping, "post": composed}))


def _decomposed(conn: Connection, column: Column[str]) -> list[tuple[str, str]]:
    """The names in a column that are in another form, each with what it should be."""
    names = conn.execute(select(column).distinct().where(column.is_not(None))).scalars()
    return [(name, composed) for name in names if (composed := nfc(name)) != name]


def migrate(conn: Connection, revision: str | None, ledger: str, *, to: str = "head") -> None:
    """Run the migrations that come after ``revision`` (None: all of them), up to that of the form ``to``."""
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if revision is not None and revision not in known:
        raise LedgerError("ledger-newer", ledger=ledger, revision=revision)
    config.attributes["connection"] = conn
    command.upgrade(config, to)


def revision_of(conn: Connection) -> str | None:
    """The form that a ledger has; None where there is none."""
    if not inspect(conn).has_table(schema.version.name):
        return None
    found: str | None = conn.execute(select(schema.version.c.version_num)).scalar()
    return found
