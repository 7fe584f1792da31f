"""Which platforms there are, and how to reach an account on one.

An adapter's module is imported on first use and loads no heavy library by that. Other people's adapters
come as entry points of the group ``campaign_bot.platforms`` (name: the platform's, value: ``module:Class``).
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points

from campaign_bot.model import Account, Rules
from campaign_bot.platforms.base import Adapter, AdapterClass, Secrets

GROUP = "campaign_bot.platforms"

BUILT_IN = {
    "x": "campaign_bot.platforms.x:X",
    "mastodon": "campaign_bot.platforms.mastodon:Mastodon",
    "bluesky": "campaign_bot.platforms.bluesky:Bluesky",
}


@cache
def _paths() -> dict[str, str]:
    """Dotted path by name; nobody else's adapter takes the place of one of ours."""
    return {entry.name: entry.value for entry in entry_points(group=GROUP)} | BUILT_IN


@cache
def _adapter(platform: str) -> AdapterClass:
    module, _, name = _paths()[platform].partition(":")
    adapter: AdapterClass = getattr(import_module(module), name)
    return adapter


def names() -> Collection[str]:
    """Every platform's name, ours first."""
    return tuple(BUILT_IN) + tuple(sorted(set(_paths()) - set(BUILT_IN)))


def rules(name: str) -> Rules | None:
    """What a platform takes; None where there is no such platform."""
    return _adapter(name).rules if name in _paths() else None


def connect(account: Account, secrets: Secrets) -> Adapter:
    """The account's adapter. Needs no network; KeyError for a platform that is not there."""
    return _adapter(account.platform)(account, secrets)


def missing_secrets(account: Account, secrets: Secrets) -> tuple[str, ...]:
    """The secrets that an account still needs, of the set that needs the fewest."""
    lacking = (
        tuple(name for name in names if not secrets.get(name))
        for names in _adapter(account.platform).secret_names
    )
    return min(lacking, key=len, default=())
