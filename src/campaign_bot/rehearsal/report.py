"""The rehearsal as one self-contained HTML page: what a tester shows to the coalition."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from campaign_bot.app import pages
from campaign_bot.i18n import _
from campaign_bot.i18n.reasons import reason_words, state_word
from campaign_bot.model import State
from campaign_bot.rehearsal.account import Count, counts, total
from campaign_bot.rehearsal.run import Outcome, Rehearsal

BAD = frozenset({State.MISSED, State.FAILED, State.UNCONFIRMED})


@dataclass(frozen=True, slots=True)
class Moment:
    """One post at one slot on all its accounts: a line of cards for each, a column for each language."""

    number: int
    at: dt.datetime
    post: str
    demand: str | None
    columns: tuple[str, ...]
    lines: tuple[tuple[pages.Card | None, ...], ...]
    bad: bool

    @property
    def title(self) -> str:
        """The post's own name, without its queue's."""
        return self.post.rpartition("/")[2]


def html(root: Path, rehearsal: Rehearsal, lang: str) -> str:
    """The page. Pictures are read from ``root``; nothing else is."""
    moments = list(_moments(root, rehearsal))
    rows = counts(rehearsal)
    return pages.render("report.html", lang, _values(rehearsal, moments, rows, lang))


def _values(rehearsal: Rehearsal, moments: list[Moment], rows: list[Count], lang: str) -> dict[str, Any]:
    from babel.dates import format_date

    whole = total(rows)
    return {
        "name": rehearsal.campaign.name,
        "zone": str(rehearsal.campaign.zone),
        "first": rehearsal.first,
        "last": rehearsal.last,
        "figures": _figures(whole),
        "weeks": pages.weeks(rehearsal.first, rehearsal.last),
        "by_day": _by_day(moments),
        "weekday": lambda day: format_date(day, "ccc", locale=lang),
        "short": lambda day: format_date(day, "d MMM" if day.day == 1 else "d", locale=lang),
        "rows": rows,
        "total": whole,
        "moments": moments,
        "state_words": {state: state_word(state) for state in State},
    }


def _figures(whole: Count) -> Sequence[tuple[str, int, bool]]:
    return (
        (_("planned"), whole.planned, False),
        (_("published"), whole.published, False),
        (_("missed"), whole.missed, whole.missed > 0),
        (_("unconfirmed"), whole.unconfirmed, whole.unconfirmed > 0),
        (_("other"), whole.other, whole.other > 0),
    )


def _by_day(moments: list[Moment]) -> dict[dt.date, list[Moment]]:
    days: dict[dt.date, list[Moment]] = {}
    for moment in sorted(moments, key=lambda m: m.at):
        days.setdefault(moment.at.date(), []).append(moment)
    return days


def _moments(root: Path, rehearsal: Rehearsal) -> Iterable[Moment]:
    by_slot: dict[tuple[dt.datetime, str], list[Outcome]] = {}
    for outcome in rehearsal.outcomes:
        by_slot.setdefault((outcome.delivery.slot, outcome.delivery.post), []).append(outcome)
    for number, ((_slot, post), outcomes) in enumerate(sorted(by_slot.items(), key=lambda item: item[0])):
        yield _moment(root, rehearsal, number, post, outcomes)


def _moment(root: Path, rehearsal: Rehearsal, number: int, post: str, outcomes: list[Outcome]) -> Moment:
    columns = tuple(dict.fromkeys(o.delivery.language for o in _by_language(rehearsal, outcomes)))
    return Moment(
        number=number,
        at=min(outcome.delivery.at for outcome in outcomes),
        post=post,
        demand=outcomes[0].delivery.demand,
        columns=columns,
        lines=tuple(_lines(root, rehearsal, outcomes, columns)),
        bad=any(outcome.entry.state in BAD for outcome in outcomes),
    )


def _why(outcome: Outcome) -> str:
    """What stands on a card that did not go out as planned."""
    entry = outcome.entry
    return "" if entry.state is State.PUBLISHED else reason_words(entry.reason)


def _by_language(rehearsal: Rehearsal, outcomes: list[Outcome]) -> list[Outcome]:
    order = {language: number for number, language in enumerate(rehearsal.campaign.languages)}
    return sorted(outcomes, key=lambda o: (order.get(o.delivery.language, len(order)), o.delivery.language))


def _lines(
    root: Path, rehearsal: Rehearsal, outcomes: list[Outcome], columns: tuple[str, ...]
) -> Iterable[tuple[pages.Card | None, ...]]:
    """The cards of one platform in lines, so that the two languages of it stand side by side."""
    accounts = {name: number for number, name in enumerate(rehearsal.campaign.accounts)}
    by_platform: dict[str, dict[str, list[pages.Card]]] = {}
    for outcome in sorted(outcomes, key=lambda o: accounts[o.delivery.account]):
        delivery = outcome.delivery
        card = pages.card(root, delivery, state=outcome.entry.state, reason=_why(outcome))
        by_platform.setdefault(delivery.platform, {}).setdefault(delivery.language, []).append(card)
    for cards in by_platform.values():
        for row in range(max(len(stack) for stack in cards.values())):
            stacks = (cards.get(column, []) for column in columns)
            yield tuple(stack[row] if row < len(stack) else None for stack in stacks)
