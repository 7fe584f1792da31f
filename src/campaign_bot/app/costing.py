"""What a plan will cost on platforms that charge, and whether the accounts' budgets suffice."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from campaign_bot import planner
from campaign_bot.app.spending import month_of, next_month, spent
from campaign_bot.model import Account, Campaign, Delivery, History, Money, Problem
from campaign_bot.text import cost, has_link

if TYPE_CHECKING:
    from campaign_bot.ledger import Ledger  # it loads SQLAlchemy


@dataclass(slots=True)
class Expense:
    """What an account's deliveries will cost; each part of a thread is a post."""

    account: Account
    cost: Money
    posts: int = 0
    with_link: int = 0

    def add(self, delivery: Delivery, price: Money) -> None:
        self.cost = Money(self.cost.amount + price.amount, price.currency)
        self.posts += len(delivery.rendered.parts)
        self.with_link += sum(map(has_link, delivery.rendered.parts))


def expenses(campaign: Campaign, deliveries: Iterable[Delivery]) -> list[Expense]:
    """One for each account that has deliveries which cost something, in the accounts' order."""
    found: dict[str, Expense] = {}
    for delivery in deliveries:
        account = campaign.accounts[delivery.account]
        price = cost(delivery.rendered, account.rules)
        if price is not None:
            nothing = Expense(account, Money(Decimal(0), price.currency))
            found.setdefault(account.name, nothing).add(delivery, price)
    return [found[name] for name in campaign.accounts if name in found]


def over_budget(
    campaign: Campaign, history: History, ledger: Ledger | None, now: dt.datetime, until: dt.datetime
) -> Iterator[Problem]:
    """A warning for each budget that a calendar month, from today's to the one of ``until``, would exceed.

    What was spent in it already counts, as far as the ledger knows.
    """
    budgets = {name: a.budget for name, a in campaign.accounts.items() if a.budget and a.rules.prices}
    if not budgets or until <= now:
        return
    # ``until`` is exclusive: a period that ends with its month goes no further.
    end = next_month(until - dt.timedelta(seconds=1), campaign.zone)
    planned = planner.plan(campaign, history, now, end).deliveries
    for (name, month), amount in sorted(_by_month(campaign, planned).items()):
        account = campaign.accounts[name]
        already, budget = spent(ledger, account, month), budgets.get(name)
        if already is None or budget is None or amount + already.amount <= budget.amount:
            continue
        whole = Money(amount + already.amount, already.currency)
        yield account.source.warning(
            "over-budget",
            f"accounts.{name}.budget",
            account=name,
            month=month,
            cost=str(whole),
            budget=str(budget),
        )


def _by_month(campaign: Campaign, deliveries: Iterable[Delivery]) -> dict[tuple[str, str], Decimal]:
    """What each account's deliveries cost in each calendar month; what is held costs nothing."""
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for delivery in deliveries:
        price = cost(delivery.rendered, campaign.accounts[delivery.account].rules)
        if price is not None and delivery.hold is None:
            sums[delivery.account, month_of(delivery.at, campaign.zone)] += price.amount
    return sums
