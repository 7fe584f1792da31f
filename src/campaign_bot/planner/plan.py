"""The plan: what goes out when, from the files, the history and two instants. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import chain

from campaign_bot.model import Campaign, Delivery, History, Order, Plan
from campaign_bot.planner.dated import dated, forgotten
from campaign_bot.planner.guard import memory
from campaign_bot.planner.past import Past, went_out
from campaign_bot.planner.problems import moved_slots
from campaign_bot.planner.rotation import rotation
from campaign_bot.planner.routes import Router
from campaign_bot.planner.scope import Scope, by_account
from campaign_bot.planner.sequence import sequence
from campaign_bot.planner.settle import Draft, in_order
from campaign_bot.planner.spacing import Lane
from campaign_bot.planner.wall import ZERO

ORDERS = {Order.DATED: dated, Order.SEQUENCE: sequence, Order.ROTATION: rotation}


def plan(campaign: Campaign, history: History, now: dt.datetime, until: dt.datetime) -> Plan:
    """What goes out from ``now`` (included) to ``until`` (not included), in order.

    New deliveries are those whose slot, stagger included, is not before ``now`` and that go out, spacing
    included, before ``until``. What the history has as scheduled or held follows its file whenever that
    is: it is among the deliveries, or in ``kept`` if it goes out at ``until`` or later or has no room. If its
    time has come already it goes out from ``now`` on, in order and spaced, while it is not too late.
    """
    scope = _scope(campaign, history, now, until)
    draft = Draft(campaign, scope.now, scope.until)
    for account, candidates in by_account(scope, ORDERS):
        said = map(went_out, scope.past.shown(account.name))
        lane = Lane(account, campaign.zone, said, scope.now)
        draft.settle(candidates, lane, memory(campaign, scope.past, account))
    moved = (moved_slots(campaign, queue, scope.now, scope.until) for queue in campaign.queues.values())
    return Plan(
        in_order(draft.deliveries),
        (*draft.problems.values(), *chain.from_iterable(moved)),
        in_order(draft.kept),
    )


def overdue(campaign: Campaign, history: History, now: dt.datetime) -> tuple[Delivery, ...]:
    """The dated deliveries before ``now`` of which the ledger knows nothing, at their own times.

    They are not spaced: once the ledger has them, ``plan`` does that.
    """
    scope = _scope(campaign, history, now, now)
    draft = Draft(campaign, scope.now, scope.until)
    for account, candidates in by_account(scope, {Order.DATED: forgotten}):
        lane = Lane(replace(account, spacing=ZERO, per_day=None), campaign.zone)
        draft.settle(candidates, lane, memory(campaign, scope.past, account))
    return in_order(draft.deliveries)


def _scope(campaign: Campaign, history: History, now: dt.datetime, until: dt.datetime) -> Scope:
    return Scope(campaign, Past(history), Router(campaign), now.astimezone(dt.UTC), until.astimezone(dt.UTC))
