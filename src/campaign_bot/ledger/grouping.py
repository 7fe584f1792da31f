"""Group commit: what several threads write at the same moment goes to the disk with one wait for it.

SQLite has one writer at a time, and a durable commit waits for the disk. So all threads of this process
write over one connection, in turn. Whoever has another one waiting behind it leaves its transaction open
for that one, which goes on in a savepoint; the last in the row commits for all, and none of them goes on
before. So a transaction still is on the disk when it ends, and has its own errors: one that fails is
rolled back alone. Only if the commit itself fails, all that share it do.

On another disk, or with one thread alone, this is what it was without: one transaction, one commit.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from campaign_bot.ledger.prepared import Quick, wrapped


class Group:
    """One transaction of SQLite's, and the threads that share it."""

    def __init__(self, durable: bool) -> None:
        self.durable = durable
        self.members = 0
        self._open = threading.Lock()  # held until it has ended
        self._open.acquire()
        self._error: sqlite3.Error | None = None

    def end(self, error: sqlite3.Error | None) -> None:
        self._error = error
        self._open.release()

    def wait(self) -> None:
        """Until it is on the disk. Raises what kept it from that."""
        with self._open:
            pass
        if self._error:
            raise wrapped(self._error) from self._error


class Writer:
    """The one connection that writes. ``connect`` makes it, when it is first needed."""

    def __init__(self, connect: Callable[[], Quick]) -> None:
        self._connect = connect
        self._connection: Quick | None = None
        self._turn = threading.Lock()
        self._behind: deque[None] = deque()  # one for each thread that waits for its turn
        self._group: Group | None = None
        self._durable = True  # how the connection commits now

    @contextmanager
    def transaction(self, *, durable: bool, alone: bool) -> Iterator[Quick]:
        """On the disk when this ends. A thread that is in one may not begin another.

        ``alone``: one that takes its time, for which none that has ended before should have to wait.
        """
        self._wait_for_turn()
        try:
            connection = self._connection = self._connection or self._begun()
            driver = connection.driver
            group = self._join(driver, durable, alone)
            try:
                yield connection
                if group.members > 1:
                    driver.execute("RELEASE one")
            except BaseException as error:
                self._undo(driver, error)
                raise
        finally:
            self._leave()
        group.wait()

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _begun(self) -> Quick:
        """A connection that, as SQLAlchemy sees it, is in a transaction for ever: none but us commits."""
        connection = self._connect()
        connection.begin()
        return connection

    # ------------------------------------------------------------ turns

    def _wait_for_turn(self) -> None:
        self._behind.append(None)
        try:
            self._turn.acquire()
        except BaseException:  # interrupted, while those before leave the commit to us
            self._turn.acquire()
            self._behind.pop()
            self._leave()
            raise
        self._behind.pop()

    def _leave(self) -> None:
        """The last one in the row commits for all."""
        try:
            if not self._behind:
                self._commit()
        finally:
            self._turn.release()

    # ------------------------------------------------------------ the transaction

    def _join(self, driver: sqlite3.Connection, durable: bool, alone: bool) -> Group:
        """Go on in the group under way, or begin one where there is none that will do."""
        if self._group and (alone or (durable and not self._group.durable)):
            self._commit()
        try:
            if self._group:
                driver.execute("SAVEPOINT one")
            else:
                self._begin(driver, durable)
        except sqlite3.Error as error:
            raise wrapped(error) from error
        group = self._group = self._group or Group(durable)
        group.members += 1
        return group

    def _begin(self, driver: sqlite3.Connection, durable: bool) -> None:
        if driver.in_transaction:  # of one that was interrupted before it had a group
            driver.execute("ROLLBACK")
        if durable is not self._durable:
            # In WAL, a FULL commit takes all earlier ones to the disk with it.
            driver.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            self._durable = durable
        # Takes the right to write at once: a read that turns into a write could fail half-way.
        driver.execute("BEGIN IMMEDIATE")

    def _undo(self, driver: sqlite3.Connection, error: BaseException) -> None:
        """Roll back what this one did. Where a disk is full or broken, SQLite has lost the others' too."""
        cause = getattr(error, "orig", None)
        if self._group is None or self._group.members == 1:
            self._end(driver, None)  # nobody else waits for it
            return
        try:
            driver.execute("ROLLBACK TO one")
            driver.execute("RELEASE one")
        except sqlite3.Error as lost:
            self._end(driver, cause if isinstance(cause, sqlite3.Error) else lost)

    def _commit(self) -> None:
        if self._group is None or self._connection is None:
            return
        driver = self._connection.driver
        lost: sqlite3.Error | None = sqlite3.OperationalError("interrupted")
        try:
            driver.execute("COMMIT")
            lost = None
        except sqlite3.Error as error:
            lost = error
        finally:
            self._end(driver, lost)

    def _end(self, driver: sqlite3.Connection, error: sqlite3.Error | None) -> None:
        if driver.in_transaction:
            with suppress(sqlite3.Error):
                driver.execute("ROLLBACK")
        group, self._group = self._group, None
        if group:
            group.end(error)
