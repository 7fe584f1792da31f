"""A database's errors as ours: SQLite's result codes and PostgreSQL's SQLSTATEs → a LedgerError's code."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError, IntegrityError

from campaign_bot.ledger.errors import LedgerError

# https://sqlite.org/rescode.html: the whole code, else the primary one, which is its lowest byte.
SQLITE = {
    4874: "ledger-disk-full",  # SQLITE_IOERR_SHMSIZE: no room for the file that readers share
    5: "ledger-locked",  # SQLITE_BUSY
    6: "ledger-locked",  # SQLITE_LOCKED
    8: "ledger-read-only",  # SQLITE_READONLY
    10: "ledger-disk",  # SQLITE_IOERR
    11: "ledger-corrupt",  # SQLITE_CORRUPT
    13: "ledger-disk-full",  # SQLITE_FULL
    14: "ledger-unreachable",  # SQLITE_CANTOPEN
    26: "ledger-corrupt",  # SQLITE_NOTADB
}

# PostgreSQL's manual, appendix A: the whole code, else its class (the first two characters).
POSTGRESQL = {
    "25006": "ledger-read-only",
    "53100": "ledger-disk-full",
    "55P03": "ledger-locked",
    "XX001": "ledger-corrupt",
    "XX002": "ledger-corrupt",
    "08": "ledger-unreachable",
    "28": "ledger-unreachable",  # wrong user or password
    "3D": "ledger-unreachable",  # no such database
    "40": "ledger-locked",  # a deadlock
    "42501": "ledger-read-only",  # no right to write
    "53": "ledger-unreachable",  # too many connections
    "57": "ledger-unreachable",  # starting or shutting down
    "58": "ledger-disk",
}


@contextmanager
def translated(ledger: str) -> Iterator[None]:
    """Raise a LedgerError for what the database says. A broken constraint stays an IntegrityError."""
    try:
        yield
    except IntegrityError:
        raise
    except DBAPIError as error:
        raise LedgerError(_code(error, ledger), ledger=ledger, detail=_detail(error)) from error


def _code(error: DBAPIError, ledger: str) -> str:
    origin = error.orig
    if isinstance(origin, sqlite3.Error):
        number = getattr(origin, "sqlite_errorcode", None)
        if number is None:  # one that Python makes itself: what should be text is none, or a misuse
            return "ledger-corrupt" if isinstance(origin, sqlite3.OperationalError) else "ledger-fault"
        code = SQLITE.get(number) or SQLITE.get(number & 0xFF, "ledger-fault")
        folder = Path(ledger).parent
        is_shut = code == "ledger-unreachable" and folder.is_dir() and not os.access(folder, os.W_OK)
        return "ledger-read-only" if is_shut else code
    state = getattr(origin, "sqlstate", None)
    if state is None:
        # psycopg has none where the server was never reached, or went away.
        return "ledger-unreachable"
    return POSTGRESQL.get(state) or POSTGRESQL.get(state[:2], "ledger-fault")


def _detail(error: DBAPIError) -> str:
    """The database's own first line. Never SQLAlchemy's text: that shows the parameters."""
    lines = str(error.orig).partition(" with text ")[0].strip().splitlines()
    return lines[0] if lines else type(error.orig).__name__
