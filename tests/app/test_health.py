"""Whether deliveries really move: every way in which they do not is told, and nothing else is red."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from campaign_bot import i18n
from campaign_bot.app import checkup, health, liveness
from campaign_bot.app.health import Facts, InFlight, Light, Waiting, judge
from campaign_bot.app.liveness import Liveness
from campaign_bot.i18n.checks import CHECKS
from campaign_bot.ledger import AccountState, Ledger, Pause
from campaign_bot.model import State
from campaign_bot.settings import Settings
from support.deliveries import NOON
from support.ledgers import MINUTE, SECOND, add, begin
from support.working import ACCOUNTS, DATED, post, write
from support.working import CAMPAIGN as CONFIG

HOUR = 60 * MINUTE
SAID = Liveness(
    1, "there", True, "1", started_at=NOON - HOUR, written_at=NOON - SECOND, looked_at=NOON - SECOND
)
WELL = Facts(live=True, liveness=SAID, free=10**12)
TAKEN = ("ledger-taken", {"holder": "process 7"})
FAILED = ("look-failed", {"detail": "KeyError"})


def facts(**changes: Any) -> Facts:
    return dataclasses.replace(WELL, **changes)


def said(**changes: Any) -> Facts:
    return facts(liveness=dataclasses.replace(SAID, **changes))


def codes(facts: Facts, light: Light) -> list[str]:
    return [check.code for check in judge(facts, NOON).checks if check.light is light]


def test_a_worker_that_moves_is_healthy() -> None:
    assert judge(WELL, NOON).healthy
    assert {check.light for check in judge(WELL, NOON).checks} == {Light.GREEN}


RUN = {
    "once": True,
    "started_at": NOON - 8 * MINUTE,
    "stopped_at": NOON - 8 * MINUTE,
    "earlier_at": NOON - 13 * MINUTE,
}
"""The last of the runs that cron begins every five minutes."""

RED = [
    (facts(liveness=None), "no-worker"),
    (facts(liveness=None, live=False), "no-dry-worker"),
    (facts(liveness=None, unreadable="Permission denied"), "worker-unreadable"),
    (said(stopped_at=NOON - MINUTE), "worker-stopped"),
    (facts(there=False), "worker-dead"),
    (said(written_at=NOON - 31 * SECOND), "worker-stuck"),
    (dataclasses.replace(said(written_at=NOON - 31 * SECOND), there=None), "worker-silent"),
    (said(written_at=NOON + HOUR), "worker-stuck"),  # the clock was set back, and it wrote no more
    (said(trouble=FAILED, looked_at=None), "worker-trouble"),
    (said(trouble=("of-another-version", {})), "worker-trouble"),
    (dataclasses.replace(said(trouble=TAKEN), seen_at=NOON - 4 * MINUTE), "holder-stuck"),
    (facts(in_flight=[InFlight("x-en", NOON - 91 * SECOND, "letter:x-en:en")]), "call-hangs"),
    (facts(in_flight=[InFlight("x-en", NOON - 6 * MINUTE)]), "call-hangs"),
    (said(accounts={"x-en": "clock: 3600 s"}), "clock-off"),
    (said(clock="clock-set: 3600 s"), "clock-off"),
    (facts(ledger=("ledger-locked", {"ledger": "campaign.db"})), "ledger-trouble"),
    (facts(free=1_000), "disk-full"),
    (facts(exposed=["/campaign/.env"]), "exposed"),
    (facts(config_broken=True), "config-broken"),
    (facts(due=[Waiting("x-en", 3, NOON - 3 * MINUTE, "not-reached: no such host")]), "not-moving"),
    (facts(accounts=[AccountState("x-en", True, "401")]), "account-stopped"),
    (said(**RUN, trouble=FAILED), "worker-trouble"),
    (said(**RUN, clock="clock-set: 3600 s"), "clock-off"),
    (said(**RUN | {"stopped_at": None}, written_at=NOON - 11 * MINUTE), "worker-stuck"),
    (dataclasses.replace(said(**RUN | {"stopped_at": None}), there=False), "worker-dead"),
    (dataclasses.replace(said(**RUN), due=[Waiting("x-en", 1, NOON - 8 * MINUTE)]), "not-moving"),
    (said(once=True, started_at=NOON - 27 * HOUR, stopped_at=NOON - 27 * HOUR), "runs-ended"),
    (facts(too_dear=[Waiting("x-en", 3, NOON - MINUTE, "budget: 25 USD")]), "budget"),
]


@pytest.mark.parametrize(("facts", "code"), RED)
def test_what_keeps_deliveries_from_moving_is_red(facts: Facts, code: str) -> None:
    assert codes(facts, Light.RED) == [code]
    assert not judge(facts, NOON).healthy


YELLOW = [
    (facts(has_ledger=False), "no-ledger"),
    (facts(files_broken=2), "files-broken"),
    (facts(pauses=[Pause(1, "queue", "launch", "holidays", "ana", NOON)]), "paused"),
    (facts(unconfirmed=2), "unconfirmed"),
    (facts(ended_badly={State.MISSED: 1}), "ended-badly"),
    (facts(accounts=[AccountState("x-en", not_before=NOON + HOUR)]), "account-waits"),
    (said(untold=(2,)), "untold"),
    (said(**RUN | {"started_at": NOON - 13 * MINUTE, "earlier_at": NOON - 18 * MINUTE}), "run-awaited"),
]


@pytest.mark.parametrize(("facts", "code"), YELLOW)
def test_what_somebody_wants_or_has_to_look_at_is_no_fault(facts: Facts, code: str) -> None:
    assert codes(facts, Light.YELLOW) == [code]
    assert judge(facts, NOON).healthy


GREEN = [
    said(looked_at=None),  # it has just been started
    dataclasses.replace(said(trouble=TAKEN), seen_at=NOON - MINUTE),  # the one it waits for works
    facts(
        in_flight=[InFlight("x-en", NOON - 80 * SECOND, "letter:x-en:en"), InFlight("x-es", NOON - MINUTE)]
    ),
    facts(due=[Waiting("x-en", 1, NOON - MINUTE)]),
    said(accounts={"x-en": "not-reached: no such host"}),  # nothing is due
    said(**RUN),
    said(**RUN | {"stopped_at": None}, written_at=NOON - 8 * MINUTE),  # it does all that is due
    dataclasses.replace(said(**RUN), due=[Waiting("x-en", 1, NOON - 6 * MINUTE)]),  # for the next run
    said(once=True, started_at=NOON - 2 * HOUR, stopped_at=NOON - 2 * HOUR),  # the first one
    said(**RUN | {"started_at": NOON - 40 * HOUR, "earlier_at": NOON - 64 * HOUR}),  # once a day
]


@pytest.mark.parametrize("facts", GREEN)
def test_everything_has_its_time(facts: Facts) -> None:
    assert {check.light for check in judge(facts, NOON).checks} == {Light.GREEN}


def test_of_a_worker_that_is_gone_no_call_and_of_a_ledger_that_is_broken_no_movement_is_told() -> None:
    gone = facts(there=False, in_flight=[InFlight("x-en", NOON - HOUR, "letter:x-en:en")])
    assert codes(gone, Light.RED) == ["worker-dead"]
    assert "moving" not in codes(facts(ledger=FAILED), Light.GREEN)


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_every_finding_has_its_words(language: str) -> None:
    found = [check for one, _code in [*RED, *YELLOW] for check in judge(one, NOON).checks]
    found += [check for one in GREEN for check in judge(one, NOON).checks]
    assert {check.code for check in found} == CHECKS.keys()
    with i18n.using(language):
        words = {check.code: check.message for check in found}
    assert not [code for code, message in words.items() if "{" in message or not message]
    if language == "es":
        same = [
            code for code, message in words.items() if code != "ledger-trouble" and message == CHECKS[code]
        ]
        assert same == []


@pytest.mark.parametrize(
    ("age", "words"),
    [(-5, "0 s"), (45, "45 s"), (119, "119 s"), (420, "7 min"), (18_000, "5 h"), (3 * 86_400, "3 d")],
)
def test_ages_are_said_roughly(age: int, words: str) -> None:
    assert health.spell(dt.timedelta(seconds=age)) == words


# ---------------------------------------------------------------- of a folder and a ledger


@pytest.fixture
def root(tmp_path: Path) -> Path:
    config = {"config/campaign.yaml": CONFIG, "config/accounts.yaml": ACCOUNTS}
    write(tmp_path, {**config, "posts/launch/queue.yaml": DATED})
    return tmp_path


def asked(root: Path, now: dt.datetime = NOON, **settings: Any) -> dict[str, Any]:
    """What ``health --json`` says."""
    return checkup.as_json(checkup.health(root, Settings(**settings), now))


def not_well(shown: dict[str, Any]) -> list[str]:
    return [one["code"] for one in shown["checks"] if one["severity"] != "ok"]


def live(root: Path) -> Ledger:
    return Ledger.open(Settings().ledger_at(root, live=True))


def test_where_no_worker_ever_was_nothing_is_begun(root: Path) -> None:
    shown = asked(root)
    assert (shown["mode"], shown["worker"], shown["healthy"]) == ("dry", None, False)
    assert not_well(shown) == ["no-dry-worker", "no-ledger"]
    assert asked(root, live=True)["mode"] == "live"
    assert not (root / "var").exists()


def test_all_of_the_json(root: Path) -> None:
    with live(root) as ledger:
        add(ledger)
        begin(ledger, now=NOON - 2 * SECOND)
    liveness.write(
        liveness.place(root / "var", live=True), dataclasses.replace(SAID, in_flight={"x-es": NOON})
    )
    shown = asked(root, NOON + 3 * SECOND)
    checks = shown.pop("checks")
    assert checks[0] == {
        "code": "worker",
        "ok": True,
        "severity": "ok",
        "message": "A worker is at work.",
        "reason": None,
    }
    assert shown.pop("counts") == dict.fromkeys(map(str, State), 0) | {"publishing": 1}
    assert shown == {
        "healthy": True,
        "mode": "live",
        "checked_at": "2026-12-01T20:00:03+00:00",
        "worker": {
            "pid": 1,
            "host": "there",
            "version": "1",
            "once": False,
            "started_at": "2026-12-01T19:00:00+00:00",
            "looked_at": "2026-12-01T19:59:59+00:00",
            "stopped_at": None,
            "age_s": 4.0,
        },
        "oldest_due_s": None,
        "in_flight": [
            {
                "account": "x-en",
                "key": "launch/letter:x-en:en",
                "since": "2026-12-01T19:59:58+00:00",
                "age_s": 5.0,
            },
            {"account": "x-es", "key": None, "since": "2026-12-01T20:00:00+00:00", "age_s": 3.0},
        ],
    }


def test_a_live_ledger_that_is_gone_is_not_taken_for_a_dry_campaign(root: Path) -> None:
    liveness.write(liveness.place(root / "var", live=True), SAID)
    shown = asked(root)
    assert (shown["mode"], not_well(shown)) == ("live", ["no-ledger"])


def test_a_ledger_that_is_damaged_is_told_with_its_sentence(root: Path) -> None:
    liveness.write(liveness.place(root / "var", live=True), SAID)
    (root / "var/campaign.db").write_bytes(b"no ledger at all" * 1000)
    shown = asked(root)
    assert not_well(shown) == ["ledger-trouble"]
    assert (
        "is damaged, or is not a ledger" in next(one for one in shown["checks"] if not one["ok"])["message"]
    )


def test_an_unreadable_sign_of_life_is_not_taken_for_none(root: Path) -> None:
    (root / "var").mkdir(0o700)
    liveness.place(root / "var", live=True).write_text("{}", encoding="utf-8")
    assert not_well(asked(root)) == ["worker-unreadable", "no-ledger"]


def test_what_is_wrong_with_the_files_is_told(root: Path) -> None:
    liveness.write(liveness.place(root / "var", live=True), SAID)
    write(root, {"posts/launch/broken.md": "---\nat: tomorrow\n---\n"})
    assert "files-broken" in not_well(asked(root))
    write(root, {"config/campaign.yaml": "name: A\n"})
    assert "config-broken" in not_well(asked(root))
    placeholder = 'links:\n  letter: {en: "https://example.org/a", es: "https://example.org/b"}\n'
    write(root, {"config/campaign.yaml": CONFIG + placeholder, "posts/launch/broken.md": None})
    write(root, {"posts/launch/letter.md": post("2026-12-01 09:00", link="letter")})
    assert "config-broken" in not_well(asked(root))  # a live worker does not send anybody there


def test_an_account_that_was_taken_out_concerns_nobody(root: Path) -> None:
    liveness.write(liveness.place(root / "var", live=True), SAID)
    with live(root) as ledger:
        ledger.stop_account("x-former", "401", NOON)
        assert not_well(asked(root)) == []
        ledger.stop_account("x-en", "401", NOON)
        assert not_well(asked(root)) == ["account-stopped"]


def test_what_a_person_has_to_look_at(root: Path) -> None:
    liveness.write(
        liveness.place(root / "var", live=True), dataclasses.replace(SAID, written_at=NOON + 31 * MINUTE)
    )
    with live(root) as ledger:
        add(ledger)
        begin(ledger)
        ledger.fail("launch/letter:x-en:en", State.UNCONFIRMED, now=NOON, reason="reset")
    assert not_well(asked(root, NOON + 30 * MINUTE + 59 * SECOND)) == ["unconfirmed"]
    assert not_well(asked(root, NOON + 30 * MINUTE)) != ["unconfirmed"]
