"""Where an account's secrets may go: the one place in which a real adapter is made.

Whoever writes ``config/`` decides where posts go, but moves no secret. So the ledger binds an account's
secrets to the platform and the server where they first worked, and to whom they turned out to be there. In
front of another server nothing is sent at all; with another identity nothing but the question who it is.
Either stops the account until the operator trusts the change. A pin among the settings wins over the ledger.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from campaign_bot import servers
from campaign_bot.i18n.reasons import ARROW, IDENTITY_CHANGED, SERVER_CHANGED
from campaign_bot.ledger import AccountState
from campaign_bot.model import Account
from campaign_bot.platforms import registry
from campaign_bot.platforms.base import Adapter, Identity
from campaign_bot.platforms.errors import Refused
from campaign_bot.platforms.passing import Passing
from campaign_bot.settings import Settings

if TYPE_CHECKING:
    from campaign_bot.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Place:
    """Where secrets go. ``server`` as ``servers.server`` has it; empty: one that only the adapter knows."""

    platform: str
    server: str

    def beside(self, other: Place) -> str:
        """As people are shown it: with its platform where that is not the other's."""
        words = (self.platform if self.platform != other.platform else "", self.server)
        return " ".join(filter(None, words)) or self.platform


def place_of(account: Account) -> Place:
    """Where the files want it to go."""
    address = account.base_url or account.rules.server
    return Place(account.platform, servers.server(address) if address else "")


def home_of(account: Account, known: AccountState, pin: str) -> Place:
    """Where its secrets belong: where the pin says, where they are bound, or else where they may go first.

    First they may go to the platform's own server, to this very machine and, on a platform of many servers,
    to whichever the files say.
    """
    wanted = place_of(account)
    platform = known.platform or account.platform
    if pin:
        return Place(platform, pin)
    if known.server is not None:
        return Place(platform, known.server)
    if platform != account.platform:
        return Place(platform, "")
    is_free = account.rules.many_servers or not account.base_url or not servers.is_public(account.base_url)
    return wanted if is_free else Place(platform, account.rules.server)


def offline(account: Account) -> Adapter:
    """An adapter without secrets, for what needs no network."""
    return registry.connect(account, {})


class Trust:
    """Makes the adapters of live accounts. Without a ledger it binds nothing, and obeys the same rule.

    ``who`` stands in the history. What stops an account is written down at once, whoever met it.
    """

    def __init__(self, ledger: Ledger | None, now: Callable[[], dt.datetime], who: str) -> None:
        self._ledger = ledger
        self._now = now
        self._who = who

    def adapter(self, settings: Settings, account: Account) -> Adapter:
        """The real platform's. Refused(account_broken) where secrets are missing, or belong elsewhere."""
        secrets = settings.secrets_for(account.name)
        missing = registry.missing_secrets(account, secrets)
        if missing:
            raise Refused(f"no-credentials: {', '.join(missing)}", account_broken=True)
        self._admit(account, settings.pin(account.name))
        return Trusted(registry.connect(account, secrets), account, self)

    def _admit(self, account: Account, pin: str) -> None:
        known = self._known(account.name)
        wanted, home = place_of(account), home_of(account, known, pin)
        if wanted != home:
            raise self._stopped(account, SERVER_CHANGED, home.beside(wanted), wanted.beside(home))
        if self._ledger and pin and known.server not in (None, pin):
            reason = f"pinned: {known.server or home.platform}{ARROW}{pin}"
            self._ledger.trust_account(
                account.name, home.platform, pin, None, self._now(), self._who, reason=reason
            )

    def recognise(self, account: Account, identity: Identity) -> None:
        """Its secrets are this identity's. Refused(account_broken) where they were another's."""
        if self._ledger is None:
            return
        wanted = place_of(account)
        known = self._ledger.bind_account(
            account.name, wanted.platform, wanted.server, identity.id, self._now(), self._who
        )
        home = Place(known.platform or "", known.server or "")
        if wanted != home:  # somebody else was quicker
            raise self._stopped(account, SERVER_CHANGED, home.beside(wanted), wanted.beside(home))
        if known.remote_id != identity.id:
            raise self._stopped(account, IDENTITY_CHANGED, known.remote_id or "", identity.id)

    def _known(self, name: str) -> AccountState:
        return self._ledger.account(name) if self._ledger else AccountState(name)

    def _stopped(self, account: Account, code: str, old: str, new: str) -> Refused:
        reason = f"{code}: {old}{ARROW}{new}"
        if self._ledger:
            self._ledger.distrust_account(account.name, reason, self._now(), self._who)
        return Refused(reason, account_broken=True)


class Trusted(Passing):
    """A real adapter: whatever is asked of it, it is first seen whose its secrets are."""

    def __init__(self, inner: Adapter, account: Account, trust: Trust) -> None:
        super().__init__(inner)
        self._account = account
        self._trust = trust
        self._recognised = False

    def reach(self) -> Adapter:
        if not self._recognised:
            self.verify()
        return self._inner

    def verify(self) -> Identity:
        self._recognised = False
        identity = self._inner.verify()
        self._trust.recognise(self._account, identity)
        self._recognised = True
        return identity
