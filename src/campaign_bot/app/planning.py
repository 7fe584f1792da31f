"""``plan``: what will go out, when and where, from the files, the live ledger and the clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from campaign_bot import planner
from campaign_bot.app import costing, ledgers, money
from campaign_bot.app.gate import paused
from campaign_bot.app.loading import in_order, snapshot
from campaign_bot.i18n.sentences import Unable
from campaign_bot.model import (
    Account,
    Campaign,
    Delivery,
    Entry,
    FilePause,
    History,
    Picture,
    Plan,
    Problem,
    Severity,
)
from campaign_bot.settings import Settings
from campaign_bot.text import cost

if TYPE_CHECKING:
    from campaign_bot.ledger import Pause  # it loads SQLAlchemy

DAYS = 30

PAUSED = "paused"
"""The code of a delivery that a pause keeps back."""

MOST = dt.timedelta(days=3660)
"""The longest period: ten years."""


@dataclass(frozen=True, slots=True)
class Period:
    """What was asked for: dates in the campaign's zone; ``first`` None is now, ``until`` is exclusive."""

    first: dt.date | None = None
    until: dt.date | None = None
    days: int | None = None

    def instants(self, campaign: Campaign, now: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
        """Start and end in the campaign's zone. Raises Unable for a period that is none."""
        start = now.astimezone(campaign.zone) if self.first is None else _midnight(campaign, self.first)
        if self.until is not None:
            end = _midnight(campaign, self.until)
        else:
            end = start + dt.timedelta(days=DAYS if self.days is None else self.days)  # at the same wall time
        if end <= start:
            raise Unable("empty-period", usage=True, first=start.date(), until=end.date())
        if end - min(start, now) > MOST:
            raise Unable("long-period", usage=True, until=end.date(), days=MOST.days)
        return start, end


@dataclass(frozen=True, slots=True)
class Planned:
    """``deliveries`` go out, unless something pauses them; ``held`` would, if nothing held them.

    ``campaign`` None: config/ is broken. ``pauses``: those of today, in the files and the ledger.
    """

    campaign: Campaign | None
    deliveries: tuple[Delivery, ...]
    held: tuple[Delivery, ...]
    problems: tuple[Problem, ...]
    pauses: tuple[Pause | FilePause, ...] = ()

    def hold(self, delivery: Delivery) -> str | None:
        """The code of what keeps a delivery back; None when nothing does."""
        return delivery.hold or (PAUSED if paused(delivery, self.pauses) else None)

    @property
    def accounts(self) -> Mapping[str, Account]:
        return self.campaign.accounts if self.campaign else {}

    @property
    def has_errors(self) -> bool:
        return any(problem.severity is Severity.ERROR for problem in self.problems)


def plan(root: Path, settings: Settings, period: Period, now: dt.datetime) -> Planned:
    """The plan of a period. A dry ledger does not count."""
    read = snapshot(root, settings, live=ledgers.is_live(root, settings, dry=False))
    if read.campaign is None:
        return Planned(None, (), (), read.problems)
    start, end = period.instants(read.campaign, now)
    with ledgers.for_reading(root, settings, live=True) as ledger:
        history = ledgers.history_of(ledger)
        pauses = (*read.pauses, *(ledger.pauses() if ledger else ()))
        too_dear = tuple(costing.over_budget(read.campaign, history, ledger, now, end))
    made = between(read.campaign, history, start, end, now)
    return Planned(
        read.campaign,
        tuple(delivery for delivery in made.deliveries if delivery.hold is None),
        tuple(delivery for delivery in made.deliveries if delivery.hold is not None),
        in_order([*read.problems, *made.problems, *too_dear]),
        pauses,
    )


def between(
    campaign: Campaign, history: History, start: dt.datetime, end: dt.datetime, now: dt.datetime
) -> Plan:
    """The plan from ``start`` on: what lies between now and then takes its turn before; what lies
    before now is planned as if it were then."""
    if start < now:
        history = History([e for e in history.entries if _came_at(e) < start], history.held, history.released)
    made = planner.plan(campaign, history, min(start, now), end)
    return Plan(tuple(d for d in made.deliveries if d.at >= start), made.problems)


def _came_at(entry: Entry) -> dt.datetime:
    return entry.published_at or entry.due_at


def _midnight(campaign: Campaign, day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), campaign.zone)


# ---------------------------------------------------------------- as other programs read it


def as_json(made: Planned) -> list[dict[str, Any]]:
    """The fields of ``plan --json``."""
    return [fields(delivery, made) for delivery in made.deliveries]


def fields(delivery: Delivery, made: Planned) -> dict[str, Any]:
    """``hold`` is the code of what keeps it back, ``cost`` None where its platform is free."""
    account, rendered = made.accounts[delivery.account], delivery.rendered
    return {
        "key": delivery.key,
        "at": instant(delivery.at),
        "queue": delivery.queue,
        "post": delivery.post,
        "account": delivery.account,
        "platform": delivery.platform,
        "language": delivery.language,
        "parts": list(rendered.parts),
        "length": rendered.length,
        "limit": rendered.limit,
        "images": pictures(rendered.images),
        "demand": delivery.demand,
        "hold": made.hold(delivery),
        "cost": money.fields(cost(rendered, account.rules)),
    }


def pictures(images: Iterable[Picture]) -> list[dict[str, str]]:
    return [{"file": picture.file, "alt": picture.alt} for picture in images]


def instant(at: dt.datetime) -> str:
    """RFC 3339, to the second, with the offset that the instant has."""
    return at.isoformat(timespec="seconds")
