"""Whole copies of a ledger on SQLite: made while others write to it, and checked before one is used."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from campaign_bot.ledger.errors import LedgerError
from campaign_bot.ledger.faults import translated
from campaign_bot.ledger.place import must_be_whole
from campaign_bot.ledger.prepared import wrapped
from campaign_bot.ledger.schema import REVISION, metadata, version

PATIENCE = 10
"""Seconds to wait for another program."""

_OURS = frozenset({*metadata.tables, version.name})
_TRIGGER = re.compile(
    r"CREATE TRIGGER deliveries_moves BEFORE UPDATE OF state ON deliveries "
    r"WHEN OLD\.state \|\| '>' \|\| NEW\.state NOT IN \((?:'[a-z]+>[a-z]+'(?:, )?)+\) "
    r"BEGIN SELECT RAISE\(ABORT, 'no such move'\); END"
)
_KNOWN = re.compile(
    r"CHECK \(\w+ IN \((?:'[a-z-]+'(?:, )?)+\)\)|"
    r"GENERATED ALWAYS AS \(CASE WHEN not_before > due_at THEN not_before ELSE due_at END\) STORED"
)
_ACTS = re.compile(
    r"\b(?:CHECK|GENERATED|AS|VIRTUAL|DEFAULT)\s*\(|\ACREATE\s+VIRTUAL\b|\bON\s+(?:CONFLICT|DELETE|UPDATE)\b|--|/\*",
    re.IGNORECASE,
)
"""What a table does by itself; a comment may hide it."""
_REFUSES = re.compile(r"\ACREATE\s+UNIQUE\b|\b(?:LIKE|GLOB|MATCH|REGEXP)\b|--|/\*", re.IGNORECASE)
"""What an index takes for ever to compute, or does not let us write."""
_CALLED = re.compile(r"(\w+)[\"'`\]]?\s*\(")


def copy(ledger: Path, target: Path) -> None:
    """One moment of the ledger into a new file, which is whole by itself; who writes meanwhile is not kept
    waiting. LedgerError."""
    must_be_whole(ledger, str(ledger))
    with (
        _told(ledger),
        closing(_opened(ledger, "mode=rw")) as source,
        closing(sqlite3.connect(target)) as made,
    ):
        source.backup(made)
        made.execute("PRAGMA journal_mode = DELETE")


def take_in_log(copied: Path, label: str) -> None:
    """Put into a copy what SQLite had not: the log beside it, which is gone then. LedgerError."""
    with _told(label), closing(_opened(copied, "mode=rw")) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")


def is_dry(copied: Path, label: str) -> bool:
    """Whether dry runs have published in it. LedgerError."""
    query = "SELECT 1 FROM receipts WHERE url LIKE 'dry-run:%' LIMIT 1"
    with _told(label), closing(_opened(copied, "immutable=1")) as connection:
        return connection.execute(query).fetchone() is not None


def revision_of(copied: Path, label: str) -> str:
    """The form of a copy that is whole. LedgerError for one that is damaged, no ledger, or a newer one's."""
    with _told(label), closing(_opened(copied, "immutable=1")) as connection:
        found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if found != "ok":
            raise LedgerError("ledger-corrupt", ledger=label, detail=str(found).splitlines()[-1])
        is_ledger = connection.execute(
            "SELECT 1 FROM sqlite_schema WHERE name = ?", (version.name,)
        ).fetchone()
        row = is_ledger and connection.execute(f"SELECT version_num FROM {version.name}").fetchone()  # noqa: S608
        if not row:
            raise LedgerError("ledger-corrupt", ledger=label, detail=f"no {version.name}")
    revision = str(row[0])
    if revision > REVISION:
        raise LedgerError("ledger-newer", ledger=label, revision=_shown(revision))
    return revision


def must_be_plain(copied: Path, label: str) -> None:
    """LedgerError for a copy in which something would be carried out that is not ours: whoever made it might
    change what is kept in it later, or have this program compute for ever."""
    query = "SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_schema"
    with _told(label), closing(_opened(copied, "immutable=1")) as connection:
        found = connection.execute(query).fetchall()
    for kind, name, table, sql in found:
        if not _is_plain(kind, name.lower(), table.lower(), sql):
            raise LedgerError("ledger-corrupt", ledger=label, detail=_shown(f"{kind} {name}"))


def _is_plain(kind: str, name: str, table: str, sql: str) -> bool:
    """Views that are not in the place of a table of ours are never asked."""
    if kind == "trigger":
        return _TRIGGER.fullmatch(sql) is not None
    if kind == "index":
        called = {name.lower() for name in _CALLED.findall(sql)}
        return called <= {table, "in"} and not _REFUSES.search(sql)
    if kind == "table":
        return not _ACTS.search(_KNOWN.sub("", sql))
    return name not in _OURS


def _shown(text: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in text[:100])


def _opened(file: Path, how: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.absolute().as_uri()}?{how}", timeout=PATIENCE, uri=True)


@contextmanager
def _told(label: Path | str) -> Iterator[None]:
    with translated(str(label)):
        try:
            yield
        except sqlite3.Error as error:
            raise wrapped(error) from error
