"""The worker's lock on PostgreSQL, which frees it when its holder's connection ends."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress

from sqlalchemy import Connection, Engine, func, select, text
from sqlalchemy.exc import DBAPIError

from campaign_bot.ledger.faults import translated
from campaign_bot.ledger.lock import Holder

_HOLDER = text("""
    SELECT a.pid, coalesce(host(a.client_addr), 'localhost'), a.backend_start
    FROM pg_locks l
    JOIN pg_stat_activity a ON a.pid = l.pid
    JOIN pg_database d ON d.oid = l.database AND d.datname = current_database()
    WHERE l.locktype = 'advisory' AND l.granted AND l.classid = 0 AND l.objid = :number
""")


class AdvisoryLock:
    """PostgreSQL's advisory lock, on a connection that does nothing else."""

    NUMBER = 0x63616D71

    def __init__(self, engine: Engine, ledger: str) -> None:
        self._engine = engine
        self._ledger = ledger
        self._conn: Connection | None = None

    def acquire(self, *, blocking: bool = False) -> bool:
        if self._is_held():
            return True
        take = func.pg_advisory_lock if blocking else func.pg_try_advisory_lock
        with translated(self._ledger):
            conn = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            try:
                ours = conn.execute(select(take(self.NUMBER))).scalar() is not False
            except BaseException:
                conn.invalidate()
                raise
        if ours:
            self._conn = conn
        else:
            conn.close()
        return ours

    def release(self) -> None:
        conn, self._conn = self._conn, None
        if conn is not None:
            with suppress(DBAPIError):  # a dead connection has freed it already
                conn.execute(select(func.pg_advisory_unlock(self.NUMBER)))
            conn.invalidate()  # closes it for good
            conn.close()

    def _is_held(self) -> bool:
        """The server frees the lock when our connection ends, whatever ended it: another may have it then."""
        if self._conn is None:
            return False
        try:
            self._conn.execute(select(1))
        except DBAPIError:
            self._conn.invalidate()
            self._conn.close()
            self._conn = None
        return self._conn is not None

    def holder(self) -> Holder | None:
        with translated(self._ledger), self._engine.connect() as conn:
            row = conn.execute(_HOLDER, {"number": self.NUMBER}).first()
        return Holder(row[0], row[1], row[2].astimezone(dt.UTC)) if row else None
