"""Why a delivery must not go on right now: looked at again just before every call to a platform.

Every reason is a code, or a code and words after a colon, that ``i18n`` turns into a sentence.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Protocol

from campaign_bot.model import Account, Campaign, Entry, FilePause, HoldReason, State

if TYPE_CHECKING:
    from campaign_bot.ledger import AccountState, Ledger, Pause  # it loads SQLAlchemy

BEFORE_THE_SECOND = frozenset({State.SCHEDULED, State.HELD, State.PUBLISHING, State.UNCONFIRMED})
"""While the first language is in one of these, the second one of a ``bilingual: thread`` waits."""


class Gate:
    """``campaign`` gives the files' last snapshot; ``fresh`` tells whether those that an entry comes from are
    still the same."""

    def __init__(
        self,
        ledger: Ledger,
        now: Callable[[], dt.datetime],
        campaign: Callable[[], Campaign | None],
        fresh: Callable[[Entry], bool],
    ) -> None:
        self._ledger = ledger
        self._now = now
        self._campaign = campaign
        self._fresh = fresh
        self.stopping = False

    def __call__(self, entry: Entry) -> str:
        """The reason, or nothing when the way is free."""
        if self.stopping:
            return "stopping"
        return self._time(entry) or self.obstacle(entry)

    def obstacle(self, entry: Entry) -> str:
        """What keeps a delivery whose time has come, or nothing."""
        standing = self._ledger.standing(entry)
        return (
            stopped(entry, self._campaign(), standing.pauses)
            or self._account(standing.account)
            or self._files(entry)
            or (f"waits-for: {entry.after}" if standing.first in BEFORE_THE_SECOND else "")
            or ("same-text-open" if standing.same_text else "")
        )

    def _time(self, entry: Entry) -> str:
        """It may have been moved, or have become late, since it was looked up."""
        now = self._now()
        if max(entry.due_at, entry.not_before or entry.due_at) > now:
            return "moved"
        is_late = entry.deadline is not None and entry.deadline < now and not entry.parts_done
        return "late" if is_late else ""

    def _account(self, state: AccountState) -> str:
        if state.stopped:
            return f"account-stopped: {state.reason}"
        if state.not_before is not None and state.not_before > self._now():
            return f"account-waits: {state.reason}"
        return ""

    def _files(self, entry: Entry) -> str:
        return "" if self._fresh(entry) else "edited"


class Goal(Protocol):
    """What may be paused: a delivery, planned or in the ledger."""

    @property
    def account(self) -> str: ...
    @property
    def queue(self) -> str: ...
    @property
    def post(self) -> str: ...
    @property
    def language(self) -> str: ...


def stopped(entry: Entry, campaign: Campaign | None, pauses: Iterable[Pause]) -> str:
    """Why its files or people stop an entry, as a reason: a broken file, a pause in one or in the ledger.

    A thread of which a part is out no longer follows its post's file, but what pauses it: of a broken file
    nobody knows whether it still does.
    """
    files = {f"posts/{entry.queue}/queue.yaml"} | (set() if entry.parts_done else {entry.file})
    if campaign is None or campaign.broken & files:
        return f"held: {HoldReason.PROBLEM}"
    return paused(entry, [*campaign.pauses, *pauses])


def paused(entry: Goal, pauses: Iterable[Pause | FilePause]) -> str:
    """The pause that concerns a delivery, as a reason; empty when there is none."""
    values = {
        "account": {entry.account},
        "queue": {entry.queue},
        "post": {entry.post},
        "language": set(entry.language.split("+")),
    }
    for pause in pauses:
        if pause.scope == "all" or pause.value in values.get(pause.scope, ()):
            return f"paused: {pause.reason}"
    return ""


def free_at(
    account: Account, campaign: Campaign, past: Iterable[dt.datetime], now: dt.datetime
) -> tuple[dt.datetime, str]:
    """The earliest instant (UTC) at which an account may publish again, and what keeps it.

    ``past``: the instants of what this account published, or may have. Spacing counts from the last
    one, ``per_day`` by the campaign's calendar day.
    """
    instants = sorted(past)
    if instants and instants[-1] + account.spacing > now:
        return instants[-1] + account.spacing, "spacing"
    today = now.astimezone(campaign.zone).date()
    done = sum(1 for at in instants if at.astimezone(campaign.zone).date() == today)
    if account.per_day is not None and done >= account.per_day:
        midnight = dt.datetime.combine(today + dt.timedelta(days=1), dt.time(), campaign.zone)
        return midnight.astimezone(dt.UTC), "per-day"
    return now, ""
