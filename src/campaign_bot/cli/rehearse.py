"""``rehearse``: the real worker on a virtual clock, and an account of what happened."""

from __future__ import annotations

import datetime as dt
import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from campaign_bot.cli import logs
from campaign_bot.cli.base import Day, Number, Share, command, json_option, option
from campaign_bot.cli.check import show
from campaign_bot.cli.output import say, table, warn, write_json
from campaign_bot.cli.session import Session, pass_session
from campaign_bot.i18n import N_, _

if TYPE_CHECKING:
    from campaign_bot.rehearsal.account import Count
    from campaign_bot.rehearsal.run import Rehearsal

FIGURES = ("planned", "published", "missed", "unconfirmed", "other")


@command(help=N_("Rehearse the campaign with no network: the real worker on a virtual clock."))
@option("--days", type=Number(min=1, max=3660), default=30, metavar="N", help=N_("How many days (30)."))
@option("--from", "first", type=Day(), metavar=N_("DATE"), help=N_("The first day (the campaign's own)."))
@option(
    "--faults",
    "rate",
    type=Share(),
    metavar=N_("RATE"),
    help=N_("Let this share of the calls fail (0.1: one in ten), and kill the worker now and then."),
)
@option("--seed", type=Number(min=0), default=0, metavar="N", help=N_("Other faults for each number (0)."))
@option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.html",
    help=N_("Write a page with a calendar and every post as it would look."),
)
@json_option
@pass_session
def rehearse(
    session: Session,
    days: int,
    first: dt.date | None,
    rate: float | None,
    seed: int,
    report: Path | None,
    as_json: bool,
) -> int:
    from campaign_bot.app import loading
    from campaign_bot.rehearsal import account, run, stage

    read = loading.snapshot(session.root, session.settings)
    show(read.problems, err=True)
    if read.campaign is None:
        if as_json:
            write_json([])
        return 1
    for pause in read.pauses:
        warn(_("The pause in {place} is ignored here.").format(place=pause.place))
    today = session.now().astimezone(read.campaign.zone).date()
    start = run.start_of(read.campaign, today) if first is None else first
    # With faults, trouble is what was asked for.
    least = logging.ERROR if rate is None else logging.CRITICAL
    log = logs.to_stderr(session.without_secrets, verbose=session.verbose, least=least)
    with log, _progress() as progress:
        faults = None if rate is None else stage.Faults(rate, seed)
        done = run.rehearse(session.root, read, start, days, progress, faults)
    rows = account.counts(done)
    if as_json:
        write_json(_json(done, rows))
    else:
        _show(rows, account.total(rows))
        _show_costs(done)
        _show_comparison(done)
    if report is not None:
        from campaign_bot.rehearsal.report import html

        report.write_text(html(session.root, done), encoding="utf-8")
        warn(_("The report is {file}.").format(file=report))
    return 1 if read.has_errors or not done.went_well else 0


@contextmanager
def _progress() -> Iterator[Callable[[float], None]]:
    """A progress bar on stderr, where that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda _done: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(file=sys.stderr), transient=True) as bar:
        task = bar.add_task(_("Rehearsing"), total=1.0)
        yield lambda done: bar.update(task, completed=done)


def _json(done: Rehearsal, rows: Sequence[Count]) -> Any:
    """The rows; with faults, what was met and found beside them."""
    table_rows = [_fields(row) for row in rows]
    if done.ordeal is None:
        return table_rows
    from campaign_bot.rehearsal.findings import Breach

    return {
        "rows": table_rows,
        "rate": done.ordeal.faults.rate,
        "seed": done.ordeal.faults.seed,
        "faults": dict(done.ordeal.met),
        "kills": done.ordeal.kills,
        **{breach: done.number(breach) for breach in Breach},
        "findings": [
            {"breach": found.breach, "sign": found.sign, "key": found.key} for found in done.findings
        ],
    }


def _fields(row: Count) -> dict[str, Any]:
    where = {"account": row.account, "language": row.language, "highlight": row.highlight}
    return where | {name: getattr(row, name) for name in FIGURES}


def _show(rows: Sequence[Count], whole: Count) -> None:
    if not rows:
        say(_("Nothing goes out in this time."))
        return
    figures = [_("Planned"), _("Published"), _("Missed"), _("Unconfirmed"), _("Other")]
    lines = [[row.account, row.language, row.highlight, *_numbers(row)] for row in rows]
    lines.append([_("All"), "", "", *_numbers(whole)])
    table([_("Account"), _("Language"), _("Highlight"), *figures], lines, right=frozenset(range(3, 8)))


def _numbers(row: Count) -> list[str]:
    return [str(getattr(row, name)) for name in FIGURES]


def _show_costs(done: Rehearsal) -> None:
    """A line for each account that would have cost something."""
    from campaign_bot.app import money

    for spent in done.spent:
        if spent.amount.amount:
            say(
                _("{account} costs {amount}.").format(
                    account=spent.account.name, amount=money.words(spent.amount)
                )
            )


def _show_comparison(done: Rehearsal) -> None:
    """What the platforms hold against the ledger: with faults always, else when something is the matter."""
    from campaign_bot.rehearsal import words
    from campaign_bot.rehearsal.findings import Breach

    if done.ordeal is not None:
        say()
        for line in words.ordeal(done.ordeal):
            say(line)
    if done.ordeal is not None or done.findings:
        say(" ".join(f"{words.breach(breach)}: {done.number(breach)}." for breach in Breach))
    for found in done.findings:
        say(words.finding(found))
