"""The plan: what goes out when, from the files, the history and two instants. Pure."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from campaign_bot.model import Account, Campaign, Delivery, History, Order, Plan, Problem, Queue
from campaign_bot.planner.dated import dated, forgotten
from campaign_bot.planner.guard import memory
from campaign_bot.planner.past import Past, went_out
from campaign_bot.planner.problems import moved_slots, no_room, same_text
from campaign_bot.planner.rotation import rotation
from campaign_bot.planner.routes import Router
from campaign_bot.planner.scope import Candidate, Scope
from campaign_bot.planner.sequence import sequence
from campaign_bot.planner.settle import Settled, settle
from campaign_bot.planner.spacing import Lane
from campaign_bot.planner.wall import ZERO

ORDERS: Mapping[Order, Callable[[Scope, Queue], Iterator[Candidate]]] = {
    Order.DATED: dated,
    Order.SEQUENCE: sequence,
    Order.ROTATION: rotation,
}


def plan(campaign: Campaign, history: History, now: dt.datetime, until: dt.datetime) -> Plan:
    """What goes out from ``now`` (included) to ``until`` (not included), in order.

    New deliveries are those whose slot, stagger included, is not before ``now`` and that go out, spacing
    included, before ``until``. What the history has as scheduled or held follows its file whenever that
    is: it is among the deliveries, or in ``kept`` if it goes out at ``until`` or later or has no room.
    """
    scope = _scope(campaign, history, now, until)
    settled: list[Settled] = []
    for account, candidates in _by_account(scope, ORDERS):
        lane = Lane(account, campaign.zone, map(went_out, scope.past.shown(account.name)))
        settled += settle(lane, memory(campaign, scope.past, account), candidates)
    settled.sort(key=_order(campaign))
    return Plan(
        tuple(_delivery(one) for one in settled if _is_planned(scope, one)),
        tuple(_problems(scope, settled)),
        tuple(_delivery(one) for one in settled if one.candidate.waits and not _is_planned(scope, one)),
    )


def overdue(campaign: Campaign, history: History, now: dt.datetime) -> tuple[Delivery, ...]:
    """The dated deliveries before ``now`` of which the ledger knows nothing, at their own times.

    They are not spaced: whoever sends what is still in time does that.
    """
    scope = _scope(campaign, history, now, now)
    settled: list[Settled] = []
    for account, candidates in _by_account(scope, {Order.DATED: forgotten}):
        lane = Lane(replace(account, spacing=ZERO, per_day=None), campaign.zone)
        settled += settle(lane, memory(campaign, scope.past, account), candidates)
    return tuple(map(_delivery, sorted(settled, key=_order(campaign))))


def _scope(campaign: Campaign, history: History, now: dt.datetime, until: dt.datetime) -> Scope:
    return Scope(campaign, Past(history), Router(campaign), now.astimezone(dt.UTC), until.astimezone(dt.UTC))


def _by_account(
    scope: Scope, orders: Mapping[Order, Callable[[Scope, Queue], Iterator[Candidate]]]
) -> Iterator[tuple[Account, list[Candidate]]]:
    """What the queues have to deliver, account by account."""
    found: dict[str, list[Candidate]] = defaultdict(list)
    for queue in scope.campaign.queues.values():
        if queue.order in orders:
            for candidate in orders[queue.order](scope, queue):
                found[candidate.route.account.name].append(candidate)
    return ((account, found[name]) for name, account in scope.campaign.accounts.items() if name in found)


def _order(campaign: Campaign) -> Callable[[Settled], tuple[dt.datetime, int, tuple[int, int, int], str]]:
    ranks = {name: rank for rank, name in enumerate(campaign.accounts)}

    def order(one: Settled) -> tuple[dt.datetime, int, tuple[int, int, int], str]:
        route = one.candidate.route
        return one.place.at, ranks[route.account.name], route.rank, one.candidate.key

    return order


def _is_planned(scope: Scope, one: Settled) -> bool:
    return not one.place.trouble and one.place.at < scope.until


def _problems(scope: Scope, settled: Iterable[Settled]) -> list[Problem]:
    """Each kind once for each place and account: a rotation need not say the same all year."""
    first: dict[tuple[str, ...], Problem] = {}
    for one in settled:
        problem = _problem(scope, one)
        if problem is not None:
            about = (problem.code, problem.file, problem.field, problem.params["account"])
            first.setdefault(about, problem)
    moves = (
        problem
        for queue in scope.campaign.queues.values()
        for problem in moved_slots(scope.campaign, queue, scope.now, scope.until)
    )
    return [*first.values(), *moves]


def _problem(scope: Scope, one: Settled) -> Problem | None:
    if one.candidate.slot_at >= scope.until:
        return None
    if one.repeats is not None:
        return same_text(scope.campaign, one.candidate, one.repeats)
    return no_room(scope.campaign, one.candidate, one.place) if one.place.trouble else None


def _delivery(one: Settled) -> Delivery:
    candidate, route = one.candidate, one.candidate.route
    post, account = route.post, route.account
    return Delivery(
        key=candidate.key,
        at=one.place.local,
        slot=candidate.slot.wall,
        slot_at=candidate.slot_at,
        deadline=candidate.deadline,
        queue=route.queue.name,
        post=post.id,
        file=post.source.file,
        account=account.name,
        platform=account.platform,
        language="+".join(route.languages),
        rendered=route.rendered(candidate.variant),
        demand=post.demand,
        variant=candidate.variant,
        after=route.after and f"{candidate.key.removesuffix(route.name)}{route.after}",
        hold=one.hold,
    )
