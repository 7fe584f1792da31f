"""The database itself refuses a move that ``MOVES`` does not have, whoever makes it and with whatever SQL.

The store's guarded UPDATE refuses it before, with a MoveRefused. To the database it is a broken constraint.
"""

from __future__ import annotations

from sqlalchemy import DDL, Table, event

from campaign_bot.model import MOVES

_PAIRS = ", ".join(sorted(f"'{frm}>{to}'" for frm in MOVES for to in MOVES[frm]))
_OTHER = f"OLD.state || '>' || NEW.state NOT IN ({_PAIRS})"

STATEMENTS = {
    "sqlite": (
        f"CREATE TRIGGER deliveries_moves BEFORE UPDATE OF state ON deliveries WHEN {_OTHER} "
        "BEGIN SELECT RAISE(ABORT, 'no such move'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION deliveries_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'no such move' USING ERRCODE = 'check_violation'; END $$",
        f"CREATE TRIGGER deliveries_moves BEFORE UPDATE OF state ON deliveries FOR EACH ROW WHEN ({_OTHER}) "
        "EXECUTE FUNCTION deliveries_refuse()",
    ),
}


def attach(deliveries: Table) -> None:
    """Make the triggers whenever this table is made."""
    for dialect, statements in STATEMENTS.items():
        for statement in statements:
            make = DDL(statement)  # type: ignore[no-untyped-call]
            event.listen(deliveries, "after_create", make.execute_if(dialect=dialect))
