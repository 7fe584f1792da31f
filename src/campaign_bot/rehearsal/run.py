"""A rehearsal: the worker's own code on a virtual clock, against platforms that live in memory."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from campaign_bot import planner
from campaign_bot.app import wiring
from campaign_bot.app.following import Follower
from campaign_bot.app.loading import Snapshot
from campaign_bot.app.worker import Worker
from campaign_bot.ledger import Ledger
from campaign_bot.ledger.reading import Reading
from campaign_bot.model import Account, Campaign, Entry, History, Rendered, State
from campaign_bot.platforms.base import Adapter
from campaign_bot.platforms.faulty import Fault, FaultyPlatforms
from campaign_bot.platforms.simulated import SimulatedPlatforms
from campaign_bot.rehearsal.comparing import Finding, World, compare
from campaign_bot.rehearsal.killing import Killed, Killer

IN_MEMORY = "sqlite://"
NAME = "rehearsal"
WRONG = frozenset({State.MISSED, State.FAILED, State.UNCONFIRMED})
UNSETTLED = (State.SCHEDULED, State.PUBLISHING, State.UNCONFIRMED)

SETTLING = dt.timedelta(days=1)
"""How long after its last day a rehearsal waits for what is under way."""

READS = frozenset(vars(Reading)) | {"account", "accounts", "decision", "meta", "pauses"}
"""What of a ledger only reads."""


class VirtualClock:
    """A clock that stands still until it is told to go on."""

    def __init__(self, start: dt.datetime) -> None:
        self._now = start

    def now(self) -> dt.datetime:
        return self._now

    def go_to(self, moment: dt.datetime) -> None:
        # Something due this very instant that did not go out must not stop the clock.
        self._now = max(moment, self._now + dt.timedelta(seconds=1))

    def wait(self, seconds: float) -> None:
        self._now += dt.timedelta(seconds=seconds)


@dataclass(frozen=True, slots=True)
class Faults:
    """What a rehearsal has to stand: ``rate`` is the share of calls that meet a fault, 0 to 1.

    The same ``seed`` has the same faults.
    """

    rate: float
    seed: int = 0

    def chance(self, of: str) -> random.Random:
        return random.Random(f"{self.seed}: {of}")  # noqa: S311 - dice, not secrets


@dataclass(frozen=True, slots=True)
class Ordeal:
    """What was met: how many faults of each kind, and how often the worker was killed."""

    faults: Faults
    met: Mapping[Fault, int]
    kills: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the ledger says became of a delivery, and how it looks."""

    entry: Entry
    rendered: Rendered


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a rehearsal left behind, for ``days`` from ``first`` on, in order of time.

    ``findings``: where the platforms and the ledger do not agree. ``ordeal``: with faults only.
    """

    campaign: Campaign
    first: dt.date
    days: int
    outcomes: tuple[Outcome, ...]
    findings: tuple[Finding, ...] = ()
    ordeal: Ordeal | None = None

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


class Platforms(Protocol):
    """Platforms in memory, on good days or bad ones."""

    posts: object

    def connect(self, account: Account) -> Adapter: ...


def start_of(campaign: Campaign, today: dt.date) -> dt.date:
    """The day a rehearsal starts on: the campaign's first, so that it is the same on any day."""
    return campaign.starts or today
