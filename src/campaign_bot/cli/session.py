"""What every command shares: the campaign's folder and the settings, each found when first asked for."""

from __future__ import annotations

import datetime as dt
import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click

from campaign_bot import i18n
from campaign_bot.cli.output import warn
from campaign_bot.i18n.sentences import Unable, sentence

if TYPE_CHECKING:
    from campaign_bot.settings import Settings

CAMPAIGN = Path("config", "campaign.yaml")
ROOT = "CAMPAIGN_BOT_ROOT"


class Session:
    """One call of the program. ``root`` and ``settings`` raise what ``failures`` turns into a sentence."""

    def __init__(self) -> None:
        self.asked_root: str | None = None
        self.asked_language: str | None = None
        self.verbose = False

    @cached_property
    def root(self) -> Path:
        """The folder named with ``--root`` or in the environment, else this one or the nearest above with a
        campaign."""
        named = self.asked_root if self.asked_root is not None else os.environ.get(ROOT) or None
        if named is not None:
            root = Path(named)
            if not (root / CAMPAIGN).exists():
                raise Unable("no-campaign-there", usage=True, folder=named)
            return root
        here = Path.cwd()
        for folder in (here, *here.parents):
            if (folder / CAMPAIGN).exists():
                if folder != here:
                    _must_be_ours(folder)
                return folder
        raise Unable("no-campaign-here", usage=True)

    @cached_property
    def settings(self) -> Settings:
        from campaign_bot import settings

        loaded = settings.load(self.root)
        if loaded.lang and not self.asked_language:
            i18n.use(loaded.lang)
        for name, suggestion in loaded.unknown.items():
            warn(sentence("setting-unknown", {"name": name, "suggestion": suggestion}))
        return loaded

    @cached_property
    def had_live_ledger(self) -> bool:
        """Whether there was one when this was first asked: a decision may begin it."""
        return self.settings.has_ledger(self.root, live=True)

    def now(self) -> dt.datetime:
        """This instant, UTC."""
        return dt.datetime.now(dt.UTC)

    @property
    def settings_read(self) -> Settings | None:
        """None where they were not read yet: after a fault, reading them may be what went wrong."""
        return self.__dict__.get("settings")

    def without_secrets(self, words: str) -> str:
        """For logs: every secret that was read is taken out."""
        read = self.settings_read
        return words if read is None else read.without_secrets(words)

    def live(self, asked: bool) -> bool:
        """Whether platforms may be called: said here, or in the settings."""
        return asked or self.settings.live


def _must_be_ours(folder: Path) -> None:
    """One that nobody named: it lies above, and anybody may have put it there."""
    if os.geteuid() not in (0, folder.stat().st_uid):
        raise Unable("root-not-ours", usage=True, folder=folder)


pass_session = click.make_pass_decorator(Session)
