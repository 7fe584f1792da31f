"""Planning a year: 20 accounts in 2 languages, 6 slots a day (87,600 deliveries).

The baseline builds the same Delivery values with nothing to decide. Half a year beside it shows whether
the time grows with the deliveries and no faster.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import fields
from zoneinfo import ZoneInfo

from bench.rows import Row, seconds
from campaign_bot.model import (
    Account,
    Campaign,
    Delivery,
    History,
    Order,
    Plan,
    Post,
    Queue,
    Rules,
    SlotRule,
    Source,
    Text,
    Unit,
)
from campaign_bot.planner import plan

ZONE = ZoneInfo("America/Los_Angeles")
START = dt.datetime(2026, 12, 1, tzinfo=ZONE)
NAMES = [field.name for field in fields(Delivery)]


def campaign() -> Campaign:
    """Seven highlights on accounts that speak both languages."""
    rules = Rules("x", Unit.X_WEIGHTED, 280)
    accounts = {
        name: Account(name, Source("config/accounts.yaml"), "x", ("en", "es"), rules)
        for name in (f"account-{number:02}" for number in range(20))
    }
    posts = tuple(
        Post(
            f"highlights/{name}",
            "highlights",
            Source(f"posts/highlights/{name}.md"),
            (
                Text("en", (), (f"Highlight {name}. {'Words of the campaign. ' * 8}",), (5,)),
                Text("es", (), (f"Demanda {name}. {'Palabras de la campaña. ' * 8}",), (8,)),
            ),
        )
        for name in "abcdefg"
    )
    days = frozenset(range(7))
    slots = tuple(SlotRule(days, dt.time(hour, 30), f"slots.{n}") for n, hour in enumerate(range(8, 20, 2)))
    queue = Queue("highlights", Source("posts/highlights/queue.yaml"), Order.ROTATION, slots, posts=posts)
    return Campaign(
        "Bench",
        Source("config/campaign.yaml"),
        ZONE,
        ("en", "es"),
        accounts=accounts,
        queues={"highlights": queue},
    )


def rows() -> list[Row]:
    folder = campaign()

    def planned(days: int) -> Plan:
        return plan(folder, History(), START, START + dt.timedelta(days=days))

    year = planned(365)
    values = [[getattr(delivery, name) for name in NAMES] for delivery in year.deliveries]
    bare = seconds(lambda: [Delivery(*each) for each in values], runs=3)
    whole = seconds(lambda: planned(365), runs=3)
    half = seconds(lambda: planned(182), runs=3)
    what = f"plan one year, {len(values):,} deliveries"
    return [
        Row(what, whole, "s", bare, "the bare values", "2 s", whole <= 2),
        Row(what, whole, "s", half, "half a year", "ratio 2.5", whole <= 2.5 * half),
    ]
