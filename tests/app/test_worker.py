"""A worker's day, on a virtual clock: what goes out, what waits, what is missed, and that nothing is lost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from campaign_bot.model import State
from campaign_bot.platforms.errors import NotSent, Refused, Unknown
from support.working import DATED, Stage, at, post

LETTER = "posts/launch/letter.md"
EN, ES = "launch/letter:x-en:en", "launch/letter:x-es:es"


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path, {LETTER: post("2026-12-01 09:00")})


def test_a_post_goes_out_at_its_time_once_in_each_language(stage: Stage) -> None:
    stage.run("08:59")
    assert stage.texts("x-en") == []
    stage.run("12:00")
    assert (stage.texts("x-en"), stage.texts("x-es")) == (["Read the letter"], ["Lean la carta"])
    entry = stage.entries()[EN]
    assert (entry.state, entry.published_at) == (State.PUBLISHED, at("09:00"))


def test_what_becomes_due_while_it_looks_is_woken_for_at_once(stage: Stage) -> None:
    stage.worker.tick()
    due = min(entry.due_at for entry in stage.ledger.entries())
    stage.clock = due - dt.timedelta(milliseconds=2)
    stage.worker.tick()
    stage.clock = due + dt.timedelta(milliseconds=2)  # the tick took longer
    assert stage.worker.next_wake() == due


def test_a_clock_that_is_set_back_in_mid_tick_leaves_it_a_wake(stage: Stage) -> None:
    stage.worker.tick()
    stage.clock -= dt.timedelta(hours=2)
    assert stage.worker.next_wake() > stage.clock


def test_a_turn_that_found_no_thread_is_taken_at_the_next_tick_and_only_then(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pool may keep what it could not start a thread for, and run it when it has one."""
    kept: list[Callable[[], None]] = []

    def fail(call: Callable[[], None]) -> None:
        kept.append(call)
        raise RuntimeError("can't start new thread")

    stage.run("08:59")
    stage.clock = at("09:00")
    with monkeypatch.context() as short, pytest.raises(RuntimeError):
        short.setattr(stage.worker, "_submit", fail)
        stage.worker.tick()
    assert stage.worker.in_flight == {}
    kept[0]()
    assert stage.calls == []
    stage.run("09:01")
    assert (stage.texts("x-en"), stage.texts("x-es")) == (["Read the letter"], ["Lean la carta"])


def test_what_was_not_sent_is_tried_again_with_the_same_keys_after_longer_and_longer_waits(
    stage: Stage,
) -> None:
    stage.edit({"posts/launch/queue.yaml": DATED + "accounts: [x-en]\n"})
    stage.script("publish", [NotSent("refused")] * 3)
    stage.run("12:00")
    keys = {(call.idempotency_key, call.record_key, call.created_at) for _account, call in stage.calls}
    assert (len(stage.calls), len(keys)) == (4, 1)
    assert stage.entries()[EN].published_at == at("09:00:35")  # 5 + 10 + 20 seconds later


def test_a_platform_that_says_when_is_listened_to_and_the_whole_account_waits(stage: Stage) -> None:
    stage.edit({"posts/launch/other.md": post("2026-12-01 09:02", "More", "Más")})
    stage.script("publish", [NotSent("429", dt.timedelta(minutes=10), account_wide=True)])
    stage.run("09:09")
    assert stage.texts("x-en") == []
    stage.run("12:00")
    assert stage.texts("x-en") == ["Read the letter", "More"]


def test_an_unknown_outcome_is_never_sent_again(stage: Stage) -> None:
    stage.blind = True
    stage.script("publish", [Unknown("read timeout")])
    stage.run(at("12:00", 3))
    assert stage.states() == {EN: State.UNCONFIRMED, ES: State.PUBLISHED}
    assert [account for account, _ in stage.calls].count("x-en") == 1
    assert stage.entries()[EN].reason == "no-evidence"
    assert stage.ledger.attempts(EN)[0].error == "read timeout"


def test_an_adapters_own_fault_may_have_sent_it_so_it_is_unknown_too(stage: Stage) -> None:
    stage.script("publish", [ZeroDivisionError()])
    stage.run("09:00")
    assert stage.states()[EN] is State.UNCONFIRMED


def test_a_refusal_fails_for_good(stage: Stage) -> None:
    stage.script("publish", [Refused("too rude")])
    stage.run("12:00")
    assert (stage.states()[EN], stage.entries()[EN].reason) == (State.FAILED, "too rude")


def test_a_dead_credential_stops_the_account_not_the_post(stage: Stage) -> None:
    stage.script("publish", [Refused("401", account_broken=True)])
    stage.script("verify", [None, None, Refused("401", account_broken=True)])
    stage.run("09:04")
    assert (stage.states()[EN], stage.ledger.account("x-en").stopped) == (State.SCHEDULED, True)
    stage.run("09:20")  # mended meanwhile: verify works again
    assert stage.states() == {EN: State.PUBLISHED, ES: State.PUBLISHED}


def test_later_than_its_lateness_it_is_missed_with_the_reason(stage: Stage) -> None:
    stage.ledger.pause("account", "x-en", "holidays", "ana", stage.clock)
    stage.run("09:31")
    assert stage.states() == {EN: State.MISSED, ES: State.PUBLISHED}
    assert stage.entries()[EN].reason == "late: paused: holidays"


def test_after_an_outage_what_is_in_time_goes_out_spaced_and_the_rest_is_missed(tmp_path: Path) -> None:
    stage = Stage(
        tmp_path,
        {
            "config/accounts.yaml": "accounts:\n  x-en: {platform: x, languages: [en, es], spacing: 5m}\n",
            "posts/launch/a.md": post("2026-12-01 09:00", "A", "A es"),
            "posts/launch/b.md": post("2026-12-01 10:00", "B", "B es"),
            "posts/launch/c.md": post("2026-12-01 10:10", "C", "C es"),
        },
    )
    stage.run("08:00")
    stage.clock = at("10:15")  # hours without a worker
    stage.restart()
    stage.run("12:00")
    assert stage.texts("x-en") == ["B", "B es", "C", "C es"]
    times = [post.created_at for post in stage.platforms.posts["x-en"]]
    assert min(b - a for a, b in pairwise(times)) >= dt.timedelta(minutes=5)
    missed = {key: entry.reason for key, entry in stage.entries().items() if entry.state is State.MISSED}
    assert set(missed) == {"launch/a:x-en:en", "launch/a:x-en:es"}
    assert set(missed.values()) == {"late: no-worker"}


def test_an_edit_before_its_time_is_what_goes_out_and_one_after_changes_nothing(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    stage.run("08:00")
    stage.edit({LETTER: post("2026-12-01 09:05", "New words", "Otras palabras")})
    stage.run("10:00")
    assert (stage.texts("x-en"), stage.entries()[EN].published_at) == (["New words"], at("09:05"))
    stage.edit({LETTER: post("2026-12-01 11:00", "Newer words", "Otras más")})
    stage.run("12:00")
    assert stage.texts("x-en") == ["New words"]
    assert "launch/letter was changed after it was published" in caplog.text


def test_a_removed_post_is_cancelled_and_comes_back_with_its_file(stage: Stage) -> None:
    stage.run("08:00")
    stage.edit({LETTER: None})
    stage.run("08:10")
    assert stage.states() == {EN: State.CANCELLED, ES: State.CANCELLED}
    stage.edit({LETTER: post("2026-12-01 09:30")})
    stage.run("12:00")
    assert stage.states() == {EN: State.PUBLISHED, ES: State.PUBLISHED}


def test_a_broken_file_holds_its_own_deliveries_only_and_past_its_lateness_they_are_missed(
    stage: Stage,
) -> None:
    stage.edit({"posts/launch/other.md": post("2026-12-01 09:00", "More", "Más")})
    stage.run("08:00")
    stage.edit({LETTER: post("2026-12-01 09:00", linc="letter")})
    stage.run("09:10")
    assert stage.states()[EN] is State.HELD
    assert stage.texts("x-en") == ["More"]
    stage.run("12:00")
    assert (stage.states()[EN], stage.entries()[EN].reason) == (State.MISSED, "late: held: problem")


def test_a_file_changed_in_this_very_second_is_read_again_before_the_call(stage: Stage) -> None:
    stage.run("08:59")
    (stage.root / LETTER).write_text(post("2026-12-01 09:00", "Half a", "Media"), encoding="utf-8")
    stage.clock = at("09:00")
    stage.worker.tick()  # the watcher has not told us yet
    assert stage.texts("x-en") == []
    stage.follower.reload()
    stage.run("09:05")
    assert stage.texts("x-en") == ["Half a"]


def test_a_thread_goes_out_part_by_part_and_goes_on_from_the_part_that_was_not_sent(tmp_path: Path) -> None:
    thread = post("2026-12-01 09:00", "One\n\n---\n\nTwo\n\n---\n\nThree", "Uno")
    stage = Stage(tmp_path, {LETTER: thread, "posts/launch/queue.yaml": DATED + "accounts: [x-en]\n"})
    stage.script("publish", [None, NotSent("refused")])
    stage.run("09:00:02")
    entry = stage.entries()[EN]
    assert (entry.state, entry.parts_done, len(entry.receipts)) == (State.SCHEDULED, 1, 1)
    stage.edit({LETTER: None})  # frozen: its file no longer matters
    stage.run("12:00")
    assert stage.texts("x-en") == ["One", "Two", "Three"]
    posts = stage.platforms.posts["x-en"]
    assert [p.reply_to for p in posts] == [None, posts[0].id, posts[1].id]
    assert [p.outgoing.root and p.outgoing.root.id for p in posts] == [None, posts[0].id, posts[0].id]
    assert stage.states()[EN] is State.PUBLISHED


def test_the_second_language_of_a_thread_account_replies_to_the_first(tmp_path: Path) -> None:
    accounts = "accounts:\n  x-en: {platform: x, languages: [en, es], bilingual: thread}\n"
    stage = Stage(tmp_path, {LETTER: post("2026-12-01 09:00"), "config/accounts.yaml": accounts})
    stage.script("publish", [NotSent("refused")] * 5)
    stage.run("12:00")
    english, spanish = stage.platforms.posts["x-en"]
    assert (english.outgoing.languages, spanish.outgoing.languages) == (("en",), ("es",))
    assert spanish.reply_to == english.id


def test_the_second_language_goes_alone_where_the_first_ended_otherwise(tmp_path: Path) -> None:
    accounts = "accounts:\n  x-en: {platform: x, languages: [en, es], bilingual: thread}\n"
    stage = Stage(tmp_path, {LETTER: post("2026-12-01 09:00"), "config/accounts.yaml": accounts})
    stage.script("publish", [Refused("too rude")])
    stage.run("12:00")
    (spanish,) = stage.platforms.posts["x-en"]
    assert (spanish.outgoing.languages, spanish.reply_to) == (("es",), None)


def test_a_killed_workers_call_is_unconfirmed_never_sent_again(stage: Stage) -> None:
    stage.script("publish", [KeyboardInterrupt()])  # the process ends during the call
    with pytest.raises(KeyboardInterrupt):
        stage.run("09:30")
    assert stage.states()[EN] is State.PUBLISHING
    stage.blind = True
    stage.restart()
    stage.run("12:00")
    assert stage.states() == {EN: State.UNCONFIRMED, ES: State.PUBLISHED}


def test_a_rotation_shows_one_highlight_on_all_accounts_in_turn(tmp_path: Path) -> None:
    stage = Stage(
        tmp_path,
        {
            "posts/demands/queue.yaml": 'order: rotation\nslots: ["daily 10:00"]\n',
            "posts/demands/one.md": post(en="One", es="Uno"),
            "posts/demands/two.md": post(en="Two", es="Dos"),
        },
    )
    stage.run(at("12:00", 4))
    assert stage.texts("x-en") == ["One", "Two", "One", "Two"]
    assert stage.texts("x-es") == ["Uno", "Dos", "Uno", "Dos"]


def test_per_day_is_kept_at_run_time(tmp_path: Path) -> None:
    accounts = "accounts:\n  x-en: {platform: x, languages: [en], per_day: 2, spacing: 0s}\n"
    posts = {f"posts/launch/{n}.md": post(f"2026-12-01 09:0{n}", f"Text {n}", f"Texto {n}") for n in range(4)}
    stage = Stage(tmp_path, {"config/accounts.yaml": accounts, **posts})
    stage.run("12:00")
    assert stage.texts("x-en") == ["Text 0", "Text 1"]


def test_a_pause_between_two_parts_is_obeyed_and_the_thread_goes_on_later(tmp_path: Path) -> None:
    thread = post("2026-12-01 09:00", "One\n\n---\n\nTwo", "Uno")
    stage = Stage(tmp_path, {LETTER: thread, "posts/launch/queue.yaml": DATED + "accounts: [x-en]\n"})
    record = stage.ledger.record

    def record_and_pause(*args: object, **named: object) -> object:
        stage.ledger.pause("all", "", "stop", "ana", stage.clock)
        return record(*args, **named)  # type: ignore[arg-type]

    stage.ledger.record = record_and_pause  # type: ignore[method-assign,assignment]
    stage.run("11:00")
    entry = stage.entries()[EN]
    assert (stage.texts("x-en"), entry.state, entry.reason) == (["One"], State.SCHEDULED, "paused: stop")
    stage.ledger.resume("all", "", "ana", stage.clock)
    stage.run("12:00")  # however late: a thread that is partly out is finished
    assert stage.texts("x-en") == ["One", "Two"]
