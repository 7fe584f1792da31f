"""``config/campaign.yaml``: what the campaign is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from campaign_bot.files import languages as tongues
from campaign_bot.files import zones
from campaign_bot.files.schema import CampaignFields, read_fields, require
from campaign_bot.files.words import did_you_mean, shown, suggesting
from campaign_bot.files.yamltext import Document
from campaign_bot.model import Account, Campaign, Hashtags, Problem, Source

CAMPAIGN = "config/campaign.yaml"
FALLBACK: tuple[str, ...] = ("en", "es")  # while the campaign's languages cannot be read
DEFAULT_LATENESS = dt.timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Config:
    """What the files in ``config/`` say, as far as they could be read.

    ``written`` are the keys of ``campaign.yaml`` with their untyped values, empty while it cannot be
    read. ``certain``: the languages are known, so that one may be missed. ``names`` are all the accounts
    that are written, with those that have a Problem. ``campaign`` has no queues yet, and is None where a
    name, a zone or the languages could not be read.
    """

    written: Mapping[str, Any] = field(default_factory=dict)
    fields: CampaignFields = field(default_factory=CampaignFields)
    languages: tuple[str, ...] = FALLBACK
    certain: bool = False
    campaign: Campaign | None = None
    accounts: Mapping[str, Account] = field(default_factory=dict)
    names: tuple[str, ...] = ()

    def link_names(self) -> Collection[str] | None:
        """The links that are written; None while that cannot be said."""
        links = self.written.get("links", {})
        return links if self.written and isinstance(links, dict) else None


def read_campaign(document: Document | None, problems: list[Problem]) -> Config:
    """What ``campaign.yaml`` says; None: it could not be read at all (and was told of already)."""
    if document is None:
        return Config()
    written, source = document.value, document.source
    fields = read_fields(CampaignFields, written, source, problems)
    if not isinstance(written, dict):
        return Config()
    problems += require(("name", "timezone", "languages"), written, source)
    if fields.starts and fields.ends and fields.ends < fields.starts:
        problems.append(source.problem("ends-before-starts", "ends", starts=fields.starts, ends=fields.ends))
    if fields.paused is not None:
        problems.append(source.warning("paused-here", "paused"))
    zone = _zone(fields.timezone, source, problems)
    languages = _languages(fields.languages, source, problems)
    if not languages or len(languages) < len(fields.languages):
        return Config(written, fields, tuple(dict.fromkeys((*languages, *FALLBACK))))
    problems += _check_languages(fields, languages, source)
    campaign = _campaign(fields, languages, zone, source) if fields.name and zone else None
    return Config(written, fields, languages, certain=True, campaign=campaign)


def _zone(name: str | None, source: Source, problems: list[Problem]) -> ZoneInfo | None:
    zone = zones.zone(name) if name else None
    if name and zone is None:
        more = suggesting(zones.suggestion(name))
        problems.append(source.problem("unknown-zone", "timezone", zone=shown(name), **more))
    return zone


def _languages(codes: Iterable[str], source: Source, problems: list[Problem]) -> tuple[str, ...]:
    """Those that are languages, each once."""
    found: list[str] = []
    for index, code in enumerate(codes):
        where = f"languages.{index}"
        if code in found:
            problems.append(source.problem("listed-twice", where, value=shown(code)))
        elif tongues.known(code):
            found.append(code)
        else:
            more = suggesting(tongues.headings(FALLBACK).get(code.lower()[:2]))
            problems.append(source.problem("unknown-language", where, language=shown(code), **more))
    return tuple(found)


def _check_languages(fields: CampaignFields, languages: tuple[str, ...], source: Source) -> Iterable[Problem]:
    yield from unknown_languages(fields.hashtags, "hashtags", languages, source)
    for name, link in fields.links.items():
        yield from unknown_languages(link, f"links.{name}", languages, source)
        yield from missing_languages(link, f"links.{name}", languages, source)


def _campaign(fields: CampaignFields, languages: tuple[str, ...], zone: ZoneInfo, source: Source) -> Campaign:
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
        paused=fields.paused,
    )


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
