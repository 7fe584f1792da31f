"""``check``: every Problem of the folder, as other programs read it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from campaign_bot.app import costing, ledgers
from campaign_bot.app.loading import Snapshot, in_order
from campaign_bot.app.spending import next_month
from campaign_bot.i18n.problems import words
from campaign_bot.model import Campaign, Problem
from campaign_bot.settings import Settings


def problems(root: Path, settings: Settings, read: Snapshot, now: dt.datetime) -> tuple[Problem, ...]:
    """The snapshot's, and budgets that do not suffice, by the live ledger: until the end of the month after
    this one, or after the one in which the campaign starts."""
    campaign = read.campaign
    if campaign is None or not any(account.budget for account in campaign.accounts.values()):
        return read.problems
    with ledgers.for_reading(root, settings, live=True) as ledger:
        history = ledgers.history_of(ledger)
        until = next_month(_begin(campaign, now), campaign.zone) + dt.timedelta(days=1)
        return in_order([*read.problems, *costing.over_budget(campaign, history, ledger, now, until)])


def _begin(campaign: Campaign, now: dt.datetime) -> dt.datetime:
    if campaign.starts is None:
        return now
    return max(now, dt.datetime.combine(campaign.starts, dt.time(), campaign.zone))


def as_json(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    """The fields of ``check --json``, the words in the current language."""
    return [_fields(problem) for problem in problems]


def _fields(problem: Problem) -> dict[str, Any]:
    message, hint = words(problem)
    return {
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "field": problem.field,
        "code": problem.code,
        "severity": str(problem.severity),
        "message": message,
        "hint": hint,
    }
