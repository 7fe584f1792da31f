"""The ledger follows the plan: many changes at once, in order; what is no longer possible is skipped."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaign_bot.ledger import Add, Change, Follow, Ledger, Move
from campaign_bot.model import HoldReason, State
from support.deliveries import NOON, delivery, rendered
from support.ledgers import KEY, MINUTE, add, begin, bring, receipt

HOUR = 60 * MINUTE


def apply(ledger: Ledger, *changes: Change) -> list[Change]:
    return ledger.apply(changes, now=NOON, who="plan")


def test_a_new_delivery_is_there_as_planned(ledger: Ledger) -> None:
    planned = delivery(KEY, variant=2, after="launch/letter:x-en:es")
    assert apply(ledger, Add(planned, State.HELD, NOON, NOON + HOUR, "held: hold", HoldReason.FILE)) == []
    entry = ledger.entry(KEY)
    assert (entry.queue, entry.post, entry.file) == (planned.queue, planned.post, planned.file)
    assert (entry.account, entry.platform, entry.language) == ("x-en", "x", "en")
    assert (entry.slot, entry.slot_at) == (planned.slot, planned.slot_at)
    assert (entry.due_at, entry.deadline) == (NOON, NOON + HOUR)
    assert (entry.state, entry.hold, entry.reason) == (State.HELD, HoldReason.FILE, "held: hold")
    assert (entry.variant, entry.after, entry.fingerprint) == (2, planned.after, "Hello")
    (event,) = ledger.events(KEY)
    assert (event.kind, event.to_state, event.who, event.post) == ("add", State.HELD, "plan", planned.post)


def test_the_same_delivery_is_added_once(ledger: Ledger) -> None:
    again = Add(delivery(KEY), State.SCHEDULED, NOON + HOUR, None)
    first = Add(delivery(KEY), State.SCHEDULED, NOON, None)
    assert apply(ledger, first, again) == [again]
    assert apply(ledger, again) == [again]
    assert ledger.entry(KEY).due_at == NOON


def test_no_delivery_begins_as_anything_but_waiting(ledger: Ledger) -> None:
    for state in set(State) - {State.SCHEDULED, State.HELD}:
        assert apply(ledger, change := Add(delivery(KEY), state, NOON, None)) == [change]
    assert ledger.entry(KEY) is None


def test_a_waiting_delivery_follows_its_file(ledger: Ledger) -> None:
    add(ledger)
    later = delivery(KEY, NOON + HOUR, file="posts/launch/renamed.md", variant=1, rendered=rendered("Hi"))
    assert apply(ledger, Follow(KEY, later, NOON + HOUR, NOON + 2 * HOUR)) == []
    entry = ledger.entry(KEY)
    assert (entry.due_at, entry.deadline) == (NOON + HOUR, NOON + 2 * HOUR)
    assert (entry.file, entry.variant, entry.fingerprint) == ("posts/launch/renamed.md", 1, "Hi")
    assert entry.slot_at == later.slot_at


@pytest.mark.parametrize(
    ("change", "due_at", "reason"),
    [
        ({"rendered": rendered("Hi")}, NOON, "edited"),
        ({"post": "launch/other"}, NOON, "edited"),
        ({}, NOON + MINUTE, "moved"),
        ({"file": "posts/launch/renamed.md"}, NOON, None),
    ],
)
def test_following_is_told_where_people_would_see_it(
    ledger: Ledger, change: dict[str, object], due_at: dt.datetime, reason: str | None
) -> None:
    add(ledger)
    apply(ledger, Follow(KEY, delivery(KEY, **change), due_at, None))
    assert [event.reason for event in ledger.events(KEY) if event.kind == "follow"] == [reason] * bool(reason)


def test_what_has_begun_follows_nothing(ledger: Ledger) -> None:
    change = Follow(KEY, delivery(KEY, rendered=rendered("Hi")), NOON, None)
    assert apply(ledger, change) == [change]  # it is not there
    add(ledger)
    begin(ledger, parts=("one", "two"))
    assert apply(ledger, change) == [change]
    ledger.record(KEY, receipt(), now=NOON, last=False)
    ledger.move(KEY, State.SCHEDULED, now=NOON)
    assert apply(ledger, change, Move(KEY, State.CANCELLED)) == [change, Move(KEY, State.CANCELLED)]
    assert ledger.entry(KEY).fingerprint == "Hello"


def test_a_plan_never_touches_a_call_in_flight(ledger: Ledger) -> None:
    add(ledger)
    begin(ledger)
    for to in State:
        assert apply(ledger, Move(KEY, to)) == [Move(KEY, to)]
    assert ledger.attempts(KEY)[0].ended_at is None


def test_the_changes_of_one_row_come_in_order(ledger: Ledger) -> None:
    add(ledger)
    bring(ledger, State.MISSED)
    changes = (
        Move(KEY, State.SCHEDULED, "back"),
        Follow(KEY, delivery(KEY, NOON + HOUR), NOON + HOUR, None),
        Move(KEY, State.HELD, "held: person", HoldReason.PERSON, {"decided_at": NOON}),
    )
    assert apply(ledger, *changes) == []
    entry = ledger.entry(KEY)
    assert (entry.state, entry.hold, entry.due_at) == (State.HELD, HoldReason.PERSON, NOON + HOUR)
    assert entry.decided_at == NOON
    assert [event.kind for event in ledger.events(KEY)][-3:] == ["move", "follow", "move"]


def test_what_a_person_skipped_stays_cancelled(ledger: Ledger) -> None:
    add(ledger)
    assert apply(ledger, Move(KEY, State.CANCELLED, columns={"skipped": True})) == []
    assert apply(ledger, Move(KEY, State.SCHEDULED)) == [Move(KEY, State.SCHEDULED)]


def test_one_change_that_is_not_possible_stops_no_other(ledger: Ledger) -> None:
    planned = [delivery(f"launch/{number:04}:x-en:en") for number in range(1_000)]
    add(ledger, *planned)
    ledger.move(planned[7].key, State.HELD, now=NOON)
    changes = [Move(one.key, State.HELD) for one in planned]
    assert apply(ledger, *changes) == [changes[7]]
    assert ledger.counts()[State.HELD] == 1_000


KEYS = [f"launch/{name}:x-en:en" for name in "abc"]
CHANGES = st.one_of(
    st.builds(
        lambda key, state: Add(delivery(key), state, NOON, None),
        st.sampled_from(KEYS),
        st.sampled_from([State.SCHEDULED, State.HELD]),
    ),
    st.builds(
        lambda key, minutes, text: Follow(
            key, delivery(key, rendered=rendered(text)), NOON + minutes * MINUTE, None
        ),
        st.sampled_from(KEYS),
        st.integers(0, 2),
        st.sampled_from(["Hello", "Hi"]),
    ),
    st.builds(
        lambda key, to, skipped: Move(key, to, columns={"skipped": True} if skipped else {}),
        st.sampled_from(KEYS),
        st.sampled_from([State.SCHEDULED, State.HELD, State.MISSED, State.CANCELLED]),
        st.booleans(),
    ),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(CHANGES, max_size=12))
def test_all_at_once_is_the_same_as_one_by_one(changes: list[Change]) -> None:
    with Ledger.open("sqlite://") as together, Ledger.open("sqlite://") as apart:
        skipped = apply(together, *changes)
        assert skipped == [one for change in changes for one in apply(apart, change)]
        assert set(map(_row, together.entries())) == set(map(_row, apart.entries()))
        assert _history(together) == _history(apart)


def _row(entry: object) -> tuple[object, ...]:
    return dataclasses.astuple(entry)  # type: ignore[call-overload]


def _history(ledger: Ledger) -> list[tuple[object, ...]]:
    return [(one.kind, one.key, one.from_state, one.to_state, one.reason) for one in ledger.events()]
