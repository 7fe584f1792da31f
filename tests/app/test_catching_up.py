"""After hours without a network or a process, and after a pause: in order and spaced, or missed and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from campaign_bot.model import State
from campaign_bot.platforms.errors import NotSent
from support.working import DATED, Stage, at, post

FIVE = dt.timedelta(minutes=5)
ACCOUNT = "accounts:\n  x-en: {platform: x, languages: [en], spacing: 5m}\n"
TWELVE = {
    f"posts/launch/{n:02}.md": post(f"2026-12-01 {9 + n // 4:02}:{n % 4 * 15:02}", f"Text {n}")
    for n in range(12)  # every quarter of an hour from 09:00 on
}


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    queue = {"posts/launch/queue.yaml": DATED + "lateness: 90m\n"}
    return Stage(tmp_path, TWELVE | queue | {"config/accounts.yaml": ACCOUNT})


def offline(stage: Stage) -> None:
    for what in ("verify", "publish"):
        stage.script(what, [NotSent("name or service not known")] * 5_000)
    stage.run("10:50")
    for what in ("verify", "publish"):
        stage.script(what, [])


def no_process(stage: Stage) -> None:
    stage.run("08:50")
    stage.clock = at("10:50")
    stage.restart()


def paused(stage: Stage) -> None:
    stage.run("08:50")
    stage.ledger.pause("all", "", "holidays", "ana", stage.clock)
    stage.run("10:50")
    stage.ledger.resume("all", "", "ana", stage.clock)


@pytest.mark.parametrize(
    ("outage", "reason"),
    [
        (offline, "late: name or service not known"),
        (no_process, "late: no-worker"),
        (paused, "late: paused: holidays"),
    ],
)
def test_what_is_in_time_goes_out_spaced_and_the_rest_is_missed_with_the_reason(
    stage: Stage, outage: Callable[[Stage], None], reason: str
) -> None:
    outage(stage)
    stage.run(at("23:59"))
    posts = stage.platforms.posts["x-en"]
    assert [one.outgoing.text for one in posts] == [f"Text {n}" for n in range(2, 12)]  # from 09:30 on
    assert posts[0].created_at < at("10:55")
    assert all(after.created_at - before.created_at >= FIVE for before, after in pairwise(posts))
    missed = [entry for entry in stage.entries().values() if entry.state is State.MISSED]
    assert [(entry.post, entry.reason) for entry in missed] == [("launch/00", reason), ("launch/01", reason)]
