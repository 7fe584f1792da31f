"""``ledger``: a whole copy of what happened, and its way back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from campaign_bot.cli.base import Group, argument, command, dry_option, yes_option
from campaign_bot.cli.deciding import say_ledger
from campaign_bot.cli.output import confirmed, say
from campaign_bot.cli.session import Session, pass_session
from campaign_bot.i18n import N_, _

if TYPE_CHECKING:
    from campaign_bot.app.backup import Copy

FILE = click.Path(dir_okay=False, path_type=Path)


@click.group(
    cls=Group,
    paths={"backup": "campaign_bot.cli.ledger:backup", "restore": "campaign_bot.cli.ledger:restore"},
    help=N_("The ledger: what was published, and what people decided."),
)
def ledger() -> None:
    pass


@command(help=N_("Write a whole copy of the ledger into a file. The worker may go on meanwhile."))
@argument("file", type=FILE, metavar=N_("FILE"))
@yes_option
@dry_option
@pass_session
def backup(session: Session, file: Path, yes: bool, dry: bool) -> int:
    from campaign_bot.app import backup as copies

    question = _("{file} is there already. Overwrite it?").format(file=file)
    if file.exists() and not confirmed(question, yes):
        return 1
    copies.back_up(session.root, session.settings, file, session.now(), dry=dry)
    say(
        _("{file} is a complete copy of the ledger. Keep it private: it contains unpublished posts.").format(
            file=file
        )
    )
    say_ledger(session, dry)
    return 0


@command(help=N_("Put a copy of the ledger back, and keep what is there. Stop the worker first."))
@argument("file", type=FILE, metavar=N_("FILE"))
@yes_option
@pass_session
def restore(session: Session, file: Path, yes: bool) -> int:
    from campaign_bot.app import backup as copies

    with copies.unpacked(session.root, session.settings, file) as copy:
        say(_describe(copy))
        question = _("Put it in the place of {ledger}?").format(ledger=copy.ledger)
        if not confirmed(question, yes):
            return 1
        aside = copies.put_back(copy, session.now())
    say(_("The copy is in place."))
    if aside:
        say(_("What was there before lies in {folder}.").format(folder=aside))
    if copy.is_live:
        _tell_what_follows()
    return 0


def _describe(copy: Copy) -> str:
    """What it is a copy of, and of when."""
    from campaign_bot.files.words import shown

    made = copy.manifest
    if made is None:
        return _("A copy made by SQLite itself; it does not say when.")
    words = (
        _("A copy of the live ledger of {campaign}, made {when}.")
        if copy.is_live
        else _("A copy of the ledger of dry runs of {campaign}, made {when}.")
    )
    return words.format(campaign=shown(made.campaign), when=f"{made.created_at:%Y-%m-%d %H:%M} UTC")


def _tell_what_follows() -> None:
    say(
        _(
            "The next time the worker starts live, it reads each account before it publishes there, and "
            "takes over what is already out as published."
        )
    )
    say(
        _(
            "An account that cannot be read is not protected: pause it before the start (campaign-bot pause "
            "--account NAME) and look for yourself."
        )
    )
    say(
        _(
            "What people decided after the copy was made (pauses, holds, skips, releases) is gone: decide it "
            "again before the start."
        )
    )
