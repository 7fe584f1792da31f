"""A plan for other programs: a table (CSV) and a calendar (iCalendar)."""

from __future__ import annotations

import csv
import datetime as dt
import io

from campaign_bot.app.planning import Planned, fields
from campaign_bot.i18n import _
from campaign_bot.i18n.reasons import HELD_BACK

BETWEEN_PARTS = "\n\n---\n\n"
"""As staff write it, so that a cell can be pasted back into a file."""

SHOWN_AS = dt.timedelta(minutes=5)
"""How long a delivery stands in a calendar."""

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins with one of these is run as a formula by spreadsheets."""


def as_csv(made: Planned) -> str:
    """The fields of ``plan --json``, one row for each delivery; no cell can act as a formula."""
    out = io.StringIO(newline="")
    names = ["key", "at", "queue", "post", "account", "platform", "language", "parts", "length", "limit"]
    writer = csv.DictWriter(out, [*names, "images", "demand", "hold", "cost", "currency"])
    writer.writeheader()
    for delivery in made.deliveries:
        row = fields(delivery, made)
        row["parts"] = BETWEEN_PARTS.join(row["parts"])
        row["images"] = "\n".join(f"{image['file']}: {image['alt']}" for image in row["images"])
        price = row["cost"] or {"amount": "", "currency": ""}
        row |= {"cost": price["amount"], "currency": price["currency"]}
        writer.writerow({name: _harmless(value) for name, value in row.items()})
    return out.getvalue()


def _harmless(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def as_ics(made: Planned, name: str, now: dt.datetime) -> str:
    """A calendar whose events keep their identity: a delivery that moves, moves in the calendar too.

    One that something keeps back is tentative, and says so.
    """
    from icalendar import Calendar, Event

    calendar = Calendar()
    calendar.add("prodid", "-//campaign-bot//plan//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", name)
    for delivery in made.deliveries:
        start = delivery.at.astimezone(dt.UTC)
        event = Event()
        event.add("uid", f"{delivery.key}@campaign-bot")
        event.add("dtstamp", now.astimezone(dt.UTC))
        event.add("dtstart", start)
        event.add("dtend", start + SHOWN_AS)
        hold = made.hold(delivery)
        mark = f" ({_(HELD_BACK[hold])})" if hold in HELD_BACK else ""
        event.add("summary", f"{delivery.post} · {delivery.account} ({delivery.language}){mark}")
        event.add("status", "TENTATIVE" if hold else "CONFIRMED")
        event.add("description", BETWEEN_PARTS.join(delivery.rendered.parts))
        calendar.add_component(event)
    ics: bytes = calendar.to_ical()
    return ics.decode("utf-8")
