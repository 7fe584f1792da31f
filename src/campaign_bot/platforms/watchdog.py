"""Ends calls that outlive their deadline: one thread for all, since starting one costs as much as a call."""

from __future__ import annotations

import math
import threading
import time
from typing import Protocol


class Guarded(Protocol):
    """What has to end at some time, and how to end it. ``expire`` must not block."""

    ends_at: float  # by time.monotonic()

    def expire(self) -> None: ...


class Watchdog:
    """Safe for many threads. Its own one begins with the first call, and sleeps until the first deadline."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._guarded: set[Guarded] = set()
        self._wakes_at = math.inf
        self._thread: threading.Thread | None = None

    def guard(self, call: Guarded) -> None:
        with self._changed:
            self._guarded.add(call)
            if self._thread is None or not self._thread.is_alive():  # it did not come along in a fork
                self._thread = threading.Thread(target=self._run, name="watchdog", daemon=True)
                self._thread.start()
            elif call.ends_at < self._wakes_at:
                self._changed.notify()

    def release(self, call: Guarded) -> None:
        """It ended by itself. After this it does not expire, nor is it about to."""
        with self._changed:
            self._guarded.discard(call)

    def _run(self) -> None:
        with self._changed:
            while True:
                now = time.monotonic()
                for call in [one for one in self._guarded if one.ends_at <= now]:
                    self._guarded.discard(call)
                    call.expire()
                self._wakes_at = min((call.ends_at for call in self._guarded), default=math.inf)
                self._changed.wait(None if self._wakes_at == math.inf else self._wakes_at - now)
