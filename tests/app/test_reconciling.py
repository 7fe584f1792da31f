"""A call whose outcome nobody saw: the worker reads the platform, and settles it or leaves it to a person."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from campaign_bot.model import Receipt, State
from campaign_bot.platforms.errors import ANOTHER, TOO_MANY, Duplicate, NotSent, Refused, Unknown
from campaign_bot.platforms.simulated import SimulatedPost
from support.working import DATED, Stage, at, post

LETTER = "posts/launch/letter.md"
EN, ES = "launch/letter:x-en:en", "launch/letter:x-es:es"
THREAD = post("2026-12-01 09:00", "One\n\n---\n\nTwo\n\n---\n\nThree", "Uno")
ONLY_EN = {"posts/launch/queue.yaml": DATED + "accounts: [x-en]\n"}


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path, {LETTER: post("2026-12-01 09:00")} | ONLY_EN)


def answer_lost(stage: Stage, account: str = "x-en", times: int = 1) -> None:
    """The next calls are accepted, but their answers never come."""
    connect = stage.platforms.connect(stage.follower.campaign.accounts[account])  # type: ignore[union-attr]

    class Accepted(Unknown):
        def __init__(self) -> None:
            super().__init__("read timeout")

    original = stage.play

    def play(what: str) -> None:
        nonlocal times
        if what == "publish" and times:
            times -= 1
            connect.publish(stage.calls[-1][1])
            raise Accepted
        original(what)

    stage.play = play  # type: ignore[method-assign]


def looks(stage: Stage, key: str = EN) -> list[str]:
    return [event.reason for event in stage.ledger.events(key=key) if event.kind == "look"]


# ---------------------------------------------------------------- present


@pytest.mark.parametrize("finds", [True, False])
def test_what_is_there_is_published_as_soon_as_someone_looks(stage: Stage, finds: bool) -> None:
    stage.finds = finds
    stage.run("08:59")
    answer_lost(stage)
    stage.run("09:00:03")
    entry = stage.entries()[EN]
    assert (entry.state, entry.reason, entry.published_at) == (State.PUBLISHED, "found", at("09:00"))
    assert [receipt.id for receipt in entry.receipts] == [stage.platforms.posts["x-en"][0].id]
    stage.run("12:00")
    assert stage.texts("x-en") == ["Read the letter"]


def test_a_thread_goes_on_after_the_part_that_was_found(tmp_path: Path) -> None:
    stage = Stage(tmp_path, {LETTER: THREAD} | ONLY_EN)
    stage.run("08:59")
    answer_lost(stage, times=2)
    stage.run("09:10")
    posts = stage.platforms.posts["x-en"]
    assert [p.outgoing.text for p in posts] == ["One", "Two", "Three"]
    assert [p.reply_to for p in posts] == [None, posts[0].id, posts[1].id]
    entry = stage.entries()[EN]
    assert (entry.state, [r.id for r in entry.receipts]) == (State.PUBLISHED, [p.id for p in posts])


def test_two_that_may_be_it_are_for_a_person(stage: Stage) -> None:
    stage.run("08:59")
    answer_lost(stage)
    stage.run("09:00")
    first = stage.platforms.posts["x-en"][0]
    stage.platforms.posts["x-en"].append(dataclasses.replace(first, id="another"))
    stage.run("12:00")
    assert (stage.states()[EN], looks(stage)) == (State.UNCONFIRMED, ["several"])


@pytest.mark.parametrize(
    "change",
    [
        {"created_at": at("08:57")},  # more than two minutes before the call
        {"created_at": at("09:12")},  # more than ten after its deadline
        {"text": "Read the letters"},
        {"reply_to": Receipt(1, "elsewhere")},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_differs_is_not_it(stage: Stage, change: dict[str, object]) -> None:
    stage.run("08:59")
    answer_lost(stage)
    stage.run("09:00")
    mine = stage.platforms.posts["x-en"][0]
    created = {name: value for name, value in change.items() if name == "created_at"}
    outgoing = dataclasses.replace(
        mine.outgoing, **{name: value for name, value in change.items() if name not in created}
    )
    stage.platforms.posts["x-en"][0] = dataclasses.replace(mine, id="other", outgoing=outgoing, **created)
    stage.run("09:10")
    assert stage.entries()[EN].receipts[0].id != "other"


# ---------------------------------------------------------------- shown otherwise than it was sent

CAPTION = "Q&amp;A at the gate on 3 December, in two languages \\o/"
SHOWN = "Q&A at the gate on 3 December, in two languages o/"


def shown(stage: Stage, words: str) -> None:
    """The answer of the call is lost, and its server shows other words."""
    stage.edit({LETTER: post("2026-12-01 09:00", CAPTION)})
    stage.run("08:59")
    stage.shows = lambda text: words if text == CAPTION else text
    answer_lost(stage)
    stage.run("09:00")


def test_what_only_resembles_it_is_for_a_person(stage: Stage) -> None:
    shown(stage, SHOWN)
    stage.run("12:00")
    assert (stage.states()[EN], looks(stage)) == (State.UNCONFIRMED, ["several"])
    assert stage.texts("x-en") == [CAPTION]


def test_its_source_tells_that_it_is_it(stage: Stage) -> None:
    shown(stage, SHOWN)
    stage.sources = {post.id: CAPTION for post in stage.platforms.posts["x-en"]}
    stage.run("12:00")
    assert (stage.states()[EN], stage.texts("x-en")) == (State.PUBLISHED, [CAPTION])


def test_a_source_tells_of_few_words_too(stage: Stage) -> None:
    shown(stage, "Q&A at the gate on 3 December")
    stage.sources = {post.id: CAPTION for post in stage.platforms.posts["x-en"]}
    stage.run("12:00")
    assert (stage.states()[EN], stage.texts("x-en")) == (State.PUBLISHED, [CAPTION])


def test_what_says_something_else_is_another_post(stage: Stage) -> None:
    shown(stage, "We thank everybody who came to the gate on 3 December")
    stage.run("12:00")
    assert stage.texts("x-en") == [CAPTION, CAPTION]


def test_what_another_delivery_says_is_that_one(tmp_path: Path) -> None:
    """Someone published the second one by hand, a minute before the first one's call was lost."""
    second = "Q&amp;A at the gate on 4 December, in two languages \\o/"
    posts = {LETTER: post("2026-12-01 09:00", CAPTION), "posts/launch/2.md": post("2026-12-02 09:00", second)}
    stage = Stage(tmp_path, posts | ONLY_EN)
    stage.run("08:59")
    stage.script("publish", [Unknown("read timeout")])
    connect = stage.platforms.connect(stage.account("x-en"))
    stage.run("09:00")
    connect.publish(dataclasses.replace(stage.calls[-1][1], text=second))
    stage.run("12:00")
    assert stage.texts("x-en") == [second, CAPTION]


def test_a_post_that_another_delivery_has_is_not_it(tmp_path: Path) -> None:
    """The same words twice: the first was published by hand before, and confirmed."""
    stage = Stage(tmp_path, {LETTER: post("2026-12-01 09:00")} | ONLY_EN)
    stage.run("09:01")
    stage.edit({"posts/launch/again.md": post("2026-12-01 09:02", "Read the letter!", "Lean la carta!")})
    stage.script("publish", [Unknown("read timeout")])
    stage.run("09:09")
    ids = [entry.receipts[0].id for entry in stage.entries().values()]
    assert len(set(ids)) == 2


def test_a_post_that_two_may_have_made_is_for_a_person(tmp_path: Path) -> None:
    """A thread begins with the words of another post; of both calls nobody saw the outcome."""
    thread = post("2026-12-01 09:00", "Read the letter\n\n---\n\nPart two", "Lean la carta")
    stage = Stage(tmp_path, {LETTER: thread, "posts/launch/single.md": post("2026-12-01 09:02")} | ONLY_EN)
    stage.run("08:59")
    answer_lost(stage)
    stage.run("09:00")
    stage.script("look", [NotSent("no such host")] * 7)
    stage.script("publish", [Unknown("reset")])
    stage.run("10:00")
    assert [(e.state, e.reason, e.receipts) for e in stage.entries().values()] == [
        (State.UNCONFIRMED, "several", ()),
        (State.UNCONFIRMED, "several", ()),
    ]
    assert stage.texts("x-en") == ["Read the letter"]


# ---------------------------------------------------------------- absent


def test_what_is_not_there_goes_out_again_with_the_same_keys(stage: Stage) -> None:
    stage.script("publish", [Unknown("reset")])
    stage.run("09:05:59")
    assert (stage.states()[EN], looks(stage)) == (State.UNCONFIRMED, ["absent"])  # X may be slow to show it
    stage.run("09:10")
    keys = {(call.idempotency_key, call.record_key, call.created_at) for _account, call in stage.calls}
    assert (stage.states()[EN], len(stage.calls), len(keys)) == (State.PUBLISHED, 2, 1)
    assert stage.texts("x-en") == ["Read the letter"]


def test_what_comes_to_be_seen_late_is_not_sent_again(stage: Stage) -> None:
    stage.run("08:59")
    answer_lost(stage)
    stage.run("09:00")
    hidden: list[SimulatedPost] = stage.platforms.posts["x-en"][:]
    stage.platforms.posts["x-en"].clear()
    stage.run("09:05:30")
    stage.platforms.posts["x-en"].extend(hidden)
    stage.run("12:00")
    assert (stage.states()[EN], stage.texts("x-en")) == (State.PUBLISHED, ["Read the letter"])


def test_what_a_slow_answer_does_not_show_may_have_come_since(stage: Stage) -> None:
    stage.script("publish", [Unknown("read timeout")])
    stage.run("09:00:03")
    assert looks(stage) == ["absent"]
    adapter = stage.platforms.connect(stage.account("x-en"))
    connect = stage.adapter(stage.account("x-en"))
    original = type(connect).recent

    def recent(self: Any, since: dt.datetime) -> Any:
        found = original(self, since)
        if not stage.texts("x-en"):  # the server ends its work while the pages are read
            adapter.publish(stage.calls[0][1])
            stage.clock += dt.timedelta(minutes=7)
        return found

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(type(connect), "recent", recent)
        stage.run("09:20")
    assert (stage.states()[EN], stage.texts("x-en")) == (State.PUBLISHED, ["Read the letter"])


def test_a_clock_that_was_put_right_since_the_call_hides_nothing(stage: Stage) -> None:
    def set_clock(by: int) -> None:
        stage.clock += dt.timedelta(seconds=by)
        stage.set_by += dt.timedelta(seconds=by)

    set_clock(110)  # within what is allowed
    stage.restart()
    answer_lost(stage)
    stage.run("09:00")
    set_clock(-220)
    stage.run("09:20")
    assert (stage.states()[EN], stage.texts("x-en")) == (State.PUBLISHED, ["Read the letter"])


def test_absent_and_too_late_is_missed(tmp_path: Path) -> None:
    stage = Stage(
        tmp_path,
        {LETTER: post("2026-12-01 09:00")}
        | {"posts/launch/queue.yaml": DATED + "accounts: [x-en]\nlateness: 1m\n"},
    )
    stage.script("publish", [Unknown("reset")])
    stage.run("12:00")
    assert (stage.states()[EN], stage.entries()[EN].reason) == (State.MISSED, "late: absent")


def test_absent_and_paused_waits_and_goes_out_when_resumed(stage: Stage) -> None:
    stage.script("publish", [Unknown("reset")])
    stage.run("09:00")
    stage.ledger.pause("post", "launch/letter", "a mistake", "ana", stage.clock)
    stage.run("09:15")
    assert stage.states()[EN] is State.UNCONFIRMED
    stage.ledger.resume("post", "launch/letter", "ana", stage.clock)
    stage.run("09:25")
    assert stage.states()[EN] is State.PUBLISHED


def test_absent_and_paused_for_too_long_is_missed_with_that_reason(stage: Stage) -> None:
    stage.script("publish", [Unknown("reset")])
    stage.run("09:00")
    stage.ledger.pause("all", "", "a mistake", "ana", stage.clock)
    stage.run("12:00")
    assert (stage.states()[EN], stage.entries()[EN].reason) == (State.MISSED, "late: paused: a mistake")


def test_absent_and_held_stays_in(stage: Stage) -> None:
    stage.script("publish", [Unknown("reset")])
    stage.run("09:00")
    stage.ledger.decide("launch/letter", "hold", "ana", stage.clock)
    stage.run("12:00")
    assert (stage.states()[EN], stage.entries()[EN].reason) == (State.MISSED, "late: held: person")


def test_absent_and_its_file_is_gone(stage: Stage) -> None:
    stage.script("publish", [Unknown("reset")])
    stage.run("09:00")
    stage.edit({LETTER: None})
    stage.run("12:00")
    assert (stage.states()[EN], stage.entries()[EN].reason) == (State.MISSED, "no-file")


def test_a_thread_under_way_that_is_absent_goes_on_however_late(tmp_path: Path) -> None:
    queue = {"posts/launch/queue.yaml": DATED + "accounts: [x-en]\nlateness: 1m\n"}
    stage = Stage(tmp_path, {LETTER: THREAD} | queue)
    stage.script("publish", [None, Unknown("reset")])
    stage.run("12:00")
    posts = stage.platforms.posts["x-en"]
    assert [p.outgoing.text for p in posts] == ["One", "Two", "Three"]
    assert posts[1].reply_to == posts[0].id


def test_a_duplicate_after_an_unclear_call_is_no_refusal(stage: Stage) -> None:
    """X says the words are there already: it may be our own post, so nobody calls it failed."""
    stage.script("publish", [Unknown("reset"), Duplicate("403 duplicate content", status=403)])
    stage.run("09:10")
    assert stage.states()[EN] is State.UNCONFIRMED
    assert stage.ledger.attempts(EN)[-1].error == "duplicate: 403 duplicate content"
    stage.run("12:00")
    assert (stage.states()[EN], len(stage.calls)) == (State.UNCONFIRMED, 2)
    assert looks(stage) == ["absent", "absent", "no-evidence"]


# ---------------------------------------------------------------- no look is possible


def test_where_nothing_is_shown_a_person_decides_and_is_asked_once(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    stage.blind = True
    stage.script("publish", [Unknown("reset")])
    stage.run(at("12:00", 2))
    assert (stage.states()[EN], looks(stage)) == (State.UNCONFIRMED, ["no-evidence"])
    assert caplog.text.count("a person has to look") == 1


def test_a_platform_that_cannot_be_read_is_asked_again(stage: Stage) -> None:
    stage.script("publish", [Unknown("reset")])
    stage.script("look", [None, Unknown("500"), NotSent("down"), Refused("403", account_broken=True)])
    stage.run("09:20")
    assert looks(stage) == ["unread: 500", "unread: down", "unread: 403", "absent"]
    assert stage.states()[EN] is State.PUBLISHED


def test_more_posts_than_anybody_can_read_back_are_for_a_person(stage: Stage) -> None:
    stage.script("publish", [Unknown("reset")])
    stage.script("look", [None, *[Unknown(f"{TOO_MANY}: 2026-12-01")] * 99])
    stage.run("12:00")
    assert (stage.states()[EN], looks(stage)) == (State.UNCONFIRMED, ["no-evidence"])


def test_what_has_anothers_words_at_its_key_keeps_no_other_waiting(tmp_path: Path) -> None:
    queue = {"posts/launch/queue.yaml": DATED + "accounts: [x-en]\n"}
    more = {"posts/launch/more.md": post("2026-12-01 09:00", "More", "Más")}
    stage = Stage(tmp_path, {LETTER: post("2026-12-01 09:00")} | queue | more)
    stage.script("publish", [Unknown("reset"), Unknown("reset")])
    stage.script("look", [None, Unknown(ANOTHER)])
    stage.run("09:50")
    assert sorted(stage.states().values()) == [State.PUBLISHED, State.UNCONFIRMED]


def test_two_looks_may_be_those_of_two_workers(stage: Stage) -> None:
    stage.script("publish", [Unknown("reset")])
    stage.run("09:01")
    stage.clock = at("09:07")
    stage.restart()
    stage.run("09:07:01")
    assert stage.states()[EN] is State.PUBLISHED


def test_a_worker_that_ended_between_two_parts_sent_nothing(tmp_path: Path) -> None:
    """The journal has no call of the second part: nobody has to look for it."""
    stage = Stage(tmp_path, {LETTER: THREAD} | ONLY_EN)
    stage.blind = True
    stage.run("08:59")
    original = stage.ledger.begin

    def begin(key: str, part: int, **more: Any) -> object:
        if part == 2:
            raise KeyboardInterrupt
        return original(key, part, **more)

    stage.ledger.begin = begin  # type: ignore[assignment,method-assign]
    with pytest.raises(KeyboardInterrupt):
        stage.run("09:05")
    stage.ledger.begin = original  # type: ignore[method-assign]
    stage.restart()
    stage.run("09:06")
    assert (stage.texts("x-en"), stage.states()[EN]) == (["One", "Two", "Three"], State.PUBLISHED)


# ---------------------------------------------------------------- a ledger that was lost or restored


def test_what_a_lost_ledger_had_published_is_adopted(stage: Stage) -> None:
    stage.run("09:05")
    stage.lose_ledger()
    stage.run("12:00")
    entry = stage.entries()[EN]
    assert stage.texts("x-en") == ["Read the letter"]
    assert (entry.state, entry.reason, entry.published_at) == (State.PUBLISHED, "adopted", at("09:00"))


def test_of_a_thread_the_parts_that_are_there_are_adopted_and_the_rest_follows(tmp_path: Path) -> None:
    stage = Stage(tmp_path, {LETTER: THREAD} | ONLY_EN)
    stage.script("publish", [None, None, Refused("no third part")])
    stage.run("09:05")
    stage.lose_ledger()
    stage.run("09:06")
    posts = stage.platforms.posts["x-en"]
    assert [p.outgoing.text for p in posts] == ["One", "Two", "Three"]
    assert posts[2].reply_to == posts[1].id


def test_nothing_goes_out_before_the_account_was_read(stage: Stage) -> None:
    stage.run("09:05")
    stage.script("look", [Unknown("500")] * 10)
    stage.lose_ledger()
    stage.run("09:08")
    assert (stage.states()[EN], stage.texts("x-en")) == (State.SCHEDULED, ["Read the letter"])
    stage.run("09:20")
    assert (stage.states()[EN], stage.texts("x-en")) == (State.PUBLISHED, ["Read the letter"])


def test_an_account_that_may_not_be_read_is_no_obstacle(stage: Stage) -> None:
    stage.script("look", [Refused("403: no right to read", status=403)])
    stage.clock = at("09:05")
    stage.restart()
    stage.run("09:06")
    assert stage.texts("x-en") == ["Read the letter"]


@pytest.mark.parametrize("status", [401, 402])
def test_an_account_whose_credential_dies_is_read_once_it_is_mended(stage: Stage, status: int) -> None:
    stage.run("09:05")
    stage.script("look", [Refused("no", account_broken=True, status=status)])
    stage.lose_ledger()
    stage.run("09:20")
    assert (stage.entries()[EN].reason, stage.texts("x-en")) == ("adopted", ["Read the letter"])


@pytest.mark.parametrize("step", ["begin", "record", "adopt"])
def test_a_worker_that_is_killed_while_it_adopts_leaves_no_call_that_never_was(
    tmp_path: Path, step: str
) -> None:
    other = {"posts/launch/other.md": post("2026-12-01 09:05", "Another")}
    stage = Stage(tmp_path, {LETTER: post("2026-12-01 09:00")} | other | ONLY_EN)
    stage.run("09:04")
    stage.clock = at("09:10")
    stage.lose_ledger()
    original, killed = getattr(stage.ledger, step), False

    def dies(*args: Any, **named: Any) -> Any:
        nonlocal killed
        if not killed:
            killed = True
            raise KeyboardInterrupt
        return original(*args, **named)

    setattr(stage.ledger, step, dies)
    with pytest.raises(KeyboardInterrupt):
        stage.run("09:11")
    stage.restart()
    stage.run("09:30")
    assert sorted(stage.texts("x-en")) == ["Another", "Read the letter"]


def test_what_was_just_adopted_is_not_put_off(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    spaced = {"config/accounts.yaml": "accounts:\n  x-en: {platform: x, languages: [en], spacing: 20m}\n"}
    other = {"posts/launch/other.md": post("2026-12-01 09:00", "Another")}
    stage = Stage(tmp_path, {LETTER: post("2026-12-01 09:00")} | other | spaced)
    stage.run("09:01")
    stage.lose_ledger()
    stage.run("09:02")
    assert "the worker failed" not in caplog.text


def test_a_worker_that_was_killed_before_it_had_read_leaves_that_to_the_next(stage: Stage) -> None:
    stage.run("09:05")
    stage.script("look", [KeyboardInterrupt()])
    stage.lose_ledger()
    with pytest.raises(KeyboardInterrupt):
        stage.run("09:06")
    stage.restart()
    stage.run("09:10")
    assert (stage.texts("x-en"), stage.entries()[EN].reason) == (["Read the letter"], "adopted")


def test_an_earlier_showing_of_a_highlight_is_not_adopted(tmp_path: Path) -> None:
    queue = 'order: rotation\nslots: ["daily 09:00"]\nlateness: 3d\naccounts: [x-en]\n'
    highlights = {f"posts/demands/{word}.md": post(en=word) for word in ("one", "two")}
    stage = Stage(tmp_path, {"posts/demands/queue.yaml": queue} | highlights)
    stage.run(at("09:05", 2))
    stage.clock = at("09:10", 3)
    stage.lose_ledger()
    stage.run(at("12:00", 3))
    assert stage.texts("x-en") == ["one", "two", "one"]


@pytest.mark.parametrize(
    "broken",
    [
        "---\nat: whenever\n---\n",  # nobody knows what it would deliver
        post("2026-12-01 09:00", link="nowhere"),  # its delivery is held
        post("2026-12-01 09:00", hold="true"),
    ],
)
def test_what_is_mended_in_time_is_compared_too(stage: Stage, broken: str) -> None:
    other = {"posts/launch/other.md": post("2026-12-01 09:10", "Another", "Otra")}
    stage.edit(other)
    stage.run("09:05")
    stage.lose_ledger()
    stage.edit({LETTER: broken})
    stage.run("09:15")
    assert stage.texts("x-en") == ["Read the letter", "Another"]
    stage.edit({LETTER: post("2026-12-01 09:00")})
    stage.run("12:00")
    assert stage.texts("x-en") == ["Read the letter", "Another"]
    assert (stage.states()[EN], stage.entries()[EN].reason) == (State.PUBLISHED, "adopted")


def test_an_account_that_comes_back_after_the_start_is_read_too(stage: Stage) -> None:
    stage.run("09:05")
    stage.lose_ledger()
    accounts = (stage.root / "config/accounts.yaml").read_text(encoding="utf-8")
    without = "\n".join(line for line in accounts.splitlines() if "x-en" not in line)
    stage.edit({"config/accounts.yaml": without, "posts/launch/queue.yaml": DATED})
    stage.run("09:10")
    stage.edit({"config/accounts.yaml": accounts})
    stage.run("12:00")
    assert stage.texts("x-en") == ["Read the letter"]


def test_an_account_is_read_once_where_nothing_can_come_any_more(stage: Stage) -> None:
    looks = []
    original = stage.play

    def play(call: str) -> None:
        looks.extend([stage.clock] if call == "look" else [])
        original(call)

    stage.play = play  # type: ignore[method-assign]
    stage.edit({"posts/launch/other.md": post("2026-12-01 09:10", "Another", "Otra")})
    stage.run("09:30")
    assert looks == [at("09:00")]


# ---------------------------------------------------------------- the clock


@pytest.mark.parametrize("hours", [1, -1])
def test_a_clock_that_was_set_is_not_believed_until_a_platform_says_so(stage: Stage, hours: int) -> None:
    stage.run("08:30")
    stage.set_by = dt.timedelta(hours=hours)
    stage.clock += stage.set_by
    stage.run(stage.clock + dt.timedelta(minutes=10))
    assert (stage.states()[EN], stage.texts("x-en")) == (State.SCHEDULED, [])  # neither missed nor published
    stage.clock -= stage.set_by
    stage.set_by = dt.timedelta(0)
    stage.run("09:00")
    assert stage.states()[EN] is State.PUBLISHED


def test_a_clock_that_was_put_right_is_believed_at_once(stage: Stage) -> None:
    stage.clock = at("07:00")
    stage.set_by = dt.timedelta(hours=-1)  # it is eight
    stage.restart()
    stage.run("07:30")
    stage.clock, stage.set_by = at("08:30"), dt.timedelta(0)
    stage.run("09:00")
    assert stage.states()[EN] is State.PUBLISHED
