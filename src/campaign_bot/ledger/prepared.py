"""The statements that every delivery needs, prepared once for SQLite.

SQLAlchemy takes 20 µs for a statement that SQLite executes in 5, and a delivery needs two dozen of them.
So a ``Quick`` connection executes those that are ``prepared`` by itself: the SQL that SQLAlchemy compiles,
with its types, straight to the driver. All others go the usual way, and on PostgreSQL every one.
"""

from __future__ import annotations

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, TypeVar

from sqlalchemy import Connection, Dialect
from sqlalchemy.exc import DBAPIError

S = TypeVar("S", bound=Any)
Process = Callable[[Any], Any]

_PREPARED: dict[Any, dict[tuple[str, ...], Prepared]] = {}
"""By statement and the names of its values: an INSERT has the columns that it is given."""


def prepared(statement: S) -> S:
    """The same statement, one that is made once. Each of its values is a single one, never a list."""
    _PREPARED[statement] = {}
    return statement


class Quick(Connection):
    """A connection to SQLite that knows the prepared statements. Transactions are the caller's matter."""

    @cached_property
    def driver(self) -> sqlite3.Connection:
        found: sqlite3.Connection = self.connection.driver_connection  # type: ignore[assignment]
        return found

    def execute(self, statement: Any, parameters: Any = None, **options: Any) -> Any:
        ready = _PREPARED.get(statement)
        if ready is None or isinstance(parameters, list):
            return super().execute(statement, parameters, **options)
        values = parameters or {}
        names = tuple(values)
        if names not in ready:
            ready[names] = Prepared(statement, self.dialect, names)
        return ready[names].execute(self.driver, values)


class Prepared:
    """One statement: its SQL, what makes SQLite's values of ours, and ours of the columns."""

    def __init__(self, statement: Any, dialect: Dialect, names: Sequence[str]) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=names)
        self._sql = str(compiled)
        self._binds: list[tuple[str, Any, Process | None]] = []
        for name in compiled.positiontup:
            process = compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect)
            if name in names:
                self._binds.append((name, None, process))
            else:  # a constant of the statement
                value = compiled.params[name]
                self._binds.append(("", process(value) if process else value, None))
        self._columns: list[tuple[int, Process]] = []
        for index, column in enumerate(statement.exported_columns):
            process = column.type.dialect_impl(dialect).result_processor(dialect, None)
            if process:
                self._columns.append((index, process))
        self._row = _row_type(statement.exported_columns.keys())

    def execute(self, driver: sqlite3.Connection, values: Mapping[str, Any]) -> Outcome:
        arguments = []
        for name, value, process in self._binds:
            given = values[name] if name else value
            arguments.append(process(given) if process else given)
        try:
            cursor = driver.execute(self._sql, arguments)
            rows = cursor.fetchall()
        except sqlite3.Error as error:
            raise wrapped(error) from error
        return Outcome(map(self._our_row, rows), cursor.rowcount)

    def _our_row(self, columns: tuple[Any, ...]) -> Any:
        ours = list(columns)
        for index, process in self._columns:
            ours[index] = process(ours[index])
        return self._row(*ours)


def _row_type(names: Sequence[str]) -> Callable[..., Any]:
    return namedtuple("Row", names)


class Outcome(list[Any]):
    """Rows, with as much of SQLAlchemy's Result as is used."""

    def __init__(self, rows: Any, rowcount: int) -> None:
        super().__init__(rows)
        self.rowcount = rowcount

    def all(self) -> list[Any]:
        return self

    def first(self) -> Any:
        return self[0] if self else None

    def one(self) -> Any:
        (row,) = self
        return row

    def scalar(self) -> Any:
        return self[0][0] if self else None

    def scalar_one(self) -> Any:
        return self.one()[0]

    def scalars(self) -> list[Any]:
        return [row[0] for row in self]


def wrapped(error: sqlite3.Error) -> BaseException:
    """The driver's error as SQLAlchemy raises it, without the values."""
    return DBAPIError.instance(None, None, error, sqlite3.Error, hide_parameters=True)
