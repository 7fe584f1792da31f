"""``reconcile`` and ``retract``: what asks the platforms about what was published, or takes it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from campaign_bot.cli.base import (
    Name,
    argument,
    command,
    dry_option,
    json_option,
    live_option,
    option,
    yes_option,
)
from campaign_bot.cli.deciding import desk, say_ledger, say_where
from campaign_bot.cli.output import confirmed, say, table, warn, write_json
from campaign_bot.cli.session import Session, pass_session
from campaign_bot.i18n import N_, _
from campaign_bot.i18n.reasons import reason_words, state_word

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from campaign_bot.app.retracting import Retraction
    from campaign_bot.app.settling import Settlement


def asks(session: Session, live: bool, dry: bool) -> bool:
    """Whether platforms may be asked: said so, or the ledger of dry runs is meant."""
    from campaign_bot.app import ledgers

    return session.live(live) or not ledgers.is_live(session.root, session.settings, dry=dry)


@command(help=N_("Look for what is unconfirmed; with --apply, settle it. The platforms need --live."))
@option("--apply", is_flag=True, help=N_("Settle what there is evidence for."))
@live_option
@json_option
@dry_option
@pass_session
def reconcile(session: Session, apply: bool, live: bool, as_json: bool, dry: bool) -> int:
    from campaign_bot.app import ledgers, settling

    asked = asks(session, live, dry)
    if apply and not asked:
        raise click.UsageError(_("This asks the platforms. Say --live if you want that."))
    if apply:
        say_where(session, dry=dry, err=as_json)
    with ledgers.for_deciding(session.root, session.settings, dry=dry) as ledger:
        is_live = ledgers.is_live(session.root, session.settings, dry=dry)
        found = (
            settling.reconcile(session.root, session.settings, ledger, session.now, live=is_live, apply=apply)
            if asked
            else settling.told(ledger)
        )
    if as_json:
        write_json(settling.as_json(found))
    else:
        _show(found)
        if found and not asked:
            warn(_("No platform was asked. Say --live to look there."))
        elif found and not apply:
            warn(_("Nothing was changed: --apply settles it."))
        say_ledger(session, dry)
    return 1 if any(one.to == "unconfirmed" for one in found) else 0


def _show(found: Sequence[Settlement]) -> None:
    if not found:
        say(_("Nothing is unconfirmed."))
        return
    rows = [
        [
            one.entry.key,
            reason_words(one.found),
            state_word(one.to),
            (one.receipt.url or "") if one.receipt else "",
        ]
        for one in found
    ]
    table([_("Delivery"), _("Found"), _("State"), _("Address")], rows)


@command(help=N_("Delete a post wherever it was published, and say where that was not possible."))
@argument("post", type=Name(), metavar=N_("POST"))
@live_option
@yes_option
@json_option
@dry_option
@pass_session
def retract(session: Session, post: str, live: bool, yes: bool, as_json: bool, dry: bool) -> int:
    from campaign_bot.app import ledgers, retracting

    if not asks(session, live, dry):
        raise click.UsageError(_("This deletes on the platforms. Say --live if you want that."))
    with desk(session, dry=dry) as at:
        name = at.whole_post(post)
    say_where(session, dry=dry, err=as_json)
    if not confirmed(_("Delete {name} everywhere for good?").format(name=post), yes):
        return 1
    with ledgers.for_deciding(session.root, session.settings, dry=dry) as ledger:
        found = retracting.retract(session.root, session.settings, ledger, name, session.now, dry=dry)
        before = retracting.retracted_at(ledger, name)
    if as_json:
        write_json(retracting.as_json(found))
    else:
        _tell(found) if found else say(_already(session, before))
        say_ledger(session, dry)
    return 0 if all(one.done for one in found) else 1


def _already(session: Session, at: dt.datetime | None) -> str:
    """Why there was nothing to delete."""
    from campaign_bot.app import dates, loading

    if at is None:
        return _("Nothing of it is out.")
    zone = loading.snapshot(session.root, session.settings).zone
    return _("It was taken back already ({when}).").format(when=dates.moment(at.astimezone(zone)))


def _tell(found: Sequence[Retraction]) -> None:
    rows = [
        [one.entry.key, state_word(one.entry.state), reason_words(one.trouble), *one.left[:1]]
        for one in found
    ]
    table([_("Delivery"), _("State"), _("Not possible"), _("Still at")], [[*row, ""][:4] for row in rows])
