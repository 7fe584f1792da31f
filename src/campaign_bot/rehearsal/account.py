"""The account of a rehearsal: how many deliveries were planned, and what became of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from campaign_bot.model import Campaign, Entry, Order, State
from campaign_bot.rehearsal.run import Rehearsal

COUNTED = {
    State.PUBLISHED: "published",
    State.RETRACTED: "published",
    State.MISSED: "missed",
    State.UNCONFIRMED: "unconfirmed",
}


@dataclass(slots=True)
class Count:
    """One row: an account, a language, a highlight (or a queue that does not rotate)."""

    account: str
    language: str
    highlight: str
    planned: int = 0
    published: int = 0
    missed: int = 0
    unconfirmed: int = 0
    other: int = 0

    def add(self, state: State) -> None:
        self.planned += 1
        field = COUNTED.get(state, "other")
        setattr(self, field, getattr(self, field) + 1)


def counts(rehearsal: Rehearsal) -> list[Count]:
    """One row for each account, language and highlight, in that order."""
    rows: dict[tuple[str, str, str], Count] = {}
    for outcome in rehearsal.outcomes:
        entry = outcome.entry
        place = (entry.account, entry.language, highlight(rehearsal.campaign, entry))
        rows.setdefault(place, Count(*place)).add(entry.state)
    order = {name: number for number, name in enumerate(rehearsal.campaign.accounts)}
    return sorted(rows.values(), key=lambda row: (order[row.account], row.language, row.highlight))


def total(rows: Iterable[Count]) -> Count:
    """All rows added up."""
    whole = Count("", "", "")
    for row in rows:
        for field in ("planned", "published", "missed", "unconfirmed", "other"):
            setattr(whole, field, getattr(whole, field) + getattr(row, field))
    return whole


def highlight(campaign: Campaign, entry: Entry) -> str:
    """A rotation's post, or the whole queue where posts do not return."""
    return entry.post if campaign.queues[entry.queue].order is Order.ROTATION else entry.queue
