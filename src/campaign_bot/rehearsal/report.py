"""The rehearsal as one self-contained HTML page: what a tester shows to the coalition."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from campaign_bot import i18n
from campaign_bot.app import pages
from campaign_bot.app.pages.gallery import Gallery
from campaign_bot.i18n import _
from campaign_bot.i18n.reasons import reason_words, state_word
from campaign_bot.ledger import Event
from campaign_bot.model import Campaign, Entry, State
from campaign_bot.rehearsal import words
from campaign_bot.rehearsal.account import Count, counts, total
from campaign_bot.rehearsal.findings import Breach
from campaign_bot.rehearsal.run import Outcome, Rehearsal

BAD = frozenset({State.MISSED, State.FAILED, State.UNCONFIRMED})


@dataclass(frozen=True, slots=True)
class Moment:
    """One post at one slot on all its accounts: a line of cards for each, a column for each language.

    ``mark``: ``bad`` where something did not go out, ``hard`` where something stood in its way; else empty.
    """

    number: int
    at: dt.datetime
    post: str
    demand: str | None
    columns: tuple[str, ...]
    lines: tuple[tuple[pages.Card | None, ...], ...]
    mark: str

    @property
    def title(self) -> str:
        """The post's own name, without its queue's."""
        return self.post.rpartition("/")[2]


def html(root: Path, rehearsal: Rehearsal) -> str:
    """The page, in the language in use. Pictures are read from ``root``; nothing else is."""
    moments = _moments(Gallery(root, room=0), rehearsal)
    rows = counts(rehearsal)
    return pages.render("report.html", _values(rehearsal, moments, rows, i18n.language()))


def _values(rehearsal: Rehearsal, moments: list[Moment], rows: list[Count], lang: str) -> dict[str, Any]:
    from babel.dates import format_date

    whole = total(rows)
    return {
        "name": rehearsal.campaign.name,
        "zone": str(rehearsal.campaign.zone),
        "first": rehearsal.first,
        "last": rehearsal.last,
        "figures": _figures(whole),
        "breaches": _breaches(rehearsal),
        "ordeal": words.ordeal(rehearsal.ordeal) if rehearsal.ordeal else (),
        "findings": [words.finding(found) for found in rehearsal.findings],
        "weeks": pages.weeks(rehearsal.first, rehearsal.last),
        "by_day": _by_day(moments),
        "weekday": lambda day: format_date(day, "ccc", locale=lang),
        "short": lambda day: format_date(day, "d MMM" if day.day == 1 else "d", locale=lang),
        "tongue_name": lambda tongue: _tongue_name(tongue, lang),
        "rows": rows,
        "total": whole,
        "moments": moments,
        "state_words": {state: state_word(state) for state in State},
    }


def _figures(whole: Count) -> Sequence[tuple[str, int, bool]]:
    return (
        (_("Planned"), whole.planned, False),
        (_("Published"), whole.published, False),
        (_("Missed"), whole.missed, whole.missed > 0),
        (_("Unconfirmed"), whole.unconfirmed, whole.unconfirmed > 0),
        (_("Other"), whole.other, whole.other > 0),
    )


def _breaches(rehearsal: Rehearsal) -> Sequence[tuple[str, int]]:
    """The promises and how often each was broken: with faults always, else only if one was."""
    if rehearsal.ordeal is None and not rehearsal.findings:
        return ()
    return [(words.breach(breach), rehearsal.number(breach)) for breach in Breach]


def _tongue_name(tongue: str, lang: str) -> str:
    """``en+es`` → English + Spanish, in the reader's language."""
    from babel import Locale

    reader = Locale.parse(lang)
    names = (reader.languages.get(code, code) for code in tongue.split("+"))
    return " + ".join(name[:1].upper() + name[1:] for name in names)


def _by_day(moments: list[Moment]) -> dict[dt.date, list[Moment]]:
    days: dict[dt.date, list[Moment]] = {}
    for moment in moments:
        days.setdefault(moment.at.date(), []).append(moment)
    return days


def _moments(gallery: Gallery, rehearsal: Rehearsal) -> list[Moment]:
    by_slot: dict[tuple[dt.datetime, str], list[Outcome]] = {}
    for outcome in rehearsal.outcomes:
        by_slot.setdefault((outcome.entry.slot, outcome.entry.post), []).append(outcome)
    groups = sorted(by_slot.values(), key=lambda outcomes: outcomes[0].entry.due_at)
    return [_moment(gallery, rehearsal.campaign, number, group) for number, group in enumerate(groups)]


def _moment(gallery: Gallery, campaign: Campaign, number: int, outcomes: list[Outcome]) -> Moment:
    order = {language: place for place, language in enumerate(campaign.languages)}
    languages = {outcome.entry.language for outcome in outcomes}
    columns = tuple(sorted(languages, key=lambda language: (order.get(language, len(order)), language)))
    first = outcomes[0].entry
    return Moment(
        number=number,
        at=first.due_at.astimezone(campaign.zone),
        post=first.post,
        demand=_demand(campaign, first),
        columns=columns,
        lines=tuple(_lines(gallery, campaign, outcomes, columns)),
        mark=_mark(outcomes),
    )


def _mark(outcomes: Iterable[Outcome]) -> str:
    if any(outcome.entry.state in BAD for outcome in outcomes):
        return "bad"
    return "hard" if any(outcome.story for outcome in outcomes) else ""


def _demand(campaign: Campaign, entry: Entry) -> str | None:
    posts = campaign.queues[entry.queue].posts
    return next((post.demand for post in posts if post.id == entry.post), None)


def _lines(
    gallery: Gallery, campaign: Campaign, outcomes: list[Outcome], columns: tuple[str, ...]
) -> Iterable[tuple[pages.Card | None, ...]]:
    """The cards of one platform in lines, so that its two languages stand side by side."""
    accounts = {name: place for place, name in enumerate(campaign.accounts)}
    by_platform: dict[str, dict[str, list[pages.Card]]] = {}
    for outcome in sorted(outcomes, key=lambda o: accounts[o.entry.account]):
        entry = outcome.entry
        at = entry.due_at.astimezone(campaign.zone)
        story = tuple(_happened(campaign, event) for event in outcome.story)
        pictures = _pictures(gallery, campaign, outcome)
        card = pages.card(at, entry, outcome.rendered, pictures, _why(entry), story)
        by_platform.setdefault(entry.platform, {}).setdefault(entry.language, []).append(card)
    for cards in by_platform.values():
        for row in range(max(len(stack) for stack in cards.values())):
            stacks = (cards.get(column, []) for column in columns)
            yield tuple(stack[row] if row < len(stack) else None for stack in stacks)


def _pictures(gallery: Gallery, campaign: Campaign, outcome: Outcome) -> tuple[tuple[str, str], ...]:
    """None of a post with an error: they may be what is wrong with it."""
    entry = outcome.entry
    sound = entry.file not in campaign.broken
    return gallery.pictures(outcome.rendered, campaign.accounts[entry.account]) if sound else ()


def _happened(campaign: Campaign, event: Event) -> str:
    """``09:01 unconfirmed: no answer came``."""
    clock = event.at.astimezone(campaign.zone).strftime("%H:%M:%S")
    said = reason_words(event.reason)
    return f"{clock} {state_word(event.to_state)}: {said}" if event.to_state else f"{clock} {said}"


def _why(entry: Entry) -> str:
    """What stands on a card that did not go out as planned."""
    return "" if entry.state is State.PUBLISHED else reason_words(entry.reason)
