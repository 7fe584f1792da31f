"""Dated queues: each post at its own time."""

from __future__ import annotations

from collections.abc import Iterator

from campaign_bot.model import Campaign, HoldReason, Post, Queue
from campaign_bot.planner.past import is_waiting
from campaign_bot.planner.scope import Candidate, Scope
from campaign_bot.planner.slots import Slot
from campaign_bot.planner.wall import ZERO, instant, obstacle


def slot_of(campaign: Campaign, post: Post) -> Slot | None:
    """A dated post's own slot."""
    return None if post.at is None else Slot(instant(post.at, campaign.zone), post.at, "at")


def obstacle_of(campaign: Campaign, post: Post, slot: Slot) -> str:
    """Why the post may not go out at its time: the code of an error in its file, or nothing."""
    found = obstacle(campaign, slot.wall, slot.at)
    return found or ("" if post.open_on(slot.wall.date()) else "outside-window")


def dated(scope: Scope, queue: Queue) -> Iterator[Candidate]:
    """Every post whose time has not come yet, or that the ledger still has waiting."""
    longest = max(queue.stagger.values(), default=ZERO) + scope.campaign.lateness_of(queue)
    for post, slot in _timed(scope, queue):
        entries = scope.past.of_post(post.id)
        if not (scope.now - longest <= slot.at < scope.until or any(map(is_waiting, entries))):
            continue
        routes = scope.router.routes(queue, post, entries)
        yield from scope.candidates(routes, slot, _hold(scope, queue, post, slot), prefix=post.id)


def forgotten(scope: Scope, queue: Queue) -> Iterator[Candidate]:
    """Every delivery whose time was before ``now`` and of which the ledger knows nothing.

    What an account could have said before it, or one of its languages, came to the campaign is no loss.
    """
    for post, slot in _timed(scope, queue):
        if slot.at >= scope.now:
            continue
        hold = _hold(scope, queue, post, slot)
        for route in scope.router.routes(queue, post, scope.past.of_post(post.id)):
            key = f"{post.id}:{route.name}"
            if key in scope.past.entries or slot.at + route.delay >= scope.now:
                continue
            candidate = scope.candidate(key, route, slot, hold)
            if candidate.deadline >= scope.now or scope.past.was_there(route.name, candidate.slot_at):
                yield candidate


def _timed(scope: Scope, queue: Queue) -> Iterator[tuple[Post, Slot]]:
    for post in queue.posts:
        slot = slot_of(scope.campaign, post)
        if slot is not None:
            yield post, slot


def _hold(scope: Scope, queue: Queue, post: Post, slot: Slot) -> HoldReason | None:
    if obstacle_of(scope.campaign, post, slot):
        return HoldReason.PROBLEM
    return scope.hold(queue, post)
