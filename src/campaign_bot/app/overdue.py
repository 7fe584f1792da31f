"""What should have gone out by now and did not, though nothing known keeps it.

Known are a pause, an account that is stopped or was asked to wait, its spacing and its day's number, the
first language of a thread, the same text on its way. That a try failed, or that a platform is not reached, is
no reason to wait: whatever the cause, such a delivery does not move. Nor does one past its lateness that
nobody has declared missed.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from campaign_bot.app.budgets import BUDGET
from campaign_bot.app.gate import BEFORE_THE_SECOND, stopped
from campaign_bot.app.health import OVERDUE, Waiting
from campaign_bot.app.liveness import Liveness
from campaign_bot.ledger import AccountState
from campaign_bot.model import Campaign, Entry, State
from campaign_bot.platforms.errors import NOT_REACHED

if TYPE_CHECKING:
    from campaign_bot.ledger.glancing import Glance  # it loads SQLAlchemy

CROWDED = frozenset({"spacing", "per-day"})
"""Reasons for which the worker itself puts a delivery off, as it should."""

WAITED = frozenset(State) - {State.PUBLISHING}
"""From these it came to be scheduled because it may go out; from ``publishing`` because a try failed."""

NO_TIME = dt.timedelta(0)


def overdue(
    ledger: Glance,
    campaign: Campaign | None,
    accounts: Iterable[AccountState],
    said: Liveness | None,
    now: dt.datetime,
    edited_at: dt.datetime | None = None,
) -> tuple[Sequence[Waiting], Sequence[Waiting]]:
    """By account: what does not move, and what its budget does not suffice for.

    ``edited_at``: when a file that may pause something was last edited: perhaps that ended a pause.
    """
    known = {state.name: state for state in accounts}
    entries = ledger.overdue(now, without=[name for name, state in known.items() if _waits(state, now)])
    pauses = ledger.pauses()
    late = [entry for entry in entries if not stopped(entry, campaign, pauses)]
    too_dear = [entry for entry in late if _is_put_off(entry, now) and _is_too_dear(entry)]
    free = [entry for entry in late if not _is_put_off(entry, now) and not _waits_for_another(ledger, entry)]
    reasons = said.accounts if said else {}
    # One that stays had no time yet when it was just started; of runs by cron, each is just started.
    began = [ledger.resumed_at(), edited_at, said.started_at if said and not said.once else None]
    due = []
    for name, some in _by_account(free):
        account = campaign.accounts.get(name) if campaign else None
        spacing = account.spacing if account else NO_TIME
        ends = [*began, *_account_waited(known.get(name)), *_account_moved(ledger, name, spacing, now)]
        since = max(filter(None, [min(_ready_at(ledger, entry) for entry in some), *ends]))
        due.append(Waiting(name, len(some), since, reasons.get(name) or _failure(some[0])))
    return due, [
        Waiting(name, len(some), min(entry.slot_at for entry in some), some[0].reason)
        for name, some in _by_account(too_dear)
    ]


def _by_account(entries: Iterable[Entry]) -> Iterable[tuple[str, Sequence[Entry]]]:
    found: Mapping[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        found[entry.account].append(entry)
    return sorted(found.items())


# ---------------------------------------------------------------- since when there is no reason


def _ready_at(ledger: Glance, entry: Entry) -> dt.datetime:
    """When it could have gone out. ``due_at`` does not tell: what is late is planned anew, for now."""
    came = [
        event.at
        for event in ledger.events(key=entry.key)
        if event.kind == "add" or (event.to_state is State.SCHEDULED and event.from_state in WAITED)
    ]
    was_crowded = entry.not_before is not None and entry.reason in CROWDED
    return max(filter(None, [entry.slot_at, entry.not_before if was_crowded else None, *came]))


def _account_waited(state: AccountState | None) -> Iterable[dt.datetime | None]:
    """Until when it was asked to wait, and when it was last found to work."""
    return (_asked_until(state), state.checked_at) if state else ()


def _account_moved(
    ledger: Glance, name: str, spacing: dt.timedelta, now: dt.datetime
) -> Iterable[dt.datetime]:
    """When it was free again after what it published last."""
    return (at + spacing for at in ledger.shown(name, now - OVERDUE - spacing))


def _failure(entry: Entry) -> str:
    """Why the last try put it off."""
    return entry.reason if entry.not_before and entry.reason not in CROWDED else ""


# ---------------------------------------------------------------- known reasons


def _waits(state: AccountState, now: dt.datetime) -> bool:
    until = _asked_until(state)
    return state.stopped or (until is not None and until > now)


def _asked_until(state: AccountState) -> dt.datetime | None:
    """Until when its platform asked it to wait; None where it waits because nobody answers there."""
    return None if state.reason.startswith(NOT_REACHED) else state.not_before


def _is_put_off(entry: Entry, now: dt.datetime) -> bool:
    is_early = entry.not_before is not None and entry.not_before > now
    return is_early and (entry.reason in CROWDED or _is_too_dear(entry))


def _is_too_dear(entry: Entry) -> bool:
    return entry.reason.startswith(f"{BUDGET}:")


def _waits_for_another(ledger: Glance, entry: Entry) -> bool:
    standing = ledger.standing(entry)
    return standing.first in BEFORE_THE_SECOND or standing.same_text is not None
