"""Processes that are killed while they begin a ledger, or upgrade an old one; then it is opened again.

``python -m support.dying FOLDER beginning|upgrade`` kills one before each statement, and with a number, so
many at moments of all kinds. It prints how many died. It has no threads, so that it can fork.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

from alembic import command
from sqlalchemy import Engine, event

from campaign_bot.ledger import Ledger, store, upgrade
from support.ledgers import KEY, add

NOTE = "INSERT INTO meta VALUES ('note', 'kept')"


def an_old_one(path: Path) -> None:
    """A ledger in its first form, with a note in it."""
    ledger = Ledger(*store._engine(path))
    newest = command.upgrade
    command.upgrade = lambda config, _: newest(config, "0001")
    with ledger._write() as conn:
        upgrade.migrate(conn, None, "")
        conn.exec_driver_sql(NOTE)
    command.upgrade = newest
    ledger.close()


def opens(path: Path, seconds: float = 0.0, statement: int = 0) -> bool:
    """Whether a child lives through opening it: killed after so many seconds, or before that statement."""
    child = os.fork()
    if child == 0:
        numbers = count(1)

        def die(_sql: str) -> None:
            if next(numbers) == statement:
                os.kill(os.getpid(), signal.SIGKILL)

        def on_connect(connection: Any, _: object) -> None:
            connection.set_trace_callback(die)

        event.listen(Engine, "connect", on_connect)
        Ledger.open(f"sqlite:///{path}").close()
        os._exit(0)
    if seconds:
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
    return os.waitpid(child, 0)[1] == 0


def check(path: Path, *, was_old: bool) -> None:
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    with Ledger.open(f"sqlite:///{path}") as ledger:
        with ledger._read() as conn:
            assert upgrade.is_current(conn)
        assert ledger.meta("note") == ("kept" if was_old else None)
        add(ledger)
        assert ledger.entry(KEY)


def moments(path: Path, number: int) -> Iterator[float]:
    """Spread over the time that it takes."""
    start = time.perf_counter()
    opens(path)
    took = time.perf_counter() - start
    dice = random.Random(number)  # noqa: S311
    yield from (dice.uniform(took / 10, took) for _ in range(number))


def main(folder: Path, what: str, number: int = 0) -> int:
    old = folder / "old.db"
    an_old_one(old)
    names = count()

    def another() -> Path:
        path = folder / f"{next(names)}.db"
        if what == "upgrade":
            shutil.copy(old, path)
        return path

    if number:
        for seconds in moments(another(), number):
            path = another()
            opens(path, seconds)
            check(path, was_old=what == "upgrade")
        return number
    for statement in count(1):
        path = another()
        lived = opens(path, statement=statement)
        check(path, was_old=what == "upgrade")
        if lived:
            return statement - 1
    return 0


if __name__ == "__main__":
    print(main(Path(sys.argv[1]), sys.argv[2], *map(int, sys.argv[3:])))  # noqa: T201
