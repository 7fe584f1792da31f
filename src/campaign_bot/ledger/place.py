"""Where a ledger lies on the disk.

A file that is deleted or replaced while it is open takes everything still, and nobody ever reads it.
"""

from __future__ import annotations

import os
from pathlib import Path

from campaign_bot import private
from campaign_bot.ledger.errors import LedgerError

BESIDE = ("-wal", "-shm", "-journal")
"""What SQLite puts beside a ledger while it is in use."""


class Place:
    """The files of an open ledger on SQLite, as they are now."""

    def __init__(self, path: Path, ledger: str) -> None:
        files = (str(path.absolute()), f"{path.absolute()}-wal")
        self._files = [(file, known) for file in files if (known := identity(file))]
        self._ledger = ledger

    @property
    def size(self) -> int:
        """In bytes."""
        return sum(os.stat(file).st_size for file, _ in self._files)  # noqa: PTH116 - as below

    def check(self) -> None:
        """LedgerError when one of them is another one by now, or gone."""
        for file, known in self._files:
            found = identity(file)
            if found != known:
                code = "ledger-replaced" if found else "ledger-gone"
                raise LedgerError(code, ledger=self._ledger, detail=Path(file).name)


def must_be_whole(path: Path, ledger: str) -> None:
    """LedgerError where one was in use, and nothing is left of its file. To be asked before it is opened.

    SQLite would take it for a new one, and delete the log beside it, which has what was written last. Nor may
    one be begun, or used, while a copy is being put in its place, or was not to the end.
    """
    _must_be_files(path, ledger)
    if restoring_of(path).exists():
        raise LedgerError("ledger-restoring", ledger=ledger)
    was_used = path.exists() and Path(f"{path}.lock").exists()  # the lock comes after the tables
    if not _size(path) and (was_used or _size(Path(f"{path}-wal"))):
        raise LedgerError("ledger-emptied", ledger=ledger, detail=path.name)


def _must_be_files(path: Path, ledger: str) -> None:
    """Unable where something else than a file of ours lies there, or in the place of what goes with it."""
    try:
        for beside in ("", *BESIDE):
            private.check_file(Path(f"{path}{beside}"))
    except OSError as error:
        raise LedgerError("ledger-unreachable", ledger=ledger, detail=error.strerror or "") from error


def restoring_of(ledger: Path) -> Path:
    """The note that lies there while a copy is put in a ledger's place."""
    return Path(f"{ledger}.restoring")


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def identity(file: Path | str) -> tuple[int, int] | None:
    """What tells a file from another one in its place; None where there is none."""
    try:
        status = os.stat(file)  # noqa: PTH116 - before each write: a Path takes longer
    except OSError:
        return None
    return status.st_dev, status.st_ino
