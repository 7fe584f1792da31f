"""``health``: whether deliveries really move; for people, and for what watches over a server."""

from __future__ import annotations

from campaign_bot.cli.base import command, dry_option, json_option
from campaign_bot.cli.output import say, write_json
from campaign_bot.cli.session import Session, pass_session
from campaign_bot.i18n import N_, _

MARKS = {"ok": "✓", "warning": "!", "error": "✗"}


@command(help=N_("Whether deliveries really move. Ends with 1 when they do not; asks no platform."))
@json_option
@dry_option
@pass_session
def health(session: Session, as_json: bool, dry: bool) -> int:
    from campaign_bot.app import checkup

    found = checkup.health(session.root, session.settings, session.now(), dry=dry)
    if as_json:
        write_json(checkup.as_json(found))
    else:
        for check in found.checks:
            say(f"{MARKS[check.light]} {check.message}")
        say(_("Healthy.") if found.healthy else _("Unhealthy: deliveries do not move as they should."))
    return 0 if found.healthy else 1
