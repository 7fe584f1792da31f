"""Dated posts: each at its own time, once, whatever happens to its file."""

import datetime as dt
from dataclasses import replace

import pytest

from campaign_bot.model import Campaign, HoldReason, State
from campaign_bot.planner import overdue
from support.campaigns import account, campaign, post, queue
from support.planning import after, entry, history, keys, on, planned, times

FEDIVERSE = account("fediverse", "mastodon", ("en", "es"))
HOUR = dt.timedelta(hours=1)


def letter(at: str = "2026-12-01 09:00", **more: object) -> Campaign:
    folder_only = {name: more.pop(name) for name in ("accounts", "broken", "starts", "zone") if name in more}
    return campaign(post("launch/letter", en="Read it", es="Léela", at=at, **more), **folder_only)


def test_a_post_goes_to_each_account_in_each_language_with_stagger_and_spacing() -> None:
    launch = queue(
        "launch",
        post("launch/letter", en="Read it", es="Léela", at="2026-12-01 09:00"),
        stagger={"es": dt.timedelta(minutes=15)},
    )
    x = account("x-es", languages=("es",))
    made = planned(campaign(launch, accounts=[x, FEDIVERSE]), "2026-12-01", "2026-12-02")
    assert times(made) == [
        "12-01 09:00 launch/letter:fediverse:en",
        "12-01 09:15 launch/letter:x-es:es",
        "12-01 09:15 launch/letter:fediverse:es",
    ]
    first = made.deliveries[0]
    assert first.rendered.parts == ("Read it",)
    assert (first.slot, first.slot_at) == (
        dt.datetime.fromisoformat("2026-12-01 09:00"),
        on("2026-12-01 09:00"),
    )
    assert first.deadline - first.slot_at == dt.timedelta(minutes=30)
    assert (first.platform, first.language, first.file) == ("mastodon", "en", "posts/launch/letter.md")


def test_together_is_one_delivery_in_both_languages() -> None:
    both = account("fediverse", "mastodon", ("en", "es"), bilingual="together")
    assert keys(planned(letter(accounts=[both]), "2026-12-01", "2026-12-02")) == [
        "launch/letter:fediverse:en+es"
    ]


def test_in_a_bilingual_thread_the_second_language_waits_for_the_first() -> None:
    """Even where the stagger would have it the other way round."""
    launch = queue(
        "launch",
        post("launch/letter", en="Read it", es="Léela", at="2026-12-01 09:00"),
        stagger={"en": dt.timedelta(minutes=10)},
    )
    thread = account("fediverse", "mastodon", ("en", "es"), bilingual="thread")
    made = planned(campaign(launch, accounts=[thread]), "2026-12-01", "2026-12-02")
    assert times(made) == ["12-01 09:10 launch/letter:fediverse:en", "12-01 09:11 launch/letter:fediverse:es"]
    assert [delivery.after for delivery in made.deliveries] == [None, "launch/letter:fediverse:en"]


def test_from_is_inclusive_and_until_exclusive() -> None:
    folder = letter("2026-12-02 00:00")
    assert planned(folder, "2026-12-01", "2026-12-02").deliveries == ()
    assert len(planned(folder, "2026-12-02", "2026-12-03").deliveries) == 2


def test_a_post_without_text_in_a_language_has_no_delivery_there() -> None:
    folder = campaign(post("launch/letter", en="Read it", at="2026-12-01 09:00"), accounts=[FEDIVERSE])
    assert keys(planned(folder, "2026-12-01", "2026-12-02")) == ["launch/letter:fediverse:en"]


@pytest.mark.parametrize(
    "state", [State.PUBLISHING, State.UNCONFIRMED, State.PUBLISHED, State.RETRACTED, State.FAILED]
)
@pytest.mark.parametrize("at", ["2026-12-01 09:00", "2026-12-01 15:00", "2026-12-20 09:00"])
def test_what_was_tried_is_never_planned_again_wherever_its_file_moves_it(state: State, at: str) -> None:
    past = after(planned(letter(), "2026-12-01", "2026-12-02"), state)
    edited = letter(at)
    assert planned(edited, "2026-12-01", "2027-01-01", past).deliveries == ()
    assert overdue(edited, past, on("2027-01-01")) == ()


@pytest.mark.parametrize(
    ("at", "is_planned"),
    [
        ("2026-12-01 08:00", False),
        ("2026-12-01 09:00", False),
        ("2026-12-01 09:01", True),
        ("2026-12-05 09:00", True),
    ],
)
def test_a_missed_post_comes_back_only_when_its_file_moves_it_later(at: str, is_planned: bool) -> None:
    past = after(planned(letter(), "2026-12-01", "2026-12-02"), State.MISSED)
    assert bool(planned(letter(at), "2026-12-01", "2027-01-01", past).deliveries) is is_planned


def test_a_cancelled_post_comes_back_with_its_file_but_not_after_a_skip() -> None:
    made = planned(letter(), "2026-12-01", "2026-12-02")
    en, es = made.deliveries
    past = history(entry(en, State.CANCELLED), entry(es, State.CANCELLED, skipped=True))
    assert keys(planned(letter("2026-12-03 09:00"), "2026-12-01", "2027-01-01", past)) == [en.key]


def test_what_waits_follows_its_file_whenever_that_is() -> None:
    past = after(planned(letter(), "2026-12-01", "2026-12-02"), State.SCHEDULED)
    assert times(planned(letter("2026-12-01 11:00"), "2026-12-01 12:00", "2026-12-03", past)) == [
        "12-01 11:00 launch/letter:x-en:en",
        "12-01 11:00 launch/letter:x-es:es",
    ]
    moved_far = planned(letter("2027-01-05 09:00"), "2026-12-01", "2026-12-03", past)
    assert moved_far.deliveries == ()
    assert [f"{delivery.at:%m-%d %H:%M}" for delivery in moved_far.kept] == ["01-05 09:00", "01-05 09:00"]
    assert planned(campaign(), "2026-12-01", "2026-12-03", past) == planned(
        campaign(), "2026-12-01", "2026-12-03"
    )


def test_what_a_person_let_go_is_due_from_then_on() -> None:
    """And neither a hold in its file nor the last guard holds it again; a problem does."""
    made = planned(letter(), "2026-12-01", "2026-12-02")
    decided = on("2026-12-02 10:00")
    past = after(made, State.SCHEDULED, decided_at=decided)
    folder = letter(hold=True)
    for delivery in planned(folder, "2026-12-02 10:00", "2026-12-03", past).deliveries:
        assert delivery.at == decided
        assert delivery.deadline == decided + dt.timedelta(minutes=30)
        assert delivery.hold is None
    broken = planned(folder.holding(frozenset({"posts/launch/letter.md"})), "2026-12-02", "2026-12-03", past)
    assert {delivery.hold for delivery in broken.deliveries} == {HoldReason.PROBLEM}


def test_why_a_post_is_held() -> None:
    def hold(folder: Campaign, **decided: list[str]) -> HoldReason | None:
        made = planned(folder, "2026-12-01", "2026-12-02", history(**decided))
        (found,) = {delivery.hold for delivery in made.deliveries}
        return found

    name = ["launch/letter"]
    assert hold(letter()) is None
    assert hold(letter(hold=True)) is HoldReason.FILE
    assert hold(letter(), held=name) is HoldReason.PERSON
    assert hold(letter(hold=True), released=name) is None
    for file in ("posts/launch/letter.md", "posts/launch/queue.yaml"):
        assert hold(letter(broken=frozenset({file})), released=name) is HoldReason.PROBLEM


@pytest.mark.parametrize(
    "in_the_way",
    [
        {"starts": dt.date(2026, 12, 2)},
        {"ends": dt.date(2026, 11, 30)},
        {"blackout": frozenset({dt.date(2026, 12, 1)})},
        {"quiet": (dt.time(8), dt.time(9, 30))},
    ],
)
def test_a_time_on_which_nothing_may_go_out_holds_the_post(in_the_way: dict[str, object]) -> None:
    folder = campaign(post("launch/letter", en="Read it", at="2026-12-01 09:00"), **in_the_way)
    (delivery,) = planned(folder, "2026-11-01", "2027-01-01").deliveries
    assert delivery.hold is HoldReason.PROBLEM


def test_a_persons_hold_on_one_delivery_stays_after_an_older_release_of_its_post() -> None:
    en, es = planned(letter(), "2026-12-01", "2026-12-02").deliveries
    past = history(
        entry(en, State.HELD, hold=HoldReason.PERSON), entry(es, State.SCHEDULED), released=["launch/letter"]
    )
    made = planned(letter(), "2026-12-01", "2026-12-02", past)
    assert [delivery.hold for delivery in made.deliveries] == [HoldReason.PERSON, None]


def test_a_stagger_that_is_still_to_come_is_planned_though_the_time_has_passed() -> None:
    launch = queue(
        "launch",
        post("launch/letter", en="Read it", es="Léela", at="2026-12-01 09:00"),
        post("launch/next", en="Next", at="2026-12-01 10:00"),
        post("launch/thanks", en="Thanks", at="2026-12-01 09:00"),
        stagger={"es": dt.timedelta(minutes=15)},
    )
    folder = campaign(launch)
    now = "2026-12-01 09:05"
    assert keys(planned(folder, now, "2026-12-02")) == ["launch/letter:x-es:es", "launch/next:x-en:en"]
    assert keys(overdue(folder, history(), on(now))) == ["launch/letter:x-en:en", "launch/thanks:x-en:en"]


def test_overdue_is_what_the_ledger_never_heard_of() -> None:
    folder = letter(accounts=[FEDIVERSE])
    en, es = planned(folder, "2026-12-01", "2026-12-02").deliveries
    assert keys(overdue(folder, history(), on("2026-12-01 09:00"))) == []
    late = overdue(folder, history(entry(en, State.SCHEDULED)), on("2026-12-01 09:10"))
    assert keys(late) == [es.key]
    assert late[0].at == late[0].slot_at == on("2026-12-01 09:00")  # not spaced
    assert overdue(folder, history(entry(en), entry(es, State.MISSED)), on("2027-01-01")) == ()


def test_what_an_account_missed_is_overdue_from_when_it_joined_on() -> None:
    folder = letter(accounts=[FEDIVERSE])
    other = post("launch/next", en="Next", es="Más", at="2026-12-04 09:00")
    later = entry(planned(campaign(other, accounts=[FEDIVERSE]), "2026-12-04", "2026-12-05").deliveries[0])
    for joined, there in (("2026-12-01 08:59", True), ("2026-12-01 09:01", False)):
        past = replace(history(later), joined={"fediverse:en": on(joined)})
        assert bool(overdue(folder, past, on("2026-12-05"))) is there


def test_a_new_way_of_being_bilingual_concerns_only_posts_of_which_nothing_is_out() -> None:
    separate, together, thread = (
        letter(accounts=[account("fediverse", "mastodon", ("en", "es"), bilingual=how)])
        for how in ("separate", "together", "thread")
    )
    en, es = planned(separate, "2026-12-01", "2026-12-02").deliveries
    waiting = history(entry(en, State.SCHEDULED), entry(es, State.SCHEDULED))
    half_out = history(entry(en), entry(es, State.SCHEDULED))
    both = "launch/letter:fediverse:en+es"
    assert keys(planned(together, "2026-12-01", "2026-12-02", waiting)) == [both]
    assert keys(planned(together, "2026-12-01", "2026-12-02", half_out)) == [es.key]
    (reply,) = planned(thread, "2026-12-01", "2026-12-02", half_out).deliveries
    assert reply.after is None  # it was planned to stand alone
    was_together = after(planned(together, "2026-12-01", "2026-12-02"))
    assert planned(separate, "2026-12-01", "2026-12-02", was_together).deliveries == ()


def test_a_thread_that_is_partly_out_is_neither_held_nor_planned_anew() -> None:
    made = planned(letter(), "2026-12-01", "2026-12-02")
    past = after(made, State.SCHEDULED, parts_done=1)
    again = planned(letter(hold=True), "2026-12-01", "2026-12-02", past)
    assert [(delivery.key, delivery.hold) for delivery in again.deliveries] == [
        (delivery.key, None) for delivery in made.deliveries
    ]


def test_a_persons_hold_outlives_being_missed_until_the_post_is_released() -> None:
    en, _ = planned(letter(), "2026-12-01", "2026-12-02").deliveries
    missed = entry(en, State.MISSED, hold=HoldReason.PERSON)
    for released, hold in (((), HoldReason.PERSON), (("launch/letter",), None)):
        made = planned(
            letter("2026-12-05 09:00"), "2026-12-01", "2026-12-09", history(missed, released=released)
        )
        assert {d.hold for d in made.deliveries if d.key == en.key} == {hold}


def test_two_posts_with_one_id_make_one_delivery() -> None:
    """The loader reports them; the plan must not trip over them."""
    twins = [
        post("launch/letter", en=words, at="2026-12-01 09:00", file=f"posts/launch/{words}.md")
        for words in "ab"
    ]
    made = planned(campaign(queue("launch", *twins)), "2026-12-01", "2026-12-02")
    assert [delivery.file for delivery in made.deliveries] == ["posts/launch/a.md"]
