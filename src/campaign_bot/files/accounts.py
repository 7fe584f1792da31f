"""``config/accounts.yaml``: where the campaign publishes."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from typing import Any

from campaign_bot.files.config import Config
from campaign_bot.files.schema import AccountFields, AccountsFile, read_fields, require
from campaign_bot.files.words import closest, did_you_mean, shown, suggesting
from campaign_bot.files.yamltext import Document
from campaign_bot.model import Account, Money, Problem, Rules, Source

ACCOUNTS = "config/accounts.yaml"
DEFAULT_SPACING = dt.timedelta(minutes=1)

_ACCOUNT_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_SECRET_KEY = re.compile(
    r"token|secret|password|passwd|contraseña|api_?key|webhook|credential|clave", re.IGNORECASE
)
_REST_OF_BUDGET = re.compile(r"\d{1,2} ?[a-z]{3} ?/ ?(?:month|mes)", re.IGNORECASE)


def read_accounts(
    document: Document | None,
    config: Config,
    rules: Callable[[str], Rules | None],
    platforms: Collection[str],
    problems: list[Problem],
) -> Config:
    """``config`` with its accounts; None: the file could not be read at all (and was told of already)."""
    if document is None:
        return config
    values, source = document.value, document.source
    file = read_fields(AccountsFile, values, source, problems)
    if isinstance(values, dict):
        problems += require(("accounts",), values, source)
    found: dict[str, Account] = {}
    for name, written in file.accounts.items():
        account = _Account(name, source, problems)
        if account.read(written, config, platforms, rules):
            found[name] = account.made
    campaign = replace(config.campaign, accounts=found) if config.campaign else None
    return replace(config, campaign=campaign, accounts=found, names=tuple(file.accounts))


class _Account:
    """One account on its way from the file to the model."""

    made: Account

    def __init__(self, name: str, source: Source, problems: list[Problem]) -> None:
        self.name, self.source, self.problems = name, source, problems
        self.prefix = f"accounts.{name}."

    def tell(self, code: str, where: str, **params: Any) -> None:
        self.problems.append(self.source.problem(code, f"{self.prefix}{where}".rstrip("."), **params))

    def read(
        self,
        written: Any,
        config: Config,
        platforms: Collection[str],
        rules: Callable[[str], Rules | None],
    ) -> bool:
        if not _ACCOUNT_NAME.fullmatch(self.name):
            self.tell("bad-account-name", "", account=shown(self.name))
        values = self._without_split_budget(self._without_secrets(written))
        fields = read_fields(AccountFields, values, self.source, self.problems, self.prefix)
        if not isinstance(values, dict):
            return False
        self.problems += require(("platform", "languages"), values, self.source, self.prefix)
        if config.certain:
            self._check_languages(fields, config.languages)
        if fields.visibility and fields.platform != "mastodon":
            self.tell("visibility-elsewhere", "visibility", platform=shown(fields.platform or ""))
        taken = self._rules(fields.platform, platforms, rules)
        if fields.budget and taken:
            self._check_budget(fields.budget, taken)
        spoken = tuple(code for code in config.languages if code in fields.languages)
        if fields.platform is None or taken is None or not spoken:
            return False
        if taken.many_servers and "base_url" not in values:
            # Only a warning: all but publishing works without it, and that stops this account alone.
            self.problems.append(
                self.source.warning(
                    "no-server", f"{self.prefix}platform", account=self.name, platform=taken.platform
                )
            )
        self.made = self._account(fields, taken, spoken)
        return True

    def _without_secrets(self, written: Any) -> Any:
        """A secret's place is the environment; its key is told of by name, its value never."""
        if not isinstance(written, dict):
            return written
        known = AccountFields.model_fields
        kept = {}
        for key, value in written.items():
            if key not in known and _SECRET_KEY.search(key):
                self.tell("secret-key", key, key=shown(key), account=self.name)
            else:
                kept[key] = value
        return kept

    def _without_split_budget(self, written: Any) -> Any:
        """Inside of braces the comma of ``25,50 USD/month`` ends a value, and the rest looks like a key."""
        if not isinstance(written, dict) or not isinstance(whole := written.get("budget"), str):
            return written
        for key, value in written.items():
            if value is None and whole.isdecimal() and _REST_OF_BUDGET.fullmatch(key):
                self.tell("budget-split", "budget", value=f"{whole},{key}", better=f"{whole}.{key}")
                return {name: one for name, one in written.items() if name not in ("budget", key)}
        return written

    def _check_languages(self, fields: AccountFields, languages: tuple[str, ...]) -> None:
        for index, code in enumerate(fields.languages):
            if code not in languages:
                more = did_you_mean(code, languages)
                where = f"languages.{index}"
                self.tell("account-language", where, account=self.name, language=shown(code), **more)
            elif code in fields.languages[:index]:
                self.tell("listed-twice", f"languages.{index}", value=code)

    def _check_budget(self, budget: Money, rules: Rules) -> None:
        if rules.prices is None:
            about = {"account": self.name, "platform": rules.platform}
            self.problems.append(
                self.source.warning("budget-without-prices", f"{self.prefix}budget", **about)
            )
        elif budget.currency != rules.prices.currency:
            wanted = rules.prices.currency
            self.tell(
                "budget-currency", "budget", value=str(budget), platform=rules.platform, currency=wanted
            )

    def _rules(
        self, platform: str | None, platforms: Collection[str], rules: Callable[[str], Rules | None]
    ) -> Rules | None:
        if platform is None:
            return None
        taken = rules(platform) if platform in platforms else None
        if taken is None:
            near = closest({"twitter": "x"}.get(platform.lower(), platform), platforms)
            more = suggesting(near if near != platform else None)
            self.tell("unknown-platform", "platform", platform=shown(platform), **more)
        return taken

    def _account(self, fields: AccountFields, rules: Rules, spoken: tuple[str, ...]) -> Account:
        return Account(
            name=self.name,
            source=self.source,
            platform=rules.platform,
            languages=spoken,
            rules=rules,
            bilingual=fields.bilingual,
            base_url=fields.base_url,
            per_day=fields.per_day,
            budget=fields.budget,
            visibility=fields.visibility.value if fields.visibility else None,
            spacing=DEFAULT_SPACING if fields.spacing is None else fields.spacing,
        )


def unknown_accounts(
    names: Iterable[str] | None, known: Collection[str], source: Source, field: str = "accounts"
) -> list[Problem]:
    """A Problem for each account that ``accounts.yaml`` does not have."""
    return [
        source.problem("unknown-account", f"{field}.{i}", account=shown(name), **did_you_mean(name, known))
        for i, name in enumerate(names or ())
        if name not in known
    ]
