"""What a person decides, on a folder and a ledger in memory: what it moves, and what is refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from campaign_bot import planner
from campaign_bot.app import sync
from campaign_bot.app.deciding import Desk, remote_id
from campaign_bot.app.loading import snapshot
from campaign_bot.i18n.sentences import Unable, sentence
from campaign_bot.ledger import Ledger
from campaign_bot.model import Campaign, Entry, HoldReason, State
from campaign_bot.settings import Settings
from support.files import POST, write
from support.ledgers import begin, receipt

NOW = dt.datetime(2026, 11, 30, 20, 0, tzinfo=dt.UTC)
SLOT = dt.datetime(2026, 12, 1, 17, 0, tzinfo=dt.UTC)  # 09:00 in Los Angeles
LATENESS = dt.timedelta(minutes=30)
EN, ES = "launch/letter:x-en:en", "launch/letter:x-es:es"
ROTATION = {
    "posts/turns/queue.yaml": "order: rotation\nslots: [daily 12:00]\n",
    "posts/turns/a.md": "---\n---\n## en\nOur reason.\n## es\nNuestra razón.\n",
}


class Office:
    """A person's desk, with the folder and the ledger at hand; ``follow`` does what a worker would."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.ledger = Ledger.open("sqlite://")

    def campaign(self) -> Campaign:
        campaign = snapshot(self.root, Settings()).campaign
        assert campaign is not None
        return campaign

    def desk(self, now: dt.datetime = NOW) -> Desk:
        return Desk(self.campaign(), self.ledger, now)

    def follow(self, now: dt.datetime = NOW) -> None:
        history = self.ledger.history()
        entries = {entry.key: entry for entry in history.entries}
        made = planner.plan(self.campaign(), history, now, now + dt.timedelta(hours=48))
        self.ledger.apply(
            list(sync.changes(self.campaign(), made.deliveries, entries)), now=now, who="worker"
        )

    def entry(self, key: str = EN) -> Entry:
        entry = self.ledger.entry(key)
        assert entry is not None
        return entry

    def states(self) -> set[State]:
        return {entry.state for entry in self.ledger.entries()}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(write(tmp_path, ROTATION))
    yield made
    made.ledger.close()


def refusal(code: str, **params: object) -> str:
    return sentence(code, params)


# ---------------------------------------------------------------- hold and release


def test_a_held_post_stays_held_until_it_is_released(office: Office) -> None:
    assert len(office.desk().hold("launch/letter")) == 4
    office.follow()
    assert {entry.hold for entry in office.ledger.entries(post="launch/letter")} == {HoldReason.PERSON}

    assert len(office.desk().release("launch/letter")) == 4
    office.follow()
    assert {entry.state for entry in office.ledger.entries(post="launch/letter")} == {State.SCHEDULED}


def test_one_delivery_is_held_without_the_others(office: Office) -> None:
    office.desk().hold(EN)
    office.follow()
    assert (office.entry(EN).state, office.entry(ES).state) == (State.HELD, State.SCHEDULED)


def test_an_account_narrows_a_post(office: Office) -> None:
    assert [entry.key for entry in office.desk().hold("launch/letter", "x-es")] == [ES]
    office.follow()
    assert (office.entry(EN).state, office.entry(ES).state) == (State.SCHEDULED, State.HELD)


def test_what_is_released_late_is_due_now_and_its_lateness_counts_from_there(office: Office) -> None:
    office.desk().hold(EN)
    later = SLOT + dt.timedelta(minutes=10)
    office.desk(later).release(EN)
    office.follow(later)
    entry = office.entry()
    assert (entry.due_at, entry.deadline, entry.decided_at) == (later, later + LATENESS, later)


def test_what_is_released_early_keeps_its_time(office: Office) -> None:
    office.desk().hold(EN)
    office.desk().release(EN)
    assert (office.entry().due_at, office.entry().deadline) == (SLOT, SLOT + LATENESS)


def test_hold_again_after_a_release(office: Office) -> None:
    office.desk().hold(EN)
    office.desk().release(EN)
    office.desk().hold(EN)
    office.follow()
    assert office.entry().state is State.HELD


def test_hold_true_in_a_file_is_released_for_good(office: Office) -> None:
    path = office.root / POST
    path.write_text(path.read_text(encoding="utf-8").replace("at:", "hold: true\nat:"), encoding="utf-8")
    assert len(office.desk().release("launch/letter")) == 4
    office.follow()
    assert office.entry().state is State.SCHEDULED


def test_what_a_problem_holds_is_mended_not_released(office: Office) -> None:
    path = office.root / POST
    path.write_text(path.read_text(encoding="utf-8").replace("at:", "link: leter\nat:"), encoding="utf-8")
    with pytest.raises(Unable) as refused:
        office.desk().release("launch/letter")
    assert (refused.value.code, refused.value.params["file"]) == ("held-by-problem", POST)


def test_a_post_that_returns_is_held_for_all_its_turns(office: Office) -> None:
    office.desk().hold("turns/a")
    office.follow()
    assert office.ledger.history().held == {"turns/a"}
    assert office.ledger.entries(queue="turns") == []  # its turns pass it over


def test_a_thread_that_is_partly_out_is_neither_held_nor_skipped(office: Office) -> None:
    office.follow()
    begin(office.ledger, EN, parts=("One", "Two"), now=NOW)
    office.ledger.record(EN, receipt(), now=NOW, last=False)
    office.ledger.postpone(EN, SLOT, now=NOW, reason="later")
    for decide in (office.desk().hold, office.desk().skip):
        with pytest.raises(Unable):
            decide(EN)


# ---------------------------------------------------------------- skip and retry


def test_a_skip_is_for_good(office: Office) -> None:
    assert len(office.desk().skip("launch/letter")) == 4
    office.follow()
    assert {entry.state for entry in office.ledger.entries(post="launch/letter")} == {State.CANCELLED}
    with pytest.raises(Unable) as refused:
        office.desk().retry("launch/letter")
    assert refused.value.code == "cannot-retry"


def test_a_turn_that_is_only_planned_can_be_skipped(office: Office) -> None:
    key = "turns@2026-12-05T12:00:x-en:en"
    office.follow()
    planned = [
        d.key
        for d in planner.plan(
            office.campaign(), office.ledger.history(), NOW, SLOT + dt.timedelta(7)
        ).deliveries
    ]
    key = next(key for key in planned if key.startswith("turns@2026-12-05") and key.endswith("x-en:en"))
    office.desk().skip(key)
    assert (office.entry(key).state, office.entry(key).skipped) == (State.CANCELLED, True)


def test_what_was_missed_is_tried_again_from_now(office: Office) -> None:
    office.follow()
    office.ledger.move(EN, State.MISSED, now=SLOT + LATENESS, reason="late: no-worker")
    later = SLOT + dt.timedelta(hours=5)
    assert [entry.key for entry in office.desk(later).retry("launch/letter")] == [EN]
    entry = office.entry()
    assert (entry.state, entry.due_at, entry.deadline) == (State.SCHEDULED, later, later + LATENESS)


# ---------------------------------------------------------------- confirm


@pytest.fixture
def unconfirmed(office: Office) -> Office:
    office.follow()
    begin(office.ledger, EN, parts=("One", "Two"), now=NOW)
    office.ledger.fail(EN, State.UNCONFIRMED, now=NOW, reason="timeout")
    return office


def test_a_part_that_is_there_is_recorded_and_the_thread_goes_on(unconfirmed: Office) -> None:
    entry = unconfirmed.desk().confirm_published(EN, "https://x.com/us/status/123")
    assert (entry.state, entry.parts_done, entry.receipts[0].id) == (State.SCHEDULED, 1, "123")


def test_the_last_part_makes_it_published(unconfirmed: Office) -> None:
    unconfirmed.desk().confirm_published(EN, "https://x.com/us/status/123")
    begin(unconfirmed.ledger, EN, part=2, parts=("One", "Two"), now=NOW)
    unconfirmed.ledger.fail(EN, State.UNCONFIRMED, now=NOW, reason="timeout")
    entry = unconfirmed.desk().confirm_published(EN, "https://x.com/us/status/124")
    assert (entry.state, [one.url for one in entry.receipts]) == (
        State.PUBLISHED,
        ["https://x.com/us/status/123", "https://x.com/us/status/124"],
    )


def test_one_post_is_never_two_deliveries(unconfirmed: Office) -> None:
    unconfirmed.desk().confirm_published(EN, "https://x.com/us/status/123")
    begin(unconfirmed.ledger, EN, part=2, parts=("One", "Two"), now=NOW)
    unconfirmed.ledger.fail(EN, State.UNCONFIRMED, now=NOW, reason="timeout")
    with pytest.raises(Unable) as refused:
        unconfirmed.desk().confirm_published(EN, "https://x.com/us/status/123")
    assert refused.value.code == "receipt-taken"
    known_by = unconfirmed.ledger.known_by
    assert [known_by(*post) for post in (("x-en", "123"), ("x-en", "124"), ("x-es", "123"))] == [
        EN,
        None,
        None,
    ]


def test_what_is_not_there_goes_out_again(unconfirmed: Office) -> None:
    entry = unconfirmed.desk(SLOT).confirm_not_published(EN)
    assert (entry.state, entry.decided_at, entry.due_at) == (State.SCHEDULED, SLOT, SLOT)


def test_only_what_is_unconfirmed_is_confirmed(office: Office) -> None:
    office.follow()
    with pytest.raises(Unable) as refused:
        office.desk().confirm_not_published(EN)
    assert sentence(refused.value.code, refused.value.params) == (
        f"{EN} needs no confirming: it is scheduled."
    )


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://x.com/us/status/123", "123"),
        ("https://mastodon.example/@us/456/", "456"),
        ("https://bsky.app/profile/us.example/post/3kabc?ref=x", "3kabc"),
    ],
)
def test_an_address_ends_with_the_posts_id(url: str, expected: str) -> None:
    assert remote_id(url) == expected


@pytest.mark.parametrize(
    "url", ["123", "https://x.com", "ftp://x.com/1", "javascript:1", "https:///1", "https://[/1"]
)
def test_what_is_no_address_of_a_post_is_refused(url: str) -> None:
    with pytest.raises(Unable) as refused:
        remote_id(url)
    assert (refused.value.code, refused.value.usage) == ("no-post-url", True)


# ---------------------------------------------------------------- pauses, and names


def test_a_pause_ends_with_the_same_filter_only(office: Office) -> None:
    office.desk().pause("queue", "launch", "We wait for the ruling")
    (pause,) = office.ledger.pauses()
    assert (pause.scope, pause.value, pause.reason) == ("queue", "launch", "We wait for the ruling")
    with pytest.raises(Unable) as refused:
        office.desk().resume("all", "")
    assert refused.value.code == "not-paused"
    office.desk().resume("queue", "launch")
    assert office.ledger.pauses() == []


def test_a_second_pause_without_a_reason_keeps_the_first_ones(office: Office) -> None:
    office.desk().pause("queue", "launch", "We wait for the ruling")
    office.desk().pause("all", "", "")
    assert office.desk().pause("queue", "launch", "") == "We wait for the ruling"
    assert [pause.reason for pause in office.ledger.pauses()] == ["", "We wait for the ruling"]
    assert office.desk().pause("queue", "launch", "The ruling is bad") == "The ruling is bad"


def test_a_pause_of_a_retraction_lends_its_reason_to_no_persons_pause(office: Office) -> None:
    """Or else the next retraction would take that for its own, and end it."""
    office.ledger.pause("post", "launch/letter", "retracted", "ana", NOW)
    assert office.desk().pause("post", "launch/letter", "") == ""


@pytest.mark.parametrize(
    ("scope", "value", "suggestion"),
    [("account", "x-enn", "x-en"), ("queue", "lanch", "launch"), ("post", "launch/leter", "launch/letter")],
)
def test_an_unknown_name_is_never_paused(office: Office, scope: str, value: str, suggestion: str) -> None:
    with pytest.raises(Unable) as refused:
        office.desk().pause(scope, value, "")  # type: ignore[arg-type]
    assert (refused.value.code, refused.value.params["suggestion"]) == (f"unknown-{scope}", suggestion)
    assert office.ledger.pauses() == []


def test_everything_can_be_paused_even_when_the_configuration_is_broken(office: Office) -> None:
    Desk(None, office.ledger, NOW).pause("all", "", "")
    assert len(office.ledger.pauses()) == 1


def test_whether_a_name_is_known_can_be_asked_without_deciding_anything(office: Office) -> None:
    for name, account in ((EN, None), ("launch/letter", "x-en")):
        office.desk().must_know(name, account)
    for name, account in (("launch/leter", None), (f"{EN}x", None), (EN, "x-enn")):
        with pytest.raises(Unable):
            office.desk().must_know(name, account)
    assert office.ledger.entries() == []


def test_an_unknown_post_comes_with_the_nearest_one(office: Office) -> None:
    with pytest.raises(Unable) as refused:
        office.desk().hold("launch/leter")
    assert (refused.value.code, refused.value.params["suggestion"]) == (
        "unknown-post-or-key",
        "launch/letter",
    )


def test_an_unknown_account_is_told(office: Office) -> None:
    with pytest.raises(Unable) as refused:
        office.desk().hold("launch/letter", "x-fr")
    assert refused.value.code == "unknown-account"


def test_a_post_of_which_everything_is_over_is_told(office: Office) -> None:
    after = SLOT + dt.timedelta(days=1)
    with pytest.raises(Unable) as refused:
        office.desk(after).hold("launch/letter")
    assert refused.value.code == "nothing-to-decide"


def test_who_decided_is_in_the_history(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "ana")
    office.desk().hold(EN)
    assert [(event.kind, event.who) for event in office.ledger.events(key=EN)][-1] == ("move", "ana")
