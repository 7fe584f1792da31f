"""What is planned, before spacing: one Candidate for each Text, Account and Slot."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from campaign_bot.model import Account, Campaign, Entry, HoldReason, Order, Post, Queue, State
from campaign_bot.planner.past import WAITING, Past, is_gone, is_waiting
from campaign_bot.planner.routes import Route, Router
from campaign_bot.planner.slots import Slot
from campaign_bot.planner.wall import ZERO, instant


class Candidate(NamedTuple):
    """One delivery before spacing. Candidates sort in the order in which an account sends them.

    ``earliest``: when it may go out (UTC): ``slot_at``, or later by a person's decision.
    """

    earliest: dt.datetime
    rank: tuple[int, int, int]
    key: str
    route: Route
    slot: Slot
    slot_at: dt.datetime
    deadline: dt.datetime
    variant: int
    hold: HoldReason | None
    entry: Entry | None

    @property
    def waits(self) -> bool:
        """Whether the ledger has it as scheduled or held."""
        return self.entry is not None and self.entry.state in WAITING


@dataclass(frozen=True, slots=True)
class Scope:
    """The arguments of one planning, with the history arranged and the routes remembered (UTC)."""

    campaign: Campaign
    past: Past
    router: Router
    now: dt.datetime
    until: dt.datetime

    def opening(self, queue: Queue, slot: Slot) -> dt.datetime:
        """The first instant at which a slot sends something."""
        return slot.at + self.lead(queue)

    def lead(self, queue: Queue) -> dt.timedelta:
        return min((queue.stagger.get(language, ZERO) for language in self.campaign.languages), default=ZERO)

    def is_broken(self, queue: Queue, post: Post | None = None) -> bool:
        broken = self.campaign.broken
        return queue.source.file in broken or (post is not None and post.source.file in broken)

    def hold(self, queue: Queue, post: Post) -> HoldReason | None:
        """Why a post as a whole stays out. What a person released overrides all but a problem."""
        if self.is_broken(queue, post):
            return HoldReason.PROBLEM
        if post.id in self.past.released:
            return None
        if post.id in self.past.held:
            return HoldReason.PERSON
        return HoldReason.FILE if post.hold else None

    def candidates(
        self,
        routes: Iterable[Route],
        slot: Slot,
        hold: HoldReason | None,
        *,
        prefix: str,
        variant: int = 0,
    ) -> Iterator[Candidate]:
        """What is still to be delivered of one post in one slot; ``prefix`` begins the keys."""
        entries = self.past.entries
        for route in routes:
            key = f"{prefix}:{route.name}"
            entry = entries.get(key)
            candidate = self.candidate(entry.key if entry else key, route, slot, hold, variant)
            if entry is None:
                if candidate.slot_at >= self.now:
                    yield candidate
            elif is_waiting(entry) or self._comes_back(entry, candidate):
                yield _follow(candidate, entry, self.past)

    def kept(
        self, queue: Queue, post: Post, entries: Sequence[Entry], hold: HoldReason | None
    ) -> Iterator[Candidate]:
        """What still waits of a post, each delivery at the slot that it has."""
        routes = {route.name: route for route in self.router.routes(queue, post, entries)}
        for entry in entries:
            route = routes.get(f"{entry.account}:{entry.language}")
            if is_waiting(entry) and route is not None:
                slot = Slot(instant(entry.slot, self.campaign.zone), entry.slot, "slots")
                candidate = self.candidate(entry.key, route, slot, hold, entry.variant)
                yield _follow(candidate, entry, self.past)

    def candidate(
        self, key: str, route: Route, slot: Slot, hold: HoldReason | None, variant: int = 0
    ) -> Candidate:
        """A delivery of which the ledger knows nothing yet."""
        slot_at = slot.at + route.delay
        deadline = slot_at + self.campaign.lateness_of(route.queue)
        return Candidate(slot_at, route.rank, key, route, slot, slot_at, deadline, variant, hold, None)

    def _comes_back(self, entry: Entry, candidate: Candidate) -> bool:
        """A cancelled delivery whose file is there again; a missed one that its file moves later. In time."""
        if candidate.deadline < self.now:
            return False
        return is_gone(entry) or (entry.state is State.MISSED and candidate.slot_at > entry.slot_at)


def _follow(candidate: Candidate, entry: Entry, past: Past) -> Candidate:
    """The same with what the ledger knows of it. What a person let go is due from then on."""
    earliest = candidate.slot_at
    if entry.decided_at is not None:
        earliest = max(earliest, entry.decided_at.astimezone(dt.UTC))
    lateness = candidate.deadline - candidate.slot_at
    hold = _hold(candidate.hold, entry, past)
    return candidate._replace(earliest=earliest, deadline=earliest + lateness, hold=hold, entry=entry)


def _hold(hold: HoldReason | None, entry: Entry, past: Past) -> HoldReason | None:
    """Nothing recalls a thread that is partly out; only a problem holds again what a person let go.

    A person's hold on one delivery outlives an older release of its post, and its being missed. A picture
    that was refused stays so until someone says otherwise.
    """
    if entry.parts_done:
        return None
    if entry.hold is HoldReason.PICTURE and hold is not HoldReason.PROBLEM:
        return HoldReason.PICTURE
    if entry.decided_at is not None:
        return hold if hold is HoldReason.PROBLEM else None
    is_held = entry.hold is HoldReason.PERSON
    if hold is None and is_held and (entry.state is State.HELD or entry.post not in past.released):
        return HoldReason.PERSON
    return hold


def by_account(
    scope: Scope, orders: Mapping[Order, Callable[[Scope, Queue], Iterable[Candidate]]]
) -> Iterator[tuple[Account, list[Candidate]]]:
    """What the queues of these orders have to deliver, account by account in the campaign's order.

    Of two posts with the same id (a problem of their own) the first counts: no key comes twice.
    """
    found: dict[str, dict[str, Candidate]] = defaultdict(dict)
    for queue in scope.campaign.queues.values():
        if queue.order in orders:
            for candidate in orders[queue.order](scope, queue):
                found[candidate.route.account.name].setdefault(candidate.key, candidate)
    for name, account in scope.campaign.accounts.items():
        if name in found:
            yield account, [*found.pop(name).values()]  # a year's candidates need not all stay in memory
