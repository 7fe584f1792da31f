"""Wall times at the edges of daylight saving time. The planner's offsets come from the tz database."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from campaign_bot.planner import check
from campaign_bot.planner.wall import comes_twice, instant, is_quiet, wall
from support.campaigns import account, campaign, post, queue
from support.planning import codes, on, planned, times

CHANGING = ("America/Los_Angeles", "America/Tijuana")
STEADY = "America/Hermosillo"
SPRING, AUTUMN = dt.date(2027, 3, 14), dt.date(2026, 11, 1)


def at(day: dt.date, time: str) -> dt.datetime:
    return dt.datetime.combine(day, dt.time.fromisoformat(time))


@pytest.mark.parametrize("zone", CHANGING)
@pytest.mark.parametrize(
    ("written", "shown"),
    [("01:59", "01:59"), ("02:00", "03:00"), ("02:30", "03:30"), ("02:59", "03:59"), ("03:00", "03:00")],
)
def test_a_time_in_the_spring_gap_moves_forward_by_the_gap(zone: str, written: str, shown: str) -> None:
    assert wall(instant(at(SPRING, written), ZoneInfo(zone)), ZoneInfo(zone)) == at(SPRING, shown)


@pytest.mark.parametrize("zone", CHANGING)
def test_a_time_that_comes_twice_fires_at_the_first(zone: str) -> None:
    assert instant(at(AUTUMN, "01:30"), ZoneInfo(zone)) == dt.datetime(2026, 11, 1, 8, 30, tzinfo=dt.UTC)
    assert [
        comes_twice(at(AUTUMN, time), ZoneInfo(zone)) for time in ("00:59", "01:00", "01:59", "02:00")
    ] == [
        False,
        True,
        True,
        False,
    ]
    assert not comes_twice(at(SPRING, "02:30"), ZoneInfo(zone))


def test_a_zone_without_daylight_saving_has_neither() -> None:
    zone = ZoneInfo(STEADY)
    for day in (SPRING, AUTUMN):
        for minute in range(0, 24 * 60, 15):
            time = dt.datetime.combine(day, dt.time()) + dt.timedelta(minutes=minute)
            assert wall(instant(time, zone), zone) == time
            assert not comes_twice(time, zone)


@pytest.mark.parametrize(
    ("time", "zone", "warning", "params"),
    [
        (
            "2027-03-14 02:30",
            CHANGING[0],
            "time-skipped",
            {"before": "2027-03-14 02:30", "after": "2027-03-14 03:30"},
        ),
        (
            "2027-03-14 02:30",
            CHANGING[1],
            "time-skipped",
            {"before": "2027-03-14 02:30", "after": "2027-03-14 03:30"},
        ),
        ("2026-11-01 01:15", CHANGING[0], "time-twice", {"time": "2026-11-01 01:15"}),
        ("2026-11-01 01:15", CHANGING[1], "time-twice", {"time": "2026-11-01 01:15"}),
    ],
)
def test_a_dated_post_at_such_a_time_goes_out_with_a_warning(
    time: str, zone: str, warning: str, params: dict[str, str]
) -> None:
    folder = campaign(post("launch/a", en="Hello", at=time), zone=zone)
    (problem,) = check(folder)
    assert (problem.code, problem.severity, problem.field, problem.params) == (
        warning,
        "warning",
        "at",
        params,
    )
    (delivery,) = planned(folder, time[:10], "2027-04-01").deliveries
    assert delivery.hold is None
    assert f"{delivery.at:%Y-%m-%d %H:%M}" == params.get("after", time)


def test_a_zone_without_daylight_saving_warns_of_nothing() -> None:
    posts = [
        post(f"launch/{n}", en=f"Hello {n}", at=time)
        for n, time in enumerate(["2027-03-14 02:30", "2026-11-01 01:15"])
    ]
    folder = campaign(*posts, zone=STEADY)
    assert check(folder) == []
    assert times(planned(folder, "2026-11-01", "2027-04-01")) == [
        "11-01 01:15 launch/1:x-en:en",
        "03-14 02:30 launch/0:x-en:en",
    ]


@pytest.mark.parametrize("zone", [*CHANGING, STEADY])
def test_a_daily_slot_fires_once_a_day_all_year(zone: str) -> None:
    posts = [post(f"hl/{name}", en=f"Highlight {name}") for name in "abc"]
    slots = ["daily 01:30", "daily 02:30", "daily 12:00"]
    folder = campaign(queue("hl", *posts, order="rotation", slots=slots), zone=zone)
    made = planned(folder, "2026-10-01", "2027-10-01")
    assert len(made.deliveries) == 3 * 365
    assert len({delivery.at.astimezone(dt.UTC) for delivery in made.deliveries}) == 3 * 365
    fired = [wall(delivery.slot_at, folder.zone) for delivery in made.deliveries]
    written = [delivery.slot for delivery in made.deliveries]
    assert [a for a, b in zip(fired, written, strict=True) if a != b] == (
        [] if zone == STEADY else [at(SPRING, "03:30")]
    )
    assert codes(made) == ([] if zone == STEADY else ["time-skipped"])


def test_a_plan_is_in_order_of_instants_when_the_clocks_go_back() -> None:
    """01:50 (the first) comes before the 01:10 that only spacing can reach: the second one."""
    posts = [post(f"launch/{n}", en=f"Hello {n}", at="2026-11-01 01:50") for n in range(3)]
    folder = campaign(
        *posts, accounts=[account("x-en", spacing=dt.timedelta(minutes=20))], lateness=dt.timedelta(hours=2)
    )
    made = planned(folder, "2026-11-01", "2026-11-02")
    assert [f"{delivery.at:%H:%M %z}" for delivery in made.deliveries] == [
        "01:50 -0700",
        "01:10 -0800",
        "01:30 -0800",
    ]


def test_spacing_and_lateness_are_elapsed_time_over_a_change() -> None:
    folder = campaign(post("launch/a", en="Hello", at="2027-03-14 01:45"), lateness=dt.timedelta(hours=1))
    (delivery,) = planned(folder, "2027-03-14", "2027-03-15").deliveries
    assert delivery.deadline - delivery.slot_at == dt.timedelta(hours=1)
    assert delivery.deadline == on("2027-03-14 03:45").astimezone(dt.UTC)


@pytest.mark.parametrize(
    ("time", "expected"),
    [("21:59", False), ("22:00", True), ("03:00", True), ("06:59", True), ("07:00", False)],
)
def test_quiet_hours_over_midnight(time: str, expected: bool) -> None:
    folder = campaign(quiet=(dt.time(22), dt.time(7)))
    assert is_quiet(folder, dt.time.fromisoformat(time)) is expected


def test_a_gap_does_not_move_a_time_into_the_quiet_hours() -> None:
    folder = campaign(post("launch/a", en="Hello", at="2027-03-14 02:30"), quiet=(dt.time(3), dt.time(4)))
    assert [problem.code for problem in check(folder)] == ["in-quiet", "time-skipped"]


@pytest.mark.parametrize("day", ["0001-01-01 09:00", "9999-12-31 23:30"])
def test_a_year_that_nobody_means_breaks_nothing(day: str) -> None:
    folder = campaign(post("launch/a", en="Hello", at=day), zone="Asia/Tokyo")
    assert planned(folder, "2026-12-01", "2027-01-01").deliveries == ()
    assert [problem.code for problem in check(folder)] == ["outside-campaign"]


def test_a_day_that_a_zone_leaves_out_still_has_its_slots() -> None:
    """Samoa had no 30 December 2011: its times move forward by a day."""
    posts = [post(f"act/{n}", en=f"Act {n}") for n in range(9)]
    folder = campaign(queue("act", *posts, order="sequence", slots=["daily 09:30"]), zone="Pacific/Apia")
    made = planned(folder, "2011-12-31", "2012-01-01")
    assert [f"{delivery.slot:%d}" for delivery in made.deliveries] == ["30", "31"]
    assert [f"{delivery.at:%d %H:%M}" for delivery in made.deliveries] == ["31 09:30", "31 09:31"]
