"""What staff have to be told: read from the ledger's events, less what was settled in the meantime."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from campaign_bot.app import noticing
from campaign_bot.i18n.reasons import IDENTITY_CHANGED, SERVER_CHANGED
from campaign_bot.ledger import Event, Ledger
from campaign_bot.model import Entry, HoldReason, Problem, State
from campaign_bot.reconciler import Finding

PATIENCE = dt.timedelta(minutes=10)
"""How long an unconfirmed delivery is left to the worker, which settles most within minutes."""

NOT_NEWS = frozenset({"add", "follow", "postpone", "part", "deleted"})
"""Kinds of events of which there are many, and that never tell of trouble."""

PERSONS = frozenset({Finding.SEVERAL, Finding.NO_EVIDENCE})
"""What a look finds where only a person can decide."""

PAGE = 1000
"""Events, or deliveries, that are read at once."""


class Kind(StrEnum):
    """What there is to tell, the most pressing first."""

    CHANGED = "changed"
    STOPPED = "stopped"
    WAITS = "waits"
    UNCONFIRMED = "unconfirmed"
    FAILED = "failed"
    MISSED = "missed"
    HELD = "held"
    PROBLEM = "problem"
    MENDED = "mended"


ENDS = {State.FAILED: Kind.FAILED, State.MISSED: Kind.MISSED, State.HELD: Kind.HELD}


@dataclass(frozen=True, slots=True)
class Item:
    """``about``: a delivery's key, an account or a place in a file. ``reason`` as ``i18n.reasons`` has it."""

    about: str
    reason: str = ""
    problem: Problem | None = None


News = Mapping[Kind, Sequence[Item]]


@dataclass(frozen=True, slots=True)
class Told:
    """Up to which event everything was told; with unconfirmed deliveries one waits for a while."""

    until: int
    unconfirmed: int


def is_news(event: Event) -> bool:
    """Whether it may have to be told, soon."""
    if event.kind == "move":
        return event.to_state in ENDS and event.reason != "retracted"
    if event.kind == "look":
        return event.reason in PERSONS
    return event.kind in {"account-stopped", "account-mended", "problem"} or is_spent(event)


def is_spent(event: Event) -> bool:
    """Whether an account waits because of its budget, and not because a platform asked it to."""
    return event.kind == "account-waits" and event.reason.startswith("budget:")


def is_change(reason: str) -> bool:
    """Whether an account was stopped because its server or its login is another."""
    return reason.partition(":")[0] in (SERVER_CHANGED, IDENTITY_CHANGED)


def is_doubt(event: Event) -> bool:
    """Whether it has to be told if it is not settled before long."""
    return event.kind == "move" and event.to_state is State.UNCONFIRMED


def gather(ledger: Ledger, told: Told, now: dt.datetime, patience: dt.timedelta) -> tuple[News, Told]:
    """What was not told yet and still holds, and how far that goes."""
    until = ledger.version()
    doubts: list[Event] = []
    moves: list[Event] = []
    others: list[Event] = []
    settled = until
    for event in events(ledger, min(told.until, told.unconfirmed), until):
        if is_doubt(event) and event.id > told.unconfirmed:
            if now - patience < event.at <= now:
                settled = min(settled, event.id - 1)  # that and whatever comes after it is for later
            elif event.id <= settled:
                doubts.append(event)
        elif event.id > told.until and is_news(event):
            (moves if event.key else others).append(event)
    found: dict[Kind, list[Item]] = defaultdict(list)
    for kind, item in (*_deliveries(ledger, moves), *_doubts(ledger, doubts), *_accounts(others)):
        found[kind].append(item)
    found[Kind.PROBLEM] = _problems(ledger, others)
    return {kind: found[kind] for kind in Kind if found[kind]}, Told(until, settled)


def events(ledger: Ledger, after: int, until: int) -> Iterator[Event]:
    """Those that may be news, a page at a time."""
    while page := ledger.events(after=after, limit=PAGE, but=NOT_NEWS):
        for event in page:
            if event.id > until:
                return
            yield event
        after = page[-1].id


def _deliveries(ledger: Ledger, moves: Iterable[Event]) -> Iterator[tuple[Kind, Item]]:
    """Where a move or a look left them, if they are still there."""
    last = {event.key: event for event in moves if event.key}
    for entry in _entries(ledger, last):
        event = last[entry.key]
        if event.kind == "look":
            if entry.state is State.UNCONFIRMED:
                yield Kind.UNCONFIRMED, Item(entry.key, event.reason)
        elif entry.state is event.to_state and (
            entry.state is not State.HELD or entry.hold is HoldReason.PICTURE
        ):
            yield ENDS[entry.state], Item(entry.key, entry.reason)


def _doubts(ledger: Ledger, doubts: Iterable[Event]) -> Iterator[tuple[Kind, Item]]:
    """Those that are unconfirmed still, and of which a person was not told by a look already."""
    since = {event.key: event.id for event in doubts if event.key}
    for entry in _entries(ledger, since):
        if entry.state is not State.UNCONFIRMED:
            continue
        looks = [look for look in ledger.events(key=entry.key, after=since[entry.key]) if look.kind == "look"]
        if not any(look.reason in PERSONS for look in looks):
            yield Kind.UNCONFIRMED, Item(entry.key, looks[-1].reason if looks else entry.reason)


def _entries(ledger: Ledger, keys: Iterable[str]) -> Iterator[Entry]:
    """In the order of the keys."""
    wanted = list(keys)
    for first in range(0, len(wanted), PAGE):
        some = wanted[first : first + PAGE]
        found = {entry.key: entry for entry in ledger.entries(keys=some)}
        yield from (found[key] for key in some if key in found)


def _accounts(events_: Iterable[Event]) -> Iterator[tuple[Kind, Item]]:
    """An account that stopped and was mended again, all untold, is no news; nor is one that stops again for
    what it was told to have stopped for: its credential can be verified, and does not publish.
    """
    by_name: dict[str, list[Event]] = defaultdict(list)
    for event in events_:
        if is_spent(event):
            yield Kind.WAITS, Item(str(event.detail.get("account")), event.reason)
        elif event.kind.startswith("account-"):
            by_name[str(event.detail.get("account"))].append(event)
    for name, story in by_name.items():
        if story[-1].kind == "account-stopped":
            reason = story[-1].reason
            if story[0].detail.get("was") != reason:
                yield (Kind.CHANGED if is_change(reason) else Kind.STOPPED), Item(name, reason)
        elif story[0].kind == "account-mended":
            yield Kind.MENDED, Item(name)


def _problems(ledger: Ledger, others: Iterable[Event]) -> list[Item]:
    """Those that nobody mended in the meantime."""
    problems = [problem for problem in map(noticing.of_event, others) if problem]
    there = noticing.still_there(ledger, problems)
    unique = {(noticing.where(problem), problem.code): problem for problem in there}
    return [Item(place, problem=problem) for (place, _code), problem in unique.items()]
