"""One database: how it is opened, and the two kinds of transaction that everything else uses."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from errno import EACCES, EDQUOT, ENOSPC, EROFS
from functools import partial
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Connection, Engine, Row, Table, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.pool import QueuePool, StaticPool

from campaign_bot import private
from campaign_bot.ledger import upgrade
from campaign_bot.ledger.address import Address
from campaign_bot.ledger.errors import LedgerError
from campaign_bot.ledger.faults import translated
from campaign_bot.ledger.grouping import Writer
from campaign_bot.ledger.place import Place, must_be_whole
from campaign_bot.ledger.prepared import Quick
from campaign_bot.ledger.readers import Readers

AnyRow = Row[*tuple[Any, ...]]
"""A row of columns that only its query knows."""

CHECKED = 64_000_000
"""Bytes of a ledger on SQLite that is read whole at a worker's start: that takes a second or two at most."""

PATIENCE = 10
"""Seconds to wait for another program's write (SQLite), or for a server's answer when connecting."""

CANNOT = {
    EACCES: "ledger-read-only",
    EROFS: "ledger-read-only",
    ENOSPC: "ledger-disk-full",
    EDQUOT: "ledger-disk-full",
}
"""Why its file could not be made, by the system's number."""

# A post's words have no business in an error or a log.
_create = partial(create_engine, hide_parameters=True)


class Store:
    """Safe for many threads: each reads over a connection of its own. On SQLite all write over the same one
    (in memory there is no other), on PostgreSQL each over its own.

    ``label`` is its name in messages.
    """

    def __init__(self, engine: Engine, turn: AbstractContextManager[Any]) -> None:
        address = Address.at(engine.url)
        self.label = address.label
        self._file = address.file
        self._engine = engine
        self._turn = turn
        self._sqlite = engine.dialect.name == "sqlite"
        self._readers = Readers(partial(Quick, engine))
        self._writer = Writer(partial(Quick, engine))
        self._insert = sqlite.insert if self._sqlite else postgresql.insert
        self._place: Place | None = None
        self._mine = threading.local()

    @classmethod
    def open(cls, where: Path | str) -> Self:
        """Open a ledger, begin it where there is none, and bring it up to date.

        A file (its folder is made; only its owner can use either), ``sqlite://`` (in memory, gone with this
        object) or ``postgresql://…``. LedgerError where that is not possible, Unable where something else
        than a file of ours lies there.
        """
        store = cls(*_engine(where))
        try:
            store._prepare_in_turn()
        except BaseException:
            store.close()
            raise
        return store

    def _prepare_in_turn(self) -> None:
        """Another program may be beginning it just now, on a slow disk: that is waited for twice."""
        try:
            self._prepare()
        except LedgerError as error:
            if error.code != "ledger-locked":
                raise
            self._prepare()

    def _prepare(self) -> None:
        if self._file:
            must_be_whole(self._file, self.label)
            _make_files(self._file, self.label)
        with self._read() as conn:
            known = upgrade.is_current(conn)
        if not known:
            with self._write(alone=True) as conn:
                upgrade.run(conn, self.label)
        if self._file:
            self._place = Place(self._file, self.label)

    def check(self) -> None:
        """LedgerError where a page of it is damaged, even one that is seldom needed."""
        if self._place is None or self._place.size > CHECKED:
            return
        with self._read() as conn:
            found = str(conn.exec_driver_sql("PRAGMA quick_check(1)").scalar())
        if found != "ok":
            raise LedgerError("ledger-corrupt", ledger=self.label, detail=found.splitlines()[-1])

    def close(self) -> None:
        self._readers.close()
        self._writer.close()
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        """One moment of the ledger, as long as this is open."""
        if mine := self._my_turn():
            yield mine
            return
        with self._turn, translated(self.label):
            if self._sqlite:
                with self._readers.moment() as conn:
                    yield conn
            else:
                with self._engine.connect() as conn:
                    yield conn

    @contextmanager
    def turn(self) -> Iterator[None]:
        """What is read and written in this is one transaction, as durable as any; an error undoes it.

        Other threads that want to write wait meanwhile instead of fighting for the interpreter, which with
        eight of them takes longer than the work: nothing that takes long belongs in it. On PostgreSQL, where
        they do not wait for each other, each of its parts is a transaction.
        """
        if not self._sqlite:
            yield
            return
        with self._write() as conn:
            self._mine.connection = conn
            try:
                yield
            finally:
                self._mine.connection = None

    @contextmanager
    def _write(self, *, durable: bool = True, alone: bool = False) -> Iterator[Connection]:
        """One transaction that is on the disk when this ends (or the ``turn`` that it is part of).

        With ``durable`` off, the machine's (never the process's) sudden death may forget it: for what
        may be forgotten, as a claim, or what the next durable one takes along. ``alone``: it takes its time.
        """
        if mine := self._my_turn():
            yield mine
            return
        if self._place:
            self._place.check()
        with self._turn, translated(self.label):
            if self._sqlite:
                with self._writer.transaction(durable=durable, alone=alone) as conn:
                    yield conn
                return
            with self._engine.begin() as conn:
                if not durable:
                    conn.exec_driver_sql("SET LOCAL synchronous_commit TO off")
                yield conn

    def _my_turn(self) -> Connection | None:
        """The transaction of this thread's turn, in one."""
        return getattr(self._mine, "connection", None)

    def _put(self, conn: Connection, table: Table, values: Mapping[str, Any]) -> None:
        """Insert a row, or change these columns of the one with the same primary key."""
        keys = [column.name for column in table.primary_key]
        rest = {name: value for name, value in values.items() if name not in keys}
        statement = self._insert(table).values(**values)
        conn.execute(statement.on_conflict_do_update(index_elements=keys, set_=rest))


def _engine(where: Path | str) -> tuple[Engine, AbstractContextManager[Any]]:
    """The engine, and what a transaction has to hold so that it is alone on its connection."""
    address = Address.of(where)
    url = address.url
    if url.get_backend_name() != "sqlite":
        return on_postgresql(address), nullcontext()
    if address.file is None:
        engine = _create(url, poolclass=StaticPool, connect_args={"check_same_thread": False})
        event.listen(engine, "connect", _on_memory)
        return engine, threading.RLock()
    options = {"check_same_thread": False, "timeout": PATIENCE}
    engine = _create(url, poolclass=QueuePool, pool_use_lifo=True, pool_size=0, connect_args=options)
    event.listen(engine, "connect", _on_file)
    return engine, nullcontext()


def on_postgresql(address: Address, patience: int = PATIENCE, **connect: Any) -> Engine:
    """``patience``: seconds to wait for the server; ``connect``: what the driver is told besides."""
    try:
        # A connection that died while it lay unused is found before it is needed.
        return _create(
            address.url,
            pool_size=0,
            pool_use_lifo=True,
            pool_pre_ping=True,
            connect_args={"connect_timeout": patience, **connect},
        )
    except ModuleNotFoundError as error:
        raise LedgerError("ledger-driver", ledger=address.label, detail=str(error)) from error


def _make_files(file: Path, label: str) -> None:
    """SQLite gives what it puts beside a ledger the ledger's own mode."""
    try:
        if not private.is_there(file.parent):
            private.prepare(file.parent)
        private.create(file)
    except OSError as error:
        code = CANNOT.get(error.errno or 0, "ledger-unreachable")
        raise LedgerError(code, ledger=label, detail=error.strerror or "") from error


def _on_memory(connection: Any, _: object) -> None:
    connection.isolation_level = None  # transactions begin where we say, not where the driver guesses
    connection.execute("PRAGMA foreign_keys = ON")


def _on_file(connection: Any, _: object) -> None:
    try:
        _on_memory(connection, _)
        _keep_log(connection)
        connection.execute("PRAGMA synchronous = FULL")
    except BaseException:
        connection.close()  # nobody else has it yet
        raise


def _keep_log(connection: sqlite3.Connection) -> None:
    """Write ahead to a log. Where others begin the same ledger at this moment, SQLite refuses that at once:
    it does not wait, as it does for every other lock, so that no two wait for each other for ever."""
    end = time.monotonic() + PATIENCE
    while not _keeps_log(connection, is_last=time.monotonic() > end):
        time.sleep(0.01)


def _keeps_log(connection: sqlite3.Connection, *, is_last: bool) -> bool:
    """Whether it does, or was refused for others' sake (in the last try, that is an error)."""
    try:
        connection.execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError as error:
        if is_last or error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        return False
    return True
