"""One worker, one ledger: the lock is the system's, so that it dies with its holder."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from campaign_bot.ledger import Ledger, LedgerError, WorkerLock
from support import postgres

HOLD = """
import sys
from campaign_bot.ledger import Ledger
lock = Ledger.open(sys.argv[1]).lock()
print(lock.acquire(), flush=True)
sys.stdin.read()
"""


@pytest.fixture(params=["file", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/campaign.db" if request.param == "file" else postgres.new_database()


@pytest.fixture
def locks(url: str) -> Iterator[tuple[WorkerLock, WorkerLock]]:
    with Ledger.open(url) as one, Ledger.open(url) as other:
        locks = one.lock(), other.lock()
        yield locks
        for lock in locks:
            lock.release()


def test_only_one_has_it_until_it_is_released(locks: tuple[WorkerLock, WorkerLock]) -> None:
    one, other = locks
    assert one.holder() is None
    assert one.acquire()
    assert one.acquire()  # it has it already
    assert not other.acquire()
    one.release()
    assert other.acquire(blocking=True)
    assert not one.acquire()


def test_a_second_process_cannot_take_it_and_learns_who_has_it(url: str) -> None:
    with Ledger.open(url) as ledger:
        command = [sys.executable, "-c", HOLD, url]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as first:
            assert first.stdout is not None
            assert first.stdout.readline() == "True\n"
            lock = ledger.lock()
            assert not lock.acquire()
            holder = lock.holder()
            assert holder is not None
            if url.startswith("sqlite"):
                assert (holder.pid, holder.host) == (first.pid, socket.gethostname())
            first.kill()
        assert lock.acquire(blocking=True)  # as soon as the system knows that it is dead
        lock.release()


def test_the_holder_signs_with_its_own_process(locks: tuple[WorkerLock, WorkerLock], url: str) -> None:
    one, other = locks
    one.acquire()
    holder = other.holder()
    assert holder is not None
    assert holder.since.tzinfo is not None
    assert holder.pid == os.getpid() or url.startswith("postgresql")
    one.release()
    assert other.holder() is None


def test_who_loses_its_connection_to_the_database_has_lost_the_lock() -> None:
    import psycopg

    url = postgres.new_database()
    with Ledger.open(url) as ledger, Ledger.open(url) as another:
        one, other = ledger.lock(), another.lock()
        assert one.acquire()
        with psycopg.connect(url, autocommit=True) as server:
            server.execute(
                "SELECT pg_terminate_backend(l.pid) FROM pg_locks l JOIN pg_database d ON d.oid = l.database "
                "WHERE l.locktype = 'advisory' AND d.datname = current_database()"
            )
        assert other.acquire(blocking=True)
        assert not one.acquire()
        other.release()
        assert one.acquire()
        one.release()


def test_a_ledger_in_memory_has_nobody_else() -> None:
    with Ledger.open("sqlite://") as ledger:
        lock = ledger.lock()
        assert lock.acquire()
        assert lock.holder() is None
        lock.release()


def test_a_lock_file_that_cannot_be_made(tmp_path: Path) -> None:
    with Ledger.open(f"sqlite:///{tmp_path}/campaign.db") as ledger:
        (tmp_path / "campaign.db.lock").mkdir()
        with pytest.raises(LedgerError) as error:
            ledger.lock().acquire()
    assert error.value.code == "ledger-read-only"
