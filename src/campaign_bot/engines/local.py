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
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from campaign_bot import __version__, i18n
from campaign_bot.app import wiring
from campaign_bot.app.gate import paused
from campaign_bot.app.liveness import Liveness, SignOfLife
from campaign_bot.engines.watching import Watcher
from campaign_bot.i18n.sentences import Unable, sentence
from campaign_bot.ledger import Event, Ledger, LedgerError, WorkerLock
from campaign_bot.model import State
from campaign_bot.settings import Settings

log = logging.getLogger(__name__)

PULSE = dt.timedelta(seconds=1)
"""Between two looks at the ledger, for what other processes did (a pause, a release)."""

CALLS_AT_ONCE = 16
"""Most accounts that publish at the same time."""

STALL = 5.0
"""Seconds without a look after which the scheduler is woken: it waits for an hour that our clock, set back,
may reach much later."""

TELLING = 60.0
"""Seconds in which a single run may tell staff what it met."""

CLOSING = 5.0
"""Seconds that a worker which is stopped waits for what is just being told."""

BAD_ENDS = frozenset({State.FAILED, State.UNCONFIRMED, State.MISSED})
CROWDED = frozenset({"spacing", "per-day"})


def utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def spread() -> float:
    """± 20 %, so that the accounts of a platform do not all come back in the same second."""
    return random.uniform(0.8, 1.2)  # noqa: S311 - no secret depends on it


def run(root: Path, settings: Settings, *, live: bool) -> int:
    """The worker until SIGTERM or SIGINT. Returns an exit code (0; 130 when interrupted)."""
    stop = threading.Event()
    received = _stop_on_signals(stop.set)
    with wiring.opened(root, settings, live=live) as ledger:
        lock = ledger.lock()
        if _wait_for(lock, stop):
            Engine(root, settings, ledger, lock, live=live).run(stop)
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
        teller = wiring.teller(settings, ledger, follower, live=live, now=utc_now)
        teller.begin()
        received = _stop_on_signals(lambda: [one.stop() for one in (worker, teller)])
        seen = -1
        while ledger.version() != seen and not received:  # until a tick changes nothing more
            seen = ledger.version()
            worker.tick()
        failed = any(map(_is_bad, ledger.events(after=before))) or _is_left(ledger)
        teller.close(CLOSING) if received else teller.finish(TELLING)
        lock.release()
    if received == [signal.SIGINT]:
        return 130
    return 1 if failed or follower.snapshot.has_errors else 0


def _is_bad(event: Event) -> bool:
    """Whether something did not end well, or has to be tried again."""
    not_sent = event.from_state is State.PUBLISHING and event.to_state is State.SCHEDULED
    put_off = event.kind == "postpone" and event.reason not in CROWDED
    return event.to_state in BAD_ENDS or not_sent or put_off


def _is_left(ledger: Ledger) -> bool:
    """Whether something that is due still waits, though nobody paused it."""
    pauses = ledger.pauses()
    return any(not paused(entry, pauses) for entry in ledger.due(utc_now()))


class Engine:
    """The scheduler, the watcher and the pool around one worker."""

    def __init__(
        self, root: Path, settings: Settings, ledger: Ledger, lock: WorkerLock, *, live: bool
    ) -> None:
        self._lock = lock
        self._language = i18n.language()
        self._ticking = threading.Lock()
        self._pool = ThreadPoolExecutor(CALLS_AT_ONCE, thread_name_prefix="account")
        self._worker, self._follower = wiring.build(
            root, settings, ledger, live=live, now=utc_now, submit=self._submit, spread=spread, name=_name()
        )
        self._teller = wiring.teller(settings, ledger, self._follower, live=live, now=utc_now)
        self._watcher = Watcher(root, self._follower.snapshot.tree)
        born = Liveness(os.getpid(), socket.gethostname(), live, __version__, utc_now())
        self._life = SignOfLife(root, born, utc_now)
        self._looked_at = time.monotonic()
        self._trouble = ""
        self._stopped = False

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
            self._pulse, "interval", seconds=PULSE.total_seconds(), next_run_time=utc_now(), id="pulse"
        )
        self._teller.begin()
        self._watcher.start()
        self._scheduler.start()
        while not stop.wait(STALL):
            if time.monotonic() - self._looked_at > STALL:
                self._scheduler.modify_job("pulse", next_run_time=utc_now())
        log.info("stopping: the calls in flight are finished first")
        self._worker.stop()
        # Waiting inside APScheduler would hold the very lock that a tick needs to set its next wake.
        self._scheduler.shutdown(wait=False)
        with self._ticking:
            self._stopped = True
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._teller.close(CLOSING)
        self._watcher.stop()
        self._life.end()

    def _pulse(self) -> None:
        """Once a second: the files if they changed, then whatever is due; then set the next wake."""
        i18n.use(self._language)  # the scheduler's thread starts without one
        with self._ticking:
            if not self._stopped:  # one that was on its way then would use a ledger that is being closed
                self._look()

    def _look(self) -> None:
        """One look, of which the liveness file tells how it went."""
        trouble: tuple[str, Mapping[str, str]] | None = None
        try:
            self._work()
        except LedgerError as error:
            trouble = error.code, error.params
        except Unable as waiting:
            trouble = waiting.code, waiting.params
        except Exception as error:
            log.exception("a look at the ledger failed; the next one is in a second")
            trouble = "look-failed", {"detail": type(error).__name__}
        self._say(sentence(*trouble) if trouble else "")
        self._life.give(trouble, self._worker.in_flight, self._worker.troubles)
        self._looked_at = time.monotonic()

    def _work(self) -> None:
        if not self._lock.acquire():  # the database ended our connection, and another worker was faster
            raise Unable("ledger-taken", holder=_who(self._lock))
        if self._watcher.settled():
            log.info("the campaign's files changed")
            self._follower.reload()
        self._worker.tick()
        self._teller.tick()
        self._wake_at(self._worker.next_wake())

    def _say(self, trouble: str) -> None:
        """Once, however often the next looks meet the same."""
        if trouble and trouble != self._trouble:
            log.error("%s", trouble)
        self._trouble = trouble

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


def _stop_on_signals(stop: Callable[[], object]) -> list[int]:
    """SIGTERM and SIGINT call ``stop``; the list tells which came."""
    received: list[int] = []

    def handle(number: int, _frame: object) -> None:
        received.append(number)
        stop()

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
