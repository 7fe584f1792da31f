"""The ledger follows the plan: what has to change in its rows so that they say what the files say.

Pure: from the plan and the entries to a list of changes, which the ledger applies in one transaction.
Rows that have left ``scheduled`` and ``held`` are never touched, but for those that come back
(a missed post that was moved later, a cancelled one whose file is there again).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from campaign_bot.ledger import Add, Change, Follow, Move
from campaign_bot.model import Campaign, Delivery, Entry, HoldReason, State

WAITING = frozenset({State.SCHEDULED, State.HELD})
GONE = frozenset({State.MISSED, State.CANCELLED})


def changes(
    campaign: Campaign | None,
    planned: Iterable[Delivery],
    entries: Mapping[str, Entry],
    reasons: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Change]:
    """Everything that makes ``entries`` (by key) follow ``planned``.

    ``campaign`` None: the configuration is broken, and everything that waits is held. ``reasons``: why
    new deliveries come into the ledger only now, though their time has passed (by key).
    """
    wanted = {delivery.key: delivery for delivery in planned}
    for delivery in wanted.values():
        entry = entries.get(delivery.key)
        if entry is None:
            yield _add(delivery, campaign, reasons.get(delivery.key, ""))
        else:
            yield from _follow(delivery, entry, campaign)
    for entry in entries.values():
        if entry.key not in wanted and entry.state in WAITING and not entry.parts_done:
            yield from _unwanted(entry, campaign)


def additions(
    campaign: Campaign | None, new: Iterable[Delivery], reasons: Mapping[str, str]
) -> Iterator[Change]:
    """These as new rows, and nothing else."""
    for delivery in new:
        yield _add(delivery, campaign, reasons.get(delivery.key, ""))


def _add(delivery: Delivery, campaign: Campaign | None, reason: str) -> Add:
    due, deadline = _times(delivery, None, campaign)
    state = State.HELD if delivery.hold else State.SCHEDULED
    return Add(delivery, state, due, deadline, reason=_held(delivery.hold) or reason, hold=delivery.hold)


def _follow(delivery: Delivery, entry: Entry, campaign: Campaign | None) -> Iterator[Change]:
    """An entry that waits follows its file; a frozen thread (a part is out) follows nothing."""
    if entry.parts_done or entry.state not in WAITING | GONE:
        return
    due, deadline = _times(delivery, entry, campaign)
    if entry.state in GONE:
        reason = "moved-later" if entry.state is State.MISSED else "back"
        yield Move(entry.key, State.SCHEDULED, reason=reason, hold=None)
    if _differs(delivery, entry, due, deadline):
        yield Follow(entry.key, delivery, due, deadline)
    if delivery.hold and entry.state is not State.HELD:
        yield Move(entry.key, State.HELD, reason=_held(delivery.hold), hold=delivery.hold)
    elif not delivery.hold and entry.state is State.HELD:
        lifted = entry.hold is HoldReason.FILE
        yield Move(entry.key, State.SCHEDULED, reason="hold-lifted" if lifted else "released", hold=None)


def _times(
    delivery: Delivery, entry: Entry | None, campaign: Campaign | None
) -> tuple[dt.datetime, dt.datetime | None]:
    """When it may go at the earliest, and when it is missed (UTC)."""
    due = delivery.at.astimezone(dt.UTC)
    deadline: dt.datetime | None = delivery.deadline
    if entry is not None and entry.decided_at is not None:
        due = max(due, entry.decided_at)
    if delivery.hold is HoldReason.FILE:
        # `hold: true` stops its clock; only the campaign's end ends the waiting.
        deadline = end_of(campaign)
    return due, deadline


def end_of(campaign: Campaign | None) -> dt.datetime | None:
    """The instant at which the campaign is over (None: it has no end)."""
    if campaign is None or campaign.ends is None:
        return None
    midnight = dt.datetime.combine(campaign.ends + dt.timedelta(days=1), dt.time(), campaign.zone)
    return midnight.astimezone(dt.UTC)


def _differs(delivery: Delivery, entry: Entry, due: dt.datetime, deadline: dt.datetime | None) -> bool:
    return (
        entry.due_at != due
        or entry.deadline != deadline
        or entry.post != delivery.post
        or entry.file != delivery.file
        or entry.slot != delivery.slot
        or entry.fingerprint != delivery.rendered.fingerprint
        or entry.variant != delivery.variant
        or entry.after != delivery.after
    )


def _unwanted(entry: Entry, campaign: Campaign | None) -> Iterator[Change]:
    """A waiting row that the plan does not have: held by a problem, or cancelled, with the reason."""
    if _broken(entry, campaign):
        if entry.state is State.SCHEDULED:
            reason = _held(HoldReason.PROBLEM)
            yield Move(entry.key, State.HELD, reason=reason, hold=HoldReason.PROBLEM)
        return
    yield Move(entry.key, State.CANCELLED, reason="not-in-plan", hold=None)


def _broken(entry: Entry, campaign: Campaign | None) -> bool:
    return (
        campaign is None
        or entry.file in campaign.broken
        or f"posts/{entry.queue}/queue.yaml" in campaign.broken
    )


def _held(hold: HoldReason | None) -> str:
    return "" if hold is None else f"held: {hold}"
