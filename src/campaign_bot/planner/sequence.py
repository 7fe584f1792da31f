"""Sequence queues: each post once, in file-name order, at the queue's next free slot.

The position is the queue's: a post tried on any account is done, and keeps only what still waits of it.
A slot is used up by a post that was tried in it, and by one that was missed in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from campaign_bot.model import Entry, Post, Queue, State
from campaign_bot.planner.past import is_tried, is_waiting
from campaign_bot.planner.scope import Candidate, Scope
from campaign_bot.planner.slots import Slot, slot_on, slots
from campaign_bot.planner.wall import DAY

FURTHEST = 366 * DAY
"""How far beyond ``until`` a slot is looked for, for a post that the ledger has waiting already."""


def sequence(scope: Scope, queue: Queue) -> Iterator[Candidate]:
    """What the queue's slots still have to deliver."""
    pending: list[Post] = []
    for post in queue.posts:
        entries = scope.past.of_post(post.id)
        hold = scope.hold(queue, post)
        if hold is not None or any(map(is_tried, entries)):
            yield from scope.kept(queue, post, entries, hold)
        elif (slot := _begun(scope, queue, entries)) is not None:
            yield from _deliver(scope, queue, post, slot)
        elif not _is_skipped(entries) and scope.router.routes(queue, post, entries):
            pending.append(post)
    for post, slot in _next(scope, queue, pending):
        yield from _deliver(scope, queue, post, slot)


def _is_skipped(entries: Sequence[Entry]) -> bool:
    return bool(entries) and all(entry.skipped for entry in entries)


def _begun(scope: Scope, queue: Queue, entries: Sequence[Entry]) -> Slot | None:
    """The slot that a post stays in: its time has come, or it was missed there on some account.

    Moving the rest would tear the accounts apart. If today's rules no longer make that slot, the post
    takes another.
    """
    waiting = [entry.slot for entry in entries if is_waiting(entry)]
    slot = slot_on(scope.campaign, queue, min(waiting)) if waiting else None
    if slot is None:
        return None
    missed = any(entry.state is State.MISSED and entry.slot == slot.wall for entry in entries)
    return slot if missed or scope.opening(queue, slot) < scope.now else None


def _next(scope: Scope, queue: Queue, pending: list[Post]) -> Iterator[tuple[Post, Slot]]:
    """The free slots from now on, each with the first post that may take it.

    Beyond ``until`` only those of which the ledger has something waiting: they are to be moved, not lost.
    """
    entries = scope.past.of_queue(queue.name)
    used = {entry.slot for entry in entries if is_tried(entry) or entry.state is State.MISSED}
    since = scope.now - scope.lead(queue)
    for slot in slots(scope.campaign, queue, since, scope.until + FURTHEST):
        if slot.at >= scope.until:
            pending = [post for post in pending if any(map(is_waiting, scope.past.of_post(post.id)))]
        if not pending:
            return
        post = next((post for post in pending if _may_take(scope, post, slot)), None)
        if slot.wall not in used and post is not None:
            pending.remove(post)
            yield post, slot


def _may_take(scope: Scope, post: Post, slot: Slot) -> bool:
    """Whether the post's window is open at the slot, and the slot is later than one it missed."""
    missed = (entry.slot for entry in scope.past.of_post(post.id) if entry.state is State.MISSED)
    return post.open_on(slot.wall.date()) and all(wall < slot.wall for wall in missed)


def _deliver(scope: Scope, queue: Queue, post: Post, slot: Slot) -> Iterator[Candidate]:
    routes = scope.router.routes(queue, post, scope.past.of_post(post.id))
    return scope.candidates(routes, slot, None, prefix=post.id)
