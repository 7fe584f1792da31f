"""What a worker asks of its ledger until a due delivery is its own: with 10,000 rows, and with 1,000,000.

Both have as many due deliveries, and as many that come within two days; all the others are published, each
with its attempt, its receipt and its events.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
import sys
import tempfile
from contextlib import closing
from functools import partial
from pathlib import Path

from bench.rows import Row, seconds
from campaign_bot.ledger import Add, Ledger
from campaign_bot.ledger.schema import EPOCH, MICROSECOND
from campaign_bot.model import State

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from support.deliveries import delivery

FEW, MANY = 10_000, 1_000_000
ACCOUNTS, DUE, COMING = 20, 200, 4_000
NOW = dt.datetime(2027, 1, 15, 20, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
LEASE = 2 * MINUTE
WORKER = "bench"

# A published row for each n: one every 30 s, the last of them an hour ago.
DELIVERIES = """
INSERT INTO deliveries (key, queue, post, file, account, platform, language, slot, slot_at, due_at, state,
    fingerprint, variant, reason, attempts, parts_done, parts, published_at, skipped)
WITH RECURSIVE
    numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :rows),
    old (n, post, account, at) AS (
        SELECT n, printf('old/post-%07d', n), 'a-' || (n % :accounts), :last - n * 30000000 FROM numbers
    )
SELECT post || ':' || account || ':en', 'old', post, 'posts/old/post.md', account, 'x', 'en',
    '2026-01-01T09:00:00', at, at, 'published', 'fingerprint ' || (n % 140), 0, '', 1, 1,
    '["The words of a post."]', at, 0
FROM old
"""
REST = (
    "INSERT INTO attempts (key, part, number, started_at, ended_at, outcome, error)"
    " SELECT key, 1, 1, due_at, due_at, 'published', '' FROM deliveries",
    "INSERT INTO receipts (key, part, account, remote_id, url, extra)"
    " SELECT key, 1, account, seq, 'https://example.org/' || seq, '{}' FROM deliveries",
    "INSERT INTO events (at, kind, key, post, from_state, to_state, reason, who, detail)"
    " SELECT due_at, 'move', key, post, 'scheduled', 'publishing', '', 'worker', '{}' FROM deliveries",
    "INSERT INTO events (at, kind, key, post, from_state, to_state, reason, who, detail)"
    " SELECT due_at, 'move', key, post, 'publishing', 'published', '', 'worker', '{}' FROM deliveries",
)


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        few, many = (_measured(Path(folder) / f"{rows}.db", rows) for rows in (FEW, MANY))
    what = f"claim {DUE} due deliveries with {MANY:,} rows"
    return [Row(what, many, "ms", few, f"{FEW:,} rows", "ratio 1.5", many <= 1.5 * few)]


def _measured(path: Path, rows: int) -> float:
    """Milliseconds for all that a worker asks until it has claimed all that is due."""
    url = f"sqlite:///{path}"
    Ledger.open(url).close()
    with closing(sqlite3.connect(path)) as connection:
        fill(connection, rows - DUE - COMING)
    with Ledger.open(url) as ledger:
        due = [delivery(f"new/post-{n}:a-{n % ACCOUNTS}:en", NOW - MINUTE) for n in range(DUE)]
        coming = [
            delivery(f"next/post-{n}:a-{n % ACCOUNTS}:en", NOW + n * MINUTE / 2) for n in range(1, COMING)
        ]
        adds = [Add(one, State.SCHEDULED, one.at, one.deadline) for one in due + coming]
        ledger.apply(adds, now=NOW, who=WORKER)
        return seconds(partial(claim, ledger)) * 1000


def fill(connection: sqlite3.Connection, rows: int) -> None:
    """Quickly: nothing of it has to survive."""
    last = (NOW - 60 * MINUTE - EPOCH) // MICROSECOND
    for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -200000"):
        connection.execute(f"PRAGMA {pragma}")
    with connection:
        connection.execute(DELIVERIES, {"rows": rows, "accounts": ACCOUNTS, "last": last})
        for statement in REST:
            connection.execute(statement)


def claim(ledger: Ledger) -> None:
    """A tick's questions, then those of each account until its deliveries are claimed; and all given back."""
    now = NOW
    seen = ledger.version()
    ledger.events(after=seen - 100, but=("add", "follow"))
    ledger.entries(states=[State.PUBLISHING])
    ledger.entries(states=[State.UNCONFIRMED])
    ledger.expired(now)
    for entry in ledger.due(now):
        ledger.shown(entry.account, now - dt.timedelta(hours=26))
        ledger.standing(entry)
        if not ledger.claim(entry.key, WORKER, now, now + LEASE):
            raise RuntimeError(f"{entry.key} could not be claimed")
    ledger.next_due(now)
    ledger.next_deadline(now)
    for number in range(DUE):
        ledger.unclaim(f"new/post-{number}:a-{number % ACCOUNTS}:en", WORKER)
