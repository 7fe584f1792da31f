"""Clocks: ours is set while a worker runs, and the campaign's goes through a change of summer time."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import Counter
from pathlib import Path

import pytest

from campaign_bot.model import State
from campaign_bot.platforms.errors import NotSent, Unknown
from campaign_bot.platforms.simulated import Simulated
from support.working import DATED, Stage, at, post

HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)
ACCOUNT = "accounts:\n  x-en: {platform: x, languages: [en], spacing: 0s}\n"
TIMES = ["08:00", "08:20", "08:40", "09:00", "09:20", "09:40"]
POSTS = {
    f"posts/launch/{number:02}.md": post(f"2026-12-01 {time}", f"At {time}")
    for number, time in enumerate(TIMES)
}


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """A post every twenty minutes from 08:00 to 09:40; each may be half an hour late."""
    return Stage(tmp_path, POSTS | {"config/accounts.yaml": ACCOUNT}, start=at("07:50"))


def set_clock(stage: Stage, by: dt.timedelta) -> None:
    """Our clock is set; the time that really passes is not."""
    stage.clock += by
    stage.set_by += by


def run(stage: Stage, until: str) -> None:
    """Until that real time, with two looks a minute."""
    while (left := at(until) - (stage.clock - stage.set_by)) > dt.timedelta(0):
        stage.worker.tick()
        stage.clock += min(left, dt.timedelta(seconds=1 if stage.clock.second == 0 else 59))
    stage.worker.tick()


def published(stage: Stage) -> list[tuple[str, str]]:
    """What is there, with the real time at which it came."""
    return [(p.outgoing.text, f"{p.created_at:%H:%M}") for p in stage.platforms.posts.get("x-en", [])]


def on_time(times: list[str]) -> list[tuple[str, str]]:
    return [(f"At {time}", time) for time in times]


# ---------------------------------------------------------------- set, and set right again


@pytest.mark.parametrize("by", [HOUR, -HOUR, 25 * HOUR, 3 * MINUTE])
@pytest.mark.parametrize("moment", ["08:10", "08:20"])
def test_a_clock_that_is_set_and_set_right_costs_nothing(stage: Stage, by: dt.timedelta, moment: str) -> None:
    """While it is wrong nothing goes out, and nothing is missed; what is in time then goes out."""
    run(stage, moment)
    before = published(stage)
    set_clock(stage, by)
    run(stage, "08:45")
    assert published(stage) == before
    assert State.MISSED not in stage.states().values()
    set_clock(stage, -by)
    run(stage, "10:20")
    late = [("At 08:20", "08:45"), ("At 08:40", "08:45")][len(before) - 1 :]
    assert published(stage) == before + late + on_time(TIMES[3:])
    assert set(stage.states().values()) == {State.PUBLISHED}


def test_a_clock_that_stays_wrong_misses_with_that_reason_what_it_cost(stage: Stage) -> None:
    run(stage, "08:10")
    set_clock(stage, HOUR)
    run(stage, "09:25")
    set_clock(stage, -HOUR)
    run(stage, "10:20")
    missed = {e.reason for e in stage.entries().values() if e.state is State.MISSED}
    assert missed == {"late: clock: 3600 s"}
    assert published(stage) == [
        ("At 08:00", "08:00"),
        ("At 09:00", "09:25"),
        ("At 09:20", "09:25"),
        ("At 09:40", "09:40"),
    ]


@pytest.mark.parametrize("by", [HOUR, -HOUR])
def test_a_worker_that_starts_with_a_wrong_clock(tmp_path: Path, by: dt.timedelta) -> None:
    stage = Stage(tmp_path, POSTS | {"config/accounts.yaml": ACCOUNT}, start=at("07:50"))
    set_clock(stage, by)
    stage.restart()
    run(stage, "08:05")
    assert published(stage) == []
    set_clock(stage, -by)
    run(stage, "10:20")
    assert published(stage) == [("At 08:00", "08:05"), *on_time(TIMES[1:])]


def test_a_clock_that_is_set_while_no_platform_can_be_reached(stage: Stage) -> None:
    run(stage, "08:10")
    stage.script("verify", [NotSent("name or service not known")] * 1000)
    set_clock(stage, HOUR)
    run(stage, "08:30")
    set_clock(stage, -HOUR)
    run(stage, "09:00")
    stage.script("verify", [])
    run(stage, "10:20")
    missed = [(e.slot.time(), e.reason) for e in stage.entries().values() if e.state is State.MISSED]
    assert missed == [(dt.time(8, 20), "late: name or service not known")]


@pytest.mark.parametrize("by", [HOUR, -HOUR])
def test_where_no_platform_tells_the_time_nothing_goes_out_twice_all_the_same(
    stage: Stage, by: dt.timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then our clock is believed: what falls into a lost hour is missed."""
    timeless(monkeypatch)
    run(stage, "08:10")
    set_clock(stage, by)
    run(stage, "09:10")
    set_clock(stage, -by)
    run(stage, "11:20")
    assert max(Counter(text for text, _ in published(stage)).values()) == 1
    for entry in stage.entries().values():
        assert entry.state is State.PUBLISHED or (entry.state is State.MISSED and entry.reason)


def timeless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its platform's answers have no date."""
    verify = Simulated.verify
    monkeypatch.setattr(Simulated, "verify", lambda self: dataclasses.replace(verify(self), server_time=None))


@pytest.mark.parametrize("by", [HOUR, -HOUR])
def test_what_is_unconfirmed_when_the_clock_is_set_is_settled_soon_after(
    stage: Stage, by: dt.timedelta
) -> None:
    run(stage, "08:19")
    stage.script("publish", [Unknown("read timeout")])
    run(stage, "08:20")
    set_clock(stage, by)
    run(stage, "08:23")
    set_clock(stage, -by)
    run(stage, "08:35")
    assert published(stage)[-1][0] == "At 08:20"
    assert Counter(stage.states().values())[State.UNCONFIRMED] == 0


# ---------------------------------------------------------------- summer time

NIGHT = """\
order: rotation
slots: ["daily 00:30", "daily 01:00", "daily 01:30", "daily 02:00", "daily 02:30", "daily 03:00"]
lateness: 2h
"""
HIGHLIGHTS = {f"posts/night/{name}.md": post(en=f"Highlight {name}") for name in "abcdefgh"}


@pytest.mark.parametrize(
    ("zone", "date"),
    [
        ("America/Los_Angeles", "2026-11-01"),
        ("America/Los_Angeles", "2027-03-14"),
        ("America/Tijuana", "2026-11-01"),
        ("America/Tijuana", "2027-03-14"),
        ("Europe/Madrid", "2026-10-25"),
        ("Europe/Madrid", "2027-03-28"),
    ],
)
def test_a_night_of_a_change_has_each_slot_once(tmp_path: Path, zone: str, date: str) -> None:
    """With a restart every 13 minutes, and so within the hour that comes twice."""
    day = dt.date.fromisoformat(date)
    start = dt.datetime.combine(day - dt.timedelta(days=1), dt.time(18), dt.UTC)
    stage = Stage(
        tmp_path,
        {
            "config/campaign.yaml": f"name: A night\ntimezone: {zone}\nlanguages: [en, es]\n",
            "config/accounts.yaml": ACCOUNT.replace("spacing: 0s", "spacing: 1s"),
            "posts/night/queue.yaml": NIGHT,
            "posts/launch/queue.yaml": DATED + "lateness: 2h\n",
            "posts/launch/gap.md": post(f"{date} 02:15", "In the gap or in the fold"),
            "posts/launch/fold.md": post(f"{date} 01:15", "In the fold"),
        }
        | HIGHLIGHTS,
        start,
    )
    end, next_restart = start + 20 * HOUR, start
    while stage.clock < end:
        if stage.clock >= next_restart:
            stage.restart()
            next_restart = stage.clock + 13 * MINUTE
        stage.worker.tick()
        stage.clock = min(max(stage.worker.next_wake(), stage.clock + MINUTE), stage.clock + 10 * MINUTE)
    that_day = [e for e in stage.entries().values() if e.slot.date() == day and e.state is State.PUBLISHED]
    slots = Counter((e.queue, e.slot.time()) for e in that_day)
    assert max(slots.values()) == 1
    assert slots.keys() == {
        *(("night", dt.time(*divmod(minutes, 60))) for minutes in range(30, 181, 30)),
        ("launch", dt.time(1, 15)),
        ("launch", dt.time(2, 15)),
    }
    for entry in that_day:
        assert entry.published_at
        assert entry.slot_at <= entry.published_at <= entry.slot_at + 11 * MINUTE
    assert len(stage.platforms.posts["x-en"]) == sum(
        e.state is State.PUBLISHED for e in stage.entries().values()
    )
