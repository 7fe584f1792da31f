"""What a person decides: pause, hold, release, skip, retry, confirm. The ledger's history has it all.

A decision names a post (all its deliveries) or one delivery's key, and may narrow to an account. It acts on
the deliveries that are in a state in which it makes sense, and raises Unable when there is none.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from campaign_bot import planner
from campaign_bot.app import finding, ledgers, sync
from campaign_bot.i18n.reasons import reason_words, state_word
from campaign_bot.i18n.sentences import Unable
from campaign_bot.ledger import Columns, Ledger, MoveRefused, ReceiptTaken, Scope
from campaign_bot.model import (
    Account,
    Campaign,
    Delivery,
    Entry,
    FilePause,
    HoldReason,
    Order,
    Receipt,
    State,
)
from campaign_bot.names import nfc
from campaign_bot.platforms.errors import PlatformError, Refused

FURTHEST = dt.timedelta(days=366)
"""How far ahead a decision on a whole post looks for its deliveries."""

LATENESS = dt.timedelta(minutes=30)
"""For a delivery whose queue is no longer there to say."""

RETRACTED = "retracted"
"""The reason of what was taken back, and of the pause in which that is done."""


@dataclass(frozen=True, slots=True)
class Target:
    """What was named: ``post`` when it is a whole one; ``returns`` when that is a rotation's."""

    name: str
    post: str | None
    returns: bool
    entries: tuple[Entry, ...]


class Desk:
    """One person at one ledger and one campaign folder, at one moment (``now``, UTC)."""

    def __init__(
        self,
        campaign: Campaign | None,
        ledger: Ledger,
        now: dt.datetime,
        receipt_for: Callable[[Account, str], Receipt] | None = None,
    ) -> None:
        """``receipt_for`` makes a receipt of an account's public address; PlatformError, Unable."""
        self._campaign = campaign
        self._ledger = ledger
        self._now = now
        self._receipt_for = receipt_for
        self._who = ledgers.person()

    # ------------------------------------------------------------ pauses

    def pause(self, scope: Scope, value: str, reason: str) -> str:
        """Stop everything (``all``), or one account, queue, post or language. Raises Unable.

        Returns the reason: without a new one, that of the same pause as it was.
        """
        known = self._names().get(scope)
        if known is not None and value not in known:
            raise finding.unknown(f"unknown-{scope}", value, known)
        before = [one.reason for one in self._ledger.pauses() if (one.scope, one.value) == (scope, value)]
        reason = reason or next((one for one in before if one != RETRACTED), "")
        self._ledger.pause(scope, value, reason, self._who, self._now)
        return reason

    def resume(self, scope: Scope, value: str) -> None:
        """End just that pause. Raises Unable when there is none, or only a file's."""
        if self._ledger.resume(scope, value, self._who, self._now):
            return
        for pause in self.file_pauses:
            if (pause.scope, pause.value) == (scope, value):
                raise Unable("paused-in-file", place=pause.place)
        raise Unable("not-paused" if scope == "all" else "not-paused-there", value=value)

    @property
    def file_pauses(self) -> tuple[FilePause, ...]:
        """The pauses that only an edit ends."""
        return self._campaign.pauses if self._campaign else ()

    def _names(self) -> dict[str, Collection[str]]:
        if self._campaign is None:
            return {}
        return {
            "account": self._campaign.accounts,
            "queue": self._campaign.queues,
            "post": finding.posts(self._campaign),
            "language": self._campaign.languages,
        }

    # ------------------------------------------------------------ deliveries

    def hold(self, name: str, account: str | None = None) -> list[Entry]:
        """Keep a post, or one delivery, in until someone releases it."""
        target = self._target(name, account)
        free = [entry for entry in target.entries if entry.state is State.SCHEDULED and not entry.parts_done]
        if not free and not target.returns:
            raise _cannot("cannot-hold", target)
        if target.post is not None:
            self._ledger.decide(target.post, "hold", self._who, self._now)
        held = Columns(hold=HoldReason.PERSON, decided_at=None)
        return self._move(free, State.HELD, f"held: {HoldReason.PERSON}", lambda _entry: held)

    def release(self, name: str, account: str | None = None) -> list[Entry]:
        """Let go what a person, its file or the last guard holds; it is due now at the earliest."""
        target = self._target(name, account)
        held = [entry for entry in target.entries if entry.state is State.HELD]
        broken = [entry for entry in held if entry.hold is HoldReason.PROBLEM]
        if broken:
            raise Unable("held-by-problem", name=name, file=broken[0].file)
        if not held and not target.returns:
            raise _cannot("cannot-release", target)
        if target.post is not None:
            self._ledger.decide(target.post, "release", self._who, self._now)
        return self._move(held, State.SCHEDULED, "released", self._due)

    def skip(self, name: str, account: str | None = None) -> list[Entry]:
        """Never publish it. This is for good."""
        target = self._target(name, account)
        waiting = [entry for entry in target.entries if entry.state in sync.WAITING and not entry.parts_done]
        if not waiting:
            raise _cannot("cannot-skip", target)
        return self._move(waiting, State.CANCELLED, "skipped", lambda _entry: Columns(skipped=True))

    def whole_post(self, name: str) -> str:
        """A post's id. Raises Unable for what is none, or what nobody knows."""
        post = self._post(name)
        if post is None:
            known = {*self._names().get("post", ()), *(entry.post for entry in self._ledger.entries())}
            raise finding.unknown("unknown-post", name, known)
        return post

    def withdraw(self, post: str) -> list[Entry]:
        """Keep in what is not out: for good, or, for a highlight, until someone releases it."""
        return self.hold(post) if self._is_rotation(post) else self.skip(post)

    def retry(self, name: str, account: str | None = None) -> list[Entry]:
        """Try again what failed or was missed; a thread goes on from the part that failed.

        Of a highlight only the last one of its showings: they all say the same.
        """
        target = self._target(name, account)
        ended = [entry for entry in target.entries if self._has_ended(entry)]
        last = max((entry.slot for entry in ended if entry.is_showing), default=None)
        ended = [entry for entry in ended if not entry.is_showing or entry.slot == last]
        if not ended:
            raise _cannot("cannot-retry", target)
        return self._move(ended, State.SCHEDULED, "retried", self._due)

    def _has_ended(self, entry: Entry) -> bool:
        """A thread that was taken back stays so: its next part would reply to nothing."""
        return entry.state in {State.FAILED, State.MISSED} and not self._ledger.deleted(entry.key)

    def confirm_published(self, key: str, url: str) -> Entry:
        """A person saw it: ``url`` is its public address, whose last part is taken for its id.

        It came out when it was tried, not now.
        """
        entry = self.unconfirmed(key)
        tried_at = self._ledger.attempts(key)[-1].started_at
        part = entry.parts_done + 1
        receipt = replace(self._receipt(entry, url), part=part)
        last = part >= len(entry.parts)
        try:
            return self._ledger.record(
                key,
                receipt,
                now=self._now,
                last=last,
                who=self._who,
                reason="confirmed",
                published_at=tried_at,
            )
        except ReceiptTaken:
            other = self._ledger.known_by(entry.account, receipt.id)
            raise Unable("receipt-taken", url=url, key=other or key) from None

    def _receipt(self, entry: Entry, url: str) -> Receipt:
        account = self._campaign.accounts.get(entry.account) if self._campaign else None
        if account is None or self._receipt_for is None:
            return Receipt(1, remote_id(url), url)
        try:
            return self._receipt_for(account, url)
        except Refused as refused:
            raise Unable(
                "not-a-post-there", usage=True, url=url, reason=reason_words(refused.reason)
            ) from None
        except PlatformError as error:
            raise Unable(
                "platform-trouble", account=account.name, reason=reason_words(error.reason)
            ) from None

    def confirm_not_published(self, key: str) -> Entry:
        """A person looked, and it is not there: it goes out again, with the same keys."""
        entry = self.unconfirmed(key)
        return self._move([entry], State.SCHEDULED, "not-published", self._due)[0]

    def unconfirmed(self, key: str) -> Entry:
        """The delivery that a person can confirm. Raises Unable for any other key."""
        entry = self._ledger.entry(key)
        if entry is None:
            raise finding.unknown("unknown-key", key, [one.key for one in self._ledger.entries()])
        if entry.state is not State.UNCONFIRMED:
            raise _cannot("cannot-confirm", Target(key, None, False, (entry,)))
        return entry

    # ------------------------------------------------------------ moving

    def _move(
        self, entries: list[Entry], to: State, reason: str, columns: Callable[[Entry], Columns]
    ) -> list[Entry]:
        moved = []
        for entry in entries:
            try:
                moved.append(
                    self._ledger.move(
                        entry.key,
                        to,
                        frm=entry.state,
                        now=self._now,
                        who=self._who,
                        reason=reason,
                        **columns(entry),
                    )
                )
            except MoveRefused:
                continue  # a worker was faster: its word stands
        if entries and not moved:
            raise Unable("moved-meanwhile")
        return moved

    def _due(self, entry: Entry) -> Columns:
        """Due now at the earliest; its lateness counts from there."""
        return Columns(
            decided_at=self._now,
            due_at=max(entry.due_at, self._now),
            deadline=max(entry.slot_at, self._now) + self._lateness(entry),
            not_before=None,
        )

    def _lateness(self, entry: Entry) -> dt.timedelta:
        queue = None if self._campaign is None else self._campaign.queues.get(entry.queue)
        if self._campaign is None or queue is None:
            return LATENESS
        return self._campaign.lateness_of(queue)

    # ------------------------------------------------------------ what was named

    def must_know(self, name: str, account: str | None = None) -> None:
        """Raises Unable for a post, key or account that nobody knows. Changes nothing."""
        self._must_know_account(account)
        if not (self._ledger.entry(name) or self._post(name) or self._planned(name)):
            raise finding.unknown("unknown-post-or-key", name, self._all_names())

    def _must_know_account(self, account: str | None) -> None:
        accounts = self._names().get("account")
        if account is not None and accounts is not None and account not in accounts:
            raise finding.unknown("unknown-account", account, accounts)

    def _target(self, name: str, account: str | None) -> Target:
        """A delivery's key first, then a post; what the plan has of it comes into the ledger."""
        self._must_know_account(account)
        post = None if self._ledger.entry(name) else self._post(name)
        returns = self._is_rotation(post)
        if not returns:
            self._bring(name)
        entries = self._entries(name, post)
        mine = tuple(entry for entry in entries if account in (None, entry.account))
        if not entries and post is None:
            raise finding.unknown("unknown-post-or-key", name, self._all_names())
        return Target(name, post if account is None else None, returns and account is None, mine)

    def _post(self, name: str) -> str | None:
        known = name in self._names().get("post", ()) or self._ledger.entries(post=name, limit=1)
        return name if known else None

    def _is_rotation(self, post: str | None) -> bool:
        found = None if self._campaign is None or post is None else finding.posts(self._campaign).get(post)
        if self._campaign is None or found is None:
            return False
        return self._campaign.queues[found.queue].order is Order.ROTATION

    def _entries(self, name: str, post: str | None) -> list[Entry]:
        if post is not None:
            return self._ledger.entries(post=post)
        entry = self._ledger.entry(name)
        return [entry] if entry else []

    def _bring(self, name: str) -> None:
        """Put the planned deliveries of this name into the ledger: only there can they be decided on."""
        if self._campaign is not None:
            changes = sync.changes(self._campaign, self._planned(name), {})
            self._ledger.apply(list(changes), now=self._now, who=self._who)

    def _planned(self, name: str) -> list[Delivery]:
        """The deliveries of this name that the ledger does not have yet."""
        if self._campaign is None:
            return []
        history = self._ledger.history()
        made = planner.plan(self._campaign, history, self._now, self._now + FURTHEST)
        known = {entry.key for entry in history.entries}
        return [one for one in made.deliveries if name in (nfc(one.key), one.post) and one.key not in known]

    def _all_names(self) -> list[str]:
        entries = self._ledger.entries()
        posts = {*self._names().get("post", ()), *(entry.post for entry in entries)}
        return [*posts, *(entry.key for entry in entries)]


def remote_id(url: str) -> str:
    """The last part of a public address's path. Raises Unable for what is no address of a post."""
    try:
        address = urlsplit(url)
    except ValueError:
        raise Unable("no-post-url", usage=True, url=url) from None
    found = address.path.rstrip("/").rpartition("/")[2]
    if address.scheme not in {"http", "https"} or not address.hostname or not found:
        raise Unable("no-post-url", usage=True, url=url)
    return found


def _cannot(code: str, target: Target) -> Unable:
    if not target.entries:
        return Unable("nothing-to-decide", name=target.name)
    states = sorted({entry.state for entry in target.entries})
    return Unable(code, name=target.name, states=[state_word(state) for state in states])
