"""``accounts``: whom the credentials belong to, and what is missing; ``check`` asks the platforms."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from campaign_bot.app import ledgers, money, planning, spending
from campaign_bot.app.loading import snapshot
from campaign_bot.app.trust import Place, Trust, place_of
from campaign_bot.i18n.reasons import reason_value, reason_words
from campaign_bot.i18n.sentences import Unable
from campaign_bot.model import Account, Campaign, Money
from campaign_bot.platforms import registry
from campaign_bot.platforms.base import Identity
from campaign_bot.platforms.errors import PlatformError
from campaign_bot.settings import Settings

if TYPE_CHECKING:
    from campaign_bot.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Report:
    """One account. ``missing``: the secrets that it lacks. ``stopped``: why the worker stopped it. ``spent``:
    what it cost in this calendar month, as far as the ledger knows; None where its platform is free.

    After a check, ``identity`` is whom the platform says it is, or ``trouble`` (a reason, see
    ``i18n.reasons``) why not.
    """

    account: Account
    missing: tuple[str, ...]
    stopped: str = ""
    spent: Money | None = None
    checked: bool = False
    identity: Identity | None = None
    trouble: str = ""

    @property
    def good(self) -> bool:
        return not (self.missing or self.trouble)


def reports(root: Path, settings: Settings, now: dt.datetime, *, dry: bool = False) -> list[Report]:
    """Every account, as the files, the settings and the ledger know it. Raises Unable."""
    campaign = _campaign(root, settings)
    live = ledgers.is_live(root, settings, dry=dry)
    month = spending.month_of(now, campaign.zone)
    with ledgers.for_reading(root, settings, live=live) as ledger:
        known = () if ledger is None else ledger.accounts()
        stopped = {state.name: state.reason for state in known if state.stopped}
        return [
            Report(
                account,
                registry.missing_secrets(account, settings.secrets_for(account.name)),
                stopped.get(account.name, ""),
                spending.spent(ledger, account, month),
            )
            for account in campaign.accounts.values()
        ]


def _campaign(root: Path, settings: Settings) -> Campaign:
    campaign = snapshot(root, settings).campaign
    if campaign is None:
        raise Unable("config-broken")
    return campaign


def check(root: Path, settings: Settings, now: Callable[[], dt.datetime]) -> list[Report]:
    """Every account after asking its platform. Two names for one login are trouble for the second.

    What is found well again is no longer stopped: its worker goes on at once.
    """
    found = reports(root, settings, now())
    with ledgers.for_reading(root, settings, live=True) as ledger:
        trust = Trust(ledger, now, ledgers.person())
        checked = list(_without_twins(_ask(report, settings, trust) for report in found))
        return [_lifted(report, ledger, now()) for report in checked]


def _ask(report: Report, settings: Settings, trust: Trust) -> Report:
    if report.missing:
        return report
    try:
        return replace(report, checked=True, identity=trust.adapter(settings, report.account).verify())
    except PlatformError as error:
        return replace(report, checked=True, trouble=error.reason)


def _without_twins(found: Iterable[Report]) -> Iterator[Report]:
    seen: dict[tuple[Place, str], str] = {}
    for report in found:
        twin = report.account.name
        if report.identity is not None:
            twin = seen.setdefault((place_of(report.account), report.identity.id), twin)
        yield report if twin == report.account.name else replace(report, trouble=f"same-identity: {twin}")


def _lifted(report: Report, ledger: Ledger | None, now: dt.datetime) -> Report:
    if ledger is None or not (report.stopped and report.checked and report.good):
        return report
    ledger.mend_account(report.account.name, now, ledgers.person())
    return replace(report, stopped="")


def as_json(found: Iterable[Report]) -> list[dict[str, Any]]:
    """The fields of ``accounts --json``; ``identity`` is null before a check."""
    return [
        {
            "account": report.account.name,
            "platform": report.account.platform,
            "languages": list(report.account.languages),
            "missing": list(report.missing),
            "stopped": reason_words(report.stopped) or None,
            "checked": report.checked,
            "identity": None if report.identity is None else _identity(report.identity),
            "error": reason_words(report.trouble) or None,
            "reason": reason_value(report.trouble or report.stopped),
            "spent": money.fields(report.spent),
            "budget": money.fields(report.account.budget),
        }
        for report in found
    ]


def _identity(identity: Identity) -> dict[str, Any]:
    expires = identity.expires_at
    return {
        "id": identity.id,
        "handle": identity.handle,
        "url": identity.url,
        "expires_at": None if expires is None else planning.instant(expires),
        "limits": dict(identity.limits),
        "notes": list(map(reason_words, identity.notes)),
    }
