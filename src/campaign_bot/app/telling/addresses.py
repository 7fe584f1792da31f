"""An address where staff are told: how far it was told, and when it may be told more."""

from __future__ import annotations

import datetime as dt
import json

from campaign_bot.app.telling.news import Told
from campaign_bot.ledger import Ledger

TOGETHER = dt.timedelta(seconds=30)
"""How long the first trouble waits for others."""

QUIET = dt.timedelta(minutes=15)
"""From one message to the next at the same address."""

FIRST_RETRY = dt.timedelta(minutes=1)
LAST_RETRY = dt.timedelta(hours=1)

NO_TIME = dt.timedelta(0)

NOW_AND_THEN = 1000
"""Events that may be read again after a restart, though nobody has to be told of them."""


class Address:
    """Where staff are told, and how far. Its note in the ledger has its number: its words are secret."""

    def __init__(self, number: int, url: str, ledger: Ledger) -> None:
        self.number = number
        self.url = url
        self.news_since: dt.datetime | None = None
        self._failed_at: dt.datetime | None = None
        self._wait = NO_TIME  # from a failure to the next try
        self._ledger = ledger
        self._name = f"told-{number}"
        note = json.loads(ledger.meta(self._name) or "{}")
        now = ledger.version()  # what happened before anyone asked to be told is no news
        self.told = Told(note.get("until", now), note.get("unconfirmed", now))
        self._sent_at = dt.datetime.fromisoformat(note["at"]) if note.get("at") else None
        if not note:
            self._keep()

    @property
    def is_failing(self) -> bool:
        """Whether the last message could not be sent."""
        return self._failed_at is not None

    def is_due(self, now: dt.datetime) -> bool:
        """Whether there may be news that waited long enough."""
        since = self.news_since
        return since is not None and not since <= now < since + TOGETHER and not self.is_quiet(now)

    def is_quiet(self, now: dt.datetime) -> bool:
        """Whether the last message, or the last failure, is too short a time ago (and not in the future: our
        clock may have been set)."""
        times = ((self._sent_at, QUIET), (self._failed_at, self._wait))
        return any(at is not None and at <= now < at + wait for at, wait in times)

    def failed(self, now: dt.datetime) -> bool:
        """It is tried again later, and later each time. Whether it failed the last time already."""
        again = self._failed_at is not None
        self._wait = min(max(FIRST_RETRY, 2 * self._wait), LAST_RETRY)
        self._failed_at = now
        return again

    def succeeded(self, told: Told, now: dt.datetime, *, sent: bool) -> None:
        """It was told as far as that, or there was nothing to tell."""
        self.told, self.news_since = told, None
        self._failed_at, self._wait = None, NO_TIME
        self._sent_at = now if sent else self._sent_at
        self._keep()

    def pass_over(self, until: int) -> None:
        """There was no news up to that event."""
        before = self.told
        self.told = Told(max(before.until, until), max(before.unconfirmed, until))
        if self.told.until // NOW_AND_THEN > before.until // NOW_AND_THEN:
            self._keep()

    def _keep(self) -> None:
        at = self._sent_at.isoformat() if self._sent_at else None
        note = {"until": self.told.until, "unconfirmed": self.told.unconfirmed, "at": at}
        self._ledger.set_meta(self._name, json.dumps(note))
