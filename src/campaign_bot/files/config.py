"""``config/campaign.yaml`` and ``config/accounts.yaml``: what the campaign is, and where it publishes."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from campaign_bot.files import languages as tongues
from campaign_bot.files import zones
from campaign_bot.files.schema import (
    AccountFields,
    AccountsFile,
    CampaignFields,
    read_fields,
    require,
)
from campaign_bot.files.words import closest, did_you_mean, shown, suggesting
from campaign_bot.files.yamltext import Document
from campaign_bot.model import Account, Campaign, Hashtags, Problem, Rules, Source

CAMPAIGN = "config/campaign.yaml"
ACCOUNTS = "config/accounts.yaml"
FALLBACK: tuple[str, ...] = ("en", "es")  # while the campaign's languages cannot be read

DEFAULT_LATENESS = dt.timedelta(minutes=30)
DEFAULT_SPACING = dt.timedelta(minutes=1)

_ACCOUNT_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_SECRET_KEY = re.compile(
    r"token|secret|password|passwd|contraseña|api_?key|webhook|credential|clave", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Config:
    """What the two files say, as far as they could be read.

    ``campaign`` has no queues yet, and is None where a name, a zone or the languages could not be
    read. ``names`` are all the accounts that are written, with those that have a Problem.
    """

    languages: tuple[str, ...] = FALLBACK
    fields: CampaignFields = field(default_factory=CampaignFields)
    accounts: Mapping[str, Account] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    campaign: Campaign | None = None


def read_config(
    campaign: Document | None,
    accounts: Document | None,
    rules: Callable[[str], Rules | None],
    platforms: Collection[str],
    problems: list[Problem],
) -> Config:
    """Both files' values; a file that could not be read at all is None (and told of already)."""
    fields, languages, base = CampaignFields(), FALLBACK, None
    if campaign is not None:
        fields, languages, base = _read_campaign(campaign, problems)
    found: dict[str, Account] = {}
    names: tuple[str, ...] = ()
    if accounts is not None:
        found, names = _read_accounts(accounts, languages, rules, platforms, problems)
    if base is not None:
        base = replace(base, accounts=found)
    return Config(languages, fields, found, names, base)


# ---------------------------------------------------------------- campaign.yaml


def _read_campaign(
    document: Document, problems: list[Problem]
) -> tuple[CampaignFields, tuple[str, ...], Campaign | None]:
    values, source = document.value, document.source
    fields = read_fields(CampaignFields, values, source, problems)
    if not isinstance(values, dict):
        return fields, FALLBACK, None
    problems += require(("name", "timezone", "languages"), values, source)
    languages = _languages(fields.languages, source, problems)
    zone = zones.zone(fields.timezone) if fields.timezone else None
    if fields.timezone and zone is None:
        more = suggesting(zones.suggestion(fields.timezone))
        problems.append(source.problem("unknown-zone", "timezone", zone=shown(fields.timezone), **more))
    if fields.starts and fields.ends and fields.ends < fields.starts:
        problems.append(source.problem("ends-before-starts", "ends", starts=fields.starts, ends=fields.ends))
    if not languages:
        return fields, FALLBACK, None
    problems += unknown_languages(fields.hashtags, "hashtags", languages, source)
    for name, link in fields.links.items():
        problems += unknown_languages(link, f"links.{name}", languages, source)
        problems += missing_languages(link, f"links.{name}", languages, source)
    if not fields.name or zone is None:
        return fields, languages, None
    return fields, languages, _campaign(fields, languages, zone, source)


def _campaign(fields: CampaignFields, languages: tuple[str, ...], zone: Any, source: Source) -> Campaign:
    hashtags = {
        code: Hashtags(tuple(tags.always), tuple(tags.room)) for code, tags in fields.hashtags.items()
    }
    return Campaign(
        name=fields.name or "",
        source=source,
        zone=zone,
        languages=languages,
        starts=fields.starts,
        ends=fields.ends,
        hashtags=hashtags,
        links=fields.links,
        quiet=fields.quiet,
        blackout=frozenset(fields.blackout),
        lateness=DEFAULT_LATENESS if fields.lateness is None else fields.lateness,
    )


def _languages(codes: Iterable[str], source: Source, problems: list[Problem]) -> tuple[str, ...]:
    found: list[str] = []
    for index, code in enumerate(codes):
        if code in found:
            problems.append(source.problem("listed-twice", f"languages.{index}", value=shown(code)))
        elif not tongues.known(code):
            meant = tongues.headings(("en", "es")).get(code.lower()[:2])
            where = f"languages.{index}"
            problems.append(
                source.problem("unknown-language", where, language=shown(code), **suggesting(meant))
            )
        else:
            found.append(code)
    return tuple(found)


def unknown_languages(
    keys: Iterable[str], field: str, languages: tuple[str, ...], source: Source
) -> list[Problem]:
    """A Problem for each key that is none of the campaign's languages."""
    return [
        source.problem(
            "unknown-language",
            f"{field}.{key}",
            language=shown(key),
            **did_you_mean(key, languages),
        )
        for key in keys
        if key not in languages
    ]


def missing_languages(
    keys: Collection[str], field: str, languages: Iterable[str], source: Source
) -> list[Problem]:
    """A Problem for each language that a field by language does not have."""
    return [
        source.problem("missing-language", field, language=language)
        for language in languages
        if language not in keys
    ]


# ---------------------------------------------------------------- accounts.yaml


def _read_accounts(
    document: Document,
    languages: tuple[str, ...],
    rules: Callable[[str], Rules | None],
    platforms: Collection[str],
    problems: list[Problem],
) -> tuple[dict[str, Account], tuple[str, ...]]:
    values, source = document.value, document.source
    file = read_fields(AccountsFile, values, source, problems)
    if isinstance(values, dict):
        problems += require(("accounts",), values, source)
    found: dict[str, Account] = {}
    for name, written in file.accounts.items():
        account = _Account(name, source, problems)
        if account.read(written, languages, platforms, rules):
            found[name] = account.made
    return found, tuple(file.accounts)


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
        languages: tuple[str, ...],
        platforms: Collection[str],
        rules: Callable[[str], Rules | None],
    ) -> bool:
        if not _ACCOUNT_NAME.fullmatch(self.name):
            self.tell("bad-account-name", "", account=shown(self.name))
        values = self._without_secrets(written)
        fields = read_fields(AccountFields, values, self.source, self.problems, self.prefix)
        if not isinstance(values, dict):
            return False
        self.problems += require(("platform", "languages"), values, self.source, self.prefix)
        self._check_languages(fields, languages)
        if fields.visibility and fields.platform != "mastodon":
            self.tell("visibility-elsewhere", "visibility", platform=shown(fields.platform or ""))
        taken = self._rules(fields.platform, platforms, rules)
        spoken = tuple(code for code in languages if code in fields.languages)
        if fields.platform is None or taken is None or not spoken:
            return False
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

    def _check_languages(self, fields: AccountFields, languages: tuple[str, ...]) -> None:
        for index, code in enumerate(fields.languages):
            if code not in languages:
                more = did_you_mean(code, languages)
                where = f"languages.{index}"
                self.tell("account-language", where, account=self.name, language=shown(code), **more)
            elif code in fields.languages[:index]:
                self.tell("listed-twice", f"languages.{index}", value=code)

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
