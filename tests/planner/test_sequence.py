"""Sequences: each post once, in file-name order, at the queue's next free slot."""

import datetime as dt

from campaign_bot.model import Campaign, HoldReason, Post, State
from support.campaigns import account, campaign, post, queue
from support.planning import entry, history, keys, planned, times

ONE = account("x-en")
TWO = (ONE, account("mast", "mastodon"))


def act(name: str, **more: object) -> Post:
    return post(f"act/{name}", en=f"Act {name}", **more)


def acts(
    *posts: Post | str, accounts: object = (ONE,), slots: object = ("mon-fri 09:30",), **more: object
) -> Campaign:
    contents = [act(item) if isinstance(item, str) else item for item in posts]
    return campaign(queue("act", *contents, order="sequence", slots=slots), accounts=accounts, **more)


def order(
    folder: Campaign, past: object = None, since: str = "2026-12-01", until: str = "2026-12-08"
) -> list[str]:
    """``01 a``: on December 1st post ``act/a``."""
    made = planned(folder, since, until, past)
    return [f"{delivery.at:%d} {delivery.post[4:]}" for delivery in made.deliveries if delivery.hold is None]


def test_each_post_goes_out_once_in_file_name_order() -> None:
    assert times(planned(acts("a", "b", "c"), "2026-12-03", "2026-12-30")) == [
        "12-03 09:30 act/a:x-en:en",
        "12-04 09:30 act/b:x-en:en",
        "12-07 09:30 act/c:x-en:en",
    ]


def test_a_post_tried_anywhere_is_done_and_a_new_account_joins_at_the_next() -> None:
    (first, *_) = planned(acts("a", "b"), "2026-12-01", "2026-12-02").deliveries
    for state in (State.PUBLISHED, State.FAILED, State.UNCONFIRMED):
        past = history(entry(first, state))
        assert keys(planned(acts("a", "b", accounts=TWO), "2026-12-01", "2026-12-04", past)) == [
            "act/b:x-en:en",
            "act/b:mast:en",
        ]


def test_what_still_waits_of_a_tried_post_keeps_its_slot() -> None:
    en, mast = planned(acts("a", "b", accounts=TWO), "2026-12-01", "2026-12-02").deliveries
    past = history(entry(en), entry(mast, State.SCHEDULED))
    folder = acts("a", "b", accounts=TWO, slots=["mon-fri 15:00"])  # even when the rule is another now
    assert times(planned(folder, "2026-12-01 09:31", "2026-12-02", past)) == [
        "12-01 09:31 act/a:mast:en",
        "12-01 15:00 act/b:x-en:en",
        "12-01 15:00 act/b:mast:en",
    ]


def test_a_missed_post_takes_the_next_free_slot_and_leaves_the_old_one_used() -> None:
    (missed,) = planned(acts("a", "b"), "2026-12-01", "2026-12-02").deliveries
    assert order(acts("a", "b"), history(entry(missed, State.MISSED))) == ["02 a", "03 b"]


def test_a_post_missed_on_one_account_stays_together_while_another_waits() -> None:
    en, mast = planned(acts("a", "b", accounts=TWO), "2026-12-01", "2026-12-02").deliveries
    waits = history(entry(en, State.MISSED), entry(mast, State.SCHEDULED))
    assert keys(planned(acts("a", "b", accounts=TWO), "2026-12-01", "2026-12-03", waits)) == [
        "act/a:mast:en",
        "act/b:x-en:en",
        "act/b:mast:en",
    ]
    both = history(entry(en, State.MISSED), entry(mast, State.MISSED))
    assert order(acts("a", "b", accounts=TWO), both) == ["02 a", "02 a", "03 b", "03 b"]


def test_a_slot_that_has_begun_stays_with_its_post() -> None:
    """A new file that sorts before it takes the next slot, not one in the past."""
    (first,) = planned(acts("b"), "2026-12-01", "2026-12-02").deliveries
    past = history(entry(first, State.SCHEDULED))
    assert order(acts("a", "b"), past, since="2026-12-01 09:31") == ["01 b", "02 a"]
    assert order(acts("a", "b"), past, since="2026-12-01 09:29") == ["01 a", "02 b"]


def test_held_and_broken_posts_are_passed_over_and_come_when_they_are_free() -> None:
    held = acts(act("a", hold=True), "b")
    assert order(held) == ["01 b"]
    assert order(held, history(released=["act/a"])) == ["01 a", "02 b"]
    assert order(acts("a", "b"), history(held=["act/a"])) == ["01 b"]
    assert order(acts("a", "b").holding(frozenset({"posts/act/a.md"}))) == ["01 b"]


def test_what_waits_of_a_held_post_is_held_at_the_slot_it_has() -> None:
    (first,) = planned(acts("a", "b"), "2026-12-01", "2026-12-02").deliveries
    past = history(entry(first, State.SCHEDULED), held=["act/a"])
    made = planned(acts("a", "b"), "2026-12-01", "2026-12-03", past)
    assert [(delivery.key, delivery.hold) for delivery in made.deliveries] == [
        ("act/a:x-en:en", HoldReason.PERSON),
        ("act/b:x-en:en", None),
    ]


def test_a_broken_queue_holds_what_waits_and_begins_nothing() -> None:
    (first,) = planned(acts("a", "b"), "2026-12-01", "2026-12-02").deliveries
    folder = acts("a", "b").holding(frozenset({"posts/act/queue.yaml"}))
    made = planned(folder, "2026-12-01", "2026-12-08", history(entry(first, State.SCHEDULED)))
    assert [(delivery.key, delivery.hold) for delivery in made.deliveries] == [
        ("act/a:x-en:en", HoldReason.PROBLEM)
    ]


def test_posts_outside_their_window_are_passed_over() -> None:
    folder = acts(act("a", from_="2026-12-03"), act("b", until="2026-12-01"), "c", "d")
    assert order(folder) == ["01 b", "02 c", "03 a", "04 d"]


def test_a_skipped_post_is_done_and_its_slot_is_free() -> None:
    (first,) = planned(acts("a", "b"), "2026-12-01", "2026-12-02").deliveries
    past = history(entry(first, State.CANCELLED, skipped=True))
    assert order(acts("a", "b"), past) == ["01 b"]


def test_a_post_pushed_beyond_the_plan_is_kept_not_lost() -> None:
    (first,) = planned(acts("b"), "2026-12-01", "2026-12-02").deliveries
    made = planned(acts("a", "b"), "2026-12-01", "2026-12-02", history(entry(first, State.SCHEDULED)))
    assert keys(made) == ["act/a:x-en:en"]
    assert [(delivery.key, f"{delivery.at:%d}") for delivery in made.kept] == [("act/b:x-en:en", "02")]


def test_a_post_that_comes_from_a_dated_queue_is_done_if_it_was_tried_there() -> None:
    dated = campaign(act("a", at="2026-12-01 09:00"), accounts=[ONE])
    (first,) = planned(dated, "2026-12-01", "2026-12-02").deliveries
    assert order(acts("a", "b"), history(entry(first))) == ["01 b"]


def test_slots_keep_out_of_quiet_hours_blackout_and_the_time_outside_the_campaign() -> None:
    folder = acts(
        *"abcdef",
        slots=["daily 06:30", "daily 09:30"],
        quiet=(dt.time(22), dt.time(7)),
        blackout=frozenset({dt.date(2026, 12, 4)}),
        starts="2026-12-03",
        ends="2026-12-06",
    )
    assert order(folder, since="2026-11-01", until="2027-01-01") == ["03 a", "05 b", "06 c"]


def test_with_a_stagger_the_slot_counts_from_its_first_language() -> None:
    both = queue(
        "act",
        post("act/a", en="Act", es="Actúa"),
        order="sequence",
        slots=["daily 09:30"],
        stagger={"en": dt.timedelta(minutes=10), "es": dt.timedelta(minutes=20)},
    )
    made = planned(campaign(both), "2026-12-01 09:40", "2026-12-02")
    assert times(made) == ["12-01 09:40 act/a:x-en:en", "12-01 09:50 act/a:x-es:es"]
    assert planned(campaign(both), "2026-12-01 09:41", "2026-12-02").deliveries == ()


def test_a_missed_post_never_goes_back_to_an_earlier_slot() -> None:
    folder = acts("a", "b", slots=["daily 09:30", "daily 15:00"])
    missed, _ = planned(folder, "2026-12-01 12:00", "2026-12-02 12:00").deliveries
    assert order(folder, history(entry(missed, State.MISSED))) == ["01 b", "02 a"]


def test_slots_come_in_order_of_time_however_the_rules_are_written() -> None:
    made = planned(acts("a", "b", slots=["daily 15:00", "daily 09:30"]), "2026-12-01", "2026-12-02")
    assert times(made) == ["12-01 09:30 act/a:x-en:en", "12-01 15:00 act/b:x-en:en"]


def test_a_post_whose_thread_is_partly_out_is_done() -> None:
    (first,) = planned(acts("a", "b"), "2026-12-01", "2026-12-02").deliveries
    partly = history(entry(first, State.SCHEDULED, parts_done=1))
    folder = acts("0", "a", "b")  # a new file that sorts before it
    assert order(folder, partly) == ["01 a", "02 0", "03 b"]
