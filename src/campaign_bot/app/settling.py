"""``reconcile``: what the platforms say of the deliveries that are unconfirmed, and settling them by that."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

from campaign_bot import reconciler
from campaign_bot.app import ledgers, planning, platforms
from campaign_bot.app.following import Follower
from campaign_bot.app.loading import snapshot
from campaign_bot.app.platforms import Platforms
from campaign_bot.app.reconciling import Reconciling, absent_at, is_settled, looks, once_read
from campaign_bot.i18n.reasons import reason_words
from campaign_bot.ledger import Ledger
from campaign_bot.model import Account, Campaign, Entry, Receipt, State
from campaign_bot.platforms.base import Adapter
from campaign_bot.platforms.errors import PlatformError
from campaign_bot.reconciler import Finding
from campaign_bot.settings import Settings


@dataclass(frozen=True, slots=True)
class Settlement:
    """One delivery: what a look found (a reason), and its state after it, or the one it would get.

    ``not_before``: from when on a look that finds nothing settles it (UTC).
    """

    entry: Entry
    found: str
    to: State = State.UNCONFIRMED
    receipt: Receipt | None = None
    not_before: dt.datetime | None = None


def told(ledger: Ledger) -> list[Settlement]:
    """What the ledger has: no platform is asked."""
    return [_as_told(ledger, entry) for entry in ledger.entries(states=[State.UNCONFIRMED])]


def _as_told(ledger: Ledger, entry: Entry) -> Settlement:
    found = looks(ledger, entry)
    return Settlement(entry, found[-1].reason if found else entry.reason)


def reconcile(
    root: Path,
    settings: Settings,
    ledger: Ledger,
    now: Callable[[], dt.datetime],
    *,
    live: bool,
    apply: bool,
) -> list[Settlement]:
    """Look for every unconfirmed delivery; ``apply`` settles those for which there is evidence."""
    load = partial(snapshot, root, settings, live=live)
    follower = Follower(root, ledger, load, now, ledgers.person())
    reach = platforms.of(settings, follower.campaign, ledger, now, live=live)
    judge = Reconciling(ledger, follower, now, ledgers.person())
    unclear = sorted(judge.waiting(), key=attrgetter("account"))
    return [
        settlement
        for name, entries in groupby(unclear, key=attrgetter("account"))
        for settlement in _account(
            follower.campaign, name, list(entries), ledger, reach, judge if apply else None, now
        )
    ]


def _account(
    campaign: Campaign | None,
    name: str,
    entries: Sequence[Entry],
    ledger: Ledger,
    reach: Platforms,
    judge: Reconciling | None,
    now: Callable[[], dt.datetime],
) -> Iterator[Settlement]:
    account = campaign.accounts.get(name) if campaign else None
    if account is None:
        yield from (Settlement(entry, "no-account") for entry in entries)
        return
    try:
        adapter, ahead = reach.connect(account), reach.ahead(account, now())
    except PlatformError as error:
        yield from (Settlement(entry, f"unread: {error.reason}") for entry in entries)
        return
    if judge is None:
        yield from _looked(ledger, account, adapter, entries, ahead, now())
        return
    judge.settle(account, adapter, entries, ahead)
    yield from (_after(ledger, account, entry) for entry in entries)


def _looked(
    ledger: Ledger,
    account: Account,
    adapter: Adapter,
    entries: Sequence[Entry],
    ahead: dt.timedelta,
    now: dt.datetime,
) -> Iterator[Settlement]:
    recent = once_read(adapter)
    for entry in entries:
        try:
            evidence = reconciler.look(ledger, entry, adapter, recent, ahead)
        except PlatformError as error:
            yield Settlement(entry, f"unread: {error.reason}")
            continue
        to = State.UNCONFIRMED
        if evidence.finding is Finding.FOUND:
            to = State.PUBLISHED
        elif evidence.finding is Finding.ABSENT and is_settled(ledger, account, entry, now):
            to = State.SCHEDULED
        yield Settlement(entry, evidence.finding, to, evidence.receipt, _open(ledger, account, entry, now))


def _after(ledger: Ledger, account: Account, before: Entry) -> Settlement:
    entry = ledger.entry(before.key) or before
    if entry.state is State.UNCONFIRMED:
        as_told = _as_told(ledger, entry)
        not_before = absent_at(ledger, account, entry) if as_told.found == Finding.ABSENT else None
        return Settlement(entry, as_told.found, entry.state, not_before=not_before)
    receipt = entry.receipts[-1] if entry.receipts else None
    return Settlement(entry, entry.reason, entry.state, receipt)


def _open(ledger: Ledger, account: Account, entry: Entry, now: dt.datetime) -> dt.datetime | None:
    settled = is_settled(ledger, account, entry, now)
    return None if settled else absent_at(ledger, account, entry)


def as_json(found: Sequence[Settlement]) -> list[dict[str, Any]]:
    """The fields of ``reconcile --json``; ``state`` is the one it has, or would get."""
    return [
        {
            "key": one.entry.key,
            "account": one.entry.account,
            "found": reason_words(one.found),
            "state": str(one.to),
            "url": one.receipt.url if one.receipt else None,
            "not_before": None if one.not_before is None else planning.instant(one.not_before),
        }
        for one in found
    ]
