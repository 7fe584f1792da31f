"""Questions to the ledger."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaign_bot.ledger import Ledger
from campaign_bot.ledger.schema import metadata
from campaign_bot.model import Delivery, State
from support.deliveries import NOON, delivery, rendered
from support.ledgers import KEY, MINUTE, SECOND, add, begin, bring, receipt


def dated(name: str, minutes: int = 0, account: str = "x-en", **fields: object) -> Delivery:
    return delivery(f"launch/{name}:{account}:en", NOON + minutes * MINUTE, **fields)


def names(entries: list) -> list[str]:
    return [entry.post.partition("/")[2] for entry in entries]


# ---------------------------------------------------------------- entries


def test_entries_by_any_filter_in_order_of_time(ledger: Ledger) -> None:
    add(ledger, dated("b", 2), dated("a", 1), dated("c", 3, "x-es"), dated("d", 4, queue="other"))
    ledger.move(dated("a").key, State.HELD, now=NOON)
    assert names(ledger.entries()) == ["a", "b", "c", "d"]
    assert names(ledger.entries(limit=2)) == ["a", "b"]
    assert names(ledger.entries(states=[State.HELD])) == ["a"]
    assert names(ledger.entries(states=[])) == []
    assert names(ledger.entries(post="launch/b")) == ["b"]
    assert names(ledger.entries(account="x-es")) == ["c"]
    assert names(ledger.entries(queue="other")) == ["d"]
    assert names(ledger.entries(keys=[dated("b").key, "nothing"])) == ["b"]
    assert names(ledger.entries(states=[State.SCHEDULED], account="x-en", queue="launch")) == ["b"]


def test_entries_that_wait_for_a_reason(ledger: Ledger) -> None:
    for name, reason in (("a", "budget: 25 USD"), ("b", "budget"), ("c", "budgets: 25 USD"), ("d", "")):
        add(ledger, dated(name))
        ledger.postpone(dated(name).key, NOON + MINUTE, now=NOON, reason=reason)
    assert names(ledger.entries(code="budget")) == ["a"]


def test_each_entry_has_its_own_receipts(ledger: Ledger) -> None:
    add(ledger, dated("a"), dated("b"), dated("c"))
    for name in "ab":
        for part in (1, 2):
            begin(ledger, dated(name).key, part, ("one", "two"))
            ledger.record(dated(name).key, receipt(part, f"{name}{part}"), now=NOON, last=part == 2)
    found = {entry.key: [one.id for one in entry.receipts] for entry in ledger.entries(limit=3)}
    assert found == {dated("a").key: ["a1", "a2"], dated("b").key: ["b1", "b2"], dated("c").key: []}
    assert ledger.entries(keys=[dated("a").key]) == [ledger.entry(dated("a").key)]


def test_what_is_not_there_is_none(ledger: Ledger) -> None:
    assert ledger.entry("nothing") is None
    assert ledger.part("nothing", 1) is None
    assert ledger.attempts("nothing") == []


def test_instants_keep_their_microseconds_and_come_out_in_utc(ledger: Ledger) -> None:
    at = dt.datetime(2026, 12, 1, 1, 2, 3, 456789, tzinfo=dt.timezone(dt.timedelta(hours=-8)))
    add(ledger, delivery(KEY, at))
    entry = ledger.entry(KEY)
    assert entry.due_at == at
    assert entry.due_at.tzinfo is dt.UTC
    assert entry.slot == at.replace(tzinfo=None)


def test_a_naive_instant_is_refused(ledger: Ledger) -> None:
    add(ledger)
    with pytest.raises(Exception, match="offset-naive"):
        ledger.move(KEY, State.HELD, now=dt.datetime(2026, 12, 1))  # noqa: DTZ001 - the point
    assert ledger.entry(KEY).state is State.SCHEDULED


# ---------------------------------------------------------------- what is due


def test_due_is_what_is_scheduled_and_not_later_than_now(ledger: Ledger) -> None:
    add(ledger, dated("b", 1), dated("a"), dated("c", 1), dated("later", 2), dated("held"))
    ledger.move(dated("held").key, State.HELD, now=NOON)
    assert names(ledger.due(NOON + MINUTE)) == ["a", "b", "c"]
    assert names(ledger.due(NOON + MINUTE, limit=2)) == ["a", "b"]
    assert ledger.due(NOON - SECOND) == []


def test_accounts_that_can_take_none_do_not_stand_in_the_way(ledger: Ledger) -> None:
    add(ledger, dated("a", 0, "x-es"), dated("b", 1))
    assert names(ledger.due(NOON + MINUTE, without={"x-es"})) == ["b"]


def test_an_account_with_much_that_is_due_does_not_stand_in_the_way(ledger: Ledger) -> None:
    add(ledger, dated("a"), dated("b"), dated("c", 1, "x-es"), dated("d", 1, "x-es"))
    assert names(ledger.due(NOON + MINUTE, limit=1)) == ["a", "c"]


INSTANTS = st.integers(0, 6).map(lambda minutes: NOON + minutes * MINUTE)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(INSTANTS, st.none() | INSTANTS, st.booleans()), max_size=6), INSTANTS)
def test_due_and_next_due_are_what_their_words_say(
    rows: list[tuple[dt.datetime, dt.datetime | None, bool]], now: dt.datetime
) -> None:
    with Ledger.open("sqlite://") as ledger:
        ready: dict[str, dt.datetime] = {}
        for number, (due_at, not_before, held) in enumerate(rows):
            planned = dated(str(number), (due_at - NOON) // MINUTE)
            add(ledger, planned)
            if not_before is not None:
                ledger.postpone(planned.key, not_before, now=NOON, reason="")
            if held:
                ledger.move(planned.key, State.HELD, now=NOON)
            else:
                ready[planned.key] = max(due_at, not_before or due_at)
        assert {entry.key for entry in ledger.due(now)} == {key for key, at in ready.items() if at <= now}
        assert ledger.next_due(now) == min((at for at in ready.values() if at > now), default=None)


def test_expired_is_what_waits_past_its_deadline(ledger: Ledger) -> None:
    add(ledger, *(dated(name, deadline=NOON + MINUTE) for name in "abc"), dated("d", deadline=NOON))
    ledger.move(dated("b").key, State.HELD, now=NOON)
    ledger.move(dated("c").key, State.CANCELLED, now=NOON)
    assert names(ledger.expired(NOON)) == []
    assert names(ledger.expired(NOON + SECOND)) == ["d"]
    assert names(ledger.expired(NOON + MINUTE + SECOND)) == ["d", "a", "b"]
    assert ledger.next_deadline(NOON + SECOND) == NOON + MINUTE
    assert ledger.next_deadline(NOON + MINUTE + SECOND) is None


def test_what_a_worker_asks_again_and_again_needs_no_scan() -> None:
    with Ledger.open("sqlite://") as ledger:
        add(ledger, delivery(KEY, after=dated("a").key))
        entry = ledger.entry(KEY)
        assert entry
        asked: list[str] = []
        with ledger._read() as connection:
            driver = connection.connection.driver_connection
        driver.set_trace_callback(asked.append)
        ledger.due(NOON)
        ledger.next_due(NOON)
        ledger.next_deadline(NOON)
        ledger.expired(NOON)
        ledger.entries(states=[State.UNCONFIRMED])
        ledger.shown("x-en", NOON)
        ledger.version()
        ledger.events(after=5, but=["add"])
        ledger.claim(KEY, "worker", NOON, NOON + MINUTE)
        ledger.standing(entry)
        driver.set_trace_callback(None)
        questions = [sql for sql in asked if sql.startswith(("SELECT", "UPDATE"))]
        assert len(questions) == 16
        large = tuple(f"SCAN {table} " for table in metadata.tables.keys() - {"pauses"})
        for sql in questions:
            plan = driver.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall()
            scans = [line for *_, line in plan if f"{line} ".startswith(large)]
            assert not scans, (sql, plan)


# ---------------------------------------------------------------- the rest


def test_history_is_all_and_what_people_said_of_whole_posts(ledger: Ledger) -> None:
    add(ledger, dated("a"), dated("b"))
    bring(ledger, State.CANCELLED, dated("a").key)
    ledger.decide("launch/a", "hold", "ana", NOON)
    ledger.decide("launch/b", "hold", "ana", NOON)
    ledger.decide("launch/b", "release", "ana", NOON + MINUTE)
    history = ledger.history()
    assert names(list(history.entries)) == ["a", "b"]
    assert (history.held, history.released) == ({"launch/a"}, {"launch/b"})


def test_counts_name_every_state(ledger: Ledger) -> None:
    add(ledger, dated("a"), dated("b"), dated("c"))
    ledger.move(dated("a").key, State.HELD, now=NOON)
    assert ledger.counts() == dict.fromkeys(State, 0) | {State.SCHEDULED: 2, State.HELD: 1}


def test_equal_text_on_its_way_is_found(ledger: Ledger) -> None:
    for state in State:
        key = dated(state).key
        add(ledger, dated(state, rendered=rendered(state)))
        bring(ledger, state, key)
        open_ = state in (State.PUBLISHING, State.UNCONFIRMED)
        entry = ledger.entry(key)
        assert entry
        assert ledger.standing(entry).same_text is None
        another = dataclasses.replace(entry, key="another")
        assert ledger.standing(another).same_text == (key if open_ else None)
        assert ledger.standing(dataclasses.replace(another, account="x-es")).same_text is None


def test_what_stands_in_the_way_is_of_one_moment(ledger: Ledger) -> None:
    add(ledger, dated("a"), dated("b", after=dated("a").key))
    first, second = (ledger.entry(dated(name).key) for name in "ab")
    assert first and second
    pause = ledger.pause("queue", "launch", "wait", "ana", NOON)
    ledger.stop_account("x-en", "401", NOON)
    assert ledger.standing(first).first is None
    standing = ledger.standing(second)
    assert (standing.pauses, standing.first, standing.same_text) == ([pause], State.SCHEDULED, None)
    assert (standing.account.name, standing.account.stopped) == ("x-en", True)


def test_shown_is_when_each_delivery_went_out_or_may_have(ledger: Ledger) -> None:
    add(ledger, *(dated(name) for name in "abcdf"), dated("e", account="x-es"))
    for part in (1, 2):
        begin(ledger, dated("a").key, part, ("one", "two"), now=NOON)
        ledger.record(dated("a").key, receipt(part, f"a{part}"), now=NOON + SECOND, last=part == 2)
    begin(ledger, dated("b").key, now=NOON + MINUTE)
    begin(ledger, dated("c").key, now=NOON + 2 * MINUTE)
    ledger.fail(dated("c").key, State.UNCONFIRMED, now=NOON + 3 * MINUTE, reason="")
    begin(ledger, dated("d").key, now=NOON)
    ledger.fail(dated("d").key, State.FAILED, now=NOON, reason="")
    begin(ledger, dated("e", account="x-es").key, now=NOON)
    later = NOON + 5 * MINUTE
    begin(ledger, dated("f").key, 1, ("one", "two"), now=later)
    ledger.record(dated("f").key, receipt(1, "f1"), now=later, last=False)
    ledger.postpone(dated("f").key, later, now=later, reason="")  # back in scheduled, and partly out
    assert ledger.shown("x-en", NOON) == [NOON + SECOND, NOON + MINUTE, NOON + 2 * MINUTE, later]
    assert ledger.shown("x-en", NOON + MINUTE) == [NOON + MINUTE, NOON + 2 * MINUTE, later]


def test_events_of_one_delivery_of_one_post_or_since(ledger: Ledger) -> None:
    before = ledger.version()
    add(ledger, dated("a"), dated("b"))
    ledger.move(dated("a").key, State.HELD, now=NOON, who="ana", reason="wait")
    ledger.decide("launch/a", "hold", "ana", NOON)
    assert [event.kind for event in ledger.events(dated("a").key)] == ["add", "move"]
    assert [event.kind for event in ledger.events(post="launch/a")] == ["add", "move", "hold"]
    assert [event.kind for event in ledger.events(limit=1)] == ["add"]
    seen = ledger.events()[-2].id
    assert [event.kind for event in ledger.events(after=seen)] == ["hold"]
    assert ledger.version() == ledger.events()[-1].id > before
