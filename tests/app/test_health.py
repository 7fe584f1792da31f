"""Whether deliveries really move: every way in which they do not is told, and nothing else is."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import os
import socket
from pathlib import Path
from typing import Any

import pytest

from campaign_bot import i18n
from campaign_bot.app import checkup, health, liveness
from campaign_bot.app.health import Due, Facts, Light, judge
from campaign_bot.app.liveness import Liveness, SignOfLife
from campaign_bot.ledger import AccountState, Ledger, LedgerError
from campaign_bot.model import State
from campaign_bot.settings import Settings
from support.ledgers import add, begin
from support.working import Stage, at, post

NOW = at("12:00")
SECOND, MINUTE = dt.timedelta(seconds=1), dt.timedelta(minutes=1)
SAID = Liveness(1, "host", True, "1", NOW - dt.timedelta(hours=1), looked_at=NOW - SECOND)
WELL = Facts(live=True, liveness=SAID, alive=True, free=10**12)


def reds(facts: Facts) -> list[str]:
    return [check.code for check in judge(facts, NOW).checks if check.light is Light.RED]


def said(**changes: Any) -> Facts:
    return dataclasses.replace(WELL, liveness=dataclasses.replace(SAID, **changes))


def test_a_worker_that_moves_is_healthy() -> None:
    assert judge(WELL, NOW).healthy
    assert {check.light for check in judge(WELL, NOW).checks} == {Light.GREEN}


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        (dataclasses.replace(WELL, liveness=None), "no-worker"),
        (said(stopped_at=NOW - MINUTE), "worker-stopped"),
        (dataclasses.replace(WELL, alive=False), "worker-dead"),
        (said(looked_at=NOW - 31 * SECOND), "worker-stuck"),
        (said(looked_at=NOW + 31 * SECOND), "worker-stuck"),  # the clock was set back, and it wrote no more
        (said(looked_at=None), "worker-stuck"),
        (said(trouble=("look-failed", {"detail": "KeyError"})), "worker-trouble"),
        (said(in_flight={"x-en": NOW - 91 * SECOND}), "call-hangs"),
        (said(accounts={"x-en": "clock: 3600 s"}), "clock-off"),
        (dataclasses.replace(WELL, ledger=LedgerError("ledger-locked", ledger="l")), "ledger-trouble"),
        (dataclasses.replace(WELL, free=1_000), "disk-full"),
        (dataclasses.replace(WELL, config_broken=True), "config-broken"),
        (dataclasses.replace(WELL, due=Due(3, NOW - 3 * MINUTE)), "not-moving"),
        (dataclasses.replace(WELL, accounts=[AccountState("x-en", True, "401")]), "account-stopped"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_keeps_deliveries_from_moving_is_red(facts: Facts, code: str) -> None:
    assert reds(facts) == [code]
    for language in ("en", "es"):
        with i18n.using(language):
            assert all(check.message for check in judge(facts, NOW).checks)


def test_what_people_wanted_or_have_to_look_at_is_no_fault_of_the_worker() -> None:
    facts = dataclasses.replace(WELL, pauses=[("ana", "holidays")], unconfirmed=2, ended_badly=1)
    found = judge(facts, NOW)
    assert found.healthy
    assert [check.code for check in found.checks if check.light is Light.YELLOW] == [
        "paused",
        "unconfirmed",
        "ended-badly",
    ]


def test_a_call_and_a_delivery_have_their_time() -> None:
    assert reds(said(in_flight={"x-en": NOW - 80 * SECOND})) == []
    assert reds(dataclasses.replace(WELL, due=Due(1, NOW - MINUTE))) == []


# ---------------------------------------------------------------- what the ledger tells


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path, {"posts/launch/letter.md": post("2026-12-01 09:00")})


def due(stage: Stage) -> Due:
    return checkup._due(stage.ledger, None, stage.clock)


def test_what_is_due_and_could_go_out_counts(stage: Stage) -> None:
    stage.run("08:59")
    stage.clock = at("09:03")  # the worker hangs
    assert due(stage) == Due(2, at("09:00"))


def test_what_waits_for_a_known_reason_does_not(stage: Stage) -> None:
    stage.run("08:59")
    stage.clock = at("09:03")
    stage.ledger.pause("account", "x-en", "holidays", "ana", stage.clock)
    stage.ledger.stop_account("x-es", "401", stage.clock)
    assert due(stage) == Due()


def test_of_a_whole_ledger(tmp_path: Path) -> None:
    """Read from a file, with nothing asked of the worker and nothing written."""
    Stage(tmp_path, {"posts/launch/letter.md": post("2026-12-01 09:00")})
    settings = Settings()
    assert [c.code for c in checkup.health(tmp_path, settings, NOW).checks][:1] == ["no-worker"]
    assert not (tmp_path / "var").exists()
    with Ledger.open(settings.ledger_url(tmp_path, live=True)) as ledger:
        add(ledger)
        begin(ledger)
        ledger.fail(ledger.entries()[0].key, State.UNCONFIRMED, now=NOW, reason="reset")
    mine = dataclasses.replace(SAID, pid=os.getpid(), host=socket.gethostname())
    liveness.write(liveness.place(tmp_path, live=True), mine)
    found = checkup.health(tmp_path, settings, NOW + dt.timedelta(days=1))
    shown = checkup.as_json(found)
    assert (shown["mode"], shown["counts"]["unconfirmed"], shown["healthy"]) == ("live", 1, False)
    assert shown["worker"]["pid"] == os.getpid()
    json.dumps(shown)


def test_a_ledger_that_is_damaged_is_told(tmp_path: Path) -> None:
    Stage(tmp_path, {})
    (tmp_path / "var").mkdir()
    (tmp_path / "var/campaign.db").write_bytes(b"no ledger at all" * 1000)
    found = checkup.health(tmp_path, Settings(), NOW)
    assert "ledger-trouble" in [check.code for check in found.checks]


# ---------------------------------------------------------------- the file


def test_the_file_says_what_was_said(tmp_path: Path) -> None:
    told = dataclasses.replace(
        SAID, trouble=("ledger-locked", {"ledger": "l"}), in_flight={"x": NOW}, accounts={"x": "clock: 3 s"}
    )
    path = liveness.place(tmp_path, live=True)
    liveness.write(path, told)
    assert liveness.read(path) == told
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("content", ["", "{}", "[]", "null", '{"pid": 1}', "{\x00"])
def test_a_file_of_something_else_is_no_sign_of_life(tmp_path: Path, content: str) -> None:
    path = tmp_path / "worker.json"
    path.write_text(content, encoding="utf-8")
    assert liveness.read(path) is None


def test_a_look_that_failed_is_no_look(tmp_path: Path) -> None:
    clock = [NOW]
    life = SignOfLife(tmp_path, SAID, lambda: clock[0])
    life.give(None, {}, {})
    clock[0] += MINUTE
    life.give(("ledger-locked", {"ledger": "l"}), {}, {})
    told = liveness.read(liveness.place(tmp_path, live=True))
    assert told is not None
    assert (told.looked_at, told.trouble) == (NOW, ("ledger-locked", {"ledger": "l"}))
    life.end()
    told = liveness.read(liveness.place(tmp_path, live=True))
    assert told is not None
    assert told.stopped_at == clock[0]


def test_a_place_that_takes_no_file_is_said_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "var").write_text("in the way", encoding="utf-8")
    clock = [NOW]
    life = SignOfLife(tmp_path, SAID, lambda: clock[0])
    for _ in range(3):
        clock[0] += MINUTE
        life.give(None, {}, {})
    assert caplog.text.count("worker.json") == 1


@pytest.mark.parametrize(
    ("age", "words"),
    [(-5, "0 s"), (45, "45 s"), (119, "119 s"), (420, "7 min"), (18_000, "5 h"), (3 * 86_400, "3 d")],
)
def test_ages_are_said_roughly(age: int, words: str) -> None:
    assert health.spell(dt.timedelta(seconds=age)) == words
