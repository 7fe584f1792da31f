"""One thread ends every call that outlives its deadline."""

from __future__ import annotations

import threading
import time

from campaign_bot.platforms.watchdog import Watchdog


class Call:
    def __init__(self, seconds: float) -> None:
        self.ends_at = time.monotonic() + seconds
        self.expired = threading.Event()

    def expire(self) -> None:
        self.expired.set()


def test_a_call_expires_at_its_deadline_and_one_that_ended_does_not() -> None:
    watchdog = Watchdog()
    ended, hanging = Call(0.01), Call(0.02)
    for call in (ended, hanging):
        watchdog.guard(call)
    watchdog.release(ended)
    assert hanging.expired.wait(10)
    assert not ended.expired.is_set()


def test_an_earlier_deadline_that_comes_later_is_kept() -> None:
    watchdog = Watchdog()
    long, short = Call(3600), Call(0.02)
    watchdog.guard(long)
    time.sleep(0.01)  # so that its thread sleeps until the long one's
    watchdog.guard(short)
    assert short.expired.wait(10)
    assert not long.expired.is_set()


def test_all_share_one_thread() -> None:
    watchdog = Watchdog()
    before = threading.active_count()
    calls = [Call(3600) for _ in range(20)]
    for call in calls:
        watchdog.guard(call)
    assert threading.active_count() == before + 1
