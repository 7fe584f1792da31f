"""How often an account may speak: the least time between two deliveries, the most in a day."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple
from zoneinfo import ZoneInfo

from campaign_bot.model import Account
from campaign_bot.planner.wall import BEGINNING


class Place(NamedTuple):
    """When a delivery goes out: the instant (UTC), the same in the campaign's zone, and what is in the way.

    ``trouble`` is a Problem's code: it would be too late, or one too many that day.
    """

    at: dt.datetime
    local: dt.datetime
    trouble: str = ""


class Lane:
    """One account's line. ``offer`` must be called in the order of ``earliest``.

    ``past``: the instants (UTC) at which the account spoke already.
    """

    def __init__(self, account: Account, zone: ZoneInfo, past: Iterable[dt.datetime] = ()) -> None:
        self._spacing = account.spacing
        self._per_day = account.per_day
        self._zone = zone
        self._past = sorted(past, reverse=True)  # the next one to reckon with comes last
        self._days = Counter(at.astimezone(zone).date() for at in self._past)
        self._free_at = BEGINNING

    def offer(self, earliest: dt.datetime, deadline: dt.datetime) -> Place:
        """The first free place."""
        at = max(earliest, self._free_at)
        while self._past and self._past[-1] <= at:
            self._free_at = max(self._free_at, self._past.pop() + self._spacing)
            at = max(at, self._free_at)
        local = at.astimezone(self._zone)
        if at > deadline:
            return Place(at, local, "too-crowded")
        if self._per_day is not None and self._days[local.date()] >= self._per_day:
            return Place(at, local, "over-per-day")
        return Place(at, local)

    def unspaced(self, at: dt.datetime) -> Place:
        return Place(at, at.astimezone(self._zone))

    def take(self, place: Place) -> None:
        self._free_at = place.at + self._spacing
        if self._per_day is not None:
            self._days[place.local.date()] += 1
