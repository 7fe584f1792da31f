"""The stage of a rehearsal: one worker after the other, on a clock that it moves itself."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from campaign_bot.app import wiring
from campaign_bot.app.following import Follower
from campaign_bot.app.loading import Snapshot
from campaign_bot.app.worker import Worker
from campaign_bot.ledger import Ledger
from campaign_bot.ledger.reading import Reading
from campaign_bot.model import Account, Campaign, State
from campaign_bot.platforms.base import Adapter
from campaign_bot.platforms.faulty import Fault, FaultyPlatforms
from campaign_bot.platforms.simulated import SimulatedPlatforms
from campaign_bot.rehearsal.findings import World
from campaign_bot.rehearsal.killing import Killed, Killer

NAME = "rehearsal"
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


class Stage:
    """One worker after the other on one ledger, on platforms in memory."""

    def __init__(
        self, root: Path, snapshot: Snapshot, ledger: Ledger, start: dt.datetime, faults: Faults | None
    ) -> None:
        self._root = root
        self._snapshot = snapshot
        self._ledger = ledger
        self._faults = faults
        self.last_look = start
        self._absences: list[tuple[dt.datetime, dt.datetime]] = []
        self.clock = VirtualClock(start)
        rate, chance = (faults.rate, faults.chance) if faults else (0.0, Faults(0.0).chance)
        self._killer = Killer(rate, chance("killer"))
        self._spread = chance("waits")
        self._platforms = (
            FaultyPlatforms(rate, chance("platforms"), self.clock.now, self.clock.wait)
            if faults
            else SimulatedPlatforms(self.clock.now)
        )

    def play(self, end: dt.datetime, progress: Callable[[float], None]) -> None:
        """Let time pass until ``end``, and until nothing from before is open; a killed worker is followed by
        another."""
        start, worker = self.clock.now(), None
        while (limit := self._limit(end)) is not None:
            try:
                worker = worker or self._begin()
                self._tick(worker, limit)
            except Killed:
                worker = None
                self._absent()
            progress(min((self.clock.now() - start) / (end - start), 1.0))
        self._ledger.orphans(self.clock.now(), NAME)

    def _tick(self, worker: Worker, limit: dt.datetime) -> None:
        """Let the worker look, and sleep until its next wake.

        The engine looks every second. Here that is needed only after a look that took time, for what became
        due meanwhile, and at a deadline, which is over a moment later.
        """
        began = self.clock.now()
        worker.tick()
        self.last_look = began
        busy = self.clock.now() > began
        again = busy or self._ledger.next_deadline(began) == began
        self.clock.go_to(began if again else min(worker.next_wake(), limit))

    def _limit(self, end: dt.datetime) -> dt.datetime | None:
        """Until when to go on from now; None: it is over."""
        if self.clock.now() < end:
            return end
        last = end + SETTLING
        unsettled = self.clock.now() < last and any(
            entry.slot_at < end for entry in self._ledger.entries(states=UNSETTLED)
        )
        return last if unsettled else None

    def _begin(self) -> Worker:
        """A new process, on the ledger that the one before left."""
        ledger = self._killer.mortal(self._ledger, reads=READS)
        name = f"{NAME}-{self._killer.kills}"
        worker, _follower = wiring.assemble(
            self._root,
            ledger,
            load=lambda: self._snapshot,
            make=self._connect,
            now=self.clock.now,
            elapsed=lambda: self.clock.now().timestamp(),
            submit=lambda call: call(),
            spread=self._factor,
            name=name,
        )
        ledger.orphans(self.clock.now(), name)
        return worker

    def _connect(self, account: Account) -> Adapter:
        return self._killer.mortal(self._platforms.connect(account))

    def _factor(self) -> float:
        return self._spread.uniform(0.8, 1.2) if self._faults else 1.0

    def _absent(self) -> None:
        died = self.clock.now()
        self.clock.wait(self._killer.revive())
        self._absences.append((died, self.clock.now()))

    # ------------------------------------------------------------ afterwards

    @property
    def ordeal(self) -> Ordeal | None:
        if self._faults is None or not isinstance(self._platforms, FaultyPlatforms):
            return None
        return Ordeal(self._faults, self._platforms.faults, self._killer.kills)

    def world(self, campaign: Campaign, follower: Follower, end: dt.datetime) -> World:
        ahead = getattr(self._platforms, "ahead", dt.timedelta(0))
        posts = self._platforms.posts
        return World(campaign, self._ledger, posts, ahead, self._absences, follower.wanted, end)
