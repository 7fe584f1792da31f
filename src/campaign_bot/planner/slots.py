"""From a queue's slot rules to its slots.

A slot is known by its wall time as written (two rules that name the same time make one slot) and
fires at one instant. Campaign dates, blackout and quiet hours take slots away.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple

from campaign_bot.model import Campaign, Queue
from campaign_bot.planner.wall import DAY, instant, obstacle, wall


class Slot(NamedTuple):
    """``at`` is the instant (UTC, without stagger), ``field`` the rule's place in ``queue.yaml``.

    Slots sort in the order in which they fire, which after a gap is not that of their wall times.
    """

    at: dt.datetime
    wall: dt.datetime
    field: str


def slots(campaign: Campaign, queue: Queue, since: dt.datetime, until: dt.datetime) -> Iterator[Slot]:
    """The queue's slots from the instant ``since`` to before ``until``, in the order in which they fire."""
    # A day early and a day late, so that no change of offset hides a slot at either end.
    day = wall(since, campaign.zone).date() - DAY
    last = wall(until, campaign.zone).date() + DAY
    if campaign.starts is not None:
        day = max(day, campaign.starts)
    if campaign.ends is not None:
        last = min(last, campaign.ends)
    while day <= last:
        for slot in sorted(_on(campaign, queue, day)):
            if since <= slot.at < until:
                yield slot
        day += DAY


def slot_on(campaign: Campaign, queue: Queue, time: dt.datetime) -> Slot | None:
    """The slot of that wall time, if the rules of today still make it."""
    return next((slot for slot in _on(campaign, queue, time.date()) if slot.wall == time), None)


def _on(campaign: Campaign, queue: Queue, day: dt.date) -> Iterator[Slot]:
    weekday = day.weekday()
    seen: set[dt.time] = set()
    for rule in queue.slots:
        if weekday not in rule.days or rule.time in seen:
            continue
        seen.add(rule.time)
        time = dt.datetime.combine(day, rule.time)
        at = instant(time, campaign.zone)
        if not obstacle(campaign, time, at):
            yield Slot(at, time, rule.field)
