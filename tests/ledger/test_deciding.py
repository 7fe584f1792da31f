"""Pauses, held posts, accounts and notes: every decision is an event too."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from campaign_bot.ledger import AccountState, Ledger
from support.deliveries import NOON
from support.ledgers import MINUTE


def kinds(ledger: Ledger) -> list[str]:
    return [event.kind for event in ledger.events()]


def test_pauses_hold_until_they_are_resumed(ledger: Ledger) -> None:
    everything = ledger.pause("all", "", "the news", "ana", NOON)
    queue = ledger.pause("queue", "launch", "", "ana", NOON)
    assert ledger.pauses() == [everything, queue]
    assert (everything.scope, everything.value, everything.reason) == ("all", "", "the news")
    assert (everything.who, everything.at, everything.ended_at) == ("ana", NOON, None)
    assert ledger.resume("queue", "other", "ana", NOON) == 0
    assert ledger.resume("queue", "launch", "ana", NOON) == 1
    assert ledger.resume("queue", "launch", "ana", NOON) == 0
    assert ledger.pauses() == [everything]
    assert kinds(ledger) == ["pause", "pause", "resume"]


def test_pausing_again_takes_the_place_of_the_first(ledger: Ledger) -> None:
    ledger.pause("account", "x-en", "one", "ana", NOON)
    ledger.pause("account", "x-en", "two", "eva", NOON + MINUTE)
    assert [pause.reason for pause in ledger.pauses()] == ["two"]
    assert ledger.resume("account", "x-en", "ana", NOON) == 1


def test_a_posts_pause_and_decision_are_in_its_history(ledger: Ledger) -> None:
    ledger.pause("post", "launch/a", "wait", "ana", NOON)
    ledger.decide("launch/a", "hold", "ana", NOON)
    ledger.decide("launch/a", "release", "eva", NOON)
    told = [(event.kind, event.who) for event in ledger.events(post="launch/a")]
    assert told == [("pause", "ana"), ("hold", "ana"), ("release", "eva")]


def test_an_account_nobody_heard_of_is_well(ledger: Ledger) -> None:
    assert ledger.account("x-en") == AccountState("x-en")
    assert ledger.accounts() == []


def test_an_account_is_stopped_and_mended_once(ledger: Ledger) -> None:
    assert ledger.stop_account("x-en", "401", NOON)
    assert not ledger.stop_account("x-en", "again", NOON + MINUTE)
    state = ledger.account("x-en")
    assert (state.stopped, state.reason, state.since) == (True, "401", NOON)
    assert ledger.mend_account("x-en", NOON)
    assert not ledger.mend_account("x-en", NOON)
    assert ledger.account("x-en") == AccountState("x-en")
    assert kinds(ledger) == ["account-stopped", "account-mended"]


def test_a_429_does_not_hide_why_an_account_is_stopped(ledger: Ledger) -> None:
    ledger.postpone_account("x-en", NOON + MINUTE, NOON, "429")
    assert (ledger.account("x-en").not_before, ledger.account("x-en").reason) == (NOON + MINUTE, "429")
    ledger.stop_account("x-en", "401", NOON)
    ledger.postpone_account("x-en", NOON + 2 * MINUTE, NOON, "429")
    state = ledger.account("x-en")
    assert (state.stopped, state.reason, state.not_before) == (True, "401", NOON + 2 * MINUTE)


def test_an_account_keeps_what_else_is_known_of_it(ledger: Ledger) -> None:
    ledger.touch_account("x-en", NOON)
    ledger.stop_account("x-en", "401", NOON)
    ledger.touch_account("x-en", NOON + MINUTE)
    state = ledger.account("x-en")
    assert (state.stopped, state.last_call_at) == (True, NOON + MINUTE)
    assert ledger.accounts() == [state]


def test_two_accounts_that_are_the_same_one_are_found(ledger: Ledger) -> None:
    names = ("x-en", "x-es", "fediverse")
    assert ledger.identify_account("x-en", "x", "42", NOON, among=names) is None
    assert ledger.identify_account("x-en", "x", "42", NOON, among=names) is None
    assert ledger.identify_account("fediverse", "mastodon", "42", NOON, among=names) is None
    assert ledger.identify_account("x-es", "x", "42", NOON, among=names) == "x-en"
    assert ledger.identify_account("x-english", "x", "42", NOON, among=("x-english",)) is None
    assert (ledger.account("x-es").remote_id, ledger.account("x-es").checked_at) == ("42", NOON)


def test_notes(ledger: Ledger) -> None:
    assert ledger.meta("seen-at") is None
    ledger.set_meta("seen-at", "noon")
    ledger.set_meta("seen-at", "one")
    assert ledger.meta("seen-at") == "one"


def test_a_note_that_counts_forgets_nothing_of_what_others_add(ledger: Ledger) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: ledger.add_to_meta("spent", number), [200_000] * 20 + [-5_000] * 20))
    assert ledger.meta("spent") == "3900000"


def test_that_an_account_waits_is_only_told(ledger: Ledger) -> None:
    ledger.tell_waiting("x-en", "budget: 25 USD", now=NOON, who="worker")
    (event,) = ledger.events()
    assert (event.kind, event.reason, event.detail) == (
        "account-waits",
        "budget: 25 USD",
        {"account": "x-en"},
    )
    assert ledger.account("x-en").not_before is None
