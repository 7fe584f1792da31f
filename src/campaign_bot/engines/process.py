"""What an engine in a process of its own is: its clock, its name, the signals it is sent."""

from __future__ import annotations

import datetime as dt
import os
import random
import signal
import socket
from collections.abc import Callable

from campaign_bot.app.liveness import Trouble
from campaign_bot.i18n import _
from campaign_bot.i18n.sentences import Unable, shown
from campaign_bot.ledger import LedgerError, WorkerLock


def utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def spread() -> float:
    """± 20 %, so that the accounts of a platform do not all come back in the same second."""
    return random.uniform(0.8, 1.2)  # noqa: S311 - no secret depends on it


def name() -> str:
    """A worker's name in the ledger."""
    return f"worker-{socket.gethostname()}-{os.getpid()}"


def stop_on_signals(stop: Callable[[], object]) -> list[int]:
    """SIGTERM and SIGINT call ``stop``; the list tells which came."""
    received: list[int] = []

    def handle(number: int, _frame: object) -> None:
        received.append(number)
        stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, handle)
    return received


def trouble_of(error: Exception) -> Trouble:
    """What a sign of life says of an error."""
    if isinstance(error, (LedgerError, Unable)):
        return error.code, {name: shown(value) for name, value in error.params.items()}
    return "look-failed", {"detail": type(error).__name__}


def holder_of(lock: WorkerLock) -> str:
    """Who has the ledger, for a log."""
    holder = lock.holder()
    if holder is None:
        return _("unknown")
    words = _("process {pid} on {host} since {since}")
    return words.format(pid=holder.pid, host=holder.host, since=holder.since.isoformat(timespec="seconds"))
