"""When a worker was last there: what came before is planned, or was missed for want of one. And since when
each account is.

A clock that runs ahead would note an instant that has not come: what is written for the time between, while
no worker is there, nobody would ever plan. So a second note is never later than what is sure: our clock where
a platform agreed with it, else the last sure instant and the seconds that have really passed since.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping

from campaign_bot import text
from campaign_bot.ledger import Ledger
from campaign_bot.model import Campaign

HEARTBEAT = dt.timedelta(minutes=1)
SEEN_AT = "seen_at"
"""The ledger's note of the last instant at which a worker was there, by its clock."""

SURE_AT = "sure_at"
"""The ledger's note of an instant that has come, and before which all was planned."""

JOINED = "joined"
"""The ledger's note since when each account, with a language, is part of the campaign."""

ALWAYS = dt.datetime.min.replace(tzinfo=dt.UTC)

UNSURE = dt.timedelta(hours=6)
"""How much that may lie behind our clock before a platform is asked for the time. A start costs no call."""


class Presence:
    """``elapsed`` counts seconds that really pass, whatever our clock is set to. Instants are in UTC."""

    def __init__(self, ledger: Ledger, elapsed: Callable[[], float]) -> None:
        self._ledger = ledger
        self._elapsed = elapsed
        self._seen_at: dt.datetime | None = None  # by this worker, since its clock was set
        self._sure: tuple[dt.datetime, float] | None = None  # and the seconds that had passed then
        self._began = elapsed()
        self._noted: dict[str, dt.datetime] = {}
        self.is_unsure = False

    def since(self, now: dt.datetime, longest: dt.timedelta) -> dt.datetime:
        """Slots before this were there when a worker was: they are in the ledger, or never were.

        A new ledger starts as far back as a delivery may be late (``longest``).
        """
        stored = self._stored(SURE_AT) or self._stored(SEEN_AT)
        if self._sure is None:
            self._sure = min(stored or now - longest, now), self._began
        return min(self._seen_at or stored or now - longest, now)

    def note(self, now: dt.datetime, *, is_agreed: bool) -> None:
        """The ledger follows the plan. ``is_agreed``: a platform agreed with our clock."""
        self._seen_at = now
        at, then = self._sure or (now, self._elapsed())
        passed = self._elapsed()
        sure = now if is_agreed else min(now, at + dt.timedelta(seconds=passed - then))
        self._sure = sure, passed
        self.is_unsure = now - sure > UNSURE
        self._note(SURE_AT, sure)
        self._note(SEEN_AT, now)

    def doubt(self) -> None:
        """Our clock was set: what this worker saw by it may not have come."""
        self._seen_at = None

    def _note(self, name: str, at: dt.datetime) -> None:
        if name not in self._noted or abs(at - self._noted[name]) >= HEARTBEAT:
            self._ledger.set_meta(name, at.isoformat())
            self._noted[name] = at

    def _stored(self, name: str) -> dt.datetime | None:
        stored = self._ledger.meta(name)
        return dt.datetime.fromisoformat(stored) if stored else None


def last_seen(ledger: Ledger) -> dt.datetime | None:
    """The last instant that has surely come at which a worker was there (UTC); None in a new ledger."""
    noted = (ledger.meta(name) for name in (SURE_AT, SEEN_AT))
    return min((dt.datetime.fromisoformat(at) for at in noted if at), default=None)


def joined(ledger: Ledger, campaign: Campaign, now: dt.datetime) -> Mapping[str, dt.datetime]:
    """Since when (UTC) each account is part of the campaign, with a language (``x-en:en``), and so may miss
    something. Those with which a ledger begins always were."""
    stored = ledger.meta(JOINED) or "{}"
    known = {name: dt.datetime.fromisoformat(at) for name, at in json.loads(stored).items()}
    came = ALWAYS if begins(ledger) else now
    tongues = (f"{a.name}:{'+'.join(one)}" for a in campaign.accounts.values() for one in text.tongues(a))
    found = {name: known.get(name, came) for name in tongues}
    written = json.dumps({name: at.isoformat() for name, at in found.items()})
    if written != stored:
        ledger.set_meta(JOINED, written)
    return found


def begins(ledger: Ledger) -> bool:
    """Whether no worker was ever there with this ledger."""
    return ledger.meta(SEEN_AT) is None
