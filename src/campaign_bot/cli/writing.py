"""``init`` and ``new``: a new campaign folder, a new post."""

from __future__ import annotations

import os
from pathlib import Path

import click

from campaign_bot.cli.base import Name, argument, command, option
from campaign_bot.cli.check import show
from campaign_bot.cli.output import say
from campaign_bot.cli.session import Session, pass_session
from campaign_bot.i18n import N_, _


@command(help=N_("Make a new campaign folder, ready to rehearse."))
@argument(
    "folder",
    required=False,
    default=".",
    metavar=N_("[DIR]"),
    type=click.Path(file_okay=False, path_type=Path),
)
@option("--name", metavar=N_("NAME"), help=N_("The campaign's name (the folder's)."))
@option("--timezone", metavar=N_("ZONE"), help=N_("Its time zone, such as America/Tijuana (this system's)."))
@pass_session
def init(session: Session, folder: Path, name: str | None, timezone: str | None) -> int:
    from campaign_bot.app import writing

    # A folder may have a name that is no text: what cannot be read of it is �.
    named = os.fsencode(folder.resolve().name).decode(errors="replace")
    written = writing.init(folder, name or named, timezone, session.now())
    for path in written:
        say(str(path))
    say(
        _("The campaign is ready. Look at it with: campaign-bot --root {folder} rehearse").format(
            folder=folder
        )
    )
    return 0


@command(help=N_("Make an empty post in a queue, with a section for each language."))
@argument("post", type=Name(), metavar=N_("QUEUE/NAME"))
@option(
    "--at",
    metavar=N_("TIME"),
    help=N_('When it goes out, in a dated queue: "2026-12-01 09:00", "day 3 10:00".'),
)
@pass_session
def new(session: Session, post: str, at: str | None) -> int:
    from campaign_bot.app import loading, writing

    read = loading.snapshot(session.root, session.settings)
    if read.campaign is None:
        show(read.problems, err=True)
        return 1
    say(str(writing.new(read.campaign, session.root, post, at)))
    return 0
