"""What the files alone show to be wrong with times, each at the place where it can be mended."""

import datetime as dt

import pytest

from campaign_bot.model import Campaign, Order, Problem, Severity
from campaign_bot.planner import check
from support.campaigns import account, campaign, post, queue

QUIET = (dt.time(22), dt.time(7))


def seen(problem: Problem) -> tuple[str, str, str, str]:
    return problem.code, str(problem.severity), problem.file, problem.field


def found(folder: Campaign) -> list[tuple[str, str, str, str]]:
    return [seen(problem) for problem in check(folder)]


def rotation(*posts: object, slots: object = ("daily 09:30",), **more: object) -> Campaign:
    contents = posts or (post("hl/a", en="A"),)
    return campaign(queue("hl", *contents, order="rotation", slots=slots), **more)


def test_a_sound_campaign_has_no_problem() -> None:
    folder = campaign(
        post("launch/a", en="A", at="2026-12-01 09:00"),
        queue("hl", post("hl/a", en="A", from_="2026-12-10"), order="rotation", slots=["daily 09:30"]),
        queue("act", order="sequence", slots=["mon 09:30"]),
        starts="2026-12-01",
        ends="2027-03-31",
        quiet=QUIET,
        blackout=frozenset({dt.date(2026, 12, 25)}),
    )
    assert check(folder) == []


@pytest.mark.parametrize(
    ("at", "code", "bound"),
    [
        ("2026-11-30 23:59", "outside-campaign", "starts: 2026-12-01, ends: 2027-03-31"),
        ("2027-04-01 00:00", "outside-campaign", "starts: 2026-12-01, ends: 2027-03-31"),
        ("2026-12-25 12:00", "in-blackout", "blackout: 2026-12-25"),
        ("2026-12-02 06:59", "in-quiet", "quiet: 22:00-07:00"),
        ("2026-12-09 09:00", "outside-window", "from: 2026-12-10"),
    ],
)
def test_a_dated_time_at_which_nothing_may_go_out(at: str, code: str, bound: str) -> None:
    folder = campaign(
        post("launch/a", en="A", at=at, from_="2026-12-10" if code == "outside-window" else None),
        starts="2026-12-01",
        ends="2027-03-31",
        quiet=QUIET,
        blackout=frozenset({dt.date(2026, 12, 25)}),
    )
    (problem,) = check(folder)
    assert seen(problem) == (code, "error", "posts/launch/a.md", "at")
    assert problem.params == {"time": at, "bound": bound}


@pytest.mark.parametrize("at", ["2026-12-01 07:00", "2027-03-31 21:59"])
def test_the_first_and_the_last_time_are_inside(at: str) -> None:
    assert (
        check(campaign(post("a/a", en="A", at=at), starts="2026-12-01", ends="2027-03-31", quiet=QUIET)) == []
    )


def test_without_a_start_nothing_is_too_early() -> None:
    assert check(campaign(post("launch/a", en="A", at="1999-01-01 09:00"))) == []


def test_a_slot_rule_in_the_quiet_hours_never_fires() -> None:
    assert found(rotation(slots=["daily 09:30", "mon 23:00"], quiet=QUIET)) == [
        ("slot-in-quiet", "warning", "posts/hl/queue.yaml", "slots.1")
    ]


@pytest.mark.parametrize(
    "more",
    [
        {"slots": ["daily 23:00"], "quiet": QUIET},
        {"slots": ["mon 09:30"], "starts": "2026-12-01", "ends": "2026-12-06"},  # Tuesday to Sunday
        {"starts": "2026-12-01", "ends": "2026-12-01", "blackout": frozenset({dt.date(2026, 12, 1)})},
    ],
)
def test_a_queue_whose_slots_can_never_fire(more: dict[str, object]) -> None:
    assert ("no-slot", "error", "posts/hl/queue.yaml", "slots") in found(rotation(**more))


@pytest.mark.parametrize(
    ("window", "field"),
    [
        ({"until": "2026-11-30"}, "until"),  # over before the campaign starts
        ({"from_": "2027-04-01"}, "from"),
        ({"from_": "2026-12-01", "until": "2026-12-04"}, "until"),  # Tuesday to Friday
    ],
)
def test_a_window_that_meets_no_slot(window: dict[str, str], field: str) -> None:
    folder = rotation(
        post("hl/a", en="A", **window), slots=["sat,sun,mon 09:30"], starts="2026-12-01", ends="2027-03-31"
    )
    assert found(folder) == [("never-open", "error", "posts/hl/a.md", field)]


def test_a_window_the_wrong_way_round_is_the_loaders_to_report() -> None:
    assert check(rotation(post("hl/a", en="A", from_="2026-12-09", until="2026-12-01"))) == []
    reversed_ = post("launch/a", en="A", at="2026-12-01 09:00", from_="2026-12-10", until="2026-12-05")
    assert check(campaign(reversed_)) == []


def test_a_window_needs_one_slot_only() -> None:
    one_day = post("hl/a", en="A", from_="2026-12-07", until="2026-12-07")
    assert check(rotation(one_day, slots=["mon 09:30"])) == []
    assert check(rotation(post("hl/a", en="A", from_="2027-01-01"), slots=["mon 09:30"])) == []


def test_a_rotation_without_a_post() -> None:
    folder = campaign(queue("hl", order="rotation", slots=["daily 09:30"]))
    assert found(folder) == [("nothing-to-rotate", "warning", "posts/hl/queue.yaml", "")]


def test_a_slot_that_the_spring_gap_moves() -> None:
    folder = rotation(slots=["daily 02:30"], starts="2026-12-01", ends="2027-12-31")
    assert found(folder) == [("time-skipped", "warning", "posts/hl/queue.yaml", "slots.0")]
    assert check(rotation(slots=["daily 02:30"], starts="2026-12-01", ends="2027-03-13")) == []
    assert check(rotation(slots=["daily 02:30"])) == []  # no day to look at: the plan warns when it comes


def test_dated_posts_that_leave_each_other_no_room() -> None:
    posts = [post(f"launch/{n}", en=f"Post {n}", at="2026-12-01 09:00") for n in range(4)]
    slow = account("x-en", spacing=dt.timedelta(minutes=15))
    assert found(campaign(*posts, accounts=[slow])) == [("too-crowded", "error", "posts/launch/3.md", "at")]
    few = account("x-en", per_day=3)
    assert found(campaign(*posts, accounts=[few])) == [("over-per-day", "error", "posts/launch/3.md", "at")]
    held = post("launch/0", en="Post 0", at="2026-12-01 09:00", hold=True)
    assert check(campaign(held, *posts[1:], accounts=[slow])) == []


def test_a_problem_stands_at_the_line_of_its_field() -> None:
    folder = campaign(post("launch/a", en="A", at="2026-12-01 23:00"), quiet=QUIET)
    marked = folder.queues["launch"].posts[0].source
    (problem,) = check(folder)
    assert (problem.line, problem.column) == marked.mark("at")


@pytest.mark.parametrize("order", list(Order))
def test_an_empty_queue_breaks_nothing(order: Order) -> None:
    problems = check(campaign(queue("q", order=order)))
    assert all(problem.severity is Severity.WARNING for problem in problems)
