"""Rotating queues: start-time fair queuing over the slots, replayed from the first one shown.

Each slot goes to the post with the smallest start, which is ``max(its finish, V)``; V is the start of the
last one shown, and a post's finish is its start + 1/weight. Starts never fall, so of two posts with equal
weight the one shown less recently always comes first: they alternate, whatever else comes and goes.
A post that no longer exists is replayed with weight 1: V moves on as it did for those that remain.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from operator import attrgetter

from campaign_bot.model import Entry, HoldReason, Post, Queue, State
from campaign_bot.planner.past import is_gone, is_shown, is_waiting
from campaign_bot.planner.scope import Candidate, Scope
from campaign_bot.planner.slots import Slot, slot_on, slots
from campaign_bot.planner.wall import ZERO, instant


class Turns:
    """Whose turn it is. ``show`` must be called for each slot shown, in order."""

    def __init__(self, posts: Iterable[Post]) -> None:
        self._costs: dict[str, Fraction] = {post.id: 1 / post.weight for post in posts}
        self._virtual = Fraction()
        self._finish: dict[str, Fraction] = {}
        self._last: dict[str, int] = {}
        self._shown: Counter[str] = Counter()

    def show(self, post: str) -> None:
        self._virtual = self._start(post)
        self._finish[post] = self._virtual + self._costs.get(post, Fraction(1))
        self._last[post] = self._shown.total()
        self._shown[post] += 1

    def next(self, eligible: Iterable[Post]) -> Post | None:
        """The smallest start, then the least recently shown, then the first in file order."""
        return min(
            eligible, key=lambda post: (self._start(post.id), self._last.get(post.id, -1)), default=None
        )

    def shown(self, post: str) -> int:
        """How often it was shown: which of its variants comes next."""
        return self._shown[post]

    def _start(self, post: str) -> Fraction:
        return max(self._finish.get(post, self._virtual), self._virtual)


@dataclass(frozen=True, slots=True)
class Record:
    """What the history has of one slot; ``fixed`` is the entry that binds it to its post, if any."""

    entries: Sequence[Entry]
    fixed: Entry | None
    shown: bool
    waits: bool

    @classmethod
    def of(cls, entries: Sequence[Entry]) -> Record:
        fixed = next(filter(_fixes, entries), None)
        return cls(entries, fixed, any(map(is_shown, entries)), any(map(is_waiting, entries)))


NOTHING = Record((), None, shown=False, waits=False)


def _fixes(entry: Entry) -> bool:
    """A slot is its post's for good once a delivery has left ``scheduled``, though a person let it go again.

    One that was cancelled only because its files were gone for a while binds nothing: otherwise a
    slot rule that is taken out and put back would leave a slot that nobody can fill.
    """
    has_left = entry.state is not State.SCHEDULED or entry.decided_at is not None or entry.parts_done > 0
    return has_left and not is_gone(entry)


def rotation(scope: Scope, queue: Queue) -> Iterator[Candidate]:
    """What the queue's slots still have to deliver. A broken queue begins no slot and holds what waits."""
    posts = {post.id: post for post in queue.posts}
    records = {wall: Record.of(entries) for wall, entries in scope.past.of_slots(queue.name).items()}
    if scope.is_broken(queue):
        yield from _kept(scope, queue, posts, records.values())
    else:
        yield from _turns(scope, queue, posts, records)


def _kept(
    scope: Scope, queue: Queue, posts: Mapping[str, Post], records: Iterable[Record]
) -> Iterator[Candidate]:
    for record in records:
        for id_, entries in groupby(sorted(record.entries, key=attrgetter("post")), attrgetter("post")):
            if id_ in posts:
                yield from scope.kept(queue, posts[id_], list(entries), HoldReason.PROBLEM)


def _turns(
    scope: Scope, queue: Queue, posts: Mapping[str, Post], records: Mapping[dt.datetime, Record]
) -> Iterator[Candidate]:
    turns = Turns(queue.posts)
    eligible = [post for post in queue.posts if _is_eligible(scope, queue, post)]
    for slot, is_ruled in _timeline(scope, queue, records):
        record = records.get(slot.wall, NOTHING)
        post: Post | None = None
        if is_ruled and record.fixed is not None:
            post = posts.get(record.fixed.post)
        elif is_ruled and (record.waits or _is_open(scope, queue, slot, record)):
            post = turns.next(post for post in eligible if post.open_on(slot.wall.date()))
        found: list[Candidate] = []
        if post is not None:
            variant = turns.shown(post.id) if record.fixed is None else record.fixed.variant
            found = _deliver(scope, queue, post, slot, record, variant)
        yield from found
        if record.fixed is not None and record.shown:
            turns.show(record.fixed.post)
        elif post is not None and any(one.hold is None for one in found):
            turns.show(post.id)


def _is_open(scope: Scope, queue: Queue, slot: Slot, record: Record) -> bool:
    """Whether the slot may begin: it is to come, or its files were gone for a while and it is in time."""
    patience = scope.campaign.lateness_of(queue) if record.entries else ZERO
    return scope.opening(queue, slot) + patience >= scope.now


def _is_eligible(scope: Scope, queue: Queue, post: Post) -> bool:
    return scope.hold(queue, post) is None and bool(scope.router.routes(queue, post))


def _timeline(
    scope: Scope, queue: Queue, records: Mapping[dt.datetime, Record]
) -> Iterator[tuple[Slot, bool]]:
    """The slots of the history and of the rules, in order, and whether today's rules still make them."""
    since = scope.now - max(queue.stagger.values(), default=ZERO) - scope.campaign.lateness_of(queue)
    ruled = {slot.wall: slot for slot in slots(scope.campaign, queue, since, scope.until)}
    others = []
    for wall, record in records.items():
        if wall not in ruled:
            slot = slot_on(scope.campaign, queue, wall) if record.waits else None
            others.append((slot or Slot(instant(wall, scope.campaign.zone), wall, "slots"), slot is not None))
    yield from sorted([*((slot, True) for slot in ruled.values()), *others])


def _deliver(
    scope: Scope, queue: Queue, post: Post, slot: Slot, record: Record, variant: int
) -> list[Candidate]:
    prefix = f"{queue.name}@{slot.wall:%Y-%m-%dT%H:%M}"
    routes = scope.router.routes(queue, post, record.entries)
    hold = scope.hold(queue, post)
    return list(scope.candidates(routes, slot, hold, prefix=prefix, variant=variant))
