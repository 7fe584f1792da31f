"""The Problems that planning finds, each at the place where staff can mend it.

Times and durations in ``params`` are written as staff write them: ``2026-12-01 09:00``, ``30m``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from campaign_bot.model import Campaign, Order, Problem, Queue, Source
from campaign_bot.planner.guard import Said
from campaign_bot.planner.scope import Candidate
from campaign_bot.planner.slots import slots
from campaign_bot.planner.wall import ZERO, wall

UNITS = (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))


def no_room(campaign: Campaign, candidate: Candidate, trouble: str, at: dt.datetime) -> Problem:
    """``too-crowded`` or ``over-per-day``: the account has no place for the delivery."""
    route, account = candidate.route, candidate.route.account
    is_dated = route.queue.order is Order.DATED
    source, field = (route.post.source, "at") if is_dated else (route.queue.source, candidate.slot.field)
    about: dict[str, Any] = {
        "account": account.name,
        "post": route.post.id,
        "time": shown(candidate.slot.wall),
    }
    if trouble == "over-per-day":
        day = wall(at, campaign.zone).date()
        return source.problem(trouble, field, **about, day=day.isoformat(), limit=account.per_day)
    spacing, lateness = duration(account.spacing), duration(campaign.lateness_of(route.queue))
    return source.problem(trouble, field, **about, spacing=spacing, lateness=lateness)


def same_text(candidate: Candidate, repeats: Said) -> Problem:
    """The account got the same words before: a renamed file, or two posts that say the same."""
    said_at, _, other = repeats
    return candidate.route.post.source.warning(
        "text-repeated",
        account=candidate.route.account.name,
        post=candidate.route.post.id,
        time=shown(candidate.slot.wall),
        other=other,
        when=shown(said_at),
    )


def moved(source: Source, field: str, before: dt.datetime, after: dt.datetime) -> Problem:
    """The spring gap skips the time: it moves forward."""
    return source.warning("time-skipped", field, before=shown(before), after=shown(after))


def moved_slots(
    campaign: Campaign, queue: Queue, since: dt.datetime, until: dt.datetime
) -> Iterator[Problem]:
    """A warning for each slot in a stretch of time that the spring gap moves."""
    for slot in slots(campaign, queue, since, until):
        after = wall(slot.at, campaign.zone)
        if after != slot.wall:
            yield moved(queue.source, slot.field, slot.wall, after)


def shown(time: dt.datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M}"


def duration(span: dt.timedelta) -> str:
    """``90m``: in the largest unit that leaves no rest."""
    if span == ZERO:
        return "0s"
    seconds = round(span.total_seconds())
    return next(f"{seconds // size}{unit}" for unit, size in UNITS if seconds % size == 0)
