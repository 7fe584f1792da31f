"""The embedded engine: APScheduler wakes one worker in this process; a watcher tells it of edits.

The ledger says what is due, so the scheduler holds no post: two ticks in memory, one every second and
one at the very instant at which the next delivery becomes due.
"""

from __future__ import annotations

import contextvars
import datetime as dt
import logging
import os
import random
import signal
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from campaign_bot import i18n
from campaign_bot.app import wiring
from campaign_bot.engines.watching import Watcher
from campaign_bot.ledger import Ledger, LedgerError, WorkerLock
from campaign_bot.model import State
from campaign_bot.settings import Settings

log = logging.getLogger(__name__)

PULSE = dt.timedelta(seconds=1)
"""Between two looks at the ledger, for what other processes did (a pause, a release)."""

CALLS_AT_ONCE = 16
"""Most accounts that publish at the same time."""

BAD_ENDS = frozenset({State.FAILED, State.UNCONFIRMED, State.MISSED})


def utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def spread() -> float:
    """± 20 %, so that the accounts of a platform do not all come back in the same second."""
    return random.uniform(0.8, 1.2)  # noqa: S311 - no secret depends on it


def run(root: Path, settings: Settings, *, live: bool) -> int:
    """The worker until SIGTERM or SIGINT. Returns an exit code (0; 130 when interrupted)."""
    stop = threading.Event()
    received = _stop_on_signals(stop)
    with wiring.opened(root, settings, live=live) as ledger:
        lock = ledger.lock()
        if _wait_for(lock, stop):
            Engine(root, settings, ledger, live=live).run(stop)
            lock.release()
    return 130 if received == [signal.SIGINT] else 0


def run_once(root: Path, settings: Settings, *, live: bool) -> int:
    """Publish what is due now, and return. 1 when another worker has the ledger, or something went wrong."""
    with wiring.opened(root, settings, live=live) as ledger:
        lock = ledger.lock()
        if not lock.acquire():
            log.error("another worker has this ledger (%s)", _who(lock))
            return 1
        before = ledger.version()
        worker, follower = wiring.build(
            root,
            settings,
            ledger,
            live=live,
            now=utc_now,
            submit=lambda call: call(),
            spread=spread,
            name=_name(),
        )
        seen = -1
        while ledger.version() != seen:  # until a tick changes nothing more
            seen = ledger.version()
            worker.tick()
        bad = any(event.to_state in BAD_ENDS for event in ledger.events(after=before))
        lock.release()
        return 1 if bad or follower.snapshot.has_errors else 0


class Engine:
    """The scheduler, the watcher and the pool around one worker."""

    def __init__(self, root: Path, settings: Settings, ledger: Ledger, *, live: bool) -> None:
        self._language = i18n.language()
        self._ticking = threading.Lock()
        self._pool = ThreadPoolExecutor(CALLS_AT_ONCE, thread_name_prefix="account")
        self._watcher = Watcher(root)
        self._worker, self._follower = wiring.build(
            root, settings, ledger, live=live, now=utc_now, submit=self._submit, spread=spread, name=_name()
        )

    def run(self, stop: threading.Event) -> None:
        from apscheduler.executors.pool import ThreadPoolExecutor as OneThread
        from apscheduler.schedulers.background import BackgroundScheduler

        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        self._scheduler = BackgroundScheduler(
            timezone=dt.UTC,
            executors={"default": OneThread(1)},
            # A tick that comes late must still come, and one is enough for all that were missed.
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        self._scheduler.add_job(
            self._pulse, "interval", seconds=PULSE.total_seconds(), next_run_time=utc_now()
        )
        self._watcher.start()
        self._scheduler.start()
        stop.wait()
        log.info("stopping: the calls in flight are finished first")
        self._worker.stop()
        # Waiting inside APScheduler would hold the very lock that a tick needs to set its next wake.
        self._scheduler.shutdown(wait=False)
        with self._ticking:
            pass
        self._pool.shutdown(wait=True)
        self._watcher.stop()

    def _pulse(self) -> None:
        """Once a second: the files if they changed, then whatever is due; then set the next wake."""
        i18n.use(self._language)  # the scheduler's thread starts without one
        with self._ticking:
            self._look()

    def _look(self) -> None:
        try:
            if self._watcher.settled():
                log.info("the campaign's files changed")
                self._follower.reload()
            self._worker.tick()
            self._wake_at(self._worker.next_wake())
        except LedgerError as error:
            log.error("%s", error)
        except Exception:
            log.exception("a look at the ledger failed; the next one is in a second")

    def _wake_at(self, moment: dt.datetime) -> None:
        if moment < utc_now() + PULSE:
            self._scheduler.add_job(self._pulse, "date", run_date=moment, id="due", replace_existing=True)

    def _submit(self, call: Callable[[], None]) -> None:
        # A new thread starts without the language that its log lines are in.
        self._pool.submit(contextvars.copy_context().run, call).add_done_callback(self._done)

    def _done(self, _call: Future[None]) -> None:
        """An account has finished what was due: what became due meanwhile need not wait for the pulse."""
        if self._scheduler.running:
            self._wake_at(utc_now())


def _name() -> str:
    return f"worker-{socket.gethostname()}-{os.getpid()}"


def _stop_on_signals(stop: threading.Event) -> list[int]:
    """SIGTERM and SIGINT set ``stop``; the list tells which came."""
    received: list[int] = []

    def handle(number: int, _frame: object) -> None:
        received.append(number)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, handle)
    return received


def _wait_for(lock: WorkerLock, stop: threading.Event) -> bool:
    """One worker, one ledger: a second one waits, and says so once. False when it was stopped before."""
    said = False
    while not lock.acquire():
        if not said:
            log.warning("waiting: another worker has this ledger (%s)", _who(lock))
            said = True
        if stop.wait(PULSE.total_seconds()):
            return False
    return True


def _who(lock: WorkerLock) -> str:
    holder = lock.holder()
    return f"process {holder.pid} on {holder.host} since {holder.since.isoformat()}" if holder else "unknown"
