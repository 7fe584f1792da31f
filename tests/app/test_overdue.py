"""What is due and does not go out, and every reason for which that is as it should be."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import pytest

from campaign_bot.app.health import Waiting
from campaign_bot.app.liveness import Liveness
from campaign_bot.app.overdue import overdue
from campaign_bot.ledger.glancing import Glance
from campaign_bot.model import State
from campaign_bot.platforms.errors import NotSent, Unknown
from support.working import ACCOUNTS, Stage, at, post

LETTER = "posts/launch/letter.md"
MORE = "posts/launch/more.md"
CONFIG = "config/accounts.yaml"
ONE = "accounts:\n  x-en: {{platform: x, languages: [en], {}}}\n"
BOTH = "accounts:\n  x-both: {platform: x, languages: [en, es], bilingual: thread, spacing: 0s}\n"
SAID = Liveness(1, "there", True, "1", started_at=at("00:00"), written_at=at("00:00"))


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path, {LETTER: post("2026-12-01 09:00")})


def staged(folder: Path, accounts: str, **files: str) -> Stage:
    posts = {f"posts/launch/{name}.md": content for name, content in files.items()}
    return Stage(folder, {CONFIG: accounts, **posts})


def still(stage: Stage, said: Liveness | None = None) -> list[Waiting]:
    """What does not move, seen at the stage's time."""
    return [*both(stage, said)[0]]


def both(stage: Stage, said: Liveness | None = None) -> tuple[list[Waiting], list[Waiting]]:
    glance = Glance(stage.ledger._engine, stage.ledger._turn)
    known = stage.ledger.accounts()
    due, too_dear = overdue(glance, stage.follower.campaign, known, said, stage.clock)
    glance._readers.close()  # the stage's ledger has the same connection: later would be in its way
    return [*due], [*too_dear]


def hang(stage: Stage, until: str = "09:05") -> None:
    """Time passes, and the worker does nothing."""
    stage.run("08:59")
    stage.clock = at(until)


def test_a_worker_that_does_nothing(stage: Stage) -> None:
    hang(stage)
    assert still(stage) == [Waiting("x-en", 1, at("09:00")), Waiting("x-es", 1, at("09:00"))]


def test_a_worker_all_of_whose_threads_hang(stage: Stage) -> None:
    """It looks at the ledger every second, and finds nobody who could do the work."""
    stage.worker._submit = lambda _call: None
    stage.run("09:05")
    assert [(one.account, one.since) for one in still(stage)] == [
        ("x-en", at("09:00")),
        ("x-es", at("09:00")),
    ]
    assert stage.worker.in_flight == dict.fromkeys(["x-en", "x-es"], at("09:00"))


def test_nothing_stands_still_where_all_is_well(stage: Stage) -> None:
    stage.run("09:10")
    assert both(stage) == ([], [])


def test_a_platform_that_refuses_every_try_is_no_reason_to_wait(stage: Stage) -> None:
    """Though the next try is always some minutes ahead."""
    stage.script("publish", [NotSent("503")] * 100)
    stage.run("09:20")
    waiting = still(stage)
    assert [(one.account, one.count, one.reason) for one in waiting] == [
        ("x-en", 1, "503"),
        ("x-es", 1, "503"),
    ]
    assert [one.since for one in waiting] == [at("09:00")] * 2


def test_a_platform_where_nobody_answers_did_not_ask_to_wait(tmp_path: Path) -> None:
    stage = staged(
        tmp_path,
        ONE.format("spacing: 0s"),
        letter=post("2026-12-01 09:00"),
        more=post("2026-12-01 09:00", "More", "Más"),
    )
    stage.script("publish", [NotSent("no such host", account_wide=True)] * 100)
    stage.run("09:05")
    assert still(stage) == [Waiting("x-en", 2, at("09:00"), "no such host")]


def test_a_platform_that_is_not_reached_says_why(stage: Stage) -> None:
    stage.script("verify", [NotSent("no such host")] * 100)
    stage.run("09:20")
    said = dataclasses.replace(SAID, accounts=stage.worker.troubles)
    assert [(one.account, one.since, one.reason) for one in still(stage, said)] == [
        ("x-en", at("09:00"), "no such host"),
        ("x-es", at("09:00"), "no such host"),
    ]


def test_a_pause_is_a_reason_until_it_ends(stage: Stage) -> None:
    stage.ledger.pause("language", "es", "holidays", "ana", at("08:00"))
    hang(stage)
    assert [one.account for one in still(stage)] == ["x-en"]
    stage.ledger.resume("language", "es", "ana", at("09:04"))
    assert {one.account: one.since for one in still(stage)} == dict.fromkeys(["x-en", "x-es"], at("09:04"))


def test_a_worker_that_was_just_started_had_no_time_yet(stage: Stage) -> None:
    hang(stage)
    said = dataclasses.replace(SAID, started_at=at("09:04"))
    assert [one.since for one in still(stage, said)] == [at("09:04")] * 2


def test_each_run_of_cron_was_just_started_which_is_no_reason_to_wait(stage: Stage) -> None:
    hang(stage)
    said = dataclasses.replace(SAID, started_at=at("09:04"), once=True)
    assert [one.since for one in still(stage, said)] == [at("09:00")] * 2


def test_accounts_that_are_stopped_or_were_asked_to_wait(stage: Stage) -> None:
    hang(stage)
    stage.ledger.stop_account("x-en", "401", stage.clock)
    stage.ledger.postpone_account("x-es", at("09:06"), stage.clock, "429")
    assert still(stage) == []
    stage.clock = at("09:10")
    assert still(stage) == [Waiting("x-es", 1, at("09:06"))]


@pytest.mark.parametrize("crowd", ["spacing: 10m", "per_day: 1"])
def test_an_account_keeps_its_spacing_and_its_day(tmp_path: Path, crowd: str) -> None:
    posts = {name: post("2026-12-01 09:00", f"Text {name}") for name in ("one", "two")}
    stage = staged(tmp_path, ONE.format("spacing: 0s"), **posts)
    stage.run("08:59")
    stage.edit({CONFIG: ONE.format(crowd)})
    stage.run("09:05")
    assert [*stage.states().values()].count(State.PUBLISHED) == 1
    assert still(stage) == []


def test_when_it_kept_its_spacing_it_counts_from_the_end_of_that(stage: Stage) -> None:
    hang(stage)
    stage.ledger.postpone("launch/letter:x-en:en", at("09:04"), now=at("09:00"), reason="spacing")
    assert {one.account: one.since for one in still(stage)} == {"x-en": at("09:04"), "x-es": at("09:00")}


def test_what_was_released_or_came_late_had_no_time_yet(stage: Stage) -> None:
    stage.edit({LETTER: post("2026-12-01 09:00", hold="true"), MORE: post("2026-12-01 09:03", "More", "Más")})
    stage.run("09:04")
    assert still(stage) == []
    stage.edit({LETTER: post("2026-12-01 09:00")})
    stage.ledger.pause("all", "", "", "ana", stage.clock)
    stage.run("09:05")
    stage.ledger.resume("all", "", "ana", stage.clock)
    assert {one.account: one.count for one in still(stage)} == {"x-en": 1, "x-es": 1}
    assert min(one.since for one in still(stage)) == at("09:05")


def test_an_account_that_publishes_moves_however_much_it_has_to_do(tmp_path: Path) -> None:
    posts = {name: post("2026-12-01 09:00", f"Text {name}") for name in ("one", "two")}
    stage = staged(tmp_path, ONE.format("spacing: 0s"), **posts)

    def slow(call: str) -> None:
        if call == "publish":
            stage.pass_time(dt.timedelta(minutes=3))
            seen.append(still(stage))

    seen: list[list[Waiting]] = []
    stage.play = slow  # type: ignore[method-assign]
    stage.run("09:01")
    assert seen == [[Waiting("x-en", 1, at("09:00"))], []]  # a call of three minutes hangs


def test_the_second_language_waits_for_the_first_and_a_text_for_its_like(tmp_path: Path) -> None:
    stage = staged(tmp_path, BOTH, letter=post("2026-12-01 09:00"))
    hang(stage)
    assert [(one.account, one.count) for one in still(stage)] == [("x-both", 1)]
    stage.script("publish", [Unknown("reset")])
    stage.blind = True
    stage.run("09:09")
    assert stage.states()["launch/letter:x-both:en"] is State.UNCONFIRMED
    assert still(stage) == []


def test_what_is_too_late_has_to_be_declared_missed(stage: Stage) -> None:
    hang(stage, until="09:31")
    assert [one.since for one in still(stage)] == [at("09:00")] * 2
    stage.run("09:31")
    assert still(stage) == []


def test_what_a_budget_does_not_suffice_for_is_told_by_itself(tmp_path: Path) -> None:
    stage = staged(tmp_path, ONE.format("budget: 0.01 USD/month"), letter=post("2026-12-01 09:00"))
    stage.run("09:10")
    assert both(stage) == ([], [Waiting("x-en", 1, at("09:00"), "budget: 0.01 USD")])


def test_without_any_ledger_of_before_there_is_nothing(tmp_path: Path) -> None:
    assert both(staged(tmp_path, ACCOUNTS)) == ([], [])
