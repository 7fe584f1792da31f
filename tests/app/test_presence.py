"""Whatever a worker's clock was at its start: nothing that was to go out since is lost without a word."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from campaign_bot.app.presence import SURE_AT, UNSURE
from campaign_bot.model import State
from campaign_bot.platforms.errors import NotSent, Unknown
from support.working import DATED, Stage, at, post

HOUR = dt.timedelta(hours=1)
FILES: dict[str, dict[str, str | bytes | None]] = {
    "launch/new:x-en:en": {"posts/launch/new.md": post("2026-12-01 08:40", "New", "Nuevo")},
    "demands@2026-12-01T08:40:x-en:en": {
        "posts/demands/queue.yaml": 'order: rotation\nslots: ["daily 08:40"]\n',
        "posts/demands/new.md": post(en="New", es="Nuevo"),
    },
    "steps/new:x-en:en": {
        "posts/steps/queue.yaml": 'order: sequence\nslots: ["daily 08:40"]\n',
        "posts/steps/new.md": post(en="New", es="Nuevo"),
    },
}
both = pytest.mark.parametrize("key", FILES)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    stage = Stage(tmp_path, {"posts/launch/queue.yaml": DATED})
    stage.run("08:00")
    return stage


def set_clock(stage: Stage, by: dt.timedelta) -> None:
    stage.clock += by
    stage.set_by += by


def begin_wrong(stage: Stage) -> None:
    """From 08:10 to 08:15 there is a worker whose clock is an hour ahead."""
    stage.clock = at("08:10")
    set_clock(stage, HOUR)
    stage.restart()
    stage.run("09:15")


@both
def test_what_is_written_for_a_time_that_a_wrong_clock_saw_pass_goes_out(stage: Stage, key: str) -> None:
    begin_wrong(stage)
    set_clock(stage, -HOUR)
    stage.edit(FILES[key])
    stage.clock = at("09:00")
    stage.restart()
    stage.run("09:01")
    assert (stage.states()[key], stage.texts("x-en")) == (State.PUBLISHED, ["New"])


@both
def test_or_it_is_missed_for_want_of_a_worker(stage: Stage, key: str) -> None:
    begin_wrong(stage)
    set_clock(stage, -HOUR)
    stage.edit(FILES[key])
    stage.clock = at("09:30")
    stage.restart()
    stage.run("09:31")
    reasons = [event.reason for event in stage.ledger.events(key=key) if event.to_state is State.MISSED]
    assert reasons == ["late: no-worker"]


@both
def test_so_it_is_where_the_clock_is_set_right_while_the_worker_runs(stage: Stage, key: str) -> None:
    begin_wrong(stage)
    stage.edit(FILES[key])
    stage.run("09:45")  # 08:45
    set_clock(stage, -HOUR)
    stage.run("09:00")
    assert (stage.states()[key], stage.texts("x-en")) == (State.PUBLISHED, ["New"])


def test_nothing_is_missed_by_a_clock_that_nobody_was_asked_about(stage: Stage) -> None:
    begin_wrong(stage)
    stage.run("11:00")  # 10:00, and nothing was due for hours
    stage.edit({"posts/launch/new.md": post("2026-12-01 10:10", "New", "Nuevo")})
    stage.run("11:05")
    assert stage.states()["launch/new:x-en:en"] is State.SCHEDULED
    set_clock(stage, -HOUR)
    stage.run("10:11")
    assert stage.texts("x-en") == ["New"]


def test_a_clock_that_is_set_wrong_during_a_call_does_not_date_it(stage: Stage) -> None:
    """By such a date the next post would have to wait for an hour, and would be missed."""
    posts = {f"posts/launch/{n}.md": post(f"2026-12-01 08:{n}", f"Text {n}") for n in (10, 20)}
    stage.edit({**posts, "config/accounts.yaml": "accounts:\n  x-en: {platform: x, languages: [en]}\n"})
    original = stage.play

    def play(call: str) -> None:
        if call == "publish" and not stage.set_by:
            set_clock(stage, HOUR)
        original(call)

    stage.play = play  # type: ignore[method-assign]
    stage.run("09:15")  # 08:15
    stage.play = original  # type: ignore[method-assign]
    set_clock(stage, -HOUR)
    stage.run("08:21")
    assert stage.texts("x-en") == ["Text 10", "Text 20"]
    assert stage.entries()["launch/10:x-en:en"].published_at == at("08:10")


def test_a_clock_that_is_set_wrong_during_a_call_proves_no_absence(stage: Stage) -> None:
    """What is not seen a minute after an unclear call may be seen yet; after an hour it would be absent."""
    posts = {f"posts/launch/{n}.md": post(f"2026-12-01 08:{n}", f"Text {n}") for n in (10, 11)}
    stage.edit({**posts, "config/accounts.yaml": "accounts:\n  x-en: {platform: x, languages: [en]}\n"})
    stage.script("publish", [Unknown("reset")])
    stage.run("08:10:50")
    stage.clock = at("08:11:10")
    original = stage.play

    def play(call: str) -> None:
        if call == "publish":
            set_clock(stage, HOUR)
        original(call)

    stage.play = play  # type: ignore[method-assign]
    stage.worker.tick()
    assert stage.texts("x-en") == ["Text 11"]
    assert stage.states()["launch/10:x-en:en"] is State.UNCONFIRMED


def test_what_is_written_late_while_a_worker_is_there_is_no_loss(stage: Stage) -> None:
    stage.restart()
    stage.run("08:45")
    stage.edit(FILES["demands@2026-12-01T08:40:x-en:en"])
    stage.run("08:50")
    assert all(not entry.key.startswith("demands@2026-12-01") for entry in stage.entries().values())


def test_without_a_network_the_time_that_really_passes_counts(stage: Stage) -> None:
    stage.script("verify", [NotSent("no such host")] * 100_000)
    stage.clock = at("08:10")
    stage.restart()
    stage.run(at("12:00", 20))
    noted = stage.ledger.meta(SURE_AT)
    assert noted is not None
    # The ledger begins half an hour before its first worker; ten minutes there was none. That is all.
    assert at("11:18", 20) <= dt.datetime.fromisoformat(noted) <= at("11:20", 20)


def test_after_a_long_absence_one_platform_is_asked_for_the_time(tmp_path: Path) -> None:
    accounts = """\
accounts:
  x-en: {platform: x, languages: [en]}
  fedi: {platform: mastodon, languages: [en], base_url: "https://a.example"}
"""
    stage = Stage(tmp_path, {"config/accounts.yaml": accounts})
    stage.run("08:00")
    assert stage.worker.troubles == {}
    stage.clock += UNSURE + HOUR
    stage.restart()
    stage.script("verify", [NotSent("no such host")])
    stage.worker.tick()
    assert stage.worker.troubles == {"fedi": "no such host"}  # it costs nothing
    stage.run("16:00")
    assert stage.ledger.meta(SURE_AT) == stage.ledger.meta("seen_at")
