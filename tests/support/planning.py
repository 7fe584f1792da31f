"""Builders of histories for the planner's tests, and a small ledger that follows plans as a worker does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from campaign_bot.model import Campaign, Delivery, Entry, History, Plan, State
from campaign_bot.planner import plan

LOS_ANGELES = ZoneInfo("America/Los_Angeles")
WAITING = {State.SCHEDULED, State.HELD}


def on(time: str, zone: ZoneInfo = LOS_ANGELES) -> dt.datetime:
    """An instant from what the clocks show: ``2026-12-01`` (midnight) or ``2026-12-01 09:00``."""
    return dt.datetime.fromisoformat(time).replace(tzinfo=zone)


def planned(campaign: Campaign, since: str, until: str, history: History | None = None) -> Plan:
    zone = campaign.zone
    return plan(campaign, history or History(), on(since, zone), on(until, zone))


def keys(of: Plan | Iterable[Delivery]) -> list[str]:
    return [delivery.key for delivery in (of.deliveries if isinstance(of, Plan) else of)]


def times(of: Plan) -> list[str]:
    """Each delivery as ``12-01 09:00 launch/letter:x-en:en``."""
    return [f"{delivery.at:%m-%d %H:%M} {delivery.key}" for delivery in of.deliveries]


def codes(of: Plan) -> list[str]:
    return [problem.code for problem in of.problems]


def entry(delivery: Delivery, state: State = State.PUBLISHED, **more: Any) -> Entry:
    """A planned delivery as the ledger has it; what is published went out when it was planned."""
    at = delivery.at.astimezone(dt.UTC)
    more.setdefault("published_at", at if state in {State.PUBLISHED, State.RETRACTED} else None)
    more.setdefault("hold", delivery.hold)
    return Entry(
        key=delivery.key,
        queue=delivery.queue,
        post=delivery.post,
        file=delivery.file,
        account=delivery.account,
        platform=delivery.platform,
        language=delivery.language,
        slot=delivery.slot,
        slot_at=delivery.slot_at,
        due_at=more.pop("due_at", at),
        deadline=delivery.deadline,
        state=state,
        fingerprint=delivery.rendered.fingerprint,
        variant=delivery.variant,
        after=delivery.after,
        **more,
    )


def history(*entries: Entry, held: Iterable[str] = (), released: Iterable[str] = ()) -> History:
    return History(entries, frozenset(held), frozenset(released))


def after(plan: Plan, state: State = State.PUBLISHED, **more: Any) -> History:
    """The history once every delivery of a plan has come to one state."""
    return history(*(entry(delivery, state, **more) for delivery in plan.deliveries))


class Book:
    """A ledger without a database: its rows follow the plan, and what is due goes out at its time."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self.out: list[Entry] = []
        self.held: frozenset[str] = frozenset()

    @property
    def history(self) -> History:
        return History(tuple(self.entries.values()), self.held)

    def follow(self, campaign: Campaign, now: dt.datetime, horizon: dt.timedelta) -> None:
        made = plan(campaign, self.history, now, now + horizon)
        wanted = {delivery.key: delivery for delivery in (*made.deliveries, *made.kept)}
        for key, known in self.entries.items():
            if known.state in WAITING and key not in wanted:
                self.entries[key] = replace(known, state=State.CANCELLED)
        for key, delivery in wanted.items():
            self.entries[key] = entry(delivery, State.HELD if delivery.hold else State.SCHEDULED)

    def publish(self, until: dt.datetime, states: Iterable[State] = ()) -> None:
        """Everything due before ``until``, in order; ``states`` (repeated) say how it ends, if not well."""
        due = [one for one in self.entries.values() if one.state is State.SCHEDULED and one.due_at < until]
        endings = iter(states)
        for one in sorted(due, key=lambda one: (one.due_at, one.key)):
            state = next(endings, State.PUBLISHED)
            published_at = one.due_at if state is State.PUBLISHED else None
            self.entries[one.key] = replace(one, state=state, published_at=published_at)
            if published_at:
                self.out.append(self.entries[one.key])
