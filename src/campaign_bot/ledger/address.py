"""Where a ledger lies: in a file, in a database on a server, or in this process's memory.

A file is a Path and stays one: any name that the system allows is a name, and none is ever part of a URL that
somebody takes apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from campaign_bot.ledger.errors import LedgerError

DRIVERS = {
    "sqlite": "sqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}


@dataclass(frozen=True, slots=True)
class Address:
    """``url`` is for SQLAlchemy alone; ``file`` is None for a server and for memory."""

    url: URL
    file: Path | None

    @classmethod
    def of(cls, where: Path | str) -> Self:
        """A file's path, or a URL as people write it. LedgerError where that is not the address of one."""
        if isinstance(where, Path):
            return cls(URL.create("sqlite", database=str(where.absolute())), where.absolute())
        url = _parsed(where)
        if url.drivername not in DRIVERS:
            raise LedgerError("ledger-url", ledger=_plain(url))
        file = _file(url)
        if file is not None and "uri" not in url.query:
            return cls.of(file)
        return cls.at(url.set(drivername=DRIVERS[url.drivername]))

    @classmethod
    def at(cls, url: URL) -> Self:
        """Of an engine's URL."""
        return cls(url, _file(url))

    @property
    def label(self) -> str:
        """How messages name it: a file by its path, a database by its URL without the password."""
        return _plain(self.url) if self.file is None else str(self.file)


def file_in(url: str) -> Path | None:
    """The file that the URL of a ledger names, as it is written there; None for a database on a server.

    LedgerError where it names neither: what lies in memory, each command would begin anew.
    """
    parsed = _parsed(url)
    file = _file(parsed)
    if parsed.get_backend_name() == "sqlite" and (file is None or parsed.host):
        raise LedgerError("ledger-url", ledger=_plain(parsed))
    return file


def _parsed(text: str) -> URL:
    try:
        return make_url(text)
    except ArgumentError:
        scheme, found, _ = text.partition("://")  # of anything else, any part may be a password
        raise LedgerError("ledger-url", ledger=scheme + found + "…" if found else "…") from None


def _file(url: URL) -> Path | None:
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        return None
    return Path(str(url.database).removeprefix("file:") if "uri" in url.query else str(url.database))


def _plain(url: URL) -> str:
    """Without the password, nor the query, where one may be too."""
    shown = URL.create(url.get_backend_name(), url.username, None, url.host, url.port, url.database)
    return shown.render_as_string()
