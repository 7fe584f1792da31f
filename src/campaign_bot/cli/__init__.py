"""The command line: each command parses, calls one use case, prints, and returns an exit code."""

from __future__ import annotations

import sys
from typing import Any, NoReturn

import click

from campaign_bot import __version__, i18n
from campaign_bot.cli import failures
from campaign_bot.cli.base import Group, Option
from campaign_bot.cli.session import Session, pass_session
from campaign_bot.i18n import N_

COMMANDS = {
    "init": "campaign_bot.cli.writing:init",
    "check": "campaign_bot.cli.check:check",
    "plan": "campaign_bot.cli.plan:plan",
    "preview": "campaign_bot.cli.preview:preview",
    "rehearse": "campaign_bot.cli.rehearse:rehearse",
    "worker": "campaign_bot.cli.worker:worker",
    "status": "campaign_bot.cli.status:status",
    "health": "campaign_bot.cli.health:health",
    "log": "campaign_bot.cli.status:log",
    "pause": "campaign_bot.cli.deciding:pause",
    "resume": "campaign_bot.cli.deciding:resume",
    "hold": "campaign_bot.cli.deciding:hold",
    "release": "campaign_bot.cli.deciding:release",
    "skip": "campaign_bot.cli.deciding:skip",
    "retry": "campaign_bot.cli.deciding:retry",
    "reconcile": "campaign_bot.cli.reconcile:reconcile",
    "retract": "campaign_bot.cli.reconcile:retract",
    "confirm": "campaign_bot.cli.deciding:confirm",
    "accounts": "campaign_bot.cli.accounts:accounts",
    "new": "campaign_bot.cli.writing:new",
    "ledger": "campaign_bot.cli.ledger:ledger",
}


class Root(Group):
    """Finds the language before it parses, and turns whatever happens into an exit code."""

    def main(self, args: Any = None, **extra: Any) -> NoReturn:  # type: ignore[override]
        words = sys.argv[1:] if args is None else list(args)
        session = Session()
        extra |= {"prog_name": "campaign-bot", "standalone_mode": False, "obj": session}
        run = super().main
        with i18n.using(failures.prepare(words)):
            sys.exit(failures.exit_code(lambda: run(words, **extra), session))


def _version(ctx: click.Context, _param: click.Parameter, asked: bool) -> None:
    if asked:
        click.echo(f"campaign-bot {__version__}")
        ctx.exit()


@click.group(
    cls=Root,
    paths=COMMANDS,
    help=N_("A bilingual campaign: checked, planned, rehearsed and published from plain files."),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--root",
    cls=Option,
    metavar=N_("DIR"),
    help=N_(
        "The campaign's folder. Without it: this folder, or the nearest above with config/campaign.yaml."
    ),
)
@click.option(
    "--lang",
    cls=Option,
    type=click.Choice(i18n.LANGUAGES),
    help=N_("The language to speak. Without it: that of the system."),
)
@click.option("--verbose", cls=Option, is_flag=True, help=N_("Say more, and show where an error came from."))
@click.option(
    "--version",
    cls=Option,
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help=N_("Show the version and exit."),
)
@pass_session
def main(session: Session, root: str | None, lang: str | None, verbose: bool) -> None:
    session.asked_root = root
    session.asked_language = lang
    session.verbose = verbose


__all__ = ["main"]
