"""The ledger's rows follow the plan, and nothing that has left the waiting room is touched."""

from __future__ import annotations

import datetime as dt

import pytest

from campaign_bot.app.sync import changes
from campaign_bot.ledger import Add, Change, Follow, Move
from campaign_bot.model import Delivery, Entry, HoldReason, State
from support.campaigns import campaign, post
from support.deliveries import NOON, delivery, entry, rendered

HOUR = dt.timedelta(hours=1)
CAMPAIGN = campaign(post("launch/letter", en="Hello", es="Hola", at="2026-12-01 12:00"))


def follow(planned: list[Delivery], *entries: Entry, broken: tuple[str, ...] = ()) -> list[Change]:
    whole = CAMPAIGN.holding(frozenset(broken))
    return list(changes(whole, planned, {e.key: e for e in entries}))


def test_a_new_delivery_is_added_with_its_time_and_its_end() -> None:
    (added,) = follow([delivery()])
    assert added == Add(delivery(), State.SCHEDULED, NOON, NOON + HOUR / 2)


def test_a_held_one_is_added_as_held() -> None:
    planned = delivery(hold=HoldReason.PERSON)
    (added,) = follow([planned])
    assert isinstance(added, Add)
    assert (added.state, added.reason, added.hold) == (State.HELD, "held: person", HoldReason.PERSON)


def test_hold_true_stops_the_clock_until_the_campaign_ends() -> None:
    (added,) = changes(campaign(ends=dt.date(2026, 12, 31)), [delivery(hold=HoldReason.FILE)], {})
    assert isinstance(added, Add)
    assert added.deadline == dt.datetime(2027, 1, 1, 8, tzinfo=dt.UTC)


def test_nothing_changes_where_nothing_changed() -> None:
    assert follow([delivery()], entry()) == []


def test_a_moved_time_moves_it() -> None:
    later = delivery(at=NOON + HOUR)
    assert follow([later], entry()) == [Follow(later.key, later, NOON + HOUR, later.deadline)]


def test_a_changed_text_is_followed() -> None:
    changed = delivery(rendered=rendered("Other words"))
    assert [type(c) for c in follow([changed], entry())] == [Follow]


def test_a_removed_post_is_cancelled() -> None:
    assert follow([], entry()) == [Move(entry().key, State.CANCELLED, "not-in-plan")]


@pytest.mark.parametrize("broken", ["posts/launch/letter.md", "posts/launch/queue.yaml"])
def test_a_broken_file_holds_what_it_would_deliver(broken: str) -> None:
    (move,) = follow([], entry(), broken=(broken,))
    assert move == Move(entry().key, State.HELD, "held: problem", HoldReason.PROBLEM)


def test_a_broken_configuration_holds_everything() -> None:
    (move,) = changes(None, [], {entry().key: entry()})
    assert move == Move(entry().key, State.HELD, "held: problem", HoldReason.PROBLEM)


def test_a_mended_file_lets_it_go_again() -> None:
    held = entry(state=State.HELD, hold=HoldReason.PROBLEM)
    assert follow([delivery()], held) == [Move(held.key, State.SCHEDULED, "released")]


@pytest.mark.parametrize(("state", "why"), [(State.MISSED, "moved-later"), (State.CANCELLED, "back")])
def test_what_the_planner_wants_back_comes_back_with_its_new_time(state: State, why: str) -> None:
    later = delivery(at=NOON + HOUR)
    back, followed = follow([later], entry(state=state))
    assert back == Move(later.key, State.SCHEDULED, why)
    assert isinstance(followed, Follow)
    assert followed.due_at == NOON + HOUR


@pytest.mark.parametrize(
    "state",
    [State.PUBLISHING, State.PUBLISHED, State.RETRACTED, State.UNCONFIRMED, State.FAILED],
)
def test_what_is_out_or_may_be_follows_nothing(state: State) -> None:
    later = delivery(at=NOON + HOUR, rendered=rendered("Other words"))
    assert follow([later], entry(state=state)) == []
    assert follow([], entry(state=state)) == []


def test_a_thread_of_which_a_part_is_out_is_frozen() -> None:
    under_way = entry(parts_done=1, parts=("one", "two"))
    assert follow([delivery(at=NOON + HOUR)], under_way) == []
    assert follow([], under_way) == []


def test_what_a_person_decided_is_due_then_at_the_earliest() -> None:
    decided = entry(decided_at=NOON + HOUR)
    (followed,) = follow([delivery()], decided)
    assert isinstance(followed, Follow)
    assert followed.due_at == NOON + HOUR
