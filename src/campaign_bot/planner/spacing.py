"""How often an account may speak: the least time between two deliveries, the most in a day."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from campaign_bot.model import Account
from campaign_bot.planner.wall import BEGINNING


class Lane:
    """One account's line. ``offer`` must be called in the order of ``earliest``.

    ``past``: the instants (UTC) at which the account spoke already; if ``now`` is long ago some of them lie
    ahead. Nothing goes out before ``now``, however late it is.
    """

    def __init__(
        self,
        account: Account,
        zone: ZoneInfo,
        past: Iterable[dt.datetime] = (),
        now: dt.datetime = BEGINNING,
    ) -> None:
        self._spacing = account.spacing
        self._per_day = account.per_day
        self._zone = zone
        said = sorted(past, reverse=True)
        self._days = Counter(map(self._day, said))
        self._free_at = max(now, next((at + account.spacing for at in said if at <= now), now))
        self._ahead = [at for at in said if at > now]  # the next one comes last

    def offer(self, earliest: dt.datetime, deadline: dt.datetime) -> tuple[dt.datetime, str]:
        """The first free instant (UTC), and what is in the way there: a Problem's code, or nothing."""
        at = max(earliest, self._free_at)
        while self._ahead and self._ahead[-1] <= at:
            self._free_at = max(self._free_at, self._ahead.pop() + self._spacing)
            at = max(at, self._free_at)
        if at > deadline:
            return at, "too-crowded"
        if self._per_day is not None and self._days[self._day(at)] >= self._per_day:
            return at, "over-per-day"
        return at, ""

    def take(self, at: dt.datetime) -> None:
        """An offered instant is this delivery's own."""
        self._free_at = at + self._spacing
        if self._per_day is not None:
            self._days[self._day(at)] += 1

    def _day(self, at: dt.datetime) -> dt.date:
        return at.astimezone(self._zone).date()
