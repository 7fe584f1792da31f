"""``accounts``: whom the credentials belong to; ``accounts check`` asks the platforms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from campaign_bot.cli.base import Group, argument, command, dry_option, json_option, live_option, yes_option
from campaign_bot.cli.output import confirmed, say, table, write_json
from campaign_bot.cli.session import Session, pass_session
from campaign_bot.i18n import N_, _
from campaign_bot.i18n.problems import language_name
from campaign_bot.i18n.reasons import reason_words

if TYPE_CHECKING:
    from campaign_bot.app.acceptance import Change
    from campaign_bot.app.accounts import Report


@click.group(
    cls=Group,
    paths={"check": "campaign_bot.cli.accounts:check", "trust": "campaign_bot.cli.accounts:trust"},
    invoke_without_command=True,
    help=N_("The accounts, and whether their credentials are there."),
)
@json_option
@dry_option
@pass_session
@click.pass_context
def accounts(ctx: click.Context, session: Session, as_json: bool, dry: bool) -> int:
    from campaign_bot.app import accounts as book

    if ctx.invoked_subcommand is not None:
        return 0
    found = book.reports(session.root, session.settings, session.now(), dry=dry)
    if as_json:
        write_json(book.as_json(found))
    else:
        _show(found)
    return 0 if all(report.good for report in found) else 1


@command(help=N_("Ask the platforms whom the credentials belong to. Needs --live."))
@live_option
@json_option
@pass_session
def check(session: Session, live: bool, as_json: bool) -> int:
    from campaign_bot.app import accounts as book

    if not session.live(live):
        raise click.UsageError(_("This asks the platforms. Say --live if you want that."))
    found = book.check(session.root, session.settings, session.now)
    if as_json:
        write_json(book.as_json(found))
    else:
        _show(found)
    return 0 if all(report.good for report in found) else 1


@command(help=N_("Accept that an account's server or login has changed. Asks first."))
@argument("name", metavar=N_("ACCOUNT"))
@yes_option
@pass_session
def trust(session: Session, name: str, yes: bool) -> int:
    from campaign_bot.app import acceptance

    with acceptance.live_ledger(session.root, session.settings, name) as ledger:
        change = acceptance.change(session.root, session.settings, ledger, name)
        if not change:
            say(_("Nothing of {account} has changed.").format(account=name))
            return 0
        _show_change(change)
        if not confirmed(_("Trust this with the secrets of {account}?").format(account=name), yes):
            return 1
        acceptance.accept(ledger, change, session.now())
    say(_("{account} is trusted. The worker tries it at once.").format(account=name))
    return 0


def _show_change(change: Change) -> None:
    old, new = change.servers
    say(_("Server: {old} → {new}").format(old=old or _("none yet"), new=new))
    was, is_now = change.identity
    unknown = _("whoever it turns out to be")
    say(_("Login: {old} → {new}").format(old=was or _("none yet"), new=is_now or unknown))


def _show(found: Sequence[Report]) -> None:
    table(
        [_("Account"), _("Platform"), _("Languages"), _("Login"), _("Note")],
        (
            (
                report.account.name,
                report.account.platform,
                ", ".join(map(language_name, report.account.languages)),
                report.identity.handle if report.identity else "",
                _note(report),
            )
            for report in found
        ),
    )


def _note(report: Report) -> str:
    """How its credentials are, and what it has spent."""
    spent, budget = report.spent, report.account.budget
    if spent is None or not (spent.amount or budget):
        return _login(report)
    from campaign_bot.app import money

    return f"{_login(report)}; {money.spent_words(spent, budget)}"


def _login(report: Report) -> str:
    if report.missing:
        return _("Missing secrets: {names}").format(names=", ".join(report.missing))
    if report.trouble or report.stopped:
        return reason_words(report.trouble or report.stopped)
    return "; ".join(_notes(report)) or (_("works") if report.checked else _("credentials are there"))


def _notes(report: Report) -> Iterator[str]:
    """What its platform tells of an account that works."""
    identity = report.identity
    if identity is None:
        return
    if identity.expires_at:
        from campaign_bot.app import dates

        yield _("expires {day}").format(day=dates.day(identity.expires_at))
    yield from map(reason_words, identity.notes)
    yield from (f"{name}: {value}" for name, value in identity.limits.items())
