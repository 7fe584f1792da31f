"""A rehearsal: the worker's own code on a virtual clock, against platforms that live in memory."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from campaign_bot import planner
from campaign_bot.app.following import OUR_OWN, Follower
from campaign_bot.app.loading import Snapshot
from campaign_bot.app.spending import Spent, spent_between
from campaign_bot.ledger import Event, Ledger
from campaign_bot.model import Campaign, Entry, History, Rendered, State
from campaign_bot.rehearsal.comparing import compare
from campaign_bot.rehearsal.findings import Breach, Finding
from campaign_bot.rehearsal.stage import NAME, Faults, Ordeal, Stage

IN_MEMORY = "sqlite://"
WRONG = frozenset({State.MISSED, State.FAILED, State.UNCONFIRMED})
CROWDED = frozenset({"spacing", "per-day"})
"""Why a delivery waits, though all is well."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the ledger says became of a delivery, and how it looks.

    ``story``: with faults, what stood in its way, in order.
    """

    entry: Entry
    rendered: Rendered
    story: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a rehearsal left behind, for ``days`` from ``first`` on, in order of time.

    ``findings``: where the platforms and the ledger do not agree. ``ordeal``: with faults only.
    ``spent``: what accounts on platforms that charge would have cost, reads included.
    """

    campaign: Campaign
    first: dt.date
    days: int
    outcomes: tuple[Outcome, ...]
    findings: tuple[Finding, ...] = ()
    ordeal: Ordeal | None = None
    spent: tuple[Spent, ...] = ()

    def number(self, breach: Breach) -> int:
        """How many breaches of a kind there are."""
        return sum(finding.breach is breach for finding in self.findings)

    @property
    def last(self) -> dt.date:
        return self.first + dt.timedelta(days=self.days - 1)

    @property
    def went_well(self) -> bool:
        """Whether all promises were kept and, unless faults were asked for, all that was to go out did.

        What a file holds was not.
        """
        if self.findings or self.ordeal is not None:
            return not self.findings
        return not any(outcome.entry.state in WRONG for outcome in self.outcomes)


def start_of(campaign: Campaign, today: dt.date) -> dt.date:
    """The day a rehearsal starts on: the campaign's first, so that it is the same on any day."""
    return campaign.starts or today


def rehearse(
    root: Path,
    snapshot: Snapshot,
    first: dt.date,
    days: int,
    progress: Callable[[float], None] = lambda _done: None,
    faults: Faults | None = None,
) -> Rehearsal:
    """Run the worker from midnight of ``first`` (campaign time) for ``days``.

    It goes on until what is under way then is settled, if that takes no longer than ``SETTLING``. What pauses
    the campaign in its files is ignored: a rehearsal shows what would go out.

    ``progress`` is told the share that is done, 0 to 1. The snapshot's campaign must not be None.
    """
    if snapshot.campaign is None:
        raise ValueError("a broken configuration cannot be rehearsed")
    campaign = snapshot.campaign.without_pauses()
    snapshot = replace(snapshot, campaign=campaign)
    start, end = _midnight(campaign, first), _midnight(campaign, first + dt.timedelta(days=days))
    with Ledger.open(IN_MEMORY) as ledger:
        stage = Stage(root, snapshot, ledger, start, faults)
        stage.play(end, progress)
        follower = Follower(root, ledger, lambda: snapshot, stage.clock.now, NAME)
        entries = sorted(ledger.entries(), key=lambda entry: (entry.due_at, entry.key))
        mine = (entry for entry in entries if start <= entry.slot_at < end)
        stories = _stories(ledger) if faults else {}
        outcomes = (
            Outcome(e, r, tuple(stories.get(e.key, ())))
            for e in mine
            if (r := follower.wanted(e)) is not None
        )
        planned = planner.plan(campaign, History(), start, end).deliveries
        world = stage.world(campaign, follower, end)
        findings = compare(world, planned, stage.last_look)
        spent = spent_between(ledger, campaign, start, stage.clock.now())
        return Rehearsal(campaign, first, days, tuple(outcomes), findings, stage.ordeal, spent)


def _stories(ledger: Ledger) -> Mapping[str, list[Event]]:
    """By key, the events that tell of trouble."""
    stories: dict[str, list[Event]] = defaultdict(list)
    for event in ledger.events(but=OUR_OWN):
        if event.key is not None and event.reason and event.reason not in CROWDED:
            stories[event.key].append(event)
    return stories


def _midnight(campaign: Campaign, day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), campaign.zone).astimezone(dt.UTC)
