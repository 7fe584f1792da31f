"""What is written around the one call: enough that a process killed at any point leaves the truth."""

from __future__ import annotations

import pytest

from campaign_bot.ledger import Ledger, MoveRefused, ReceiptTaken
from campaign_bot.model import Receipt, State
from support.deliveries import NOON, delivery
from support.ledgers import KEY, MINUTE, SECOND, add, begin, receipt

OTHER = "launch/other:x-en:en"


# ---------------------------------------------------------------- keys


def test_keys_are_a_parts_for_ever_from_its_first_call_on(ledger: Ledger) -> None:
    add(ledger)
    begin(ledger)
    first = ledger.part(KEY, 1)
    assert (first.idempotency_key, first.record_key, first.created_at) == (f"uuid-{KEY}-1", "tid-1", NOON)
    ledger.fail(KEY, State.SCHEDULED, now=NOON, reason="503")
    for keys in (("another", first.record_key), (first.idempotency_key, "another")):
        with pytest.raises(MoveRefused):
            ledger.begin(KEY, 1, keys=keys, payload={}, parts=("Hello",), now=NOON + MINUTE)
    assert ledger.entry(KEY).state is State.SCHEDULED
    begin(ledger, now=NOON + MINUTE)
    assert ledger.part(KEY, 1) == first
    assert ledger.part(KEY, 2) is None


def test_only_a_delivery_can_begin(ledger: Ledger) -> None:
    with pytest.raises(MoveRefused):
        begin(ledger, "nothing")


# ---------------------------------------------------------------- begin


def test_begin_commits_all_that_the_call_will_use(ledger: Ledger) -> None:
    add(ledger)
    call = {"keys": ("uuid", "tid"), "payload": {"media": ["m1"]}, "parts": ("¡Hola!",)}
    part = ledger.begin(KEY, 1, **call, now=NOON + SECOND)
    assert (part.text, part.payload, part.idempotency_key) == ("¡Hola!", {"media": ["m1"]}, "uuid")
    assert ledger.part(KEY, 1) == part
    entry = ledger.entry(KEY)
    assert (entry.state, entry.attempts, entry.parts) == (State.PUBLISHING, 1, ("¡Hola!",))
    (attempt,) = ledger.attempts(KEY)
    assert (attempt.part, attempt.number, attempt.started_at) == (1, 1, NOON + SECOND)
    assert (attempt.ended_at, attempt.outcome) == (None, None)


def test_begin_twice_is_refused(ledger: Ledger) -> None:
    add(ledger)
    begin(ledger)
    with pytest.raises(MoveRefused):
        begin(ledger)
    assert len(ledger.attempts(KEY)) == 1


def test_begin_looks_at_its_claim_again(ledger: Ledger) -> None:
    add(ledger)
    ledger.claim(KEY, "a", NOON, NOON + MINUTE)
    with pytest.raises(MoveRefused):
        begin(ledger, worker="b")
    begin(ledger, worker="a")


def test_a_second_part_waits_for_the_first_ones_outcome(ledger: Ledger) -> None:
    add(ledger)
    begin(ledger, parts=("one", "two"))
    with pytest.raises(MoveRefused):
        begin(ledger, part=2, parts=("one", "two"))
    ledger.record(KEY, receipt(), now=NOON, last=False)
    begin(ledger, part=2, parts=("one", "two"))
    with pytest.raises(MoveRefused):
        begin(ledger, part=2, parts=("one", "two"))


def test_the_texts_are_frozen_once_a_part_is_out(ledger: Ledger) -> None:
    add(ledger)
    begin(ledger, parts=("one", "two"))
    ledger.fail(KEY, State.SCHEDULED, now=NOON, reason="not sent")
    begin(ledger, parts=("uno", "dos"))
    ledger.record(KEY, receipt(), now=NOON, last=False)
    begin(ledger, part=2, parts=("eins", "zwei"))
    assert ledger.entry(KEY).parts == ("uno", "dos")


# ---------------------------------------------------------------- outcomes


def test_the_last_part_publishes(ledger: Ledger) -> None:
    add(ledger)
    begin(ledger)
    entry = ledger.record(KEY, Receipt(1, "r1", "https://x.example/r1", {"cid": "c"}), now=NOON, last=True)
    assert (entry.state, entry.published_at, entry.parts_done) == (State.PUBLISHED, NOON, 1)
    assert entry.receipts == (Receipt(1, "r1", "https://x.example/r1", {"cid": "c"}),)
    assert ledger.entry(KEY) == entry
    (attempt,) = ledger.attempts(KEY)
    assert (attempt.ended_at, attempt.outcome, attempt.error) == (NOON, "published", "")


def test_a_thread_has_a_receipt_for_each_part(ledger: Ledger) -> None:
    add(ledger)
    for number in (1, 2, 3):
        begin(ledger, part=number, parts=("a", "b", "c"))
        entry = ledger.record(KEY, receipt(number, f"r{number}"), now=NOON, last=number == 3)
        assert entry.state is (State.PUBLISHED if number == 3 else State.PUBLISHING)
    assert [one.id for one in entry.receipts] == ["r1", "r2", "r3"]
    assert [(one.part, one.number) for one in ledger.attempts(KEY)] == [(1, 1), (2, 2), (3, 3)]
    assert [event.kind for event in ledger.events(KEY)] == ["add", "move", "part", "part", "move"]


def test_a_thread_goes_on_from_the_part_that_failed(ledger: Ledger) -> None:
    add(ledger)
    begin(ledger, parts=("one", "two"))
    ledger.record(KEY, receipt(), now=NOON, last=False)
    begin(ledger, part=2, parts=("one", "two"))
    ledger.fail(KEY, State.SCHEDULED, now=NOON, reason="503", not_before=NOON + MINUTE)
    (entry,) = ledger.due(NOON + MINUTE)
    assert (entry.parts_done, entry.parts) == (1, ("one", "two"))
    with pytest.raises(MoveRefused):
        begin(ledger, part=1)
    begin(ledger, part=2, parts=entry.parts)
    assert ledger.record(KEY, receipt(2, "r2"), now=NOON, last=True).state is State.PUBLISHED


@pytest.mark.parametrize(
    ("to", "outcome"),
    [(State.SCHEDULED, "not-sent"), (State.FAILED, "refused"), (State.UNCONFIRMED, "unknown")],
)
def test_a_failure_ends_its_attempt(ledger: Ledger, to: State, outcome: str) -> None:
    add(ledger)
    begin(ledger)
    entry = ledger.fail(KEY, to, now=NOON + SECOND, reason="why", not_before=NOON + MINUTE)
    assert (entry.state, entry.reason, entry.not_before) == (to, "why", NOON + MINUTE)
    (attempt,) = ledger.attempts(KEY)
    assert (attempt.ended_at, attempt.outcome, attempt.error) == (NOON + SECOND, outcome, "why")


def test_no_outcome_without_a_call(ledger: Ledger) -> None:
    add(ledger)
    with pytest.raises(MoveRefused):
        ledger.fail(KEY, State.SCHEDULED, now=NOON, reason="")
    with pytest.raises(MoveRefused):
        ledger.record(KEY, receipt(), now=NOON, last=True)
    assert ledger.entry(KEY).receipts == ()


def test_evidence_settles_what_is_unconfirmed(ledger: Ledger) -> None:
    add(ledger)
    begin(ledger)
    ledger.fail(KEY, State.UNCONFIRMED, now=NOON, reason="timeout")
    at = NOON + SECOND
    entry = ledger.record(KEY, receipt(), now=NOON + MINUTE, last=True, published_at=at, reason="found")
    assert (entry.state, entry.published_at, entry.reason) == (State.PUBLISHED, at, "found")


def test_evidence_of_a_part_lets_its_thread_go_on(ledger: Ledger) -> None:
    add(ledger)
    begin(ledger, parts=("one", "two"))
    ledger.fail(KEY, State.UNCONFIRMED, now=NOON, reason="timeout")
    assert ledger.record(KEY, receipt(), now=NOON, last=False).state is State.SCHEDULED
    begin(ledger, part=2, parts=("one", "two"))


# ---------------------------------------------------------------- receipts


def test_one_post_is_never_two_deliveries(ledger: Ledger) -> None:
    add(ledger, delivery(KEY), delivery(OTHER))
    begin(ledger)
    begin(ledger, OTHER)
    ledger.record(KEY, receipt(), now=NOON, last=True)
    with pytest.raises(ReceiptTaken) as taken:
        ledger.record(OTHER, receipt(), now=NOON, last=True)
    assert (taken.value.key, taken.value.part, taken.value.remote_id) == (OTHER, 1, "r1")
    assert ledger.entry(OTHER).state is State.PUBLISHING
    assert ledger.taken("x-en", ["r1", "r2"]) == {"r1"}


def test_the_same_id_on_another_account_is_another_post(ledger: Ledger) -> None:
    spanish = "launch/letter:x-es:es"
    add(ledger, delivery(KEY), delivery(spanish))
    for key in (KEY, spanish):
        begin(ledger, key)
        ledger.record(key, receipt(), now=NOON, last=True)
    assert ledger.counts()[State.PUBLISHED] == 2


def test_a_deleted_part_is_noted_once_and_its_receipt_stays(ledger: Ledger) -> None:
    add(ledger)
    begin(ledger)
    ledger.record(KEY, receipt(), now=NOON, last=True)
    assert ledger.deleted(KEY) == frozenset()
    for _ in range(2):
        ledger.receipt_deleted(KEY, 1, now=NOON)
    assert ledger.deleted(KEY) == {1}
    assert [event.kind for event in ledger.events(KEY)].count("deleted") == 1
    assert ledger.taken("x-en", ["r1"]) == {"r1"}
