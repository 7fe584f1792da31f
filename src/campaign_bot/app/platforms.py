"""The adapters that a command uses: the real ones, or those in memory for the ledger of dry runs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from campaign_bot.app import ledgers
from campaign_bot.app.spending import Meter
from campaign_bot.app.trust import Trust, offline
from campaign_bot.i18n.sentences import Unable
from campaign_bot.ledger import Ledger
from campaign_bot.model import Account, Campaign, Receipt
from campaign_bot.platforms.base import Adapter
from campaign_bot.platforms.simulated import SimulatedPlatforms
from campaign_bot.settings import Settings


@dataclass(slots=True)
class Platforms:
    """Each account's adapter, made once. Its methods raise PlatformError."""

    make: Callable[[Account], Adapter]
    _adapters: dict[str, Adapter] = field(default_factory=dict)

    def connect(self, account: Account) -> Adapter:
        if account.name not in self._adapters:
            self._adapters[account.name] = self.make(account)
        return self._adapters[account.name]

    def ahead(self, account: Account, now: dt.datetime) -> dt.timedelta:
        """By how much the platform's clock is ahead of ours; this asks it who we are."""
        told = self.connect(account).verify().server_time
        return told - now if told else dt.timedelta(0)


def receipt_for(
    settings: Settings,
    ledger: Ledger,
    now: Callable[[], dt.datetime],
    account: Account,
    url: str,
    *,
    live: bool,
) -> Receipt:
    """What the post at ``url`` is known by; ``live``: platforms may be asked. PlatformError, Unable."""
    if not account.rules.asked_for_receipts:
        return offline(account).receipt_for(url)
    if not live:
        raise Unable("confirm-needs-live", usage=True, platform=account.platform)
    return Trust(ledger, now, ledgers.person()).adapter(settings, account).receipt_for(url)


def of(
    settings: Settings,
    campaign: Campaign | None,
    ledger: Ledger,
    now: Callable[[], dt.datetime],
    *,
    live: bool,
) -> Platforms:
    """What their calls cost is counted in the ledger."""
    trust = Trust(ledger, now, ledgers.person())
    make = partial(trust.adapter, settings) if live else SimulatedPlatforms(now).connect
    meter = Meter(ledger, lambda: campaign.zone if campaign else dt.UTC, now)
    return Platforms(lambda account: meter.metered(account, make(account)))
