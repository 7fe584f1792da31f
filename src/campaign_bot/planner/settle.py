"""One account's candidates in order: the last guard, then a place of its own for each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from campaign_bot.model import HoldReason, Order
from campaign_bot.planner.guard import Memory, Said
from campaign_bot.planner.scope import Candidate
from campaign_bot.planner.spacing import Lane, Place


class Settled(NamedTuple):
    """A candidate with its place. ``repeats``: the same words that the account got before."""

    candidate: Candidate
    place: Place
    hold: HoldReason | None
    repeats: Said | None = None


def settle(lane: Lane, memory: Memory, candidates: Iterable[Candidate]) -> Iterator[Settled]:
    """What is held stands at its own time and takes no place; all others take one if there is one."""
    for candidate in sorted(candidates):
        place = lane.offer(candidate.earliest, candidate.deadline)
        repeats = None if candidate.hold else _repeats(memory, candidate, place.at)
        hold = HoldReason.SAME_TEXT if repeats else candidate.hold
        if hold is not None:
            yield Settled(candidate, lane.unspaced(candidate.earliest), hold, repeats)
            continue
        if not place.trouble:
            lane.take(place)
            fingerprint = candidate.route.rendered(candidate.variant).fingerprint
            memory.add(fingerprint, Said(place.at, candidate.key, candidate.route.post.id))
        yield Settled(candidate, place, None)


def _repeats(memory: Memory, candidate: Candidate, at: dt.datetime) -> Said | None:
    """A person's decision goes before the guard; so does a thread that is partly out."""
    entry = candidate.entry
    if entry is not None and (entry.decided_at is not None or entry.parts_done):
        return None
    fingerprint = candidate.route.rendered(candidate.variant).fingerprint
    if candidate.route.queue.order is Order.ROTATION:
        return memory.within_a_day(fingerprint, candidate.key, at)
    return memory.ever(fingerprint, candidate.key)
