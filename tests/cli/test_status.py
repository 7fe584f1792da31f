"""``worker --once``, ``status``, ``log`` and the deciding commands, on the ledger of dry runs."""

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

import pytest

from campaign_bot.ledger import Columns, Ledger
from campaign_bot.model import HoldReason, State
from campaign_bot.settings import Settings
from support.cli import NOW, read, run
from support.files import CAMPAIGN, POST, write
from support.ledgers import begin, receipt

EN = "launch/letter:x-en:en"
SLOT = dt.datetime(2026, 12, 1, 17, 0, tzinfo=dt.UTC)
BEFORE = SLOT - dt.timedelta(hours=1)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write(tmp_path)


def ledger(root: Path, *, live: bool = False) -> Ledger:
    return Ledger.open(Settings().ledger_at(root, live=live))


def by_key(found: dict[str, Any]) -> dict[str, Any]:
    return {one["key"]: one for one in found["deliveries"]}


def test_json_of_what_is_only_planned_has_just_these_fields(root: Path) -> None:
    found = read("status", root=root, now=BEFORE)
    assert list(found) == ["mode", "paused", "counts", "deliveries"]
    assert (found["mode"], found["paused"], found["counts"]["scheduled"]) == ("dry", [], 4)
    assert set(found["counts"]) == set(State)
    assert by_key(found)[EN] == {
        "key": EN,
        "at": "2026-12-01T09:00:00-08:00",
        "queue": "launch",
        "post": "launch/letter",
        "account": "x-en",
        "platform": "x",
        "language": "en",
        "parts": ["The letter is out."],
        "length": 18,
        "limit": 280,
        "images": [],
        "demand": None,
        "state": "scheduled",
        "attempts": 0,
        "due_at": "2026-12-01T09:00:00-08:00",
        "published_at": None,
        "lateness_s": None,
        "receipts": [],
        "error": None,
        "reason": None,
    }


def test_a_broken_configuration_is_said(root: Path) -> None:
    write(root, {CAMPAIGN: "name: A\n"})
    result = run("status", "--json", root=root)
    assert (result.exit_code, json.loads(result.stdout)["deliveries"]) == (0, [])
    assert result.stderr == "The files in config/ have errors: see campaign-bot check.\n"


def test_reading_begins_no_ledger(root: Path) -> None:
    for command in ("status", "log", "plan", "accounts"):
        run(command, root=root)
    assert not (root / "var").exists()


def test_json_of_what_was_published(root: Path) -> None:
    run("hold", "launch/letter", root=root, now=BEFORE)
    run("release", "launch/letter", root=root, now=BEFORE)
    late = SLOT + dt.timedelta(seconds=90)
    with ledger(root) as opened:
        begin(opened, EN, parts=("The letter was out.",), now=late)
        opened.record(EN, receipt(), now=late, last=True)
    write(root, {POST: (root / POST).read_text(encoding="utf-8").replace("is out", "goes out")})
    found = by_key(read("status", root=root, now=late))[EN]
    assert {
        name: found[name] for name in ("state", "attempts", "published_at", "lateness_s", "receipts")
    } == {
        "state": "published",
        "attempts": 1,
        "published_at": "2026-12-01T09:01:30-08:00",
        "lateness_s": 90.0,
        "receipts": [{"id": "r1", "url": "https://x.example/r1"}],
    }
    assert (found["parts"], found["length"]) == (["The letter was out."], 19)  # as it went out


def test_a_held_delivery_says_why_in_the_readers_language(root: Path) -> None:
    run("hold", EN, root=root, now=BEFORE)
    found = read("status", root=root, now=BEFORE, LANG="es_MX.UTF-8")
    assert (found["counts"]["held"], by_key(found)[EN]["error"]) == (1, "retenida: alguien la retiene")


def test_a_problem_that_holds_a_delivery_is_named(root: Path) -> None:
    text = (root / POST).read_text(encoding="utf-8").replace("is out.", "is out: https://example.org/a")
    write(root, {POST: text})
    with ledger(root, live=True):
        pass
    place = f"{POST}:5:20: https://example.org"
    for language, told in (("C", f"held: {place} is only an example"), ("es", f"retenida: {place}")):
        found = by_key(read("status", root=root, now=BEFORE, LANG=language))[EN]
        assert (found["state"], found["error"].startswith(told)) == ("held", True)
        assert place in re.sub(r"\s+", " ", run("status", root=root, now=BEFORE, LANG=language).stdout)


def test_what_the_worker_holds_is_named_by_the_files_of_now(root: Path) -> None:
    whole = (root / POST).read_text(encoding="utf-8")
    run("hold", EN, root=root, now=BEFORE)
    with ledger(root) as opened:
        opened.move(EN, State.SCHEDULED, frm=State.HELD, now=NOW, who="test", reason="released")
        hold = Columns(hold=HoldReason.PROBLEM)
        opened.move(EN, State.HELD, frm=State.SCHEDULED, now=NOW, who="test", reason="held: problem", **hold)
    for change, told in (
        ({POST: whole.replace("at:", "links: letter\nat:")}, f"held: {POST}:2:1: "),
        ({CAMPAIGN: "name: A\n"}, "held: config/campaign.yaml:1:1: "),
        ({POST: whole}, "held: its file, its queue or the configuration has a problem"),  # mended just now
    ):
        write(root, change)
        assert by_key(read("status", root=root, now=BEFORE))[EN]["error"].startswith(told)


def test_an_example_among_the_links_does_not_change_the_zone(root: Path) -> None:
    run("hold", EN, root=root, now=BEFORE)
    text = (root / CAMPAIGN).read_text(encoding="utf-8").replace("letter.test/en", "example.org/en")
    write(root, {CAMPAIGN: text})
    places = [Path(Settings().ledger_at(root, live=live)) for live in (False, True)]
    places[0].rename(places[1])
    assert by_key(read("status", root=root, now=BEFORE))[EN]["at"] == "2026-12-01T09:00:00-08:00"


def test_the_table_and_the_pauses(root: Path) -> None:
    run("pause", "--queue", "launch", "--reason", "We wait for the ruling", root=root)
    table = run("status", root=root, now=BEFORE).stdout
    assert table.startswith("Dry run: nothing reaches a network.\nThe queue launch is paused (")
    assert "    We wait for the ruling\n" in table
    assert re.search(r"Tue, Dec 1, 2026, 09:00 +launch/letter +x-en +en +scheduled", table)
    assert table.endswith("scheduled: 4\n")
    (pause,) = read("status", root=root)["paused"]
    assert {name: pause[name] for name in ("scope", "value", "reason", "since")} == {
        "scope": "queue",
        "value": "launch",
        "reason": "We wait for the ruling",
        "since": "2026-11-24T12:00:00-08:00",
    }


def test_a_pause_of_a_retraction_is_told_in_words(root: Path) -> None:
    with ledger(root) as opened:
        opened.pause("post", "launch/letter", "retracted", "ana", NOW)
    for command in ("status", "health"):
        told = run(command, root=root, LANG="es_MX.UTF-8").stdout
        assert ("alguien la retiró" in told, "retracted" in told) == (True, False)


def test_the_live_ledger_is_looked_at_where_there_is_one(root: Path) -> None:
    run("pause", root=root)  # dry
    with ledger(root, live=True):
        pass
    assert (read("status", root=root)["mode"], read("status", root=root)["paused"]) == ("live", [])
    assert (
        read("status", "--dry", root=root)["mode"],
        len(read("status", "--dry", root=root)["paused"]),
    ) == (
        "dry",
        1,
    )


def test_before_the_first_live_start_a_decision_is_for_the_live_ledger(root: Path) -> None:
    """Or else the worker would begin without the pause."""
    assert run("pause", root=root, CAMPAIGN_BOT_LIVE="true").exit_code == 0
    assert Path(Settings().ledger_at(root, live=True)).exists()
    assert not Path(Settings().ledger_at(root, live=False)).exists()


def test_the_history_of_a_post(root: Path) -> None:
    run("hold", "launch/letter", "--account", "x-en", root=root)
    events = read("log", EN, root=root)
    assert [(event["kind"], event["from"], event["to"]) for event in events] == [
        ("add", None, "scheduled"),
        ("move", "scheduled", "held"),
    ]
    assert set(events[0]) == {"at", "kind", "key", "post", "from", "to", "reason", "who", "detail"}
    assert events[0]["at"] == "2026-11-24T12:00:00-08:00"
    told = run("log", "launch/letter", root=root, LANG="es_MX.UTF-8").stdout
    assert "programada → retenida · retenida: alguien la retiene" in told


def test_the_history_tells_of_problems_in_words(root: Path) -> None:
    write(root, {"posts/launch/bad.md": "---\nat: soon\n---\n\n## English\nHi\n\n## Español\nHola\n"})
    run("worker", "--once", root=root)
    told = run("log", root=root).stdout
    assert "posts/launch/bad.md:2:1 · a problem in the files · soon is not a time to publish at." in told
    (event,) = [one for one in read("log", root=root) if one["kind"] == "problem"]
    assert event["reason"] == "soon is not a time to publish at."
    assert (event["detail"]["file"], event["detail"]["line"]) == ("posts/launch/bad.md", 2)


def test_the_history_of_an_unknown_post(root: Path) -> None:
    result = run("log", "launch/leter", root=root)
    assert (result.exit_code, result.stderr) == (
        2,
        "There is no post and no delivery's key launch/leter. Did you mean “launch/letter”?\n",
    )
    assert run("log", "launch/letter", root=root).stdout == "Nothing happened yet.\n"


# ---------------------------------------------------------------- decisions


def test_hold_says_what_it_did_and_where(root: Path) -> None:
    result = run("hold", "launch/letter", "--account", "x-en", root=root)
    where, said = result.stdout.split("\n", 1)
    assert where.startswith("This holds on this computer only.")
    assert (result.exit_code, said) == (
        0,
        f"  {EN}\n1 delivery is held.\n(in the ledger of dry runs)\n",
    )


def test_a_decision_that_moves_nothing_fails_and_names_the_state(root: Path) -> None:
    run("hold", EN, root=root)
    result = run("hold", EN, root=root, LANG="es_MX.UTF-8")
    assert (result.exit_code, result.stdout) == (1, "")
    assert (
        result.stderr == f"{EN} no se puede retener: está retenida. Solo se retiene lo que está programado.\n"
    )


@pytest.mark.parametrize(
    "command",
    [
        ("skip", "launch/leter"),
        ("skip", EN, "--account", "x-enn"),
        ("confirm", f"{EN}x", "--not-published"),
        ("retract", "launch/leter"),
    ],
)
def test_nobody_is_asked_about_what_does_not_exist(root: Path, command: tuple[str, ...]) -> None:
    result = run(*command, root=root, answer="y\n")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("There is no ")


def test_skip_asks_first(root: Path) -> None:
    refused = run("skip", EN, root=root, answer="n\n")
    assert (refused.exit_code, refused.stderr) == (1, "Nothing was changed.\n")
    assert run("skip", EN, root=root, answer="y\n").exit_code == 0
    assert run("skip", "launch/letter", "--yes", root=root).exit_code == 0
    assert read("status", root=root)["counts"]["cancelled"] == 4


@pytest.mark.parametrize("answer", ["s", "Sí", "si", "y"])
def test_a_question_in_spanish_takes_an_answer_in_spanish(root: Path, answer: str) -> None:
    result = run("--lang", "es", "skip", EN, root=root, answer=f"{answer}\n")
    assert (result.exit_code, "[s/N]: " in result.stdout) == (0, True)


def test_confirm_tells_what_became_of_it(root: Path) -> None:
    run("hold", EN, root=root)
    run("release", EN, root=root)
    with ledger(root) as opened:
        begin(opened, EN, now=NOW)
        opened.fail(EN, State.UNCONFIRMED, now=NOW, reason="timeout")
    assert run("confirm", EN, "--not-published", root=root, answer="n\n").exit_code == 1
    result = run("confirm", EN, "--published", "https://x.com/us/status/123", root=root)
    assert result.exit_code == 0
    assert by_key(read("status", root=root))[EN]["receipts"] == [
        {"id": "123", "url": "https://x.com/us/status/123"}
    ]
    again = run("confirm", EN, "--not-published", "--yes", root=root)
    assert (again.exit_code, again.stderr) == (1, f"{EN} needs no confirming: it is published.\n")


def test_pause_and_resume(root: Path) -> None:
    assert run("resume", root=root).stderr == "There is no pause of everything.\n"
    assert run("pause", root=root).stdout.split("\n")[1] == "Everything is paused."
    run("pause", "--reason", "We wait for the ruling", root=root)
    said = run("pause", root=root).stdout.split("\n", 1)[1]
    assert said.startswith("Everything is paused.\n    We wait for the ruling\n")
    assert run("resume", "--account", "x-en", root=root).exit_code == 1
    assert run("resume", root=root).exit_code == 0
    assert run("pause", "--account", "x-enn", root=root).exit_code == 2
