"""What the platforms hold against what the ledger says: twice, lost, wrong, unexplained.

Every post on a platform has to be some delivery's part, once, as its file says and in its time; everything
that the ledger says is out has to be there; and whatever did not go out needs a reason.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

from campaign_bot import planner
from campaign_bot.ledger import Ledger
from campaign_bot.model import Delivery, Entry, Order, Receipt, State
from campaign_bot.platforms.simulated import SimulatedPost
from campaign_bot.rehearsal.contents import contents, times
from campaign_bot.rehearsal.findings import OUT, Breach, Finding, Held, Sign, World

DAY = dt.timedelta(days=1)
OPEN = frozenset({State.UNCONFIRMED, State.PUBLISHING})
WAITING = frozenset({State.SCHEDULED, State.PUBLISHING})


def compare(world: World, planned: Iterable[Delivery], now: dt.datetime) -> tuple[Finding, ...]:
    """Every breach, in a steady order.

    ``planned``: what the plan had before anything went wrong. ``now``: when a worker last looked.
    """
    entries = {entry.key: entry for entry in world.ledger.entries()}
    named = {(e.account, r.id): (e, r) for e in entries.values() for r in e.receipts}
    held = [Held(post, *_place(named[a, post.id])) for a, post in _posts(world) if (a, post.id) in named]
    found = [
        *_unnamed(world, entries, named),
        *_receipts(world, entries.values()),
        *_same_words(world, entries.values()),
        *contents(world, entries, held),
        *times(world, held),
        *_states(world, entries.values(), now),
        *_forgotten(world, entries, planned, now),
    ]
    return tuple(dict.fromkeys(found))


def _posts(world: World) -> Iterator[tuple[str, SimulatedPost]]:
    return ((account, post) for account, posts in world.posts.items() for post in posts)


def _place(of: tuple[Entry, Receipt]) -> tuple[Entry, int]:
    return of[0], of[1].part


# ---------------------------------------------------------------- twice


def _unnamed(
    world: World, entries: Mapping[str, Entry], named: Mapping[tuple[str, str], tuple[Entry, Receipt]]
) -> Iterator[Finding]:
    """Posts of which no receipt tells: sent twice, or nobody's, or perhaps those that are unconfirmed."""
    unnamed = [(account, post) for account, post in _posts(world) if (account, post.id) not in named]
    makers = _makers(world.ledger, entries.values()) if unnamed else {}
    seen: set[tuple[str, int]] = set()
    for _account, post in unnamed:
        made_by = makers.get(post.outgoing.idempotency_key)
        if made_by is None:
            yield Finding(Breach.UNEXPLAINED, Sign.STRANGER, post.url)
            continue
        key, part = made_by
        entry = entries[key]
        if made_by in seen or any(receipt.part == part for receipt in entry.receipts):
            yield Finding(Breach.TWICE, Sign.SENT_TWICE, key)
        elif entry.state not in OPEN:
            yield Finding(Breach.UNEXPLAINED, Sign.UNRECORDED, key)
        seen.add(made_by)


def _makers(ledger: Ledger, entries: Iterable[Entry]) -> dict[str, tuple[str, int]]:
    """Which part of which delivery a key belongs to."""
    makers = {}
    for entry in entries:
        for number in range(1, len(entry.parts) + 1):
            part = ledger.part(entry.key, number)
            if part is not None:
                makers[part.idempotency_key] = (entry.key, number)
    return makers


def _same_words(world: World, entries: Iterable[Entry]) -> Iterator[Finding]:
    """The last guard: equal text under another key, ever, or within 24 hours in a rotation."""
    said: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.state in OUT:
            said[entry.account, entry.fingerprint].append(entry)
    for same in said.values():
        same.sort(key=lambda entry: entry.slot)
        for before, after in pairwise(same):
            rotates = world.campaign.queues[after.queue].order is Order.ROTATION
            if not rotates or after.slot - before.slot < DAY:
                yield Finding(Breach.TWICE, Sign.SAME_WORDS, after.key)


# ---------------------------------------------------------------- lost


def _receipts(world: World, entries: Iterable[Entry]) -> Iterator[Finding]:
    there = {(account, post.id) for account, post in _posts(world)}
    for entry in entries:
        if any((entry.account, receipt.id) not in there for receipt in entry.receipts):
            yield Finding(Breach.LOST, Sign.GONE, entry.key)
        parts = [receipt.part for receipt in entry.receipts]
        whole = len(entry.parts) if entry.state in OUT else entry.parts_done
        if parts != list(range(1, whole + 1)):
            yield Finding(Breach.LOST, Sign.UNFINISHED, entry.key)


def _forgotten(
    world: World, entries: Mapping[str, Entry], planned: Iterable[Delivery], now: dt.datetime
) -> Iterator[Finding]:
    """What was planned has to be in the ledger; where posts take turns, its slot; in a sequence, or ahead."""
    slots = {(entry.queue, entry.slot) for entry in entries.values()}
    ahead: frozenset[str] | None = None
    for delivery in planned:
        if delivery.key in entries:
            continue
        order = world.campaign.queues[delivery.queue].order
        if order is Order.ROTATION and (delivery.queue, delivery.slot) in slots:
            continue
        if order is Order.SEQUENCE:
            ahead = _ahead(world, now) if ahead is None else ahead
            if delivery.key in ahead:
                continue
        yield Finding(Breach.LOST, Sign.FORGOTTEN, delivery.key)


def _ahead(world: World, now: dt.datetime) -> frozenset[str]:
    made = planner.plan(world.campaign, world.ledger.history(), now, now + 366 * DAY)
    return frozenset(delivery.key for delivery in (*made.deliveries, *made.kept))


# ---------------------------------------------------------------- unexplained


def _states(world: World, entries: Iterable[Entry], now: dt.datetime) -> Iterator[Finding]:
    """Whatever did not go out needs a reason, and a true one."""
    for entry in entries:
        if entry.state in WAITING:
            over = entry.deadline is not None and entry.deadline < now and not entry.parts_done
            # The last worker of all may have been started a moment before: it misses nothing yet.
            if over and entry.slot_at < world.end:
                yield Finding(Breach.LOST, Sign.OVERDUE, entry.key)
        elif entry.state is State.CANCELLED:
            yield Finding(Breach.UNEXPLAINED, Sign.CANCELLED, entry.key)
        elif entry.state not in OUT and not entry.reason:
            yield Finding(Breach.UNEXPLAINED, Sign.NO_REASON, entry.key)
        elif not _is_true(world, entry):
            yield Finding(Breach.UNEXPLAINED, Sign.FALSE_REASON, entry.key)


def _is_true(world: World, entry: Entry) -> bool:
    """Whether a reason that can be tried is true: no file comes late here, and absences are known."""
    if entry.reason == "late: no-worker" and entry.deadline is not None:
        end = entry.deadline
        return any(begin <= end and entry.slot_at <= until for begin, until in world.absences)
    return entry.reason != "late: came-late"
