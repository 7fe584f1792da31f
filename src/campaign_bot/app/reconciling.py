"""Settling what is unconfirmed: when to look again, and what a look decides.

Present settles at once. Absent needs two looks, the last one well after the call's deadline; only then, in
time, wanted by its file, neither paused nor held, does a delivery go out again, with the same keys. Where
there is no evidence to be had, or too much, a person decides.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from campaign_bot import reconciler
from campaign_bot.app.following import Follower
from campaign_bot.app.gate import stopped
from campaign_bot.i18n.reasons import line
from campaign_bot.ledger import Event, Ledger, MoveRefused, ReceiptTaken
from campaign_bot.model import Account, Entry, State
from campaign_bot.platforms.base import Adapter, RemotePost
from campaign_bot.platforms.errors import ANOTHER, TOO_MANY, PlatformError
from campaign_bot.publisher import DUPLICATE
from campaign_bot.reconciler import DEADLINE, RESEMBLES, Evidence, Finding

log = logging.getLogger(__name__)

FIRST_LOOK = dt.timedelta(seconds=2)
AT_ONCE = dt.timedelta(seconds=1)
LAST_WAIT = dt.timedelta(minutes=5)
FOR_A_PERSON = dt.timedelta(hours=1)
"""Between two looks where only a person can decide; another delivery may still claim one of several posts."""

HOPELESS = (TOO_MANY, ANOTHER)
"""Reasons for which another look would find the same: a person decides."""


@dataclass(frozen=True, slots=True)
class Next:
    """When to look again; ``attempts`` of the entry then, ``wait`` before the look."""

    attempts: int
    at: dt.datetime
    wait: dt.timedelta = FIRST_LOOK


NOT_OUT = frozenset({"not-sent", "refused"})
"""What became of calls that surely published nothing."""


class Reconciling:
    """``waiting`` and ``next_look`` are for the worker's thread, ``settle`` for an account's."""

    def __init__(self, ledger: Ledger, follower: Follower, now: Callable[[], dt.datetime], name: str) -> None:
        self._ledger = ledger
        self._follower = follower
        self._now = now
        self._name = name
        self._next: dict[str, Next] = {}
        self._goes_on = False  # something that was settled is due now
        self._first = dt.timedelta(0)  # a worker's start looks at once

    def waiting(self) -> list[Entry]:
        """The unconfirmed deliveries that it is time to look for."""
        self._goes_on = False
        entries = self._unconfirmed()
        now = self._now()  # after them: the first look is at once
        return [entry for entry in entries if self._next[entry.key].at <= now]

    def next_look(self) -> dt.datetime | None:
        """When to look for the next one, or to go on with what was settled (UTC)."""
        if self._goes_on:
            return self._now() + AT_ONCE
        return min((self._next[entry.key].at for entry in self._unconfirmed()), default=None)

    def _unconfirmed(self) -> list[Entry]:
        """All of them; each that is new gets its first look."""
        entries = self._ledger.entries(states=[State.UNCONFIRMED])
        first = self._now() + self._first
        for entry in entries:
            known = self._next.get(entry.key)
            if known is None or known.attempts != entry.attempts:
                self._next[entry.key] = Next(entry.attempts, first)
        for key in self._next.keys() - {entry.key for entry in entries}:
            self._next.pop(key, None)
        self._first = FIRST_LOOK
        return entries

    def settle(
        self, account: Account, adapter: Adapter, entries: Sequence[Entry], ahead: dt.timedelta
    ) -> None:
        """Look for each; one whose platform cannot be read keeps the rest waiting as well."""
        began = self._now()  # what an answer that took its time does not show may have come since
        recent = once_read(adapter)
        unread = ""
        for entry in sorted(entries, key=self._wait):
            try:
                if not unread:
                    evidence = reconciler.look(self._ledger, entry, adapter, recent, ahead)
                    self._act(account, entry, evidence, began)
                    continue
            except PlatformError as error:
                if error.reason.startswith(HOPELESS):
                    self._for_a_person(entry, Finding.NO_EVIDENCE)
                    continue
                unread = f"unread: {error.reason}"
            except MoveRefused:
                continue  # someone decided meanwhile: their word stands
            self._note(entry, unread)
            self._again(entry)

    # ------------------------------------------------------------ what a look decides

    def _act(self, account: Account, entry: Entry, evidence: Evidence, began: dt.datetime) -> None:
        if evidence.receipt is not None:
            self._found(entry, evidence)
        elif evidence.finding is Finding.ABSENT:
            self._absent(account, entry, began)
        elif evidence.finding is Finding.NOT_CALLED:
            self._send_again(entry)
        else:
            self._for_a_person(entry, evidence.finding)

    def _found(self, entry: Entry, evidence: Evidence) -> None:
        try:
            found = record(self._ledger, entry, evidence, self._now(), self._name)
        except ReceiptTaken:
            self._for_a_person(entry, Finding.SEVERAL)
        else:
            self._goes_on = True
            receipt = found.receipts[-1]
            log.info("%s", line(entry.key, found.state, f"found: {receipt.url or receipt.id}"))

    def _absent(self, account: Account, entry: Entry, began: dt.datetime) -> None:
        settled = is_settled(self._ledger, account, entry, began)
        if settled and is_contradicted(self._ledger, entry):
            self._for_a_person(entry, Finding.NO_EVIDENCE)
            return
        if self._note(entry, Finding.ABSENT) and settled:
            self._send_again(entry)
        self._again(entry, absent_at(self._ledger, account, entry))

    def _send_again(self, entry: Entry) -> None:
        """It is proved absent: back to ``scheduled``, if it may go out; missed if it no longer can."""
        now = self._now()
        if entry.parts_done:  # a thread under way waits for its pauses as scheduled
            self._move(entry, State.SCHEDULED, Finding.ABSENT)
            return
        hold = self._follower.hold(entry)
        obstacle = stopped(entry, self._follower.campaign, self._ledger.pauses()) or (
            f"held: {hold}" if hold else ""
        )
        if entry.deadline is not None and entry.deadline < now:
            self._move(entry, State.MISSED, f"late: {obstacle or Finding.ABSENT}")
        elif not self._follower.campaign:
            return  # a broken configuration holds everything
        elif self._follower.wanted(entry) is None:
            self._move(entry, State.MISSED, "no-file")
        elif not obstacle:
            self._move(entry, State.SCHEDULED, Finding.ABSENT)

    def _move(self, entry: Entry, to: State, reason: str) -> None:
        now = self._now()
        self._ledger.move(entry.key, to, frm=State.UNCONFIRMED, now=now, who=self._name, reason=reason)
        self._goes_on = True
        log.log(logging.ERROR if to is State.MISSED else logging.INFO, "%s", line(entry.key, to, reason))

    def _for_a_person(self, entry: Entry, finding: Finding) -> None:
        self._note(entry, finding)
        self._next[entry.key] = Next(entry.attempts, self._now() + FOR_A_PERSON, FOR_A_PERSON)

    # ------------------------------------------------------------ looks

    def _wait(self, entry: Entry) -> dt.timedelta:
        known = self._next.get(entry.key)
        return known.wait if known else FIRST_LOOK

    def _note(self, entry: Entry, reason: str) -> bool:
        """Write down what a look found, if that is new. Whether an earlier look found the same."""
        found = looks(self._ledger, entry)
        if not found or found[-1].reason != reason:
            self._ledger.looked(entry.key, reason, now=self._now(), who=self._name)
            log.warning("%s", line(entry.key, State.UNCONFIRMED, reason))
        return any(look.reason == reason for look in found)

    def _again(self, entry: Entry, not_after: dt.datetime | None = None) -> None:
        """Later and later, but soon after the moment from which on absence proves something."""
        if (known := self._next.get(entry.key)) is None:
            return
        now, wait = self._now(), min(known.wait * 2, LAST_WAIT)
        at = now + wait
        if not_after is not None and now < not_after < at:
            at = not_after
        self._next[entry.key] = Next(entry.attempts, at, wait)


# ---------------------------------------------------------------- shared with the commands


def once_read(adapter: Adapter) -> Callable[[dt.datetime], Sequence[RemotePost]]:
    """``adapter.recent``, asked again only where what was read does not reach back far enough."""
    read: list[tuple[dt.datetime, Sequence[RemotePost]]] = []

    def recent(since: dt.datetime) -> Sequence[RemotePost]:
        if not read or since < read[-1][0]:
            read.append((since, adapter.recent(since)))
        return read[-1][1]

    return recent


def looks(ledger: Ledger, entry: Entry) -> list[Event]:
    """What was found since the last call of an entry."""
    calls = reconciler.tries(ledger, entry)
    since = calls[-1].started_at if calls else entry.slot_at
    return [event for event in ledger.events(key=entry.key) if event.kind == "look" and event.at >= since]


def absent_at(ledger: Ledger, account: Account, entry: Entry) -> dt.datetime:
    """From when on (UTC) a look that finds nothing proves that nothing is there."""
    return reconciler.tries(ledger, entry)[-1].started_at + DEADLINE + account.rules.settles


def is_settled(ledger: Ledger, account: Account, entry: Entry, now: dt.datetime) -> bool:
    return now >= absent_at(ledger, account, entry)


def is_contradicted(ledger: Ledger, entry: Entry) -> bool:
    """Whether the platform said or showed that it may have these words, though a look does not find them; or
    whether they went elsewhere than where we look."""
    last = reconciler.tries(ledger, entry)[-1]
    return last.error.startswith((DUPLICATE, RESEMBLES)) or went_elsewhere(ledger, entry)


def went_elsewhere(ledger: Ledger, entry: Entry) -> bool:
    """Whether its account has been trusted with another server or login since some of it went out, or may
    have."""
    moved_at = ledger.account(entry.account).trusted_at
    if moved_at is None:
        return False
    calls = [call.started_at for call in ledger.attempts(entry.key) if call.outcome not in NOT_OUT]
    first = min(calls, default=entry.published_at)
    return first is not None and first < moved_at


def record(ledger: Ledger, entry: Entry, evidence: Evidence, now: dt.datetime, who: str) -> Entry:
    """A part was found: it came out when it was tried, not now. MoveRefused, ReceiptTaken."""
    receipt = evidence.receipt
    if receipt is None:
        raise ValueError("nothing was found")
    last = receipt.part >= len(entry.parts)
    calls = reconciler.tries(ledger, entry)
    reason = str(Finding.FOUND)
    return ledger.record(
        entry.key, receipt, now=now, last=last, who=who, reason=reason, published_at=calls[-1].started_at
    )
