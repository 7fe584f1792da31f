"""``worker``: publishes in the background, until it is stopped."""

from __future__ import annotations

from campaign_bot.cli import logs
from campaign_bot.cli.base import command, live_option, option
from campaign_bot.cli.session import Session, pass_session
from campaign_bot.i18n import N_


@command(help=N_("Publish what is due, until stopped. Without --live nothing reaches a network."))
@live_option
@option("--once", is_flag=True, help=N_("Publish what is due now, and end."))
@pass_session
def worker(session: Session, live: bool, once: bool) -> int:
    from campaign_bot.engines import local
    from campaign_bot.engines.once import run as run_once

    run = run_once if once else local.run
    with logs.to_stderr(session.without_secrets, verbose=session.verbose):
        return run(session.root, session.settings, live=session.live(live))
