"""``accounts``: whom the credentials belong to, and what is missing; ``check`` asks the platforms."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from campaign_bot.app import ledgers, money, planning, spending
from campaign_bot.app.loading import snapshot
from campaign_bot.i18n.reasons import reason_words
from campaign_bot.i18n.sentences import Unable
from campaign_bot.model import Account, Campaign, Money
from campaign_bot.platforms import registry
from campaign_bot.platforms.base import Identity
from campaign_bot.platforms.errors import PlatformError
from campaign_bot.settings import Settings


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


def check(found: Iterable[Report], settings: Settings) -> Iterator[Report]:
    """The same, each after asking its platform. Two names for one login are trouble for the second."""
    seen: dict[tuple[str, str], str] = {}
    for report in found:
        asked = report if report.missing else _ask(report, settings)
        if asked.identity is not None:
            login = (report.account.platform, asked.identity.id)
            twin = seen.setdefault(login, report.account.name)
            if twin != report.account.name:
                asked = replace(asked, trouble=f"same-identity: {twin}")
        yield asked


def lift(found: Iterable[Report], root: Path, settings: Settings, now: dt.datetime) -> list[Report]:
    """The same, once what a check found well again is no longer stopped: its worker goes on at once."""
    reports = list(found)
    well = [report.account.name for report in reports if report.stopped and report.checked and report.good]
    if well:
        with ledgers.for_deciding(root, settings, dry=False) as ledger:
            for name in well:
                ledger.mend_account(name, now, ledgers.person())
    return [replace(one, stopped="") if one.account.name in well else one for one in reports]


def _ask(report: Report, settings: Settings) -> Report:
    try:
        adapter = registry.connect(report.account, settings.secrets_for(report.account.name))
        return replace(report, checked=True, identity=adapter.verify())
    except PlatformError as error:
        return replace(report, checked=True, trouble=error.reason)


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
