"""``status`` and ``log``: where every delivery stands, and its history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from campaign_bot.cli.base import Name, argument, command, dry_option, json_option
from campaign_bot.cli.output import say, table, warn, write_json
from campaign_bot.cli.session import Session, pass_session
from campaign_bot.i18n import N_, _
from campaign_bot.i18n.reasons import reason_words, state_word
from campaign_bot.i18n.sentences import sentence
from campaign_bot.model import FilePause, State

if TYPE_CHECKING:
    from campaign_bot.app.status import Standing, Status

PAUSED = {
    "all": N_("Everything is paused ({by})."),
    "account": N_("The account {value} is paused ({by})."),
    "queue": N_("The queue {value} is paused ({by})."),
    "post": N_("The post {value} is paused ({by})."),
    "language": N_("The language {value} is paused ({by})."),
}
"""``by``: who and since when, or the line of a file."""


@command(help=N_("Where every delivery stands: the ledger, and the next seven days of the plan."))
@json_option
@dry_option
@pass_session
def status(session: Session, as_json: bool, dry: bool) -> int:
    from campaign_bot.app import status as standing

    found = standing.status(session.root, session.settings, session.now(), dry=dry)
    if found.broken:
        warn(sentence("config-broken", {}))
    if as_json:
        write_json(standing.as_json(found))
    else:
        _show(found)
    return 0


def _show(found: Status) -> None:
    from campaign_bot.app import dates, money

    say(_("Live ledger.") if found.live else _("Dry run: nothing reaches a network."))
    for pause in found.pauses:
        by = (
            pause.place
            if isinstance(pause, FilePause)
            else f"{pause.who}, {dates.moment(pause.at.astimezone(found.zone))}"
        )
        say(_(PAUSED[pause.scope]).format(value=pause.value, by=by))
        if pause.reason:
            say(f"    {reason_words(pause.reason)}")
    for one in found.spent:
        if one.amount.amount or one.account.budget:
            say(f"{one.account.name}: {money.spent_words(one.amount, one.account.budget)}")
    _show_deliveries(found.standings, found)
    counted = [f"{state_word(State(state))}: {count}" for state, count in found.counts.items() if count]
    say(" · ".join(counted) or _("There are no deliveries."))


def _show_deliveries(standings: Sequence[Standing], found: Status) -> None:
    from campaign_bot.app import dates

    if not standings:
        return
    rows = [
        (
            dates.moment((one.published_at or one.due_at).astimezone(found.zone)),
            one.post,
            one.account,
            one.language,
            state_word(one.state),
            _note(one),
        )
        for one in standings
    ]
    table([_("When"), _("Post"), _("Account"), _("Language"), _("State"), _("Note")], rows)


def _note(standing: Standing) -> str:
    """Where it is, or why it is not out."""
    urls = [receipt.url or receipt.id for receipt in standing.receipts]
    return " ".join(urls) if standing.state is State.PUBLISHED else standing.why


KINDS = {
    "add": N_("added to the ledger"),
    "follow": N_("followed its file"),
    "postpone": N_("postponed"),
    "part": N_("a part is out"),
    "deleted": N_("a part was deleted"),
    "look": N_("looked for on the platform"),
    "problem": N_("a problem in the files"),
    "pause": N_("paused"),
    "resume": N_("resumed"),
    "hold": N_("held"),
    "release": N_("released"),
    "account-stopped": N_("account stopped"),
    "account-mended": N_("account works again"),
    "account-waits": N_("account waits"),
    "account-bound": N_("account bound to its server"),
    "account-trusted": N_("account trusted"),
}
"""What an event says; a move says its states."""


@command(help=N_("The history of everything, or of one post or delivery."))
@argument("post", type=Name(), required=False, metavar=N_("[POST|KEY]"))
@json_option
@dry_option
@pass_session
def log(session: Session, post: str | None, as_json: bool, dry: bool) -> int:
    from campaign_bot.app import dates, history

    found = history.log(session.root, session.settings, post, dry=dry)
    if as_json:
        write_json(history.as_json(found))
        return 0
    if not found.events:
        say(_("Nothing happened yet."))
    for event in found.events:
        what = _(KINDS[event.kind]) if event.kind in KINDS else ""
        if event.kind == "move" and event.from_state and event.to_state:
            what = f"{state_word(event.from_state)} → {state_word(event.to_state)}"
        pieces = [
            dates.moment(event.at.astimezone(found.zone)),
            event.who,
            history.about(event),
            what,
            history.why(event),
        ]
        say(" · ".join(piece for piece in pieces if piece))
    return 0
