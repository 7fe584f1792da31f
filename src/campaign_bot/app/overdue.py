"""What should have gone out by now and did not, though nothing known keeps it.

Known are a pause, an account that is stopped or was asked to wait, its spacing and its day's number, the
first language of a thread, the same text on its way. That a try failed, or that a platform is not reached, is
no reason to wait: whatever the cause, such a delivery does not move.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from campaign_bot.app.budgets import BUDGET
from campaign_bot.app.gate import BEFORE_THE_SECOND, paused
from campaign_bot.app.health import OVERDUE, Waiting
from campaign_bot.app.liveness import Liveness
from campaign_bot.ledger import AccountState
from campaign_bot.model import Entry

if TYPE_CHECKING:
    from campaign_bot.ledger.glancing import Glance  # it loads SQLAlchemy

CROWDED = frozenset({"spacing", "per-day"})
"""Reasons for which the worker itself puts a delivery off, as it should."""


def overdue(
    ledger: Glance, accounts: Iterable[AccountState], said: Liveness | None, now: dt.datetime
) -> tuple[Sequence[Waiting], Sequence[Waiting]]:
    """By account: what does not move, and what its budget does not suffice for."""
    known = {state.name: state for state in accounts}
    entries = ledger.overdue(now, without=[name for name, state in known.items() if _waits(state, now)])
    pauses = ledger.pauses()
    late = [entry for entry in entries if not _is_missed(entry, now) and not paused(entry, pauses)]
    too_dear = [entry for entry in late if _is_put_off(entry, now) and _is_too_dear(entry)]
    free = [entry for entry in late if not _is_put_off(entry, now) and not _waits_for_another(ledger, entry)]
    began = [ledger.resumed_at(), said.started_at if said else None]
    due = [
        Waiting(
            name,
            len(some),
            max(_reasons_end(ledger, some, known.get(name), began, now)),
            (said.accounts.get(name) if said else "") or _failure(some[0]),
        )
        for name, some in _by_account(free)
    ]
    return due, [
        Waiting(name, len(some), min(entry.due_at for entry in some), some[0].reason)
        for name, some in _by_account(too_dear)
    ]


def _by_account(entries: Iterable[Entry]) -> Iterable[tuple[str, Sequence[Entry]]]:
    found: Mapping[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        found[entry.account].append(entry)
    return sorted(found.items())


def _reasons_end(
    ledger: Glance,
    entries: Iterable[Entry],
    state: AccountState | None,
    began: Iterable[dt.datetime | None],
    now: dt.datetime,
) -> Iterator[dt.datetime]:
    """When there last was a reason for an account to wait: each of these was one, and so is what goes out."""
    yield min(_ready_at(entry) for entry in entries)
    yield from filter(None, began)
    if state:
        yield from filter(None, (state.not_before, state.checked_at))
    for name in {entry.account for entry in entries}:
        yield from ledger.shown(name, now - OVERDUE)


def _ready_at(entry: Entry) -> dt.datetime:
    if entry.not_before is None or entry.reason not in CROWDED:
        return entry.due_at
    return max(entry.due_at, entry.not_before)


def _failure(entry: Entry) -> str:
    """Why the last try put it off."""
    return entry.reason if entry.not_before and entry.reason not in CROWDED else ""


# ---------------------------------------------------------------- known reasons


def _waits(state: AccountState, now: dt.datetime) -> bool:
    return state.stopped or (state.not_before is not None and state.not_before > now)


def _is_missed(entry: Entry, now: dt.datetime) -> bool:
    """It is too late for it already, and told as missed."""
    return entry.deadline is not None and entry.deadline < now and not entry.parts_done


def _is_put_off(entry: Entry, now: dt.datetime) -> bool:
    is_early = entry.not_before is not None and entry.not_before > now
    return is_early and (entry.reason in CROWDED or _is_too_dear(entry))


def _is_too_dear(entry: Entry) -> bool:
    return entry.reason.startswith(f"{BUDGET}:")


def _waits_for_another(ledger: Glance, entry: Entry) -> bool:
    standing = ledger.standing(entry)
    return standing.first in BEFORE_THE_SECOND or standing.same_text is not None
