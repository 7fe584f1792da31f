"""The Ledger: all that the rooms above may ask of it. Every method is one transaction."""

from __future__ import annotations

from campaign_bot.ledger.advisory import AdvisoryLock
from campaign_bot.ledger.deciding import Deciding
from campaign_bot.ledger.following import Following
from campaign_bot.ledger.lock import FileLock, NoLock, WorkerLock, lock_of
from campaign_bot.ledger.publishing import Publishing


class Ledger(Following, Publishing, Deciding):
    """What happened, on SQLite or PostgreSQL. ``Ledger.open(where)`` makes one.

    Safe for many threads. Every method may raise a LedgerError, and those that move a delivery a
    MoveRefused. Instants go in and come out in UTC; ``who`` is shown to staff in the history.
    """

    def lock(self) -> WorkerLock:
        """The lock that makes one worker the only one on this ledger."""
        if not self._sqlite:
            return AdvisoryLock(self._engine, self.label)
        return FileLock(lock_of(self._file), self.label, self._place) if self._file else NoLock()
