"""Builders of histories for the planner's tests, and a small ledger that follows plans as a worker does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from campaign_bot.model import Campaign, Delivery, Entry, History, HoldReason, Plan, State
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
    """A ledger without a database, and its worker: rows follow the plan, what is due goes out."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self.out: list[Entry] = []  # in the order in which they went out
        self.tried: list[str] = []
        self._no_room: set[str] = set()

    @property
    def history(self) -> History:
        return History(tuple(self.entries.values()))

    def live(
        self, campaign: Campaign, now: dt.datetime, until: dt.datetime, endings: Iterable[State] = ()
    ) -> None:
        """A stretch of a worker's life, with two days of rows ahead.

        ``endings`` say how the attempts end, one after the other; then all go well. After any other
        ending than a good one the plan is made again.
        """
        self._follow(campaign, now)
        rest = iter(endings)
        while due := [one for one in self.entries.values() if _is_due(one, until)]:
            one = min(due, key=lambda one: (one.due_at, one.key))
            at = max(one.due_at, now.astimezone(dt.UTC))
            has_room = one.key not in self._no_room and one.deadline is not None and at <= one.deadline
            state = next(rest, State.PUBLISHED) if has_room else State.MISSED
            self._record(one, state, at)
            if state is not State.PUBLISHED:
                self._follow(campaign, at)

    def _follow(self, campaign: Campaign, now: dt.datetime) -> None:
        made = plan(campaign, self.history, now, now + dt.timedelta(days=2))
        wanted = {delivery.key: delivery for delivery in (*made.deliveries, *made.kept)}
        self._no_room = {delivery.key for delivery in made.kept}
        for key, known in self.entries.items():
            if known.state in WAITING and key not in wanted:
                self.entries[key] = replace(known, state=State.CANCELLED)
            elif known.state is State.HELD and known.hold is not HoldReason.FILE and _is_late(known, now):
                self.entries[key] = replace(known, state=State.MISSED)
                wanted.pop(key)
        for key, delivery in wanted.items():
            self.entries[key] = entry(delivery, State.HELD if delivery.hold else State.SCHEDULED)

    def _record(self, one: Entry, state: State, at: dt.datetime) -> None:
        went_out = at if state is State.PUBLISHED else None
        self.entries[one.key] = replace(one, state=state, published_at=went_out)
        if state is not State.MISSED:
            self.tried.append(one.key)
        if went_out:
            self.out.append(self.entries[one.key])


def _is_due(one: Entry, until: dt.datetime) -> bool:
    return one.state is State.SCHEDULED and one.due_at < until


def _is_late(one: Entry, now: dt.datetime) -> bool:
    return one.deadline is not None and one.deadline < now
