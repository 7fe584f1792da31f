"""What several threads write at the same moment is committed at once, and yet to each as if it were alone."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

from campaign_bot.ledger import Ledger, LedgerError
from campaign_bot.ledger.prepared import wrapped

Work = Callable[[Connection], None]


def full() -> sqlite3.Error:
    error = sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorcode = sqlite3.SQLITE_FULL
    return error


class Driver:
    """The driver's connection, that notes what is executed, and fails where it is told to."""

    def __init__(self, inner: sqlite3.Connection) -> None:
        self.inner = inner
        self.executed: list[str] = []
        self.fails: dict[str, Exception] = {}

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        self.executed.append(sql)
        if sql in self.fails:
            raise self.fails[sql]
        return self.inner.execute(sql, *values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.open(f"sqlite:///{tmp_path}/campaign.db") as ledger:
        yield ledger


@pytest.fixture
def driver(ledger: Ledger) -> Driver:
    with ledger._write() as connection:
        spied: Any = connection
    spied.driver = Driver(spied.driver)
    return spied.driver


def note(name: str) -> Work:
    """Writes a note."""

    def work(connection: Connection) -> None:
        connection.execute(text("INSERT INTO meta (name, value) VALUES (:name, '')"), {"name": name})

    return work


def broken(connection: Connection) -> None:
    note("broken")(connection)
    raise RuntimeError("its own")


def together(ledger: Ledger, first: Work, second: Work, **options: bool) -> list[str]:
    """Two transactions that meet: the first one ends when the second one waits behind it.

    What each ended with: a LedgerError's code, else an error's words; empty when all went well.
    """
    inside = threading.Event()

    def begin() -> None:
        with ledger._write(durable=not options) as connection:
            inside.set()
            wait_until(lambda: bool(ledger._writer._behind))
            first(connection)

    def follow() -> None:
        with ledger._write(**options) as connection:
            second(connection)

    with ThreadPoolExecutor(2) as pool:
        futures = [pool.submit(begin)]
        assert inside.wait(10)
        futures.append(pool.submit(follow))
    found = [future.exception() for future in futures]
    return [error.code if isinstance(error, LedgerError) else str(error or "") for error in found]


def wait_until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end
        time.sleep(0.001)


def notes(ledger: Ledger) -> set[str]:
    with ledger._read() as connection:
        return set(connection.execute(text("SELECT name FROM meta")).scalars())


# ---------------------------------------------------------------- what goes well


def test_those_that_meet_are_committed_at_once(ledger: Ledger, driver: Driver) -> None:
    assert together(ledger, note("a"), note("b")) == ["", ""]
    assert notes(ledger) == {"a", "b"}
    assert driver.executed.count("COMMIT") == 1


def test_nobody_sees_the_first_before_the_last_is_done(ledger: Ledger) -> None:
    seen: list[set[str]] = []
    assert together(ledger, note("a"), lambda _: seen.append(notes(ledger))) == ["", ""]
    assert (seen, notes(ledger)) == ([set()], {"a"})


def test_one_alone_is_a_plain_transaction(ledger: Ledger, driver: Driver) -> None:
    with ledger._write() as connection:
        note("a")(connection)
    assert (driver.executed[0], driver.executed[-1]) == ("BEGIN IMMEDIATE", "COMMIT")
    assert "SAVEPOINT one" not in driver.executed


def test_a_turn_is_one_transaction(ledger: Ledger, driver: Driver) -> None:
    with ledger.turn():
        for name in "ab":
            with ledger._write() as connection:
                note(name)(connection)
        assert notes(ledger) == {"a", "b"}  # to itself
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(notes, ledger).result() == set()
    assert notes(ledger) == {"a", "b"}
    assert driver.executed.count("COMMIT") == 1


def test_a_turn_is_undone_as_a_whole(ledger: Ledger) -> None:
    with pytest.raises(RuntimeError), ledger.turn():
        with ledger._write() as connection:
            note("a")(connection)
        with ledger._write() as connection:
            broken(connection)
    assert notes(ledger) == set()
    with ledger._write() as connection:
        note("b")(connection)
    assert notes(ledger) == {"b"}


def test_nobody_writes_in_the_turn_of_another(ledger: Ledger) -> None:
    order: list[str] = []

    def other() -> None:
        with ledger._write():
            order.append("other")

    with ThreadPoolExecutor(1) as pool:
        with ledger.turn():
            waits = pool.submit(other)
            wait_until(lambda: bool(ledger._writer._behind))
            order.append("mine")
        waits.result()
    assert order == ["mine", "other"]


def test_many_threads_write_all_that_they_have(ledger: Ledger, driver: Driver) -> None:
    names = {f"{thread}.{number}" for thread in range(8) for number in range(20)}

    def write(thread: int) -> None:
        for number in range(20):
            with ledger._write(durable=number % 3 > 0) as connection:
                note(f"{thread}.{number}")(connection)
            assert f"{thread}.{number}" in notes(ledger)  # committed as soon as it has ended

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    assert notes(ledger) == names
    assert driver.executed.count("COMMIT") < len(names)


# ---------------------------------------------------------------- what fails


@pytest.mark.parametrize(("first", "second"), [(broken, note("b")), (note("b"), broken)])
def test_one_that_fails_fails_alone(ledger: Ledger, first: Work, second: Work) -> None:
    assert sorted(together(ledger, first, second)) == ["", "its own"]
    assert notes(ledger) == {"b"}


def test_a_commit_that_fails_fails_all_that_share_it(ledger: Ledger, driver: Driver) -> None:
    driver.fails["COMMIT"] = full()
    assert together(ledger, note("a"), note("b")) == ["ledger-disk-full"] * 2
    driver.fails.clear()
    assert notes(ledger) == set()
    ledger.set_meta("c", "")
    assert notes(ledger) == {"c"}


def test_a_transaction_that_sqlite_gives_up_is_lost_to_all(ledger: Ledger, driver: Driver) -> None:
    def lose(_: Connection) -> None:
        driver.inner.rollback()  # as SQLite does by itself where the disk is full
        raise wrapped(full())

    assert together(ledger, note("a"), lose) == ["ledger-disk-full"] * 2
    assert notes(ledger) == set()
    ledger.set_meta("c", "")
    assert notes(ledger) == {"c"}


def test_one_that_cannot_begin_leaves_the_way_free(ledger: Ledger, driver: Driver) -> None:
    driver.fails["BEGIN IMMEDIATE"] = full()
    with pytest.raises(LedgerError):
        ledger.set_meta("a", "")
    driver.fails.clear()
    ledger.set_meta("b", "")
    assert notes(ledger) == {"b"}


def test_one_that_is_interrupted_while_it_waits_commits_for_those_before(ledger: Ledger) -> None:
    writer = ledger._writer

    class Turn:
        """A lock whose second acquisition is interrupted, once."""

        def __init__(self) -> None:
            self.lock = threading.Lock()
            self.times = 0

        def acquire(self) -> bool:
            self.times += 1
            if self.times == 2:
                raise KeyboardInterrupt
            return self.lock.acquire()

        def release(self) -> None:
            self.lock.release()

    writer._turn = Turn()  # type: ignore[assignment]
    assert together(ledger, note("a"), note("b")) == ["", ""]
    assert notes(ledger) == {"a"}


# ---------------------------------------------------------------- how durable, and how long


def test_what_has_to_last_does_not_share_a_commit_that_does_not(ledger: Ledger, driver: Driver) -> None:
    assert together(ledger, note("a"), note("b"), durable=True) == ["", ""]
    changes = [sql for sql in driver.executed if sql == "COMMIT" or sql.startswith("PRAGMA")]
    assert changes == ["PRAGMA synchronous = NORMAL", "COMMIT", "PRAGMA synchronous = FULL", "COMMIT"]


def test_nobody_waits_for_one_that_takes_its_time(ledger: Ledger) -> None:
    seen: list[set[str]] = []
    assert together(ledger, note("a"), lambda _: seen.append(notes(ledger)), alone=True) == ["", ""]
    assert seen == [{"a"}]
