"""Rotation: highlights return in turn, fairly, whatever comes and goes."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaign_bot.model import Account, Campaign, Entry, HoldReason, Plan, Post, State
from campaign_bot.planner.rotation import Turns
from support.campaigns import account, campaign, post, queue
from support.planning import after, entry, history, keys, planned, times

ONE = account("x-en")
TWO = (ONE, account("mast", "mastodon"))
SLOTS = ("daily 09:30", "daily 18:00")


def highlight(name: str, **more: object) -> Post:
    more.setdefault("en", f"Highlight {name}")
    return post(f"hl/{name}", **more)


def highlights(
    *posts: Post | str, accounts: Iterable[Account] = (ONE,), slots: Iterable[str] = SLOTS
) -> Campaign:
    contents = [highlight(item) if isinstance(item, str) else item for item in posts]
    return campaign(queue("hl", *contents, order="rotation", slots=list(slots)), accounts=accounts)


def shown(made: Plan) -> str:
    """The highlights in the order of their slots, one letter each."""
    slots = {delivery.slot: delivery.post[3:] for delivery in made.deliveries}
    return "".join(slots[slot] for slot in sorted(slots))


# ---------------------------------------------------------------- whose turn it is


def turns(rounds: int, *posts: Post) -> str:
    queue = Turns(posts)
    names = []
    for _ in range(rounds):
        chosen = queue.next(posts)
        assert chosen is not None
        queue.show(chosen.id)
        names.append(chosen.id[3:])
    return "".join(names)


def test_equal_weights_take_turns_in_file_order() -> None:
    assert turns(7, *map(highlight, "abc")) == "abcabca"


def test_twice_the_weight_comes_twice_as_often() -> None:
    order = turns(40, highlight("a"), highlight("b", weight=2), highlight("c"))
    for start in range(0, 40, 4):
        assert sorted(order[start : start + 4]) == ["a", "b", "b", "c"]


def test_a_newcomer_is_next_but_does_not_repeat_to_catch_up() -> None:
    posts = [*map(highlight, "abc")]
    queue = Turns(posts)
    for _ in range(10):
        for name in ("hl/a", "hl/b"):
            queue.show(name)
    names = []
    for _ in range(6):
        chosen = queue.next(posts)
        assert chosen is not None
        queue.show(chosen.id)
        names.append(chosen.id[3:])
    assert "".join(names) == "cabcab"


WEIGHTS = st.sampled_from([Fraction(1, 2), Fraction(1), Fraction(2), Fraction(3)])
POSTS = st.lists(WEIGHTS, min_size=3, max_size=6).map(
    lambda weights: [
        highlight("a"),
        highlight("b"),
        *(highlight(chr(ord("c") + n), weight=weight) for n, weight in enumerate(weights)),
    ]
)


@given(posts=POSTS, there=st.lists(st.sets(st.integers(2, 7)), min_size=1, max_size=60))
def test_two_of_equal_weight_differ_by_at_most_one_while_others_come_and_go(
    posts: list[Post], there: list[set[int]]
) -> None:
    queue = Turns(posts)
    lead = [0]  # how often a was shown more than b
    for others in there:
        eligible = [*posts[:2], *(posts[n] for n in others if n < len(posts))]
        chosen = queue.next(eligible)
        assert chosen is not None
        queue.show(chosen.id)
        lead.append(lead[-1] + {"hl/a": 1, "hl/b": -1}.get(chosen.id, 0))
    assert max(lead) - min(lead) <= 1  # in any stretch, not only from the beginning


@given(past=st.text("abxyz", max_size=40), weights=st.tuples(WEIGHTS, WEIGHTS))
def test_whatever_was_shown_before_nobody_repeats_to_catch_up(
    past: str, weights: tuple[Fraction, ...]
) -> None:
    """Any history, today's weights; x, y and z are gone. Two of equal weight alternate."""
    posts = [
        highlight("a", weight=weights[0]),
        highlight("n", weight=weights[0]),
        highlight("b", weight=weights[1]),
    ]
    queue = Turns(posts)
    for name in past:
        queue.show(f"hl/{name}")
    order = ""
    for _ in range(30):
        chosen = queue.next(posts)
        assert chosen is not None
        queue.show(chosen.id)
        order += chosen.id[3:]
    pair = order.replace("b", "")
    assert "aa" not in pair
    assert "nn" not in pair


@given(weights=st.lists(WEIGHTS, min_size=2, max_size=5))
def test_each_gets_its_share(weights: list[Fraction]) -> None:
    posts = [highlight(chr(ord("a") + n), weight=weight) for n, weight in enumerate(weights)]
    rounds = 240
    order = turns(rounds, *posts)
    for one in posts:
        share = rounds * one.weight / sum(weights)
        assert abs(order.count(one.id[3:]) - share) <= 1 + max(weights) / min(weights)


# ---------------------------------------------------------------- slots


def test_one_slot_shows_one_highlight_on_all_accounts_in_all_languages() -> None:
    folder = campaign(
        queue(
            "hl",
            post("hl/a", en="A", es="A es"),
            post("hl/b", en="B", es="B es"),
            order="rotation",
            slots=["daily 09:30"],
        ),
        accounts=[ONE, account("mast", "mastodon", ("en", "es"))],
    )
    assert times(planned(folder, "2026-12-01", "2026-12-03")) == [
        "12-01 09:30 hl@2026-12-01T09:30:x-en:en",
        "12-01 09:30 hl@2026-12-01T09:30:mast:en",
        "12-01 09:31 hl@2026-12-01T09:30:mast:es",
        "12-02 09:30 hl@2026-12-02T09:30:x-en:en",
        "12-02 09:30 hl@2026-12-02T09:30:mast:en",
        "12-02 09:31 hl@2026-12-02T09:30:mast:es",
    ]
    assert shown(planned(folder, "2026-12-01", "2026-12-03")) == "ab"


def test_the_rotation_goes_on_from_the_slots_that_were_shown() -> None:
    for state in (State.PUBLISHING, State.UNCONFIRMED, State.PUBLISHED, State.RETRACTED):
        past = after(planned(highlights(*"abc"), "2026-12-01", "2026-12-02"), state)
        assert shown(planned(highlights(*"abc"), "2026-12-02", "2026-12-04", past)) == "cabc"
    for state in (State.MISSED, State.FAILED, State.CANCELLED):
        past = after(planned(highlights(*"abc"), "2026-12-01", "2026-12-02"), state)
        assert shown(planned(highlights(*"abc"), "2026-12-02", "2026-12-04", past)) == "abca"


def test_a_slot_is_fixed_once_a_delivery_has_left_scheduled() -> None:
    first = planned(highlights(*"ab", accounts=TWO), "2026-12-01", "2026-12-01 12:00")
    en, mast = first.deliveries
    edited = highlights(highlight("a", hold=True), "b", accounts=TWO)
    waiting = history(entry(en, State.SCHEDULED), entry(mast, State.SCHEDULED))
    assert shown(planned(edited, "2026-12-01", "2026-12-01 12:00", waiting)) == "b"
    for state in (State.PUBLISHED, State.MISSED, State.HELD, State.FAILED):
        fixed = history(entry(en, state, hold=None), entry(mast, State.SCHEDULED))
        made = planned(edited, "2026-12-01", "2026-12-01 12:00", fixed)
        assert {delivery.post for delivery in made.deliveries} == {"hl/a"}
        assert mast.key in keys(made)
        assert {delivery.hold for delivery in made.deliveries} == {HoldReason.FILE}


def test_if_the_file_of_a_fixed_slot_goes_so_does_the_rest_of_the_slot() -> None:
    en, mast = planned(highlights(*"ab", accounts=TWO), "2026-12-01", "2026-12-01 12:00").deliveries
    past = history(entry(en), entry(mast, State.SCHEDULED))
    assert planned(highlights("b", accounts=TWO), "2026-12-01", "2026-12-01 12:00", past).deliveries == ()
    back = planned(highlights(*"ab", accounts=TWO), "2026-12-01", "2026-12-01 12:00", past)
    assert keys(back) == [mast.key]


def test_a_slot_whose_rule_was_gone_for_a_while_is_filled_anew() -> None:
    """Cancelled because the files were gone binds nothing; a person's skip does."""
    (first,) = planned(highlights(*"ab"), "2026-12-01", "2026-12-01 12:00").deliveries
    gone = history(entry(first, State.CANCELLED))
    assert shown(planned(highlights("b"), "2026-12-01", "2026-12-01 12:00", gone)) == "b"
    skipped = history(entry(first, State.CANCELLED, skipped=True))
    assert shown(planned(highlights(*"ab"), "2026-12-01", "2026-12-02", skipped)) == "a"


def test_slots_before_now_are_planned_only_while_something_of_them_waits() -> None:
    made = planned(highlights(*"ab", accounts=TWO), "2026-12-01", "2026-12-01 12:00")
    en, mast = made.deliveries
    late = history(entry(en, State.MISSED), entry(mast, State.SCHEDULED))
    folder = highlights(*"ab", accounts=TWO)
    assert keys(planned(folder, "2026-12-01 09:45", "2026-12-01 12:00", late)) == [mast.key]
    assert planned(folder, "2026-12-01 09:45", "2026-12-01 12:00").deliveries == ()
    moved = highlights(*"ab", accounts=TWO, slots=["daily 10:30"])
    assert {d.slot.hour for d in planned(moved, "2026-12-01 09:45", "2026-12-01 12:00", late).deliveries} == {
        10
    }


def test_held_broken_and_closed_highlights_are_not_eligible() -> None:
    assert shown(planned(highlights(highlight("a", hold=True), "b"), "2026-12-01", "2026-12-02")) == "bb"
    broken = highlights(*"ab").holding(frozenset({"posts/hl/a.md"}))
    assert shown(planned(broken, "2026-12-01", "2026-12-02")) == "bb"
    window = highlights(highlight("a", from_="2026-12-02", until="2026-12-02"), "b")
    assert shown(planned(window, "2026-12-01", "2026-12-04")) == "bbabbb"
    nowhere = highlights(highlight("a", accounts=("gone",)), "b")
    assert shown(planned(nowhere, "2026-12-01", "2026-12-02")) == "bb"
    assert planned(highlights(highlight("a", hold=True)), "2026-12-01", "2026-12-02").deliveries == ()


def test_a_broken_queue_begins_no_slot_and_holds_what_waits() -> None:
    (first,) = planned(highlights(*"ab"), "2026-12-01", "2026-12-01 12:00").deliveries
    folder = highlights(*"ab").holding(frozenset({"posts/hl/queue.yaml"}))
    made = planned(folder, "2026-12-01", "2026-12-03", history(entry(first, State.SCHEDULED)))
    assert [(delivery.key, delivery.hold) for delivery in made.deliveries] == [
        (first.key, HoldReason.PROBLEM)
    ]


def test_variants_are_shown_in_turn() -> None:
    folder = highlights(highlight("a", en=["One", "Two", "Three"]), "b")
    made = planned(folder, "2026-12-01", "2026-12-05")
    mine = [delivery for delivery in made.deliveries if delivery.post == "hl/a"]
    assert [delivery.rendered.parts[0] for delivery in mine] == ["One", "Two", "Three", "One"]
    past = history(*(entry(delivery) for delivery in made.deliveries[:1]))
    assert planned(folder, "2026-12-01 12:00", "2026-12-05", past).deliveries == made.deliveries[1:]


def test_a_fixed_slot_keeps_its_variant() -> None:
    folder = highlights(highlight("a", en=["One", "Two"]), accounts=TWO)
    en, mast = planned(folder, "2026-12-01", "2026-12-01 12:00").deliveries
    past = history(replace(entry(en), variant=1), replace(entry(mast, State.SCHEDULED), variant=1))
    (rest,) = planned(folder, "2026-12-01 09:00", "2026-12-01 12:00", past).deliveries
    assert (rest.key, rest.variant, rest.rendered.parts) == (mast.key, 1, ("Two",))


def test_editing_a_highlight_never_fills_a_slot_twice() -> None:
    made = planned(highlights(*"ab"), "2026-12-01", "2026-12-03")
    past = after(made)
    edited = highlights(highlight("a", en="New words", weight=3), "b")
    assert planned(edited, "2026-12-01", "2026-12-03", past).deliveries == ()


@pytest.mark.parametrize("gone", ["a", "b", "c"])
def test_after_a_highlight_has_gone_the_others_go_on_in_turn(gone: str) -> None:
    past = after(planned(highlights(*"abc"), "2026-12-01", "2026-12-05"))
    rest = "abc".replace(gone, "")
    order = shown(planned(highlights(*rest), "2026-12-05", "2026-12-09", past))
    assert sorted(order[:2]) == sorted(rest)
    assert order == order[:2] * 4


def entries_of(made: Plan) -> list[Entry]:
    return [entry(delivery) for delivery in made.deliveries]


@given(data=st.data())
def test_the_order_of_the_history_does_not_matter(data: st.DataObject) -> None:
    entries = entries_of(planned(highlights(*"abcd", accounts=TWO), "2026-12-01", "2026-12-04"))
    shuffled = data.draw(st.permutations(entries))
    folder = highlights(*"abde", accounts=TWO)
    expected = planned(folder, "2026-12-03 12:00", "2026-12-06", history(*entries))
    assert planned(folder, "2026-12-03 12:00", "2026-12-06", history(*shuffled)) == expected
    assert expected.deliveries[0].slot_at > entries[-1].slot_at - dt.timedelta(days=1)


def test_a_slot_that_is_late_but_not_begun_follows_its_files() -> None:
    (first,) = planned(highlights(*"ab"), "2026-12-01", "2026-12-01 12:00").deliveries
    waiting = history(entry(first, State.SCHEDULED))
    for folder, expected in ((highlights(*"ab"), "a"), (highlights(highlight("a", hold=True), "b"), "b")):
        assert shown(planned(folder, "2026-12-01 09:45", "2026-12-01 12:00", waiting)) == expected


def test_a_thread_that_is_partly_out_fixes_its_slot_and_counts_as_shown() -> None:
    (first,) = planned(highlights(*"ab"), "2026-12-01", "2026-12-01 12:00").deliveries
    partly = history(entry(first, State.SCHEDULED, parts_done=1))
    folder = highlights(highlight("a", hold=True), "b", "c")
    made = planned(folder, "2026-12-01", "2026-12-02", partly)
    assert [(delivery.post, delivery.hold) for delivery in made.deliveries] == [
        ("hl/a", None),
        ("hl/b", None),
    ]
    released = planned(highlights(*"abc"), "2026-12-01 12:00", "2026-12-03", partly)
    assert shown(released)[1:] == "bca"
