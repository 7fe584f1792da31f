"""The problems of times that the files show by themselves, without a history or a clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import replace
from zoneinfo import ZoneInfo

from campaign_bot.model import Campaign, History, Order, Post, Problem, Queue
from campaign_bot.planner.dated import dated, obstacle_of, slot_of
from campaign_bot.planner.past import Past
from campaign_bot.planner.problems import moved, moved_slots, no_room, shown
from campaign_bot.planner.routes import Router
from campaign_bot.planner.scope import Candidate, Scope, by_account
from campaign_bot.planner.slots import Slot, slots
from campaign_bot.planner.spacing import Lane
from campaign_bot.planner.wall import (
    BEGINNING,
    DAY,
    END,
    comes_twice,
    day_end,
    is_quiet,
    midnight,
    wall,
)

YEAR = 366 * DAY
"""How far a long campaign is looked through."""


def check(campaign: Campaign) -> list[Problem]:
    """Every problem of times in the files, queue by queue; then what finds no room on its account."""
    found: list[Problem] = []
    for queue in campaign.queues.values():
        found += _dated(campaign, queue) if queue.order is Order.DATED else _slotted(campaign, queue)
    return [*found, *_crowded(campaign)]


# ---------------------------------------------------------------- dated


def _dated(campaign: Campaign, queue: Queue) -> Iterator[Problem]:
    for post in queue.posts:
        slot = slot_of(campaign, post)
        if slot is None:
            continue
        code = obstacle_of(campaign, post, slot)
        if code and not (code == "outside-window" and _is_reversed(post)):
            bound = _bound(campaign, post, slot, code)
            yield post.source.problem(code, "at", time=shown(slot.wall), bound=bound)
        if code == "outside-campaign":
            continue
        after = wall(slot.at, campaign.zone)
        if after != slot.wall:
            yield moved(post.source, "at", slot.wall, after)
        elif comes_twice(slot.wall, campaign.zone):
            yield post.source.warning("time-twice", "at", time=shown(slot.wall))


def _bound(campaign: Campaign, post: Post, slot: Slot, code: str) -> str:
    """What is in the way, as it stands in the file."""
    if code == "in-quiet":
        return f"quiet: {_quiet(campaign)}"
    if code == "in-blackout":
        return f"blackout: {slot.wall.date()}"
    if code == "outside-window":
        return _window(post)
    return _written(starts=campaign.starts, ends=campaign.ends) or f"at: {shown(slot.wall)}"


def _window(post: Post) -> str:
    return _written(**{"from": post.from_, "until": post.until})


def _is_reversed(post: Post) -> bool:
    """A window that ends before it begins: the loader says so, and once is enough."""
    return post.from_ is not None and post.until is not None and post.from_ > post.until


def _written(**days: dt.date | None) -> str:
    return ", ".join(f"{name}: {day}" for name, day in days.items() if day is not None)


def _quiet(campaign: Campaign) -> str:
    return "-".join(f"{time:%H:%M}" for time in campaign.quiet or ())


def _crowded(campaign: Campaign) -> Iterator[Problem]:
    """Dated posts that leave each other no room on an account, whatever else goes out."""
    # One account after the other: many accounts times many posts need not be in memory at once.
    for name, account in campaign.accounts.items():
        alone = replace(campaign, accounts={name: account})
        scope = Scope(alone, Past(History()), Router(alone), BEGINNING, END)
        for _, candidates in by_account(scope, {Order.DATED: dated}):
            yield from _no_room(campaign, candidates, Lane(account, campaign.zone))


def _no_room(campaign: Campaign, candidates: Iterable[Candidate], lane: Lane) -> Iterator[Problem]:
    for candidate in sorted(one for one in candidates if one.hold is None):
        at, trouble = lane.offer(candidate.earliest, candidate.deadline)
        if trouble:
            yield no_room(campaign, candidate, trouble, at)
        else:
            lane.take(at)


# ---------------------------------------------------------------- slots


def _slotted(campaign: Campaign, queue: Queue) -> Iterator[Problem]:
    yield from _quiet_rules(campaign, queue)
    since, until = _span(campaign.zone, campaign.starts, campaign.ends)
    if queue.slots and next(slots(campaign, queue, since, until), None) is None:
        yield queue.source.problem("no-slot", "slots", queue=queue.name)
    else:
        yield from _windows(campaign, queue)
    if campaign.starts is not None:
        yield from moved_slots(campaign, queue, since, until)
    if queue.order is Order.ROTATION and not queue.posts:
        yield queue.source.warning("nothing-to-rotate", queue=queue.name)


def _quiet_rules(campaign: Campaign, queue: Queue) -> Iterator[Problem]:
    for rule in queue.slots:
        if is_quiet(campaign, rule.time):
            time = f"{rule.time:%H:%M}"
            yield queue.source.warning(
                "slot-in-quiet", rule.field, time=time, bound=f"quiet: {_quiet(campaign)}"
            )


def _windows(campaign: Campaign, queue: Queue) -> Iterator[Problem]:
    """Posts whose ``from`` and ``until`` leave them no slot."""
    for post in queue.posts:
        if post.from_ is None and post.until is None:
            continue
        if _is_reversed(post):
            continue
        first = max((day for day in (post.from_, campaign.starts) if day is not None), default=None)
        last = min((day for day in (post.until, campaign.ends) if day is not None), default=None)
        if next(slots(campaign, queue, *_span(campaign.zone, first, last)), None) is None:
            field = "from" if post.until is None else "until"
            yield post.source.problem("never-open", field, bound=_window(post))


def _span(zone: ZoneInfo, first: dt.date | None, last: dt.date | None) -> tuple[dt.datetime, dt.datetime]:
    """From the first day to the end of the last, a year at most: any year will do where neither is given."""
    end = END if last is None else day_end(last, zone)
    since = end - YEAR if first is None else midnight(first, zone)
    return since, min(end, since + YEAR)
