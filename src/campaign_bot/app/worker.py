"""The background worker, without what wakes it: follow the files, then publish what is due.

An engine calls ``tick`` whenever something may be due; ``submit`` runs what a tick starts (a pool of
threads, or at once). The rehearsal drives the same code on a virtual clock.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from functools import partial

from campaign_bot.app.adopting import Adopting
from campaign_bot.app.budgets import Budgets
from campaign_bot.app.connections import Connections
from campaign_bot.app.following import MOVED_BACK, Follower
from campaign_bot.app.gate import Gate, free_at
from campaign_bot.app.reconciling import Reconciling
from campaign_bot.i18n.reasons import line, reason_words
from campaign_bot.i18n.sentences import sentence
from campaign_bot.ledger import Ledger, LedgerError, MoveRefused
from campaign_bot.model import Account, Entry, State
from campaign_bot.platforms.errors import PlatformError
from campaign_bot.publisher import Publisher

log = logging.getLogger(__name__)

DAY_AND_NIGHT = dt.timedelta(hours=26)
"""A calendar day of any zone, its DST change included, lies within this before its end."""

UNWRITTEN = "unwritten"
"""A reason: the call ended while the ledger could not be written."""

NO_OBSTACLE = frozenset({"back", "moved-later", "released", "retried", "not-published"})
"""Why a delivery came to be scheduled, which is no reason for its being late."""


class Worker:
    """One worker on one ledger. ``tick`` is called by one thread at a time."""

    def __init__(
        self,
        ledger: Ledger,
        follower: Follower,
        connections: Connections,
        publisher: Publisher,
        gate: Gate,
        budgets: Budgets,
        adopting: Adopting,
        reconciling: Reconciling,
        *,
        now: Callable[[], dt.datetime],
        submit: Callable[[Callable[[], None]], object],
        name: str,
    ) -> None:
        self._ledger = ledger
        self._follower = follower
        self._connections = connections
        self._publisher = publisher
        self._gate = gate
        self._budgets = budgets
        self._adopting = adopting
        self._reconciling = reconciling
        self._now = now
        self._submit = submit
        self._name = name
        self._busy: dict[str, dt.datetime] = {}  # since when
        self._was_doubtful = False
        self._looked_at = now()
        self._lock = threading.Lock()  # guards _busy: each account has a thread of its own

    def tick(self) -> None:
        """Do what is due now. Returns at once where ``submit`` does."""
        self._looked_at = self._now()
        self._orphans()
        campaign = self._follower.campaign
        if not self._connections.is_clock_sure():
            # Nothing is planned, missed or published until a platform has confirmed our clock.
            self._was_doubtful = True
            self._ask(campaign.accounts if campaign else ())
            return
        if self._was_doubtful:  # the last plan may be of a wrong time
            self._was_doubtful = False
            self._follower.doubt()
        if self._follower.campaign is not None:
            self._adopting.note(self._follower.campaign.accounts)
        self._follower.follow(is_agreed=self._connections.is_clock_agreed)
        self._budgets.review(self._follower.campaign)
        self._miss()
        now = self._now()
        with self._lock:
            others = set(self._busy)
        others |= {name for name, at in self._connections.waits().items() if at > now}
        due = _by_account(self._ledger.due(now, without=others | self._waiting(now)))
        unclear = _by_account(self._reconciling.waiting())
        asked = (unclear.keys() | self._connections.unready() | self._timekeepers(others)) - others
        for name in sorted(due.keys() | asked):
            self._start(name, due.get(name, []), unclear.get(name, []))

    def _waiting(self, now: dt.datetime) -> frozenset[str]:
        """Accounts that wait as a whole: what became due there meanwhile goes out in order afterwards."""
        known = self._ledger.accounts()
        return frozenset(one.name for one in known if one.not_before and one.not_before > now)

    def _timekeepers(self, others: Set[str]) -> Set[str]:
        """One account whose platform can say whether our clock is right, where none has for long: best one
        that costs nothing."""
        campaign = self._follower.campaign
        if campaign is None or not self._follower.is_unsure or self._connections.is_clock_agreed:
            return frozenset()
        free = [account for name, account in campaign.accounts.items() if name not in others]
        best = min(free, key=lambda account: account.rules.prices is not None, default=None)
        return {best.name} if best else frozenset()

    def _ask(self, accounts: Iterable[str]) -> None:
        """Let these platforms be asked for the time, and who we are."""
        for name in accounts:
            self._start(name, [], [])

    def stop(self) -> None:
        """Let the calls in flight end, and begin no other."""
        self._gate.stopping = True

    @property
    def in_flight(self) -> Mapping[str, dt.datetime]:
        """The accounts that are at work, and since when (UTC) at what they do now."""
        with self._lock:
            return dict(self._busy)

    @property
    def troubles(self) -> Mapping[str, str]:
        """Why accounts cannot be used now, as reasons."""
        return self._connections.troubles()

    @property
    def clock(self) -> str:
        """Why nobody can be sure of our clock, as a reason; empty when all are."""
        return self._connections.clock()

    def next_wake(self) -> dt.datetime:
        """The first instant (UTC) after the last tick began at which something becomes due or late, or has to
        be planned. It may be over already: what became due during that tick waits for the next one."""
        now = min(self._looked_at, self._now())  # our clock may have been set back meanwhile
        accounts = [state.not_before for state in self._ledger.accounts()]
        rows = [self._ledger.next_due(now), self._ledger.next_deadline(now)]
        waits = self._connections.waits().values()
        moments = [self._follower.next_plan, *accounts, *rows, *waits, self._reconciling.next_look()]
        return min(moment for moment in moments if moment is not None and moment > now)

    def _orphans(self) -> None:
        """Rows that are ``publishing`` with no call under way: their outcome could not be recorded."""
        with self._lock:
            busy = set(self._busy)  # only this thread starts accounts, so that none is added meanwhile
        for entry in self._ledger.entries(states=[State.PUBLISHING]):
            if entry.account in busy:
                continue
            with contextlib.suppress(MoveRefused):
                self._ledger.fail(entry.key, State.UNCONFIRMED, now=self._now(), reason=UNWRITTEN)
                log.error("%s", line(entry.key, State.UNCONFIRMED, UNWRITTEN))

    # ------------------------------------------------------------ lateness

    def _miss(self) -> None:
        """What is later than its lateness allows will not go out any more, and is told why."""
        now = self._now()
        expired = self._ledger.expired(now)
        if not expired:
            return
        accounts = sorted({entry.account for entry in expired})  # the same order in every process
        if not self._connections.is_clock_confirmed(accounts):
            # A worker that has just been started: its clock may be as wrong as one that was set.
            self._ask(accounts)
        if not self._connections.is_clock_confirmed(accounts):
            return
        # Before the first move: of two languages, the second may have waited for the first.
        reasons = [f"late: {self._why(entry)}" for entry in expired]
        for entry, reason in zip(expired, reasons, strict=True):
            try:
                self._ledger.move(
                    entry.key, State.MISSED, frm=entry.state, now=now, who=self._name, reason=reason
                )
            except MoveRefused:
                continue  # it was claimed in this very moment, or someone decided
            log.error("%s", line(entry.key, State.MISSED, reason))

    def _why(self, entry: Entry) -> str:
        """What kept a delivery: never late without a reason."""
        if entry.state is State.HELD:
            return entry.reason
        if reason := self._born_late(entry):
            return reason
        obstacle = (
            self._gate.obstacle(entry)
            or self._connections.kept(entry.account, entry.deadline)
            or self._connections.doubted(entry.deadline)
            or ("spacing" if entry.deadline and entry.due_at > entry.deadline else "")
            or self._waited(entry)
        )
        return obstacle or ("" if entry.reason in NO_OBSTACLE else entry.reason) or "no-worker"

    def _waited(self, entry: Entry) -> str:
        """Why its account waited when it was due: another delivery tried for all, and it was never tried."""
        state = self._ledger.account(entry.account)
        waited = state.not_before is not None and state.not_before > entry.due_at and not entry.reason
        return f"account-waits: {state.reason}" if waited else ""

    def _born_late(self, entry: Entry) -> str:
        """Why a delivery was too late from the first, or from an edit on: nothing kept it after that."""
        for event in self._ledger.events(key=entry.key):
            if entry.deadline is None or event.at <= entry.deadline:
                continue
            if event.kind == "add":
                return event.reason or "no-worker"
            if event.reason == MOVED_BACK:
                return MOVED_BACK
        return ""

    # ------------------------------------------------------------ one account

    def _start(self, name: str, due: Sequence[Entry], unclear: Sequence[Entry]) -> None:
        self._connections.expect_answer()
        campaign = self._follower.campaign
        account = campaign.accounts.get(name) if campaign else None
        if account is None:
            return  # a broken configuration holds everything
        with self._lock:
            if name in self._busy:
                return
            self._busy[name] = self._now()
        turn = threading.Lock()  # for whoever is first: the turn, or we who give it up
        try:
            self._submit(partial(self._run, account, due, unclear, turn))
        except BaseException:  # for want of a thread, say; a pool may have kept it all the same
            if turn.acquire(blocking=False):
                self._ended(name)
            raise

    def _goes_on(self, name: str) -> None:
        """Something new begins in an account's turn: what it did before has come to its end."""
        with self._lock:
            self._busy[name] = self._now()

    def _ended(self, name: str) -> None:
        with self._lock:
            self._busy.pop(name, None)

    def _run(
        self, account: Account, due: Sequence[Entry], unclear: Sequence[Entry], turn: threading.Lock
    ) -> None:
        """An account's turn, in one thread: one call in flight per account."""
        if not turn.acquire(blocking=False):
            return
        try:
            campaign = self._follower.campaign
            if (
                campaign is None
                or self._gate.stopping
                or not self._connections.ready(account, campaign.accounts)
            ):
                return
            ahead = self._connections.ahead(account)
            self._goes_on(account.name)
            if due:
                self._adopting.adopt(account, self._connections.connect(account), ahead, due)
                self._publish(account, due)
            if unclear and not self._gate.stopping:
                self._goes_on(account.name)
                self._reconciling.settle(account, self._connections.connect(account), unclear, ahead)
        except PlatformError as error:
            log.warning("%s: %s", account.name, reason_words(f"not-reached: {error.reason}"))
            self._connections.rest(account.name, f"not-reached: {error.reason}")
        except LedgerError as error:
            words = sentence(error.code, error.params)
            log.error("%s: %s", account.name, words)
            self._connections.rest(account.name, words)
        except Exception as error:
            log.exception("%s: the worker failed; it goes on in a while", account.name)
            self._connections.rest(account.name, f"adapter: {type(error).__name__}")
        finally:
            self._ended(account.name)

    def _publish(self, account: Account, due: Sequence[Entry]) -> None:
        """Publish due deliveries one after the other; a thread under way goes on first."""
        entries = sorted(due, key=lambda entry: not entry.parts_done)
        for number, entry in enumerate(entries):
            if not self._connections.is_clock_sure() or self._crowded(account, entries[number:]):
                return
            if account.budget and (self._gate(entry) or self._budgets.exceeded(account, entry)):
                continue
            self._goes_on(account.name)
            if not self._publisher.deliver(entry.key, account):
                return  # then the one that is due the longest tries again, for all

    def _crowded(self, account: Account, entries: Sequence[Entry]) -> bool:
        """Keep the account's spacing and its day's number: what is due at once goes out one by one."""
        campaign = self._follower.campaign
        if campaign is None or entries[0].parts_done:
            return campaign is None  # a thread under way is one delivery
        if not account.spacing and account.per_day is None:
            return False
        now = self._now()
        past = self._ledger.shown(account.name, now - DAY_AND_NIGHT)
        at, reason = free_at(account, campaign, past, now)
        if not reason:
            return False
        for number, entry in enumerate(entries):
            with contextlib.suppress(MoveRefused):  # adopted just now, or someone decided meanwhile
                self._ledger.postpone(entry.key, at + number * account.spacing, now=now, reason=reason)
        return True


def _by_account(entries: Iterable[Entry]) -> Mapping[str, list[Entry]]:
    found: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        found[entry.account].append(entry)
    return found
