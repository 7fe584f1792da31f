"""The embedded engine: APScheduler wakes one worker in this process; a watcher tells it of edits.

The ledger says what is due, so the scheduler holds no post: two ticks in memory, one every second and
one at the very instant at which the next delivery becomes due.
"""

from __future__ import annotations

import contextvars
import datetime as dt
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path

from campaign_bot import i18n
from campaign_bot.app import wiring
from campaign_bot.app.liveness import TAKEN, SignOfLife, Trouble
from campaign_bot.engines.process import holder_of, name, spread, stop_on_signals, trouble_of, utc_now
from campaign_bot.engines.watching import Watcher
from campaign_bot.i18n import _
from campaign_bot.i18n.sentences import Unable, sentence
from campaign_bot.ledger import Ledger, LedgerError, WorkerLock
from campaign_bot.settings import Settings

log = logging.getLogger(__name__)

PULSE = dt.timedelta(seconds=1)
"""Between two looks at the ledger, for what other processes did (a pause, a release)."""

CALLS_AT_ONCE = 16
"""Most accounts that publish at the same time."""

STALL = 5.0
"""Seconds without a look after which the scheduler is woken: it waits for an hour that our clock, set back,
may reach much later."""

CLOSING = 5.0
"""Seconds that a worker which is stopped waits for what is just being told."""


def run(root: Path, settings: Settings, *, live: bool) -> int:
    """The worker until SIGTERM or SIGINT. Returns an exit code (0; 130 when interrupted)."""
    stop = threading.Event()
    received = stop_on_signals(stop.set)
    life = SignOfLife(settings.state_of(root), live=live, now=utc_now)
    with wiring.opened(root, settings, live=live) as ledger:
        lock = ledger.lock()
        if _wait_for(lock, stop, life):
            life.begin()
            Engine(root, settings, ledger, lock, life, live=live).run(stop)
        life.end()  # before another worker has the ledger, and writes to the same place
        lock.release()
    return 130 if received == [signal.SIGINT] else 0


class Engine:
    """The scheduler, the watcher and the pool around one worker."""

    def __init__(
        self,
        root: Path,
        settings: Settings,
        ledger: Ledger,
        lock: WorkerLock,
        life: SignOfLife,
        *,
        live: bool,
    ) -> None:
        self._ledger = ledger
        self._lock = lock
        self._life = life
        self._language = i18n.language()
        self._ticking = threading.Lock()
        self._pool = pool()
        self._worker, self._follower = wiring.build(
            root, settings, ledger, live=live, now=utc_now, submit=self._submit, spread=spread, name=name()
        )
        self._teller = wiring.teller(settings, ledger, self._follower, live=live, now=utc_now)
        self._watcher = Watcher(root, self._follower.snapshot.tree, self._names)
        self._looked_at = time.monotonic()
        self._trouble: Trouble | None = None
        self._stopped = False

    def run(self, stop: threading.Event) -> None:
        from apscheduler.executors.pool import ThreadPoolExecutor as OneThread
        from apscheduler.schedulers.background import BackgroundScheduler

        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        self._scheduler = BackgroundScheduler(
            timezone=dt.UTC,
            executors={"default": OneThread(1)},
            # A tick that comes late must still come, and one is enough for all that were missed. One may wait
            # for the one that runs: APScheduler drops what it may not start, and a wake that falls due while
            # the tick that set it comes to its end would be lost until the next pulse.
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 2},
        )
        self._scheduler.add_job(
            self._pulse, "interval", seconds=PULSE.total_seconds(), next_run_time=utc_now(), id="pulse"
        )
        self._teller.begin()
        self._watcher.start()
        self._scheduler.start()
        while not stop.wait(STALL):
            if time.monotonic() - self._looked_at > STALL:
                self._scheduler.modify_job("pulse", next_run_time=utc_now())
        log.info("%s", _("stopping: the calls in flight are finished first"))
        self._worker.stop()
        # Waiting inside APScheduler would hold the very lock that a tick needs to set its next wake.
        self._scheduler.shutdown(wait=False)
        with self._ticking:
            self._stopped = True
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._teller.close(CLOSING)
        self._watcher.stop()

    def _pulse(self) -> None:
        """Once a second: the files if they changed, then whatever is due; then set the next wake."""
        i18n.use(self._language)  # the scheduler's thread starts without one
        with self._ticking:
            if not self._stopped:  # one that was on its way then would use a ledger that is being closed
                self._look()

    def _look(self) -> None:
        """One look, and a sign of life that says how it went."""
        trouble = self._trouble_of_work()
        self._say(trouble)
        if trouble and trouble[0] == TAKEN:
            self._life.wait(trouble[1]["holder"])
        else:
            worker = self._worker
            self._life.look(trouble, worker.in_flight, worker.troubles, worker.clock, self._teller.untold)
        self._looked_at = time.monotonic()

    def _trouble_of_work(self) -> Trouble | None:
        try:
            self._work()
        except (LedgerError, Unable) as error:
            return trouble_of(error)
        except Exception as error:
            log.exception("a look at the ledger failed; the next one is in a second")
            return trouble_of(error)
        return None

    def _work(self) -> None:
        if not self._lock.acquire():  # the database ended our connection, and another worker was faster
            raise Unable(TAKEN, holder=holder_of(self._lock))
        if self._watcher.settled():
            log.info("%s", _("the campaign's files changed"))
            self._follower.reload()
        self._worker.tick()
        self._teller.tick()
        self._wake_at(self._worker.next_wake(), "due")

    def _names(self, path: str) -> bool:
        """Whether a file is one that the folder's last snapshot names."""
        return self._follower.snapshot.names(path)

    def _say(self, trouble: Trouble | None) -> None:
        """Once, however often the next looks meet the same."""
        if trouble and trouble != self._trouble:
            log.error("%s", sentence(*trouble))
        self._trouble = trouble

    def _wake_at(self, moment: dt.datetime, why: str) -> None:
        """Look at that instant; it takes the place of a wake for the same reason only."""
        if moment < utc_now() + PULSE:
            self._scheduler.add_job(self._pulse, "date", run_date=moment, id=why, replace_existing=True)

    def _submit(self, call: Callable[[], None]) -> None:
        before = self._ledger.version()
        # A new thread starts without the language that its log lines are in.
        turn = self._pool.submit(contextvars.copy_context().run, call)
        turn.add_done_callback(partial(self._done, before))

    def _done(self, version: int, _turn: Future[None]) -> None:
        """An account has finished what was due: what became due meanwhile need not wait for the pulse.

        Where nothing happened, something keeps it, and will do so in a moment too.
        """
        with suppress(LedgerError):
            if self._scheduler.running and self._ledger.version() != version:
                self._wake_at(utc_now(), "done")


def pool() -> ThreadPoolExecutor:
    """The threads that accounts have their turns in, all on one core.

    An interpreter runs one thread at a time. On several cores its threads take it from one another at every
    step of SQLite's, and what they do takes half as long again.
    """
    return ThreadPoolExecutor(CALLS_AT_ONCE, "account", _stay_on, (os.getpid(),))


def _stay_on(number: int) -> None:
    """Keep this thread to one of the cores that it may use, where the system can do that (Linux)."""
    if sys.platform == "linux":
        with suppress(OSError):  # forbidden: it works as well, though slower
            cores = sorted(os.sched_getaffinity(0))
            os.sched_setaffinity(0, {cores[number % len(cores)]})


def _wait_for(lock: WorkerLock, stop: threading.Event, life: SignOfLife) -> bool:
    """One worker, one ledger: a second one waits, and says so once. False when it was stopped before."""
    said = False
    while not lock.acquire():
        holder = holder_of(lock)
        if not said:
            words = _("waiting: another worker has this ledger ({holder})")
            log.warning("%s", words.format(holder=holder))
            said = True
        life.wait(holder)
        if stop.wait(PULSE.total_seconds()):
            return False
    return True
