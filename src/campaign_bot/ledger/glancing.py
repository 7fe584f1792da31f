"""Looking at a ledger from outside: nothing is begun, brought up to date or written; nothing waits for long.

Even a file that lies beside SQLite's would be too much: one of another user's keeps the worker from writing.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Collection, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Self

from sqlalchemy import URL, Engine, create_engine, exists, func, select
from sqlalchemy.pool import NullPool

from campaign_bot.ledger import upgrade
from campaign_bot.ledger.address import Address
from campaign_bot.ledger.deciding import Deciding
from campaign_bot.ledger.errors import LedgerError
from campaign_bot.ledger.place import must_be_whole
from campaign_bot.ledger.reading import ENTRY, D, Reading, entry_of
from campaign_bot.ledger.schema import REVISION, attempts, deliveries, events, pauses
from campaign_bot.ledger.store import on_postgresql
from campaign_bot.model import Entry, State

PATIENCE = 2
"""Seconds to wait for a lock or a server."""

MOST = 1000
"""Deliveries that are looked at: more would change nothing about what is said."""


@dataclass(frozen=True, slots=True)
class Call:
    """The last call of a delivery that is publishing or unconfirmed, and when it began (UTC)."""

    account: str
    key: str
    since: dt.datetime


class Glance(Deciding, Reading):
    """A ledger that others use. ``at`` makes one; every method may raise a LedgerError."""

    @classmethod
    def at(cls, where: Path | str) -> Self | None:
        """None where no ledger has been begun. LedgerError where it cannot be read, or has another form;
        Unable where something else than a file of ours lies there."""
        address = Address.of(where)
        if address.file:
            must_be_whole(address.file, address.label)
            if not address.file.is_file():
                return None
            engine = _on_file(address.url, address.file)
        else:
            engine = _on_server(address)
        return cls(engine, nullcontext())._checked()

    def _checked(self) -> Self | None:
        try:
            with self._read() as conn:
                revision = upgrade.revision_of(conn)
        except BaseException:
            self.close()
            raise
        if revision is None:
            self.close()
            return None
        if revision != REVISION:
            self.close()
            code = "ledger-older" if revision < REVISION else "ledger-newer"
            raise LedgerError(code, ledger=self.label, revision=revision)
        return self

    def overdue(self, now: dt.datetime, *, without: Collection[str] = ()) -> list[Entry]:
        """What should have gone out by now, the longest due first, though it may be put off."""
        query = select(*ENTRY).where(D.state == State.SCHEDULED, D.due_at <= now, D.account.not_in(without))
        with self._read() as conn:
            rows = conn.execute(query.order_by(D.due_at, D.seq).limit(MOST)).all()
            return [entry_of(conn, row) for row in rows]

    def calls(self, state: State) -> list[Call]:
        """The last calls of the deliveries in this state, the oldest first."""
        began = func.max(attempts.c.started_at).label("began")
        query = (
            select(D.account, D.key, began)
            .join_from(deliveries, attempts, D.key == attempts.c.key)
            .where(D.state == state)
            .group_by(D.account, D.key)
            .order_by(began)
            .limit(MOST)
        )
        with self._read() as conn:
            return [Call(*row) for row in conn.execute(query)]

    def ended_badly(self, since: dt.datetime) -> Mapping[State, int]:
        """How many failed, and were missed, since then and still are."""
        moved = exists().where(events.c.key == D.key, events.c.to_state == D.state, events.c.at >= since)
        query = (
            select(D.state, func.count())
            .where(D.state.in_((State.FAILED, State.MISSED)), moved)
            .group_by(D.state)
        )
        with self._read() as conn:
            return dict(conn.execute(query).all())

    def resumed_at(self) -> dt.datetime | None:
        """When the last pause ended."""
        with self._read() as conn:
            found: dt.datetime | None = conn.execute(select(func.max(pauses.c.ended_at))).scalar()
            return found


def _on_file(url: URL, path: Path) -> Engine:
    # Without a log nobody has it open: SQLite then need not make one, nor the index that goes with it.
    how = "mode=ro" if Path(f"{path}-wal").exists() else "immutable=1"
    return create_engine(
        url,
        creator=partial(_connect, f"{path.as_uri()}?{how}"),
        poolclass=NullPool,
        hide_parameters=True,
    )


def _connect(file: str) -> sqlite3.Connection:
    return sqlite3.connect(file, timeout=PATIENCE, isolation_level=None, uri=True)


def _on_server(address: Address) -> Engine:
    limits = f"-c default_transaction_read_only=on -c statement_timeout={PATIENCE * 1000}"
    return on_postgresql(address, PATIENCE, options=limits)
