"""What every command shares: the campaign's folder and the settings, each found when first asked for."""

from __future__ import annotations

import datetime as dt
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click

from campaign_bot import i18n
from campaign_bot.i18n.sentences import Unable

if TYPE_CHECKING:
    from campaign_bot.settings import Settings

CAMPAIGN = Path("config", "campaign.yaml")


class Session:
    """One call of the program. ``root`` and ``settings`` raise what ``failures`` turns into a sentence."""

    def __init__(self) -> None:
        self.asked_root: str | None = None
        self.asked_language: str | None = None
        self.verbose = False

    @cached_property
    def root(self) -> Path:
        """The folder named with ``--root``, else this one or the nearest above with a campaign."""
        if self.asked_root is not None:
            root = Path(self.asked_root)
            if not (root / CAMPAIGN).exists():
                raise Unable("no-campaign-there", usage=True, folder=self.asked_root)
            return root
        here = Path.cwd()
        for folder in (here, *here.parents):
            if (folder / CAMPAIGN).exists():
                return folder
        raise Unable("no-campaign-here", usage=True)

    @cached_property
    def settings(self) -> Settings:
        from campaign_bot import settings

        loaded = settings.load(self.root)
        if loaded.lang and not self.asked_language:
            i18n.use(loaded.lang)
        return loaded

    def now(self) -> dt.datetime:
        """This instant, UTC."""
        return dt.datetime.now(dt.UTC)

    def without_secrets(self, words: str) -> str:
        """For logs: every secret that was read is taken out."""
        # Not reading them now: that may be what went wrong.
        read: Settings | None = self.__dict__.get("settings")
        return words if read is None else read.without_secrets(words)

    def live(self, asked: bool) -> bool:
        """Whether platforms may be called: said here, or in the settings."""
        return asked or self.settings.live


pass_session = click.make_pass_decorator(Session)
