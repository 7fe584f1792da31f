"""Reading from SQLite: each thread keeps a connection, since opening one takes longer than most questions."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from weakref import WeakSet

from campaign_bot.ledger.prepared import Quick


class Readers:
    """``connect`` makes a thread's connection when it is first needed; it goes when the thread does."""

    def __init__(self, connect: Callable[[], Quick]) -> None:
        self._connect = connect
        self._mine = threading.local()
        self._all: WeakSet[Quick] = WeakSet()

    @contextmanager
    def moment(self) -> Iterator[Quick]:
        """The ledger as it is at this moment, whatever is written meanwhile."""
        connection: Quick | None = getattr(self._mine, "connection", None)
        if connection is None:
            connection = self._mine.connection = self._connect()
            self._all.add(connection)
        driver = connection.driver
        driver.execute("BEGIN")
        try:
            yield connection
        finally:
            driver.rollback()

    def close(self) -> None:
        for connection in list(self._all):
            connection.close()
