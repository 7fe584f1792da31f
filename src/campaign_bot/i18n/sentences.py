"""The words of what cannot be done: one table from code to sentence, in English; catalogues have the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from campaign_bot.i18n import N_, _


class Unable(Exception):
    """Something that was asked for cannot be done, and a person can understand why.

    ``code`` is one of SENTENCES, whose placeholders ``params`` fill; no secret is among them.
    ``usage``: what was asked makes no sense (exit code 2), rather than that it failed (1).
    """

    def __init__(self, code: str, *, usage: bool = False, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.usage = usage
        self.params = params


SENTENCES = {
    "no-campaign-there": N_("There is no campaign in {folder}: it has no config/campaign.yaml."),
    "no-campaign-here": N_(
        "This folder is not a campaign, nor is any folder above it: there is no config/campaign.yaml. "
        "Go to the campaign's folder, or name it with --root. A new one is made with: campaign-bot init DIR"
    ),
    "setting-invalid": N_("The setting {name} has a value that it cannot have."),
    "setting-not-utf8": N_("The file {name} cannot be read: it is not UTF-8."),
    "setting-unreadable": N_("The settings in {name} cannot be read."),
    "secrets-dir-missing": N_("{name} names a folder that is not there."),
}


def sentence(code: str, params: Mapping[str, Any]) -> str:
    """The sentence of ``code`` in the current language."""
    return _(SENTENCES[code]).format_map(params)
