"""Accounts with a budget: what would go over it waits for the next month, and is missed past its lateness.

A thread of which a part is out goes on, whatever it costs. Once a file was changed, a budget raised or a link
taken out, all that waits is looked at again.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import threading
from collections.abc import Callable

from campaign_bot.app.spending import Meter, month_of, next_month
from campaign_bot.i18n.reasons import line, reason_words
from campaign_bot.ledger import Ledger, MoveRefused
from campaign_bot.model import Account, Campaign, Entry, Money, Rendered, State
from campaign_bot.text import cost

log = logging.getLogger(__name__)

BUDGET = "budget"
"""The reason's code of what waits; its detail is the budget."""

TOLD = "budget-told:"
"""A ledger's note for each account: the month and the budget of which staff was told last."""


class Budgets:
    """``review`` is for the worker's thread, ``exceeded`` for an account's.

    ``wanted``: what an entry's file says at this moment.
    """

    def __init__(
        self,
        ledger: Ledger,
        meter: Meter,
        wanted: Callable[[Entry], Rendered | None],
        now: Callable[[], dt.datetime],
        name: str,
    ) -> None:
        self._ledger = ledger
        self._meter = meter
        self._wanted = wanted
        self._now = now
        self._name = name
        self._campaign: Campaign | None = None
        # Nothing is postponed by a budget that is no longer that of the campaign which was reviewed.
        self._lock = threading.Lock()

    def review(self, campaign: Campaign | None) -> None:
        """Take a campaign that was read anew: what waits is due again, to be looked at with it."""
        if campaign is self._campaign:
            return
        with self._lock:
            self._campaign = campaign
            for entry in self._ledger.entries(states=[State.SCHEDULED], code=BUDGET):
                # The reason stays: until there is another one, this is why it is late.
                self._postpone(entry, self._now(), entry.reason)

    def exceeded(self, account: Account, entry: Entry) -> bool:
        """Whether a delivery that is due would go over its account's budget; then it was postponed."""
        if account.rules.prices is None or entry.parts_done:
            return False
        with self._lock:
            campaign = self._campaign
            budget = campaign and self._too_small(campaign, entry)
            if campaign is None or budget is None:
                return False
            now, reason = self._now(), f"{BUDGET}: {budget}"
            self._postpone(entry, next_month(now, campaign.zone), reason)
            log.warning("%s", line(entry.key, State.SCHEDULED, reason))
            self._tell(entry.account, f"{month_of(now, campaign.zone)} {budget}", reason)
            return True

    def _too_small(self, campaign: Campaign, entry: Entry) -> Money | None:
        """The budget that an entry would go over, if there is one."""
        account = campaign.accounts.get(entry.account)
        if account is None or account.budget is None or (rendered := self._wanted(entry)) is None:
            return None
        price, spent = cost(rendered, account.rules), self._meter.spent(account)
        if price is None or spent is None or spent.amount + price.amount <= account.budget.amount:
            return None
        return account.budget

    def _postpone(self, entry: Entry, until: dt.datetime, reason: str) -> None:
        with contextlib.suppress(MoveRefused):  # someone decided meanwhile
            self._ledger.postpone(entry.key, until, now=self._now(), reason=reason, who=self._name)

    def _tell(self, name: str, what: str, reason: str) -> None:
        """Once for each month and budget, however many deliveries wait."""
        if self._ledger.meta(TOLD + name) == what:
            return
        log.error("%s: %s", name, reason_words(f"account-waits: {reason}"))
        self._ledger.tell_waiting(name, reason, now=self._now(), who=self._name)
        self._ledger.set_meta(TOLD + name, what)
