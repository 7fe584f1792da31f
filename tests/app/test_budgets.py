"""An account with a budget, on a virtual clock: what it cannot pay waits, and is missed with that reason.

On X a post costs 0.015 USD, with a link 0.20; that we look who we are, 0.01 a day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from campaign_bot.app.spending import next_month, spent_this_month
from campaign_bot.model import State
from campaign_bot.platforms.errors import NotSent, Refused, Unknown
from support.working import DATED, Stage, at, post

CAMPAIGN = "name: A test\ntimezone: UTC\nlanguages: [en, es]\nlateness: {}\n"
ACCOUNTS = "config/accounts.yaml"
LINK = "Read https://letter.org"
KEYS = [f"launch/{number}:x-en:en" for number in range(4)]
TIMES = ["2026-12-30 09:00", "2026-12-30 10:00", "2026-12-30 11:00", "2027-01-01 09:00"]


def accounts(budget: str, platform: str = "x", extra: str = "") -> str:
    line = f", budget: {budget}" if budget else ""
    return f"accounts:\n  x-en: {{platform: {platform}, languages: [en]{line}{extra}}}\n"


def file(number: int, words: str = LINK, **front: str) -> dict[str, str | bytes | None]:
    return {f"posts/launch/{number}.md": post(TIMES[number], f"{words} {number}", f"Lea {number}", **front)}


def staged(folder: Path, budget: str, *files: dict[str, str | bytes | None], lateness: str = "30m") -> Stage:
    """On the day before the first post."""
    base: dict[str, str | bytes | None] = {
        "config/campaign.yaml": CAMPAIGN.format(lateness),
        ACCOUNTS: accounts(budget),
        "posts/launch/queue.yaml": DATED,
    }
    for one in files or map(file, range(4)):
        base |= one
    return Stage(folder, base, at("00:00", 30))


def spent(stage: Stage) -> str:
    campaign = stage.follower.campaign
    assert campaign
    (one,) = spent_this_month(stage.ledger, campaign, stage.clock)
    return str(one.amount)


def said(stage: Stage, kind: str = "account-waits") -> list[str]:
    return [event.reason for event in stage.ledger.events() if event.kind == kind]


def test_what_the_month_cannot_pay_is_missed_and_the_next_month_goes_on(tmp_path: Path) -> None:
    stage = staged(tmp_path, "0.45 USD/month")
    stage.run(at("12:00", 30))
    assert stage.texts("x-en") == [f"{LINK} 0", f"{LINK} 1"]
    entry = stage.entries()[KEYS[2]]
    assert (entry.state, entry.reason) == (State.MISSED, "late: budget: 0.45 USD")
    assert spent(stage) == "0.41 USD"
    stage.run(dt.datetime(2027, 1, 1, 10, tzinfo=dt.UTC))
    assert stage.texts("x-en")[2:] == [f"{LINK} 3"]
    assert spent(stage) == "0.21 USD"


def test_in_the_meantime_it_waits_without_a_look_at_each_second_and_staff_is_told_once(
    tmp_path: Path,
) -> None:
    stage = staged(tmp_path, "0.1 USD/month")
    stage.run(at("09:10", 30))
    entry = stage.entries()[KEYS[0]]
    assert (entry.state, entry.reason) == (State.SCHEDULED, "budget: 0.10 USD")
    assert entry.not_before == dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
    assert len(said(stage, "postpone")) == 1
    stage.run(at("23:00", 30))
    stage.restart()
    stage.run(at("23:00", 31))
    assert [stage.states()[key] for key in KEYS] == [State.MISSED] * 3 + [State.SCHEDULED]
    assert said(stage) == ["budget: 0.10 USD"]
    stage.run(dt.datetime(2027, 1, 1, 10, tzinfo=dt.UTC))
    assert said(stage) == ["budget: 0.10 USD"] * 2  # another month


def test_what_costs_little_still_goes_out(tmp_path: Path) -> None:
    stage = staged(tmp_path, "0.05 USD/month", file(0), file(1, "Read it"))
    stage.run(at("12:00", 30))
    assert stage.texts("x-en") == ["Read it 1"]


@pytest.mark.parametrize(
    "change",
    [{ACCOUNTS: accounts("25 USD/month")}, {ACCOUNTS: accounts("")}, file(0, "Without a link")],
    ids=["raised", "taken out", "no link"],
)
@pytest.mark.parametrize("restarts", [False, True])
def test_a_changed_file_counts_at_once(
    tmp_path: Path, change: dict[str, str | bytes | None], restarts: bool
) -> None:
    stage = staged(tmp_path, "0.1 USD/month", file(0))
    stage.run(at("09:10", 30))
    assert stage.texts("x-en") == []
    stage.edit(change)
    if restarts:
        stage.restart()
    stage.run(at("09:10:01", 30))
    assert stage.states()[KEYS[0]] is State.PUBLISHED


def test_with_a_long_lateness_it_goes_out_in_the_next_month(tmp_path: Path) -> None:
    stage = staged(tmp_path, "0.25 USD/month", file(0), file(1), lateness="5d")
    stage.run(at("23:59", 31))
    assert stage.texts("x-en") == [f"{LINK} 0"]
    stage.run(dt.datetime(2027, 1, 1, 0, 1, tzinfo=dt.UTC))
    assert stage.texts("x-en") == [f"{LINK} 0", f"{LINK} 1"]


@pytest.mark.parametrize("budget", ["", "1 USD/month"])
def test_without_a_budget_or_within_it_nothing_stops(tmp_path: Path, budget: str) -> None:
    stage = staged(tmp_path, budget)
    stage.run(dt.datetime(2027, 1, 1, 10, tzinfo=dt.UTC))
    assert len(stage.texts("x-en")) == 4
    assert said(stage) == []


def test_where_nothing_costs_nothing_is_counted_nor_stopped(tmp_path: Path) -> None:
    stage = staged(tmp_path, "")
    stage.edit({ACCOUNTS: accounts("0.01 USD/month", "mastodon", ", base_url: 'https://m.test'")})
    stage.run(at("12:00", 30))
    assert len(stage.texts("x-en")) == 3
    campaign = stage.follower.campaign
    assert campaign
    assert spent_this_month(stage.ledger, campaign, stage.clock) == ()


def test_a_thread_that_has_begun_is_finished(tmp_path: Path) -> None:
    stage = staged(tmp_path, "0.45 USD/month", file(0, f"{LINK} a\n\n---\n\n{LINK} b"))
    stage.script("publish", [None, NotSent("refused")])
    stage.run(at("09:00:02", 30))
    stage.edit({ACCOUNTS: accounts("0.01 USD/month")})
    stage.run(at("12:00", 30))
    assert stage.texts("x-en") == [f"{LINK} a", f"{LINK} b 0"]


def test_the_whole_thread_is_paid_or_none_of_it(tmp_path: Path) -> None:
    stage = staged(tmp_path, "0.30 USD/month", file(0, f"{LINK} a\n\n---\n\n{LINK} b"))
    stage.run(at("12:00", 30))
    assert (stage.texts("x-en"), stage.states()[KEYS[0]]) == ([], State.MISSED)


@pytest.mark.parametrize(
    ("make", "counted"),
    [
        (lambda: NotSent("refused"), "0.21 USD"),  # tried again, and paid once
        (lambda: Refused("no credits", account_broken=True), "0.21 USD"),
        (lambda: Refused("too rude"), "0.21 USD"),  # by request: it may have been charged
        (lambda: Unknown("read timeout"), "0.41 USD"),  # it may have been made, and is made again
    ],
)
def test_calls_are_counted_as_they_ended(tmp_path: Path, make: Callable[[], Exception], counted: str) -> None:
    stage = staged(tmp_path, "25 USD/month", file(0))
    stage.script("publish", [make()])
    stage.run(at("12:00", 30))
    assert spent(stage) == counted


def test_a_killed_workers_call_is_counted(tmp_path: Path) -> None:
    stage = staged(tmp_path, "25 USD/month", file(0))
    stage.script("publish", [KeyboardInterrupt()])
    with pytest.raises(KeyboardInterrupt):
        stage.run(at("09:30", 30))
    assert spent(stage) == "0.21 USD"


def test_a_month_begins_in_the_campaigns_zone() -> None:
    zone = ZoneInfo("America/Los_Angeles")
    before = dt.datetime(2027, 1, 1, 7, 59, tzinfo=dt.UTC)
    begin = dt.datetime(2027, 1, 1, 8, tzinfo=dt.UTC)
    assert next_month(before, zone) == begin
    assert next_month(begin, zone) == dt.datetime(2027, 2, 1, 8, tzinfo=dt.UTC)
