"""Ledgers with deliveries in them, for tests."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from campaign_bot.ledger import Add, Ledger
from campaign_bot.model import MOVES, Delivery, Receipt, State
from support.deliveries import NOON, delivery

KEY = "launch/letter:x-en:en"
SECOND = dt.timedelta(seconds=1)
MINUTE = dt.timedelta(minutes=1)


def add(ledger: Ledger, *planned: Delivery, now: dt.datetime = NOON, **fields: Any) -> None:
    """Add these deliveries (or the usual one) as they are planned."""
    changes = [
        Add(one, State.SCHEDULED, one.at, one.deadline, **fields) for one in planned or (delivery(KEY),)
    ]
    assert ledger.apply(changes, now=now, who="test") == []


def way_to(state: State) -> list[State]:
    """The moves that lead a new delivery to a state."""
    ways = {State.SCHEDULED: list[State]()}
    todo = [State.SCHEDULED]
    for frm in todo:
        for to in sorted(MOVES[frm] - ways.keys()):
            ways[to] = [*ways[frm], to]
            todo.append(to)
    return ways[state]


def bring(ledger: Ledger, state: State, key: str = KEY) -> None:
    """Move a new delivery into a state, by allowed moves only."""
    for to in way_to(state):
        ledger.move(key, to, now=NOON)


def begin(
    ledger: Ledger, key: str = KEY, part: int = 1, parts: Iterable[str] = ("Hello",), **fields: Any
) -> None:
    """Begin a call, as the publisher does."""
    now = fields.pop("now", NOON)
    keys = (f"uuid-{key}-{part}", f"tid-{part}")
    texts = tuple(parts)
    ledger.begin(key, part, keys=keys, payload={"text": texts[part - 1]}, parts=texts, now=now, **fields)


def receipt(part: int = 1, id: str = "r1") -> Receipt:  # noqa: A002 - the model's own name
    return Receipt(part, id, f"https://x.example/{id}")
