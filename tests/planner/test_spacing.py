"""How often an account may speak, and the guard against the same words twice."""

import datetime as dt
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from campaign_bot.model import Campaign, HoldReason, Post, Severity, State
from campaign_bot.planner.spacing import Lane
from support.campaigns import account, campaign, post, queue
from support.planning import after, codes, entry, history, keys, on, planned, times

MINUTE = dt.timedelta(minutes=1)


def note(number: int, at: str = "2026-12-01 09:00", **more: object) -> Post:
    more.setdefault("en", f"Note {number}")
    return post(f"notes/{number}", at=at, **more)


def notes(*posts: Post, spacing: int = 5, per_day: int | None = None, **more: object) -> Campaign:
    one = account("x-en", spacing=spacing * MINUTE, per_day=per_day)
    return campaign(*posts, accounts=[one], **more)


def test_spacing_moves_a_delivery_later_and_its_time_shows_it() -> None:
    made = planned(notes(note(1), note(2), note(3, "2026-12-01 09:07")), "2026-12-01", "2026-12-02")
    assert times(made) == [
        "12-01 09:00 notes/1:x-en:en",
        "12-01 09:05 notes/2:x-en:en",
        "12-01 09:10 notes/3:x-en:en",
    ]
    assert {delivery.slot_at for delivery in made.deliveries[:2]} == {on("2026-12-01 09:00")}


def test_at_one_time_english_comes_before_spanish_then_queues_then_posts() -> None:
    both = account("mast", "mastodon", ("en", "es"))
    folder = campaign(
        post("b/2", en="B two", es="B dos", at="2026-12-01 09:00"),
        post("b/1", en="B one", es="B uno", at="2026-12-01 09:00"),
        post("a/1", en="A one", es="A uno", at="2026-12-01 09:00"),
        accounts=[both],
    )
    assert keys(planned(folder, "2026-12-01", "2026-12-02")) == [
        f"{name}:mast:{language}" for language in ("en", "es") for name in ("a/1", "b/2", "b/1")
    ]


def test_no_room_within_its_lateness_is_a_problem_and_not_planned() -> None:
    made = planned(notes(*(note(n) for n in range(9))), "2026-12-01", "2026-12-02")
    assert len(made.deliveries) == 7  # 09:00 to 09:30
    first, second = made.problems
    assert (first.code, first.severity, first.file, first.field) == (
        "too-crowded",
        Severity.ERROR,
        "posts/notes/7.md",
        "at",
    )
    assert first.params == {
        "account": "x-en",
        "post": "notes/7",
        "time": "2026-12-01 09:00",
        "spacing": "5m",
        "lateness": "30m",
    }
    assert second.file == "posts/notes/8.md"


def test_in_a_queue_of_slots_the_problem_stands_at_the_slots_rule() -> None:
    act = queue("act", post("act/a", en="Act"), order="sequence", slots=["mon 08:00", "daily 09:01"])
    made = planned(notes(note(1), act, spacing=60), "2026-12-01", "2026-12-02")
    assert [(p.code, p.file, p.field, p.line) for p in made.problems] == [
        ("too-crowded", "posts/act/queue.yaml", "slots.1", 2)
    ]


def test_per_day_counts_the_campaigns_calendar_day_with_its_history() -> None:
    folder = notes(
        *(note(n, f"2026-12-0{day} 23:50") for n, day in enumerate((1, 1, 1, 2))), spacing=6, per_day=2
    )
    made = planned(folder, "2026-12-01", "2026-12-04")
    assert times(made) == [  # the third of the first day goes out on the second, at 00:02
        "12-01 23:50 notes/0:x-en:en",
        "12-01 23:56 notes/1:x-en:en",
        "12-02 00:02 notes/2:x-en:en",
        "12-02 23:50 notes/3:x-en:en",
    ]
    extra = notes(note(9, "2026-12-01 12:00"), note(8, "2026-12-03 12:00"), per_day=2)
    later = planned(extra, "2026-12-01", "2026-12-04", after(made))
    assert keys(later) == ["notes/8:x-en:en"]
    (problem,) = later.problems
    assert (problem.code, problem.params["day"], problem.params["limit"]) == ("over-per-day", "2026-12-01", 2)


def test_spacing_counts_from_what_went_out_or_may_have() -> None:
    (first,) = planned(notes(note(1)), "2026-12-01", "2026-12-02").deliveries
    for state in (State.PUBLISHED, State.PUBLISHING, State.UNCONFIRMED):
        past = history(entry(first, state))
        made = planned(notes(note(2, "2026-12-01 09:02")), "2026-12-01", "2026-12-02", past)
        assert times(made) == ["12-01 09:05 notes/2:x-en:en"]
    missed = planned(
        notes(note(2, "2026-12-01 09:02")), "2026-12-01", "2026-12-02", history(entry(first, State.MISSED))
    )
    assert times(missed) == ["12-01 09:02 notes/2:x-en:en"]


def test_what_waits_in_the_ledger_and_has_no_room_is_kept_for_its_lateness_to_decide() -> None:
    made = planned(notes(note(1), note(2)), "2026-12-01", "2026-12-02")
    late = on("2026-12-01 09:27").astimezone(dt.UTC)
    first, second = made.deliveries
    past = history(entry(first, published_at=late), entry(second, State.SCHEDULED))
    again = planned(notes(note(1), note(2)), "2026-12-01 09:28", "2026-12-02", past)
    assert (keys(again), keys(again.kept), codes(again)) == ([], ["notes/2:x-en:en"], ["too-crowded"])


def test_held_deliveries_take_no_room() -> None:
    made = planned(notes(note(1, hold=True), note(2)), "2026-12-01", "2026-12-02")
    assert times(made) == ["12-01 09:00 notes/1:x-en:en", "12-01 09:00 notes/2:x-en:en"]


def test_what_was_let_go_late_does_not_push_away_what_comes_before_it() -> None:
    (first, _) = planned(notes(note(1), note(2, "2026-12-01 12:00")), "2026-12-01", "2026-12-02").deliveries
    past = history(entry(first, State.SCHEDULED, decided_at=on("2026-12-01 15:00")))
    made = planned(notes(note(1), note(2, "2026-12-01 12:00")), "2026-12-01 11:00", "2026-12-02", past)
    assert times(made) == ["12-01 12:00 notes/2:x-en:en", "12-01 15:00 notes/1:x-en:en"]


@given(
    spacing=st.integers(0, 40),
    per_day=st.one_of(st.none(), st.integers(1, 4)),
    past=st.lists(st.integers(0, 3000), max_size=6),
    wanted=st.lists(st.integers(0, 3000), max_size=25),
)
def test_a_lane_keeps_its_distances_and_its_days(
    spacing: int, per_day: int | None, past: list[int], wanted: list[int]
) -> None:
    """Minutes from the midnight before the clocks go back."""
    midnight = on("2026-10-31").astimezone(dt.UTC)
    one = account("x-en", spacing=spacing * MINUTE, per_day=per_day)
    before = [midnight + minutes * MINUTE for minutes in past]
    lane = Lane(one, on("2026-10-31").tzinfo, before)  # type: ignore[arg-type]
    taken = []
    for minutes in sorted(wanted):
        earliest = midnight + minutes * MINUTE
        at, trouble = lane.offer(earliest, earliest + 30 * MINUTE)
        assert earliest <= at
        if not trouble:
            assert at <= earliest + 30 * MINUTE
            lane.take(at)
            taken.append(at)
    for earlier, later in pairwise(taken):
        assert later - earlier >= spacing * MINUTE
    for at in taken:
        assert not any(dt.timedelta(0) <= at - one < spacing * MINUTE for one in before)
    if per_day is not None:
        days = [at.astimezone(on("2026-10-31").tzinfo).date() for at in [*before, *taken]]
        fresh = {at.astimezone(on("2026-10-31").tzinfo).date() for at in taken}
        assert all(days.count(day) <= per_day for day in fresh)


# ---------------------------------------------------------------- the same words twice


def test_the_same_words_under_another_key_are_held_however_long_ago() -> None:
    """A file that was renamed without an ``id``."""
    past = after(planned(notes(note(1, "2025-01-01 09:00")), "2025-01-01", "2025-01-02"))
    made = planned(notes(note(2, en="Note 1")), "2026-12-01", "2026-12-02", past)
    assert [delivery.hold for delivery in made.deliveries] == [HoldReason.SAME_TEXT]
    (problem,) = made.problems
    assert (problem.code, problem.severity, problem.file) == (
        "text-repeated",
        Severity.WARNING,
        "posts/notes/2.md",
    )
    assert problem.params == {
        "account": "x-en",
        "post": "notes/2",
        "time": "2026-12-01 09:00",
        "other": "notes/1",
        "when": "2025-01-01 09:00",
    }


def test_of_two_planned_posts_with_the_same_words_the_later_is_held() -> None:
    made = planned(notes(note(1), note(2, "2026-12-05 09:00", en="Note 1")), "2026-12-01", "2026-12-10")
    assert [delivery.hold for delivery in made.deliveries] == [None, HoldReason.SAME_TEXT]
    held_first = planned(
        notes(note(1, hold=True), note(2, "2026-12-05 09:00", en="Note 1")), "2026-12-01", "2026-12-10"
    )
    assert [delivery.hold for delivery in held_first.deliveries] == [HoldReason.FILE, None]


def test_other_accounts_and_what_did_not_go_out_do_not_count() -> None:
    (first,) = planned(notes(note(1)), "2026-12-01", "2026-12-02").deliveries
    for past in (entry(first, State.MISSED), entry(first, State.FAILED)):
        made = planned(notes(note(2, en="Note 1")), "2026-12-01", "2026-12-02", history(past))
        assert [delivery.hold for delivery in made.deliveries] == [None]
    other = campaign(note(2, en="Note 1"), accounts=[account("x-en"), account("x-other")])
    made = planned(other, "2026-12-01", "2026-12-02", history(entry(first)))
    assert [(d.account, d.hold) for d in made.deliveries] == [
        ("x-en", HoldReason.SAME_TEXT),
        ("x-other", None),
    ]


def test_a_renamed_account_is_known_by_what_it_said_under_its_former_name() -> None:
    (first,) = planned(notes(note(1)), "2026-12-01", "2026-12-02").deliveries
    renamed = campaign(note(1, "2026-12-05 09:00"), accounts=[account("english")])
    made = planned(renamed, "2026-12-02", "2026-12-10", history(entry(first)))
    assert [delivery.hold for delivery in made.deliveries] == [HoldReason.SAME_TEXT]
    elsewhere = campaign(note(1, "2026-12-05 09:00"), accounts=[account("toots", "mastodon")])
    made = planned(elsewhere, "2026-12-02", "2026-12-10", history(entry(first)))
    assert [delivery.hold for delivery in made.deliveries] == [None]


def test_an_account_that_spoke_beside_a_removed_one_is_not_its_heir() -> None:
    two = campaign(note(1), accounts=[account("x-en"), account("x-two")])
    said = after(planned(two, "2026-12-01", "2026-12-02"))
    only_two = campaign(note(3, "2026-12-05 09:00", en="Note 3"), accounts=[account("x-two")])
    (extra,) = planned(notes(note(3, "2026-12-02 09:00")), "2026-12-02", "2026-12-03").deliveries
    made = planned(only_two, "2026-12-03", "2026-12-10", history(*said.entries, entry(extra)))
    assert [delivery.hold for delivery in made.deliveries] == [None]


def test_a_rotation_may_say_the_same_again_after_24_hours() -> None:
    folder = campaign(
        queue("hl", post("hl/a", en="Again"), order="rotation", slots=["daily 09:00", "daily 21:00"]),
        accounts=[account("x-en")],
    )
    made = planned(folder, "2026-12-01", "2026-12-03")
    assert [(f"{d.at:%d %H}", d.hold) for d in made.deliveries] == [
        ("01 09", None),
        ("01 21", HoldReason.SAME_TEXT),
        ("02 09", None),
        ("02 21", HoldReason.SAME_TEXT),
    ]
    assert codes(made) == ["text-repeated"]  # once, not for every slot


def test_a_thread_under_way_does_not_stand_in_its_own_way() -> None:
    thread = note(1, en="One\n\n---\n\nTwo")
    folder = notes(thread, per_day=1)
    (begun,) = planned(folder, "2026-12-01", "2026-12-02").deliveries
    past = history(entry(begun, State.SCHEDULED, parts_done=1))
    made = planned(folder, "2026-12-01 09:01", "2026-12-02", past)
    assert (keys(made), codes(made)) == ([begun.key], [])


def test_seconds_late_is_no_reason_to_hold_the_next_days_showing() -> None:
    """A real call takes its time: what is shown at 09:00 every day is never 24 hours apart to the second."""
    folder = campaign(
        queue("hl", post("hl/a", en="Again"), order="rotation", slots=["daily 09:00"]),
        accounts=[account("x-en")],
    )
    (first,) = planned(folder, "2026-12-01", "2026-12-02").deliveries
    late = entry(first, published_at=on("2026-12-01 09:00") + dt.timedelta(seconds=2))
    (second,) = planned(folder, "2026-12-01 10:00", "2026-12-03", history(late)).deliveries
    assert second.hold is None


def test_a_showing_that_a_person_let_go_counts_from_then() -> None:
    folder = campaign(
        queue("hl", post("hl/a", en="Again"), order="rotation", slots=["daily 09:00"]),
        accounts=[account("x-en")],
    )
    (first,) = planned(folder, "2026-12-01", "2026-12-02").deliveries
    retried = entry(first, decided_at=on("2026-12-01 15:00"))
    (second,) = planned(folder, "2026-12-01 16:00", "2026-12-03", history(retried)).deliveries
    assert second.hold is HoldReason.SAME_TEXT


def test_what_a_person_released_goes_out_in_spite_of_the_guard() -> None:
    folder = notes(note(1), note(2, "2026-12-05 09:00", en="Note 1"))
    first, second = planned(folder, "2026-12-01", "2026-12-10").deliveries
    past = history(entry(first), entry(second, State.SCHEDULED, decided_at=on("2026-12-05 10:00")))
    (released,) = planned(folder, "2026-12-02", "2026-12-10", past).deliveries
    assert (released.hold, released.at) == (None, on("2026-12-05 10:00"))


def test_what_is_late_but_in_time_goes_out_from_now_on_in_order_and_spaced() -> None:
    folder = notes(*(note(n, f"2026-12-01 09:0{n}") for n in (3, 1, 2)), lateness=20 * MINUTE)
    past = after(planned(folder, "2026-12-01", "2026-12-02"), State.SCHEDULED)
    assert times(planned(folder, "2026-12-01 09:15", "2026-12-02", past)) == [
        "12-01 09:15 notes/1:x-en:en",
        "12-01 09:20 notes/2:x-en:en",
    ]
    over = planned(folder, "2026-12-01 10:00", "2026-12-02", past)
    assert [f"{delivery.at:%H:%M}" for delivery in over.deliveries] == ["09:01", "09:02", "09:03"]
    assert over.problems == ()


def test_a_thread_that_is_partly_out_has_been_said_and_is_not_held_itself() -> None:
    folder = notes(note(1), note(2, "2026-12-05 09:00", en="Note 1"))
    first, _ = planned(folder, "2026-12-01", "2026-12-10").deliveries
    partly = entry(first, State.SCHEDULED, parts_done=1)
    made = planned(
        notes(note(2, "2026-12-05 09:00", en="Note 1")), "2026-12-02", "2026-12-10", history(partly)
    )
    assert [delivery.hold for delivery in made.deliveries] == [HoldReason.SAME_TEXT]
    said_before = planned(notes(note(0, "2026-11-30 09:00", en="Note 1")), "2026-11-30", "2026-12-01")
    both = history(partly, entry(said_before.deliveries[0]))
    assert [d.hold for d in planned(notes(note(1)), "2026-12-01", "2026-12-02", both).deliveries] == [None]


def test_what_is_over_is_left_to_its_lateness_and_what_lies_beyond_is_told_in_its_time() -> None:
    folder = notes(note(1, "2026-12-05 09:00"), note(2, "2026-12-05 09:00", en="Note 1"))
    waiting = after(planned(notes(note(1), note(2)), "2026-12-01", "2026-12-02"), State.SCHEDULED)
    assert planned(folder, "2026-12-01", "2026-12-03", waiting).problems == ()
    assert codes(planned(folder, "2026-12-01", "2026-12-06", waiting)) == ["text-repeated"]
    over = planned(folder, "2026-12-06", "2026-12-08", waiting)
    assert ([delivery.hold for delivery in over.deliveries], over.problems) == ([None, None], ())
