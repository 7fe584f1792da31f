"""``plan``: what will go out, when and where."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import click

from campaign_bot.cli.base import Day, Number, command, json_option, option
from campaign_bot.cli.check import show
from campaign_bot.cli.output import say, table, warn, write_bytes, write_json
from campaign_bot.cli.session import Session, pass_session
from campaign_bot.i18n import N_, _, ngettext
from campaign_bot.i18n.reasons import HELD_BACK

if TYPE_CHECKING:
    from campaign_bot.app.planning import Planned


@command(help=N_("What will go out, when and where. Problems are written to stderr."))
@option(
    "--from", "first", type=Day(), metavar=N_("DATE"), help=N_("The first day, in the campaign's zone (now).")
)
@option("--until", type=Day(), metavar=N_("DATE"), help=N_("The day to stop before."))
@option("--days", type=Number(min=1, max=3660), metavar="N", help=N_("How many days (30)."))
@json_option
@option("--csv", "as_csv", is_flag=True, help=N_("Write a table for a spreadsheet."))
@option("--ics", "as_ics", is_flag=True, help=N_("Write a calendar."))
@pass_session
def plan(
    session: Session,
    first: dt.date | None,
    until: dt.date | None,
    days: int | None,
    as_json: bool,
    as_csv: bool,
    as_ics: bool,
) -> int:
    from campaign_bot.app import calendars, planning

    if until is not None and days is not None:
        raise click.UsageError(_("Say either --until or --days, not both."))
    if as_json + as_csv + as_ics > 1:
        raise click.UsageError(_("Say only one of --json, --csv and --ics."))
    period = planning.Period(first, until, days)
    now = session.now()
    made = planning.plan(session.root, session.settings, period, now)
    show(made.problems, err=True)
    if as_json:
        write_json(planning.as_json(made))
    elif as_csv:
        write_bytes(calendars.as_csv(made))
    elif as_ics:
        name = "" if made.campaign is None else made.campaign.name
        write_bytes(calendars.as_ics(made, name, now))
    else:
        _show_table(made)
        _show_costs(made)
    if made.held:
        held = len(made.held)
        warn(
            ngettext(
                "{n} delivery is held and stays out: see campaign-bot status.",
                "{n} deliveries are held and stay out: see campaign-bot status.",
                held,
            ).format(n=held)
        )
    return 1 if made.has_errors else 0


def _show_table(made: Planned) -> None:
    """What is kept back is marked, and counted apart."""
    from campaign_bot.app import dates

    if not made.deliveries:
        say(_("Nothing goes out in this time."))
        return
    marks = [_mark(made.hold(one)) for one in made.deliveries]
    notes = [_("Note")] if any(marks) else []
    table(
        [_("When"), _("Post"), _("Account"), _("Language"), _("Length"), *notes],
        (
            (
                dates.moment(one.at),
                one.post,
                one.account,
                one.language,
                f"{one.rendered.length}/{one.rendered.limit}",
                *([mark] if notes else []),
            )
            for one, mark in zip(made.deliveries, marks, strict=True)
        ),
        right=frozenset({4}),
    )
    paused = sum(map(bool, marks))
    count = len(marks) - paused
    say(ngettext("{n} delivery.", "{n} deliveries.", count).format(n=count))
    if paused:
        words = ngettext("{n} more is paused and stays out.", "{n} more are paused and stay out.", paused)
        say(words.format(n=paused))


def _mark(hold: str | None) -> str:
    return _(HELD_BACK[hold]) if hold in HELD_BACK else ""


def _show_costs(made: Planned) -> None:
    """A line for each account on a platform that charges."""
    from campaign_bot.app import costing, money

    for expense in costing.expenses(made.campaign, made.deliveries) if made.campaign else ():
        posts = ngettext("{n} post", "{n} posts", expense.posts).format(n=expense.posts)
        if expense.with_link:
            posts = ", ".join([posts, _("{n} with a link").format(n=expense.with_link)])
        price, budget = money.words(expense.cost), expense.account.budget
        if budget:
            limit = _("its budget is {budget} a month").format(budget=money.words(budget))
            price = f"{price} ({limit})"
        say(f"{expense.account.name}: {posts}: {price}")
