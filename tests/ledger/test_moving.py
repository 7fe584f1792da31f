"""The guarded move: what is allowed happens once and is written down; all else is refused by the store."""

from __future__ import annotations

import threading

import pytest

from campaign_bot.ledger import Ledger, MoveRefused
from campaign_bot.model import HoldReason, State
from support.deliveries import NOON, delivery
from support.ledgers import KEY, MINUTE, SECOND, add, begin, bring, receipt


def test_a_move_from_another_state_than_it_was_seen_in_is_refused(ledger: Ledger) -> None:
    add(ledger)
    ledger.move(KEY, State.HELD, now=NOON)
    with pytest.raises(MoveRefused):
        ledger.move(KEY, State.CANCELLED, frm=State.SCHEDULED, now=NOON)
    assert ledger.entry(KEY).state is State.HELD


def test_what_is_not_there_cannot_be_moved(ledger: Ledger) -> None:
    with pytest.raises(MoveRefused) as refused:
        ledger.move("nothing", State.HELD, now=NOON)
    assert refused.value.frm is None
    with pytest.raises(MoveRefused):
        ledger.move("nothing", State.HELD, frm=State.SCHEDULED, now=NOON)
    assert ledger.events() == []


def test_a_move_changes_the_columns_it_names(ledger: Ledger) -> None:
    add(ledger)
    bring(ledger, State.FAILED)
    entry = ledger.move(
        KEY,
        State.SCHEDULED,
        now=NOON,
        due_at=NOON + MINUTE,
        deadline=None,
        decided_at=NOON + SECOND,
        not_before=NOON + 2 * SECOND,
    )
    assert (entry.due_at, entry.deadline) == (NOON + MINUTE, None)
    assert (entry.decided_at, entry.not_before) == (NOON + SECOND, NOON + 2 * SECOND)
    assert ledger.entry(KEY) == entry


def test_a_hold_ends_with_the_next_move(ledger: Ledger) -> None:
    add(ledger)
    assert ledger.move(KEY, State.HELD, now=NOON, hold=HoldReason.PERSON).hold is HoldReason.PERSON
    assert ledger.move(KEY, State.SCHEDULED, now=NOON).hold is None


def test_what_a_person_skipped_never_comes_back(ledger: Ledger) -> None:
    add(ledger)
    assert ledger.move(KEY, State.CANCELLED, now=NOON, skipped=True).skipped
    with pytest.raises(MoveRefused):
        ledger.move(KEY, State.SCHEDULED, now=NOON)


@pytest.mark.parametrize("to", [State.HELD, State.MISSED, State.CANCELLED])
def test_a_thread_that_is_partly_out_is_never_given_up(ledger: Ledger, to: State) -> None:
    add(ledger)
    begin(ledger, parts=("one", "two"))
    ledger.record(KEY, receipt(), now=NOON, last=False)
    ledger.move(KEY, State.SCHEDULED, now=NOON)
    with pytest.raises(MoveRefused):
        ledger.move(KEY, to, now=NOON)
    assert ledger.expired(NOON + 100 * MINUTE) == []


# ---------------------------------------------------------------- claims


def test_of_two_that_claim_at_once_one_gets_it(ledger: Ledger) -> None:
    for number in range(5):
        key = f"launch/{number}:x-en:en"
        add(ledger, delivery(key))
        start = threading.Barrier(2)
        got: list[str] = []

        def claim(
            worker: str, key: str = key, start: threading.Barrier = start, got: list[str] = got
        ) -> None:
            start.wait()
            if ledger.claim(key, worker, NOON, NOON + MINUTE):
                got.append(worker)

        threads = [threading.Thread(target=claim, args=(worker,)) for worker in ("a", "b")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(got) == 1


def test_a_claim_lasts_until_its_end_and_can_be_renewed(ledger: Ledger) -> None:
    add(ledger)
    assert ledger.claim(KEY, "a", NOON, NOON + MINUTE)
    assert not ledger.claim(KEY, "b", NOON + MINUTE, NOON + 2 * MINUTE)
    assert ledger.claim(KEY, "a", NOON + MINUTE, NOON + 2 * MINUTE)
    assert not ledger.claim(KEY, "b", NOON + 2 * MINUTE, NOON + 3 * MINUTE)
    assert ledger.claim(KEY, "b", NOON + 2 * MINUTE + SECOND, NOON + 3 * MINUTE)


def test_a_claim_is_given_back_by_its_holder_only(ledger: Ledger) -> None:
    add(ledger)
    ledger.claim(KEY, "a", NOON, NOON + MINUTE)
    ledger.unclaim(KEY, "b")
    assert not ledger.claim(KEY, "b", NOON, NOON + MINUTE)
    ledger.unclaim(KEY, "a")
    assert ledger.claim(KEY, "b", NOON, NOON + MINUTE)


def test_only_what_is_scheduled_can_be_claimed(ledger: Ledger) -> None:
    add(ledger)
    ledger.move(KEY, State.HELD, now=NOON)
    assert not ledger.claim(KEY, "a", NOON, NOON + MINUTE)
    assert not ledger.claim("nothing", "a", NOON, NOON + MINUTE)


# ---------------------------------------------------------------- waiting, orphans


def test_postponed_it_is_not_due_before(ledger: Ledger) -> None:
    add(ledger)
    ledger.postpone(KEY, NOON + MINUTE, now=NOON, reason="uploading: 503")
    assert ledger.due(NOON) == []
    assert [entry.reason for entry in ledger.due(NOON + MINUTE)] == ["uploading: 503"]
    assert ledger.events(KEY)[-1].kind == "postpone"


def test_between_two_parts_postponing_goes_back_to_scheduled(ledger: Ledger) -> None:
    add(ledger)
    begin(ledger, parts=("one", "two"))
    ledger.record(KEY, receipt(), now=NOON, last=False)
    ledger.postpone(KEY, NOON + MINUTE, now=NOON, reason="later")
    entry = ledger.entry(KEY)
    assert (entry.state, entry.not_before) == (State.SCHEDULED, NOON + MINUTE)
    with pytest.raises(MoveRefused):
        ledger.postpone("nothing", NOON, now=NOON, reason="")


def test_only_what_waits_for_its_turn_is_postponed(ledger: Ledger) -> None:
    for state in set(State) - {State.SCHEDULED}:
        key = f"launch/{state}:x-en:en"
        add(ledger, delivery(key))
        if state is State.PUBLISHING:
            begin(ledger, key)
        else:
            bring(ledger, state, key)
        with pytest.raises(MoveRefused):
            ledger.postpone(key, NOON + MINUTE, now=NOON, reason="later")
        assert ledger.entry(key).state is state


def test_orphans_are_unconfirmed_never_scheduled(ledger: Ledger) -> None:
    keys = [f"launch/{name}:x-en:en" for name in "abc"]
    add(ledger, *map(delivery, keys))
    for key in keys[:2]:
        begin(ledger, key)
    assert ledger.orphans(NOON + MINUTE, "worker") == keys[:2]
    assert [ledger.entry(key).state for key in keys] == [State.UNCONFIRMED] * 2 + [State.SCHEDULED]
    (attempt,) = ledger.attempts(keys[0])
    assert (attempt.ended_at, attempt.outcome, attempt.error) == (NOON + MINUTE, "unknown", "orphaned")
    assert ledger.orphans(NOON + MINUTE, "worker") == []
