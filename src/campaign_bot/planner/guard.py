"""The last guard: an account never gets the same words twice under two keys.

Times are wall times, and those of the slots: what goes out at 10:00 every day is never within 24 hours of
itself, though one of them came out seconds late, or a night had an hour less.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from campaign_bot.model import Account, Campaign, Entry
from campaign_bot.planner.past import Past, went_out
from campaign_bot.planner.wall import DAY, wall

Said = tuple[dt.datetime, str, str]
"""For when something was said (a wall time), under which key, and of which post."""


class Memory:
    """What one account said, by fingerprint, in order of time."""

    def __init__(self, entries: Iterable[Entry], zone: ZoneInfo) -> None:
        self._said: dict[str, list[Said]] = defaultdict(list)
        for entry in entries:
            self.add(entry.fingerprint, (said_for(entry, entry.slot, zone), entry.key, entry.post))

    def add(self, fingerprint: str, said: Said) -> None:
        insort(self._said[fingerprint], said)

    def ever(self, fingerprint: str, key: str) -> Said | None:
        """The first time that the same words went out under another key."""
        return next((said for said in self._said.get(fingerprint, ()) if said[1] != key), None)

    def within_a_day(self, fingerprint: str, key: str, at: dt.datetime) -> Said | None:
        """The first time within 24 hours of ``at``."""
        known = self._said.get(fingerprint, ())
        for said in known[bisect_left(known, (at - DAY,)) :]:
            if said[0] >= at + DAY:
                break
            if said[1] != key and said[0] > at - DAY:
                return said
        return None


def memory(campaign: Campaign, past: Past, account: Account) -> Memory:
    """What the account said, under its name of today or, if it was renamed, under the one before.

    A name that has left the files may be this one's former name if it was on the same platform and fell
    silent before this one first spoke.
    """
    own = past.shown(account.name)
    first = min(map(went_out, own), default=None)
    entries = [*own]
    for name in past.accounts():
        if name in campaign.accounts:
            continue
        former = [entry for entry in past.shown(name) if entry.platform == account.platform]
        if former and (first is None or max(map(went_out, former)) < first):
            entries += former
    return Memory(entries, campaign.zone)


def said_for(entry: Entry | None, slot: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The wall time that a delivery counts for: its slot's, or when a person let it go after that."""
    decided_at = entry.decided_at if entry is not None else None
    return slot if decided_at is None else max(slot, wall(decided_at, zone))
