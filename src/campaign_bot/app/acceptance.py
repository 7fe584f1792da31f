"""``accounts trust``: the operator accepts that an account's secrets go elsewhere, or are another login's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from campaign_bot.app import finding, ledgers
from campaign_bot.app.loading import snapshot
from campaign_bot.app.trust import Place, place_of
from campaign_bot.i18n.reasons import ARROW, IDENTITY_CHANGED, reason_value
from campaign_bot.i18n.sentences import Unable
from campaign_bot.ledger import AccountState
from campaign_bot.model import Account
from campaign_bot.settings import Settings, pin_name

if TYPE_CHECKING:
    from campaign_bot.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Change:
    """What was and what is. None: nothing is bound yet, or nobody knows yet who it will be."""

    account: Account
    place: tuple[Place | None, Place]
    identity: tuple[str | None, str | None]

    def __bool__(self) -> bool:
        return self.place[0] != self.place[1] or self.identity[0] != self.identity[1]

    @property
    def servers(self) -> tuple[str | None, str]:
        """Both as people are shown them."""
        old, new = self.place
        return (None, new.server or new.platform) if old is None else (old.beside(new), new.beside(old))


@contextmanager
def live_ledger(root: Path, settings: Settings, name: str) -> Iterator[Ledger]:
    """The one that binds. Unable where there is none yet."""
    with ledgers.for_reading(root, settings, live=True) as ledger:
        if ledger is None:
            raise Unable("trust-needs-ledger", account=name, pin=pin_name(name))
        yield ledger


def change(root: Path, settings: Settings, ledger: Ledger, name: str) -> Change:
    """What there is to accept, if anything. Raises Unable: no such account, or a pin says otherwise."""
    campaign = snapshot(root, settings).campaign
    if campaign is None:
        raise Unable("config-broken")
    account = campaign.accounts.get(name)
    if account is None:
        raise finding.unknown("unknown-account", name, campaign.accounts)
    pin, wanted = settings.pin(name), place_of(account)
    if pin and pin != wanted.server:
        raise Unable("trust-pinned", account=name, old=pin, new=wanted.server, pin=pin_name(name))
    known = ledger.account(name)
    old = None if known.platform is None else Place(known.platform, known.server or "")
    if old != wanted:
        return Change(account, (old, wanted), (known.remote_id, None))
    return Change(account, (old, wanted), (known.remote_id, _met(known) or known.remote_id))


def _met(known: AccountState) -> str | None:
    """The identity that was met instead, and stopped the account."""
    reason = reason_value(known.reason) if known.stopped else None
    return reason["new"] if reason and reason["code"] == IDENTITY_CHANGED else None


def accept(ledger: Ledger, accepted: Change, now: dt.datetime) -> None:
    """Just what was shown is bound; the account is tried at once."""
    place, identity = accepted.place[1], accepted.identity[1]
    old, new = accepted.servers if accepted.place[0] != place else accepted.identity
    ledger.trust_account(
        accepted.account.name,
        place.platform,
        place.server,
        identity,
        now,
        ledgers.person(),
        reason=f"trusted: {old or '–'}{ARROW}{new}",
    )
