"""A worker that dies at a chosen step: the other end of ``killing.py``, in a process of its own.

The product has no switch for this. Here its functions are wrapped from outside, and SIGKILL is sent to the
worker's own process where it was told to die. Loading the libraries takes longer than a whole life of most
workers, so ``python -m support.mortal`` loads them once and forks for each Order that it reads (a line of
JSON): it answers with the process's id, and at its end with how it ended.

A *step* is ``name:before``, ``name:commit`` (in the transaction, just before its COMMIT) or ``name:after``
of a method of the ledger or of an adapter, or of what an adapter's call does with its socket
(``publish/write:after``). ``deliver`` is the whole of one delivery.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import faulthandler
import functools
import gc
import importlib
import json
import os
import signal
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

LEDGER = (
    "orphans",
    "apply",
    "claim",
    "unclaim",
    "begin",
    "record",
    "fail",
    "move",
    "postpone",
    "looked",
    "identify_account",
    "mend_account",
    "stop_account",
    "postpone_account",
    "add_to_meta",
    "set_meta",
)
ADAPTER = ("verify", "upload", "publish", "find", "recent")
SOCKET = {"connect": "connect", "send": "write", "getresponse": "read"}

PACE: Mapping[str, float] = {
    "campaign_bot.reconciler:DEADLINE": 0.2,
    "campaign_bot.app.reconciling:DEADLINE": 0.2,
    "campaign_bot.app.reconciling:FIRST_LOOK": 0.02,
    "campaign_bot.app.reconciling:AT_ONCE": 0.02,
    "campaign_bot.app.reconciling:LAST_WAIT": 0.2,
    "campaign_bot.app.connections:NOT_REACHED": 0.2,
    "campaign_bot.engines.local:PULSE": 0.1,
    "campaign_bot.publisher:FIRST_RETRY": 0.05,
    "campaign_bot.publisher:LAST_RETRY": 0.2,
}
"""Waits of minutes made short, in seconds. Whoever starts a worker waits until no call of the last one is
under way any more, so that absence is proved sooner here than in the world."""


@dataclass(frozen=True)
class Order:
    """One life of a worker: when it dies, and how fast the clocks of its waits run.

    It dies when it comes to ``step`` for the ``nth`` time (of a delivery of ``post``, if that is given), at
    the ``after``-th step of any name (``delivering``: of a delivery), or after ``lifetime`` seconds.

    ``steps``: a file for the steps it came to: all, or (``trace`` off) the one at which it died.
    """

    root: str
    log: str
    steps: str
    env: Mapping[str, str]
    step: str = ""
    nth: int = 1
    post: str = ""
    after: int = 0
    delivering: bool = False
    lifetime: float = 60.0
    trace: bool = False
    call_deadline: float = 60.0
    broken: str = ""
    settles: float = (
        0.1  # seconds after a call's deadline from which on absence is believed (minutes in the world)
    )
    pace: Mapping[str, float] = field(default_factory=lambda: PACE)


class Steps:
    """Told of each step by the wrapped functions, in whatever thread they are."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._out = os.open(order.steps, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._lock = threading.Lock()
        self._here = threading.local()
        self._passed = 0
        self._times: Counter[str] = Counter()

    def wrap(self, owner: Any, attribute: str, name: str) -> None:
        """Make a step of the beginning, and one of the end, of this method."""
        original = getattr(owner, attribute)

        @functools.wraps(original)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            with self._within(name.replace("…", self._label("adapter"))):
                return original(*args, **kwargs)

        setattr(owner, attribute, wrapped)

    def wrap_delivery(self, owner: Any) -> None:
        original = owner.deliver

        def deliver(publisher: Any, key: str, account: Any) -> Any:
            self._here.post = key.partition(":")[0]
            try:
                with self._within("deliver"):
                    return original(publisher, key, account)
            finally:
                self._here.post = ""

        owner.deliver = deliver

    def statement(self, sql: str) -> None:
        if sql == "COMMIT":
            self.reach(f"{self._label('ledger')}:commit")

    def reach(self, step: str) -> None:
        order = self._order
        with self._lock:
            post = getattr(self._here, "post", "")
            mine = not order.post or order.post == post
            self._passed += not order.delivering or bool(post)
            self._times[step] += mine
            if order.trace:
                self._write(f"{post} {step}")
            if self._passed == order.after or (
                mine and step == order.step and self._times[step] == order.nth
            ):
                if not order.trace:
                    self._write(f"{post} {step}")
                os.kill(os.getpid(), signal.SIGKILL)
                time.sleep(order.lifetime)  # until the signal is there

    def _write(self, line: str) -> None:
        os.write(self._out, f"{line}\n".encode())

    @contextlib.contextmanager
    def _within(self, name: str) -> Iterator[None]:
        before = self._label("")
        self.reach(f"{name}:before")
        self._here.label = name
        try:
            yield
        finally:
            self._here.label = before
            self.reach(f"{name}:after")

    def _label(self, default: str) -> str:
        label: str = getattr(self._here, "label", "") or default
        return label.partition("/")[0]


# ---------------------------------------------------------------- one life


def live(order: Order) -> NoReturn:
    """Be ``campaign-bot worker --live`` in this process, and end with it."""
    log = os.open(order.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.environ.update(order.env)
    faulthandler.enable(2)
    code = 1
    try:
        prepare(order, Steps(order))
        from campaign_bot.cli import main

        main(["--root", order.root, "worker", "--live"])
    except SystemExit as end:
        code = int(end.code or 0)
    except BaseException:  # noqa: BLE001 - nothing of this process may go on into the one it was forked from
        traceback.print_exc()
    os._exit(code)


def prepare(order: Order, steps: Steps) -> None:
    from sqlalchemy import Engine, event

    from campaign_bot.app import reconciling
    from campaign_bot.ledger import Ledger
    from campaign_bot.platforms import registry, transport
    from campaign_bot.publisher import Publisher

    for path, seconds in order.pace.items():
        module, _, name = path.partition(":")
        _set(importlib.import_module(module), name, dt.timedelta(seconds=seconds))
    _set(transport, "DEADLINE", order.call_deadline)
    made, soon = reconciling.Next, reconciling.FIRST_LOOK  # which it has as a default by now
    _set(reconciling, "Next", lambda attempts, at, wait=soon: made(attempts, at, wait))
    for platform in CLIENTS:
        adapter: Any = registry._adapter(platform)
        adapter.rules = dataclasses.replace(adapter.rules, settles=dt.timedelta(seconds=order.settles))
        for name in ADAPTER:
            steps.wrap(adapter, name, name)
    for name in LEDGER:
        steps.wrap(Ledger, name, name)
    for name, what in SOCKET.items():
        steps.wrap(transport._Watched, name, f"…/{what}")
    steps.wrap_delivery(Publisher)
    event.listen(Engine, "connect", lambda driver, _: driver.set_trace_callback(steps.statement))
    if order.broken:
        from support.broken import BROKEN

        BROKEN[order.broken]()


def _set(module: Any, name: str, value: object) -> None:
    getattr(module, name)  # AttributeError: the product calls it otherwise by now
    setattr(module, name, value)


# ---------------------------------------------------------------- the process that forks

COMMON = (
    "alembic.command",
    "apscheduler.executors.pool",
    "apscheduler.schedulers.background",
    "apscheduler.triggers.date",
    "apscheduler.triggers.interval",
    "babel.dates",
    "campaign_bot.cli.worker",
    "campaign_bot.engines.local",
    "campaign_bot.ledger.ledger",
    "campaign_bot.platforms.bluesky",
    "campaign_bot.platforms.http",
    "campaign_bot.platforms.mastodon",
    "campaign_bot.platforms.x",
    "PIL.Image",
    "sqlalchemy.dialects.sqlite",
    "watchfiles",
)
CLIENTS = {"x": ["tweepy"], "mastodon": ["mastodon"], "bluesky": ["campaign_bot.platforms.xrpc"]}


def main(*platforms: str) -> None:
    for name in (*COMMON, *(name for platform in platforms for name in CLIENTS[platform])):
        importlib.import_module(name)
    gc.freeze()  # so that a fork has less to copy
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        order = Order(**json.loads(line))
        child = os.fork()
        if not child:
            live(order)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()
        sys.stdout.write(f"{_watch(child, order.lifetime)}\n")
        sys.stdout.flush()
    os._exit(0)  # to take all that apart would need another second


def _watch(child: int, lifetime: float) -> int:
    """How a worker ended: an exit code, or the negative number of the signal that killed it."""
    end = time.monotonic() + lifetime
    while True:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > end:
            os.kill(child, signal.SIGKILL)
        time.sleep(0.001)


if __name__ == "__main__":
    main(*sys.argv[1:])
