"""One worker, one ledger: a lock that the operating system frees when its holder dies."""

from __future__ import annotations

import datetime as dt
import json
import os
import socket
from contextlib import suppress
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Protocol

from campaign_bot import private
from campaign_bot.i18n.sentences import Unable
from campaign_bot.ledger.errors import LedgerError
from campaign_bot.ledger.place import Place, identity

SIGNATURE = 400
"""Bytes of the lock's file that say who holds it: always as many, since the file is never made shorter."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the lock, for a message: a hint that may be a moment old."""

    pid: int
    host: str
    since: dt.datetime


class WorkerLock(Protocol):
    """Held from ``acquire`` to ``release`` or to the end of the process, whatever ends it."""

    def acquire(self, *, blocking: bool = False) -> bool:
        """Whether it is ours now, still or again; ``blocking`` waits as long as it takes."""
        ...

    def release(self) -> None: ...

    def holder(self) -> Holder | None:
        """The one who has it, as far as can be told."""
        ...


class NoLock:
    """A ledger in memory has nobody else."""

    def acquire(self, *, blocking: bool = False) -> bool:  # noqa: ARG002 - the Protocol's
        return True

    def release(self) -> None:
        pass

    def holder(self) -> Holder | None:
        return None


class FileLock:
    """``flock`` on a file beside the ledger. The file stays: deleting it would let two hold "it" at once.

    Who deletes it all the same has freed the lock; and of a ledger that was deleted itself there is none.
    """

    def __init__(self, path: Path, ledger: str, place: Place | None = None) -> None:
        self._path = path
        self._ledger = ledger
        self._place = place
        self._file: FileIO | None = None

    def acquire(self, *, blocking: bool = False) -> bool:
        import fcntl

        if self._place:
            self._place.check()
        if self._is_held():
            return True
        try:
            descriptor = private.open_file(self._path, os.O_RDWR | os.O_CREAT)
            file = FileIO(descriptor, "r+")
        except OSError as error:
            raise LedgerError(
                "ledger-read-only", ledger=self._ledger, detail=f"{self._path.name}: {error.strerror}"
            ) from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if blocking else fcntl.LOCK_NB))
        except BlockingIOError:
            file.close()
            return False
        except BaseException:
            file.close()
            raise
        _sign(file)
        self._file = file
        return True

    def _is_held(self) -> bool:
        if self._file is None:
            return False
        status = os.fstat(self._file.fileno())
        if identity(self._path) != (status.st_dev, status.st_ino):
            self._file.close()
            self._file = None
        return self._file is not None

    def release(self) -> None:
        if self._file is not None:
            _write(self._file, "")
            self._file.close()
            self._file = None

    def holder(self) -> Holder | None:
        try:
            signed = json.loads(private.read(self._path, SIGNATURE))
            since = dt.datetime.fromisoformat(signed["since"]).astimezone(dt.UTC)
            return Holder(int(signed["pid"]), str(signed["host"]), since)
        except (OSError, ValueError, KeyError, TypeError, ArithmeticError, RecursionError, Unable):
            return None


def lock_of(ledger: Path) -> Path:
    """The file whose lock is a ledger's."""
    return Path(f"{ledger}.lock")


def _sign(file: FileIO) -> None:
    since = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    signature = {"pid": os.getpid(), "host": socket.gethostname()[:100], "since": since}
    _write(file, json.dumps(signature))


def _write(file: FileIO, words: str) -> None:
    """Nothing where the file has another name too: what that is for, nobody knows."""
    with suppress(OSError):  # a full disk: a hint less
        if os.fstat(file.fileno()).st_nlink == 1:
            os.pwrite(file.fileno(), words.encode().ljust(SIGNATURE), 0)
