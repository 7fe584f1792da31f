"""From candidates to deliveries: the last guard, then a time of its own for each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from campaign_bot.model import Campaign, Delivery, HoldReason, Order, Problem
from campaign_bot.planner.guard import Memory, Said, said_for
from campaign_bot.planner.problems import no_room, same_text
from campaign_bot.planner.scope import Candidate
from campaign_bot.planner.spacing import Lane


@dataclass(slots=True)
class Draft:
    """A plan in the making, from ``now`` to ``until`` (UTC). Accounts are settled in the campaign's order."""

    campaign: Campaign
    now: dt.datetime
    until: dt.datetime
    deliveries: list[Delivery] = field(default_factory=list)
    kept: list[Delivery] = field(default_factory=list)
    problems: dict[tuple[str, str, str], Problem] = field(default_factory=dict)

    def settle(self, candidates: Iterable[Candidate], lane: Lane, memory: Memory) -> None:
        """One account's deliveries. What is held or over stands at its own time and takes no room."""
        for candidate in sorted(candidates):
            at, trouble = lane.offer(candidate.earliest, candidate.deadline)
            fingerprint = candidate.route.words.rendered(candidate.variant).fingerprint
            is_over = candidate.deadline < self.now
            said_at = said_for(candidate.entry, candidate.slot.wall, self.campaign.zone)
            repeats = None if candidate.hold else _repeats(memory, candidate, fingerprint, said_at)
            if is_over and repeats:
                if candidate.entry is None:
                    continue  # it went out under another key: nothing is lost
                repeats = None
            hold = HoldReason.SAME_TEXT if repeats else candidate.hold
            is_under_way = candidate.entry is not None and candidate.entry.parts_done > 0
            if hold or is_over or is_under_way:  # of a thread under way, the account's line knows already
                at, trouble = candidate.earliest, ""
            elif not trouble:
                lane.take(at)
                memory.add(fingerprint, (said_at, candidate.key, candidate.route.post.id))
            if not trouble and at < self.until:
                self.deliveries.append(_delivery(candidate, at.astimezone(self.campaign.zone), hold))
            elif candidate.waits:
                self.kept.append(_delivery(candidate, at.astimezone(self.campaign.zone), hold))
            if (trouble or repeats) and candidate.slot_at < self.until:
                self._tell(candidate, trouble, at, repeats)

    def _tell(self, candidate: Candidate, trouble: str, at: dt.datetime, repeats: Said | None) -> None:
        """Each kind once for each post and account: a rotation need not say the same all year."""
        about = (trouble, candidate.route.post.id, candidate.route.account.name)
        if about not in self.problems:
            self.problems[about] = (
                same_text(candidate, repeats) if repeats else no_room(self.campaign, candidate, trouble, at)
            )


def in_order(deliveries: Iterable[Delivery]) -> tuple[Delivery, ...]:
    """By instant; at the same instant as they were settled: account, language, queue, post."""
    # Two times of one zone would be compared by what the clocks show, which comes twice in autumn.
    return tuple(sorted(deliveries, key=lambda delivery: delivery.at.astimezone(dt.UTC)))


def _repeats(memory: Memory, candidate: Candidate, fingerprint: str, at: dt.datetime) -> Said | None:
    """A person's decision goes before the guard; so does a thread that is partly out."""
    entry = candidate.entry
    if entry is not None and (entry.decided_at is not None or entry.parts_done):
        return None
    if candidate.route.queue.order is Order.ROTATION:
        return memory.within_a_day(fingerprint, candidate.key, at)
    return memory.ever(fingerprint, candidate.key)


def _delivery(candidate: Candidate, at: dt.datetime, hold: HoldReason | None) -> Delivery:
    route = candidate.route
    return Delivery(
        candidate.key,
        at,
        candidate.slot.wall,
        candidate.slot_at,
        candidate.deadline,
        route.queue.name,
        route.post.id,
        route.post.source.file,
        route.account.name,
        route.account.platform,
        route.words.language,
        route.words.rendered(candidate.variant),
        route.post.demand,
        candidate.variant,
        None if route.after is None else candidate.key.removesuffix(route.name) + route.after,
        hold,
    )
