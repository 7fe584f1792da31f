"""The state machine, tried whole: every move from every state, on every way through the store, on each store.

What is allowed changes one row and writes one event, in one transaction. All else is refused by the store,
which then is byte for byte as before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from campaign_bot.ledger import Ledger, LedgerError, Move, MoveRefused
from campaign_bot.ledger.schema import metadata
from campaign_bot.model import MOVES, State
from support.deliveries import NOON, delivery
from support.ledgers import KEY, MINUTE, add, begin, bring, receipt, way_to

SCHEDULED, HELD, MISSED, CANCELLED = State.SCHEDULED, State.HELD, State.MISSED, State.CANCELLED
PUBLISHING, PUBLISHED, RETRACTED = State.PUBLISHING, State.PUBLISHED, State.RETRACTED
FAILED, UNCONFIRMED = State.FAILED, State.UNCONFIRMED
ALL = list(State)


DESIGN = """
scheduled → publishing held missed cancelled
publishing → published scheduled failed unconfirmed
published → retracted
held → scheduled missed cancelled
unconfirmed → published scheduled missed failed
failed → scheduled
missed → scheduled
cancelled → scheduled
retracted →
"""


def test_the_moves_are_those_of_the_design() -> None:
    lines = (line.partition("→") for line in DESIGN.strip().splitlines())
    assert {frm.strip(): set(to.split()) for frm, _, to in lines} == MOVES


def test_every_state_is_reachable() -> None:
    assert {way_to(state)[-1] for state in set(ALL) - {SCHEDULED}} == set(ALL) - {SCHEDULED}


# ---------------------------------------------------------------- the ways


@dataclass(frozen=True)
class Way:
    """One method that moves deliveries. ``moves``: from where, to where, over which states.

    ``stays``: where it may do its work without a move. ``go`` raises MoveRefused, or gives False.
    """

    go: Callable[[Ledger, State], object]
    moves: Mapping[tuple[State, State], tuple[State, ...]]
    stays: frozenset[State] = frozenset()


def all_moves(*but_from: State) -> dict[tuple[State, State], tuple[State, ...]]:
    return {(frm, to): (to,) for frm in ALL if frm not in but_from for to in MOVES[frm]}


def fixed(frm: State, *path: State) -> dict[tuple[State, State], tuple[State, ...]]:
    return {(frm, path[-1]): path}


def _move(ledger: Ledger, to: State) -> object:
    return ledger.move(KEY, to, now=NOON)


def _move_as_seen(ledger: Ledger, to: State) -> object:
    entry = ledger.entry(KEY)
    assert entry is not None
    return ledger.move(KEY, to, frm=entry.state, now=NOON)


def _apply(ledger: Ledger, to: State) -> object:
    return not ledger.apply([Move(KEY, to)], now=NOON, who="test")


def _fail(ledger: Ledger, to: State) -> object:
    return ledger.fail(KEY, to, now=NOON, reason="why")


def _begin(ledger: Ledger, _: State) -> object:
    return ledger.begin(KEY, 1, keys=("uuid", "tid"), payload={}, parts=("Hello",), now=NOON)


def _record(ledger: Ledger, _: State) -> object:
    return ledger.record(KEY, receipt(), now=NOON, last=True)


def _record_a_part(ledger: Ledger, _: State) -> object:
    return ledger.record(KEY, receipt(), now=NOON, last=False)


def _postpone(ledger: Ledger, _: State) -> object:
    return ledger.postpone(KEY, NOON + MINUTE, now=NOON, reason="later") is None


def _orphans(ledger: Ledger, _: State) -> object:
    return ledger.orphans(NOON, "test")


def _abandon(ledger: Ledger, _: State) -> object:
    return ledger.abandon(KEY, now=NOON, who="test", reason="why")


WAYS = {
    "move": Way(_move, all_moves()),
    "move, as it was seen": Way(_move_as_seen, all_moves()),
    # A call may be under way in what is publishing: a plan leaves that alone.
    "apply": Way(_apply, all_moves(PUBLISHING)),
    "fail": Way(_fail, {(PUBLISHING, to): (to,) for to in (SCHEDULED, FAILED, UNCONFIRMED)}),
    "begin": Way(_begin, fixed(SCHEDULED, PUBLISHING)),
    "record": Way(_record, fixed(PUBLISHING, PUBLISHED) | fixed(UNCONFIRMED, PUBLISHED)),
    "record a part": Way(_record_a_part, fixed(UNCONFIRMED, SCHEDULED), frozenset({PUBLISHING})),
    "postpone": Way(_postpone, {}, frozenset({SCHEDULED})),
    "orphans": Way(_orphans, fixed(PUBLISHING, UNCONFIRMED)),
    "abandon": Way(_abandon, fixed(SCHEDULED, PUBLISHING, FAILED)),
}
TARGETS = {
    "begin": [PUBLISHING],
    "record": [PUBLISHED],
    "record a part": [SCHEDULED],
    "postpone": [SCHEDULED],
    "orphans": [UNCONFIRMED],
    "abandon": [FAILED],
}
"""Those ways lead to one state; the others are told to which."""


def everything(ledger: Ledger) -> dict[str, list[Any]]:
    """Every row of every table."""
    with ledger._read() as conn:
        return {
            table.name: [tuple(row) for row in conn.execute(select(table).order_by(*table.primary_key))]
            for table in metadata.sorted_tables
        }


def prepared(ledger: Ledger, frm: State) -> None:
    """The delivery in that state, with the attempt of a call; and another one beside it."""
    add(ledger, delivery(KEY), delivery("launch/other:x-en:en"))
    bring(ledger, frm)
    if frm is PUBLISHING:
        ledger.move(KEY, SCHEDULED, now=NOON)
        begin(ledger)


@pytest.mark.parametrize("way", WAYS)
def test_every_move_on_every_way(ledger: Ledger, way: str) -> None:
    for frm in ALL:
        prepared(ledger, frm)
        before = everything(ledger)
        for to in sorted(TARGETS.get(way, ALL), key=lambda to, frm=frm: (frm, to) in WAYS[way].moves):
            if (frm, to) not in WAYS[way].moves and frm not in WAYS[way].stays:
                refused(ledger, way, to)
                assert everything(ledger) == before
                continue
            assert WAYS[way].go(ledger, to)
            check(before, everything(ledger), frm, WAYS[way].moves.get((frm, to), ()))
            empty(ledger)
            prepared(ledger, frm)
            before = everything(ledger)
        empty(ledger)


def refused(ledger: Ledger, way: str, to: State) -> None:
    try:
        done = WAYS[way].go(ledger, to)
    except MoveRefused as refusal:
        assert refusal.key == KEY
    else:
        assert not done


def check(
    before: dict[str, list[Any]], after: dict[str, list[Any]], frm: State, path: tuple[State, ...]
) -> None:
    """One row changed, and one event for each move; or, without a move, one event that is none."""
    changed = [row for row in after["deliveries"] if row not in before["deliveries"]]
    assert [row[0] for row in changed] == [KEY]
    assert len(after["deliveries"]) == len(before["deliveries"])
    written = after["events"][len(before["events"]) :]
    states = [(event[5], event[6]) for event in written]
    if path:
        assert changed[0][11] is path[-1]
        assert states == list(zip((frm, *path), path, strict=False))
    else:
        assert changed[0][11] is frm
        assert states == [(None, None)]


def empty(ledger: Ledger) -> None:
    with ledger._write() as conn:
        for table in reversed(metadata.sorted_tables):
            conn.execute(table.delete())


# ---------------------------------------------------------------- the transaction, and the database itself


@contextmanager
def no_events(ledger: Ledger) -> Iterator[None]:
    """Nothing can be written into the history meanwhile."""
    for frm, to in (("events", "away"), ("away", "events")):
        with ledger._write() as conn:
            conn.exec_driver_sql(f"ALTER TABLE {frm} RENAME TO {to}")
        if to == "away":
            yield


@pytest.mark.parametrize("way", WAYS)
def test_a_move_and_its_event_are_one(ledger: Ledger, way: str) -> None:
    frm, to = next(iter(WAYS[way].moves), (SCHEDULED, SCHEDULED))
    prepared(ledger, frm)
    before = everything(ledger)
    with no_events(ledger), pytest.raises(LedgerError):
        WAYS[way].go(ledger, to)
    assert everything(ledger) == before


@pytest.mark.parametrize("frm", ALL)
def test_the_database_itself_refuses_every_other_move(ledger: Ledger, frm: State) -> None:
    prepared(ledger, frm)
    for to in set(ALL) - MOVES[frm] - {frm}:
        with pytest.raises(IntegrityError), ledger._write() as conn:
            conn.execute(text("UPDATE deliveries SET state = :to WHERE key = :key"), {"to": to, "key": KEY})
    for wrong in ("SET state = 'lost'", "SET hold = 'lost'", "SET state = NULL"):
        with pytest.raises(IntegrityError), ledger._write() as conn:
            conn.execute(text(f"UPDATE deliveries {wrong}"))
    entry = ledger.entry(KEY)
    assert entry is not None
    assert entry.state is frm
