"""A rehearsal: the worker's own code on a virtual clock, against platforms that live in memory."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from campaign_bot.app import wiring
from campaign_bot.app.loading import Snapshot
from campaign_bot.ledger import Ledger
from campaign_bot.model import Campaign, Entry, Rendered, State
from campaign_bot.platforms.simulated import SimulatedPlatforms

IN_MEMORY = "sqlite://"
NAME = "rehearsal"
WRONG = frozenset({State.MISSED, State.FAILED, State.UNCONFIRMED})


class VirtualClock:
    """A clock that stands still until it is told to go on."""

    def __init__(self, start: dt.datetime) -> None:
        self._now = start

    def now(self) -> dt.datetime:
        return self._now

    def go_to(self, moment: dt.datetime) -> None:
        # Something due this very instant that did not go out must not stop the clock.
        self._now = max(moment, self._now + dt.timedelta(seconds=1))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the ledger says became of a delivery, and how it looks."""

    entry: Entry
    rendered: Rendered


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a rehearsal left behind, for ``days`` from ``first`` on, in order of time."""

    campaign: Campaign
    first: dt.date
    days: int
    outcomes: tuple[Outcome, ...]

    @property
    def last(self) -> dt.date:
        return self.first + dt.timedelta(days=self.days - 1)

    @property
    def went_well(self) -> bool:
        """Whether all that was to go out did; what a file holds was not."""
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
) -> Rehearsal:
    """Run the worker from midnight of ``first`` (campaign time) for ``days``.

    ``progress`` is told the share that is done, 0 to 1. The snapshot's campaign must not be None.
    """
    campaign = snapshot.campaign
    if campaign is None:
        raise ValueError("a broken configuration cannot be rehearsed")
    start, end = _midnight(campaign, first), _midnight(campaign, first + dt.timedelta(days=days))
    clock = VirtualClock(start)
    with Ledger.open(IN_MEMORY) as ledger:
        worker, follower = wiring.assemble(
            root,
            ledger,
            load=lambda: snapshot,
            make=SimulatedPlatforms(clock.now).connect,
            now=clock.now,
            submit=lambda call: call(),
            spread=lambda: 1.0,
            name=NAME,
        )
        while clock.now() < end:
            worker.tick()
            clock.go_to(min(worker.next_wake(), end))
            progress((clock.now() - start) / (end - start))
        entries = sorted(ledger.entries(), key=lambda entry: (entry.due_at, entry.key))
    mine = (entry for entry in entries if start <= entry.slot_at < end)
    outcomes = (Outcome(e, r) for e in mine if (r := follower.wanted(e)) is not None)
    return Rehearsal(campaign, first, days, tuple(outcomes))


def _midnight(campaign: Campaign, day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), campaign.zone).astimezone(dt.UTC)
