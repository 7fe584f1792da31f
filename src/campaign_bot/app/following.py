"""The ledger follows the files: take a snapshot, plan, make the rows say the same."""

from __future__ import annotations

import datetime as dt
import gc
import json
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from operator import attrgetter
from pathlib import Path

from campaign_bot import planner
from campaign_bot.app import sync
from campaign_bot.app.loading import Snapshot
from campaign_bot.app.noticing import Noticing
from campaign_bot.app.presence import Presence, begins, joined
from campaign_bot.i18n.reasons import line
from campaign_bot.ledger import Change, Event, Ledger, Move, MoveRefused
from campaign_bot.model import (
    TRIED,
    Campaign,
    Delivery,
    Entry,
    HoldReason,
    Order,
    Post,
    Problem,
    Rendered,
    Source,
    State,
)
from campaign_bot.text import render

log = logging.getLogger(__name__)

HORIZON = dt.timedelta(hours=48)
"""How far ahead the ledger has rows; a status looks further, with the planner."""

NO_ROOM = "no_room"
"""The ledger's note of what the last plan had no place for, and why: the next worker may have to say it."""

FORESEEN = frozenset({State.PUBLISHING, State.PUBLISHED})
"""Where a plan expects its deliveries to go; after any other move, or a delay, it is made again."""


MOVED_BACK = "moved-back"
"""A reason: an edit gave it a time that is too long ago."""

OUR_OWN = frozenset({"add", "follow", "problem"})
"""The kinds of events that only a plan makes."""


LARGE = 10_000
"""Deliveries in a plan that is worth cleaning up after."""


class Follower:
    """Keeps one ledger true to one campaign folder. Used by one thread at a time, but for ``wanted``,
    ``is_fresh`` and ``campaign``, which read what the last ``follow`` left."""

    def __init__(
        self,
        root: Path,
        ledger: Ledger,
        load: Callable[[], Snapshot],
        now: Callable[[], dt.datetime],
        name: str,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._root = root
        self._ledger = ledger
        self._load = load
        self._now = now
        self._name = name
        self._edited: set[str] = set()
        self._noticing = Noticing(ledger, name)
        self._events_seen = ledger.version()  # what happened before is in the first plan
        self._planned_until: dt.datetime | None = None
        self._presence = Presence(ledger, elapsed)
        self._was_blind = False
        self._no_room: Mapping[str, str] = json.loads(ledger.meta(NO_ROOM) or "{}")
        self._take(load())

    @property
    def campaign(self) -> Campaign | None:
        return self.snapshot.campaign

    @property
    def zone(self) -> dt.tzinfo:
        """The campaign's; UTC where that cannot be read."""
        return self.campaign.zone if self.campaign else dt.UTC

    def wanted(self, entry: Entry) -> Rendered | None:
        """What its file says an entry is, at this moment; None where that is gone."""
        campaign, post = self.campaign, self._posts.get(entry.post)
        account = campaign.accounts.get(entry.account) if campaign else None
        if campaign is None or account is None or post is None:
            return None
        return render(campaign, post, account, tuple(entry.language.split("+")), entry.variant)

    def is_fresh(self, entry: Entry) -> bool:
        """Whether the files an entry comes from are still those of the snapshot, byte for byte as far as
        size and modification time tell, and the ledger follows them already.

        A thread of which a part is out is frozen: of its files only those matter that may pause it.
        """
        if self._planned_until is None:
            return False
        paths = ["config/campaign.yaml", f"posts/{entry.queue}/queue.yaml"]
        if not entry.parts_done:
            post = self._posts.get(entry.post)
            images = post.images if post else ()
            pictures = [f"posts/{file}" for image in images for file in image.file.values()]
            paths += ["config/accounts.yaml", entry.file, *pictures]
        return all(self.snapshot.tree.has_still(self._root, path) for path in paths)

    def hold(self, entry: Entry) -> HoldReason | None:
        """Why its files or a person want it to stay in; None when they do not."""
        campaign, post = self.campaign, self._posts.get(entry.post)
        files = {entry.file, f"posts/{entry.queue}/queue.yaml"}
        if campaign is None or campaign.broken & files:
            return HoldReason.PROBLEM
        decision = self._ledger.decision(entry.post)
        if decision == "hold":
            return HoldReason.PERSON
        return HoldReason.FILE if post and post.hold and decision != "release" else None

    @property
    def next_plan(self) -> dt.datetime:
        """When the plan has to be made again if nothing happens before (UTC)."""
        soon = self._now() + dt.timedelta(seconds=1)
        return soon if self._planned_until is None else self._planned_until - HORIZON / 2

    # ------------------------------------------------------------ following

    def _take(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        queues = snapshot.campaign.queues.values() if snapshot.campaign else ()
        self._posts = {post.id: post for queue in queues for post in queue.posts}

    def reload(self) -> None:
        """Take the folder as it is now; the next ``follow`` acts on it."""
        before, snapshot = self._posts, self._load()
        self._planned_until = None  # first: an account's thread must not take the new words at the old time
        self._take(snapshot)
        self._edited |= {name for name, post in self._posts.items() if _differ(before.get(name), post)}

    def doubt(self) -> None:
        """The clock was set: the last plan may be of a wrong time."""
        self._presence.doubt()
        self.reload()

    def follow(self, *, is_agreed: bool = True) -> None:
        """Plan again if anything happened that the last plan did not foresee. ``is_agreed``: a platform
        agreed with our clock."""
        now = self._now()
        if self._outdated(now) and self._plan(now) > LARGE:
            gc.collect()  # its free lists would keep what the plan took, for as long as the worker rests
        if not self._blind():
            self._presence.note(now, is_agreed=is_agreed)

    @property
    def is_unsure(self) -> bool:
        """Whether a platform should be asked for the time."""
        return self._presence.is_unsure

    def _blind(self) -> bool:
        """Whether slots pass that nobody can read now: they are planned, and missed, once that is mended."""
        campaign = self.campaign
        return campaign is None or any(q.source.file in campaign.broken for q in campaign.queues.values())

    def _outdated(self, now: dt.datetime) -> bool:
        seen = self._ledger.version()
        events = self._ledger.events(after=self._events_seen, but=OUR_OWN)
        self._events_seen = seen
        if self._planned_until is None or now >= self.next_plan:
            return True
        return any(event.who != self._name or _is_surprise(event) for event in events)

    def _plan(self, now: dt.datetime) -> int:
        """Make the rows say what the plan says. How many deliveries that plan has."""
        history = self._ledger.history()
        planned: list[Delivery] = []
        no_room: Mapping[str, str] = {}
        reasons: Mapping[str, str] = {}
        problems: tuple[Problem, ...] = self.snapshot.problems
        if self.campaign is not None:
            since = self._presence.since(now, longest_lateness(self.campaign))
            history = replace(history, joined=joined(self._ledger, self.campaign, now))
            if late := planner.overdue(self.campaign, history, since):
                self._add_late(late, now)
                history = self._ledger.history()
            made = planner.plan(self.campaign, history, since, now + HORIZON)
            planned = [*made.deliveries, *made.kept]
            no_room = _no_room(made.problems)
            reasons = self._held_by_problem(planned, now)
            problems += made.problems + self._edited_too_late(self.campaign, history.entries)
        self._was_blind = self._blind()
        self._note_no_room(no_room)
        entries = {entry.key: entry for entry in history.entries}
        moves: list[Move] = []
        changes = _noting(moves, sync.changes(self.campaign, planned, entries, reasons))
        skipped = self._ledger.apply(changes, now=now, who=self._name)
        self._note_moved_back(planned, entries, now)
        for move in moves:
            if move not in skipped:
                log.info("%s", line(move.key, move.to, move.reason))
        # A row that moved meanwhile is looked at again at the next tick.
        self._planned_until = None if skipped else now + HORIZON
        self._noticing.notice(problems, now, stops_all=self.campaign is None)
        return len(planned)

    def _add_late(self, late: Sequence[Delivery], now: dt.datetime) -> None:
        """Write down what came only after its time, first: the plan gives it its place among what waits."""
        reasons: dict[str, str] = {}
        if not begins(self._ledger):
            reasons = {d.key: self._no_room.get(f"{d.post}:{d.account}", "came-late") for d in late}
        reasons |= self._held_by_problem(late, now)
        self._ledger.apply(sync.additions(self.campaign, late, reasons), now=now, who=self._name)

    def _held_by_problem(self, deliveries: Iterable[Delivery], now: dt.datetime) -> dict[str, str]:
        """What passed while nobody could read it, and why it is new though a worker was there."""
        past = (delivery.key for delivery in deliveries if self._was_blind and delivery.slot_at < now)
        return dict.fromkeys(past, f"held: {HoldReason.PROBLEM}")

    def _note_moved_back(
        self, planned: Iterable[Delivery], entries: Mapping[str, Entry], now: dt.datetime
    ) -> None:
        """Write down which were in time until their file was edited: no obstacle will have kept them."""
        for delivery in planned:
            entry = entries.get(delivery.key)
            if entry is None or entry.state is not State.SCHEDULED or entry.deadline is None or delivery.hold:
                continue
            if delivery.deadline < now <= entry.deadline:
                with suppress(MoveRefused):  # someone decided meanwhile
                    self._ledger.postpone(entry.key, now, now=now, reason=MOVED_BACK, who=self._name)

    def _note_no_room(self, no_room: Mapping[str, str]) -> None:
        if no_room != self._no_room:
            self._ledger.set_meta(NO_ROOM, json.dumps(no_room, sort_keys=True))
        self._no_room = no_room

    def _edited_too_late(self, campaign: Campaign, entries: Sequence[Entry]) -> tuple[Problem, ...]:
        """After publication an edit changes nothing, and is reported (a highlight has a next turn)."""
        once = {q.name for q in campaign.queues.values() if q.order is not Order.ROTATION}
        out = {e.post: e.file for e in entries if e.state in TRIED and e.queue in once}
        late = sorted(self._edited & out.keys())
        self._edited = set()
        return tuple(Source(out[post]).warning("edited-after", post=post) for post in late)


def _no_room(problems: Iterable[Problem]) -> Mapping[str, str]:
    """Posts and accounts that a plan has no place for, and what is in the way, as a reason."""
    why = {"too-crowded": "spacing", "over-per-day": "per-day"}
    crowded = (problem for problem in problems if problem.code in why)
    return {f"{p.params['post']}:{p.params['account']}": why[p.code] for p in crowded}


def _noting(moves: list[Move], changes: Iterable[Change]) -> Iterator[Change]:
    """The same changes, one after the other; the moves among them are kept for the log."""
    for change in changes:
        if isinstance(change, Move):
            moves.append(change)
        yield change


def _is_surprise(event: Event) -> bool:
    return event.kind == "postpone" or (event.kind == "move" and event.to_state not in FORESEEN)


def _differ(before: Post | None, after: Post) -> bool:
    what = attrgetter("texts", "images", "at", "link", "warning")
    return before is not None and what(before) != what(after)


def longest_lateness(campaign: Campaign | None) -> dt.timedelta:
    """The longest that any delivery of today's files may be late."""
    if campaign is None:
        return dt.timedelta(0)
    return max([campaign.lateness, *(campaign.lateness_of(queue) for queue in campaign.queues.values())])
