"""``retract``: delete a post wherever it was published, by its receipts, and say where that was not possible.

While it is at work, and after it as long as something is not sure, the post is paused, so that no worker
goes on with it: what is not out is skipped, calls in flight are waited for, what is unconfirmed is settled
if there is evidence, and then each delivery's last part is deleted first.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from campaign_bot import reconciler
from campaign_bot.app import ledgers, platforms
from campaign_bot.app.deciding import RETRACTED, Desk
from campaign_bot.app.loading import snapshot
from campaign_bot.app.platforms import Platforms
from campaign_bot.app.reconciling import (
    is_contradicted,
    is_settled,
    looks,
    once_read,
    record,
    went_elsewhere,
)
from campaign_bot.i18n.reasons import reason_words
from campaign_bot.i18n.sentences import Unable
from campaign_bot.ledger import Columns, Ledger, MoveRefused, ReceiptTaken
from campaign_bot.model import Account, Campaign, Entry, Receipt, State
from campaign_bot.platforms.errors import PlatformError
from campaign_bot.publisher import LEASE
from campaign_bot.reconciler import Finding
from campaign_bot.settings import Settings

LOOK_AGAIN = 1.0
"""Seconds between two looks at a call that is in flight."""


@dataclass(frozen=True, slots=True)
class Retraction:
    """One delivery that was, or may have been, out. ``trouble``: why it may still be there (a reason)."""

    entry: Entry
    trouble: str = ""
    left: tuple[str, ...] = ()  # the addresses that may still be there

    @property
    def done(self) -> bool:
        return not self.trouble


def retract(
    root: Path,
    settings: Settings,
    ledger: Ledger,
    post: str,
    now: Callable[[], dt.datetime],
    *,
    dry: bool,
    wait: Callable[[float], object] = time.sleep,
) -> list[Retraction]:
    """Take back a whole post. Raises Unable for one that nobody knows."""
    live = ledgers.is_live(root, settings, dry=dry)
    campaign = snapshot(root, settings, live=live).campaign
    desk = Desk(campaign, ledger, now())
    name = desk.whole_post(post)
    with _paused(ledger, name, now):
        with contextlib.suppress(Unable):  # all of it is out already
            desk.withdraw(name)
        _wait_for_calls(ledger, name, now, wait)
        reach = platforms.of(settings, campaign, ledger, now, live=live)
        return list(Retractor(campaign, ledger, reach, now).all(ledger.entries(post=name)))


@contextlib.contextmanager
def _paused(ledger: Ledger, post: str, now: Callable[[], dt.datetime]) -> Iterator[None]:
    """No worker begins another call for it; a pause that a person had set stays theirs.

    Ours ends once nothing of the post can go out any more, if need be with a later ``retract``: a worker
    would send again what it finds absent.
    """
    reasons = {pause.reason for pause in ledger.pauses() if (pause.scope, pause.value) == ("post", post)}
    if reasons - {RETRACTED}:
        yield
        return
    ledger.pause("post", post, RETRACTED, ledgers.person(), now())
    try:
        yield
    finally:
        if not any(map(_may_go_on, ledger.entries(post=post))):
            ledger.resume("post", post, ledgers.person(), now())


def _may_go_on(entry: Entry) -> bool:
    is_thread_under_way = entry.state is State.SCHEDULED and entry.parts_done > 0
    return is_thread_under_way or entry.state in {State.PUBLISHING, State.UNCONFIRMED}


def _wait_for_calls(
    ledger: Ledger, post: str, now: Callable[[], dt.datetime], wait: Callable[[float], object]
) -> None:
    """A call in flight ends by its deadline; what is longer under way has no worker any more."""
    end = now() + LEASE
    while now() < end and ledger.entries(states=[State.PUBLISHING], post=post):
        wait(LOOK_AGAIN)


class Retractor:
    """Deletes deliveries one after the other, each account through its own adapter."""

    def __init__(
        self,
        campaign: Campaign | None,
        ledger: Ledger,
        reach: Platforms,
        now: Callable[[], dt.datetime],
    ) -> None:
        self._accounts = campaign.accounts if campaign else {}
        self._ledger = ledger
        self._reach = reach
        self._now = now
        self._who = ledgers.person()

    def all(self, entries: Sequence[Entry]) -> Iterator[Retraction]:
        for entry in entries:
            if entry.state in {State.UNCONFIRMED, State.PUBLISHING} or self._left(entry):
                yield self._one(entry)

    def _one(self, entry: Entry) -> Retraction:
        account = self._accounts.get(entry.account)
        if account is None:
            return self._trouble(entry, "no-account")
        try:
            if entry.state is State.PUBLISHING:
                return self._trouble(entry, "in-flight")
            if went_elsewhere(self._ledger, entry):  # not there would not mean gone
                return self._trouble(entry, "elsewhere")
            if entry.state is State.UNCONFIRMED:
                entry, trouble = self._settle(account, entry)
                if trouble:
                    return self._trouble(entry, trouble)
            self._delete(account, entry)
        except PlatformError as error:
            return self._trouble(entry, error.reason)
        except MoveRefused:
            return self._trouble(self._ledger.entry(entry.key) or entry, "moved-meanwhile")
        return Retraction(self._end(entry))

    def _trouble(self, entry: Entry, reason: str) -> Retraction:
        left = tuple(receipt.url or receipt.id for receipt in self._left(entry))
        return Retraction(entry, reason, left)

    def _left(self, entry: Entry) -> list[Receipt]:
        """The receipts of what is still there, the last part first."""
        gone = self._ledger.deleted(entry.key)
        return [receipt for receipt in reversed(entry.receipts) if receipt.part not in gone]

    # ------------------------------------------------------------ the steps

    def _settle(self, account: Account, entry: Entry) -> tuple[Entry, str]:
        """What the platform says of a call whose outcome nobody saw; or why that is still open."""
        now = self._now()
        adapter = self._reach.connect(account)
        ahead = self._reach.ahead(account, now)
        evidence = reconciler.look(self._ledger, entry, adapter, once_read(adapter), ahead)
        if evidence.finding is Finding.FOUND:
            try:
                return record(self._ledger, entry, evidence, now, self._who), ""
            except ReceiptTaken:
                return entry, str(Finding.SEVERAL)
        if evidence.finding is Finding.NOT_CALLED:
            return self._withdrawn(entry, evidence.finding), ""
        if evidence.finding is not Finding.ABSENT:
            return entry, str(evidence.finding)
        earlier = any(look.reason == Finding.ABSENT for look in looks(self._ledger, entry))
        self._ledger.looked(entry.key, str(Finding.ABSENT), now=now, who=self._who)
        if is_contradicted(self._ledger, entry):
            return entry, str(Finding.NO_EVIDENCE)
        if earlier and is_settled(self._ledger, account, entry, now):
            return self._withdrawn(entry, evidence.finding), ""
        return entry, "not-yet-sure"

    def _withdrawn(self, entry: Entry, finding: Finding) -> Entry:
        """It is proved absent: back among what waits; ``_end`` sees to it that it stays in."""
        now = self._now()
        return self._ledger.move(
            entry.key, State.SCHEDULED, frm=State.UNCONFIRMED, now=now, who=self._who, reason=finding
        )

    def _delete(self, account: Account, entry: Entry) -> None:
        for receipt in self._left(entry):
            self._reach.connect(account).retract(receipt)
            self._ledger.receipt_deleted(entry.key, receipt.part, now=self._now(), who=self._who)

    def _end(self, entry: Entry) -> Entry:
        """All of it is gone: nothing of it goes out again."""
        now = self._now()
        if entry.state is State.PUBLISHED:
            return self._ledger.move(
                entry.key, State.RETRACTED, frm=entry.state, now=now, who=self._who, reason=RETRACTED
            )
        if entry.state is State.SCHEDULED and entry.parts_done:
            return self._ledger.abandon(entry.key, now=now, who=self._who, reason=RETRACTED)
        if entry.state is State.SCHEDULED:
            skipped = Columns(skipped=True)
            return self._ledger.move(
                entry.key,
                State.CANCELLED,
                frm=entry.state,
                now=now,
                who=self._who,
                reason=RETRACTED,
                **skipped,
            )
        return entry  # one that failed half-way stays failed: its parts are gone


def retracted_at(ledger: Ledger, post: str) -> dt.datetime | None:
    """When the last delivery of a post was taken back (UTC); None where none was."""
    gone = [entry.key for entry in ledger.entries(post=post) if entry.state is State.RETRACTED]
    moves = (event for key in gone for event in ledger.events(key=key) if event.to_state is State.RETRACTED)
    return max((event.at for event in moves), default=None)


def as_json(found: Sequence[Retraction]) -> list[dict[str, Any]]:
    """The fields of ``retract --json``; ``left`` has the addresses that may still be there."""
    return [
        {
            "key": one.entry.key,
            "account": one.entry.account,
            "state": str(one.entry.state),
            "done": one.done,
            "error": reason_words(one.trouble) or None,
            "left": list(one.left),
        }
        for one in found
    ]
