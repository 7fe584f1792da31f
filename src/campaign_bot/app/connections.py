"""The adapters of the accounts: made when needed, verified before they are used, tried again when broken."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable

from campaign_bot.ledger import Ledger
from campaign_bot.model import Account
from campaign_bot.platforms.base import Adapter, Identity
from campaign_bot.platforms.errors import PlatformError, Refused

log = logging.getLogger(__name__)

TRY_AGAIN = dt.timedelta(minutes=5)
"""How often a stopped account is verified anew."""

NOT_REACHED = dt.timedelta(seconds=30)
"""How long an account waits when its platform could not be reached to verify it."""

CLOCK_SKEW = dt.timedelta(minutes=2)


Login = tuple[str, str, str | None, str | None]
"""What makes two accounts of two snapshots the same connection."""


class Connections:
    """``make`` gives an adapter (``Refused`` for missing credentials). One thread at a time per account."""

    def __init__(
        self, ledger: Ledger, make: Callable[[Account], Adapter], now: Callable[[], dt.datetime]
    ) -> None:
        self._ledger = ledger
        self._make = make
        self._now = now
        self._adapters: dict[Login, Adapter] = {}
        self._verified: set[Login] = set()
        self._again_at: dict[str, dt.datetime] = {}
        self.clock_off = ""

    def connect(self, account: Account) -> Adapter:
        """The account's adapter. Raises Refused(account_broken) when a credential is missing."""
        login = _login(account)
        if login not in self._adapters:
            self._adapters[login] = self._make(account)
        return self._adapters[login]

    def ready(self, account: Account) -> bool:
        """Whether the account may be used: verified in this process, or now. May call the platform."""
        state = self._ledger.account(account.name)
        if not state.stopped and _login(account) in self._verified:
            return True
        if state.stopped and state.since and account.name not in self._again_at:
            self._again_at[account.name] = state.since + TRY_AGAIN
        again_at = self._again_at.get(account.name)
        if again_at is not None and self._now() < again_at:
            return False
        if self._verify(account):
            self._again_at.pop(account.name, None)
            return True
        stopped = self._ledger.account(account.name).stopped
        self._again_at[account.name] = self._now() + (TRY_AGAIN if stopped else NOT_REACHED)
        return False

    def waits(self) -> list[dt.datetime]:
        """When accounts that are not ready will be tried again (UTC)."""
        return list(self._again_at.values())

    def _verify(self, account: Account) -> bool:
        try:
            self._adapters.pop(_login(account), None)  # a credential may have been mended: start afresh
            identity = self.connect(account).verify()
        except Refused as error:
            self._ledger.stop_account(account.name, error.reason, self._now())
            log.error("%s: the account is stopped: %s", account.name, error.reason)
            return False
        except PlatformError as error:
            log.warning("%s: not reached: %s", account.name, error.reason)
            return False
        return self._accept(account, identity)

    def _accept(self, account: Account, identity: Identity) -> bool:
        self._compare_clocks(identity)
        where = f"{account.base_url} {identity.id}" if account.base_url else identity.id
        twin = self._ledger.identify_account(account.name, account.platform, where, self._now())
        if twin:
            # Two names for one login would publish everything twice there.
            self._ledger.stop_account(account.name, f"same-identity: {twin}", self._now())
            return False
        self._ledger.mend_account(account.name, self._now())
        self._verified.add(_login(account))
        return True

    def _compare_clocks(self, identity: Identity) -> None:
        if identity.server_time is None:
            return
        skew = abs(identity.server_time - self._now())
        self.clock_off = f"{round(skew.total_seconds())} s" if skew > CLOCK_SKEW else ""
        if self.clock_off:
            log.error(
                "the clock differs from %s's by %s: nothing is published", identity.handle, self.clock_off
            )


def _login(account: Account) -> Login:
    return account.name, account.platform, account.base_url, account.visibility
