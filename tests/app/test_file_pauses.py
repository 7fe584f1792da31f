"""``paused:`` in a file does what ``pause`` does, for as long as the line is there."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from campaign_bot.app.liveness import SignOfLife
from campaign_bot.app.loading import Snapshot, snapshot
from campaign_bot.model import Campaign, FilePause, Severity, State
from campaign_bot.platforms.errors import NotSent, Unknown
from campaign_bot.settings import Settings
from support.cli import read, run
from support.working import ACCOUNTS, CAMPAIGN, DATED, Stage, at, post, write

LETTER, QUEUE, CONFIG = "posts/launch/letter.md", "posts/launch/queue.yaml", "config/campaign.yaml"
EN, ES = "launch/letter:x-en:en", "launch/letter:x-es:es"
THREAD = "One\n\n---\n\nTwo\n\n---\n\nThree"
BEFORE = dt.datetime(2026, 12, 1, 8, 0, tzinfo=dt.UTC)
PAUSES = {
    CONFIG: CAMPAIGN + "paused: Waiting for the ruling\n",
    QUEUE: DATED + "paused: Waiting for the ruling\n",
}
CLEAN: dict[str, str | bytes | None] = {CONFIG: CAMPAIGN, QUEUE: DATED}
BROKEN = {CONFIG: CAMPAIGN + "nonsense: 1\n", QUEUE: "order: dated\nnonsense: 1\n"}
either = pytest.mark.parametrize("file", PAUSES)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path, {LETTER: post("2026-12-01 09:00")})


def load(root: Path, files: dict[str, str]) -> Snapshot:
    everything = {CONFIG: CAMPAIGN, "config/accounts.yaml": ACCOUNTS, QUEUE: DATED}
    write(root, {**everything, LETTER: post("2026-12-01 09:00"), **files})
    return snapshot(root, Settings())


def campaign(read: Snapshot) -> Campaign:
    assert read.campaign
    return read.campaign


# ---------------------------------------------------------------- what the file says


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("Waiting for the ruling", "Waiting for the ruling"),
        ('"no news yet"', "no news yet"),
        ("yes", ""),
        ("sí", ""),
        ("si\u0301", ""),
        ("Si", ""),
        ("true", ""),
        ("on", ""),
        ("0", "0"),
        ("null", "null"),
        (">\n  two\n  lines", "two lines"),
    ],
)
@either
def test_its_text_is_the_reason(tmp_path: Path, file: str, value: str, reason: str) -> None:
    read = load(tmp_path, {file: str(CLEAN[file]) + f"paused: {value}\n"})
    line = str(CLEAN[file]).count("\n") + 1
    scope = ("all", "") if file == CONFIG else ("queue", "launch")
    assert campaign(read).pauses == (FilePause(*scope, reason, file, line),)  # type: ignore[arg-type]
    (problem,) = read.problems
    assert (problem.code, problem.severity, problem.line) == ("paused-here", Severity.WARNING, line)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("no", "paused-no"),
        ("false", "paused-no"),
        ("off", "paused-no"),
        ("", "empty-value"),
        ("''", "empty-value"),
        ("[a]", "expected-text"),
    ],
)
@either
def test_what_neither_pauses_nor_resumes_is_an_error(
    tmp_path: Path, file: str, value: str, code: str
) -> None:
    read = load(tmp_path, {file: str(CLEAN[file]) + f"paused: {value}\n"})
    assert [problem.code for problem in read.problems] == [code]
    assert read.campaign is None or file in read.campaign.broken


@pytest.mark.parametrize("name", ["config/campaign.yml", "config/campaign.yaml.txt", "config/accounts.yml"])
def test_a_pause_in_a_misnamed_configuration_stops_everything(tmp_path: Path, name: str) -> None:
    read = load(tmp_path, {name: "paused: Waiting for the ruling\n"})
    assert [(problem.file, problem.code) for problem in read.problems] == [(name, "wrong-name")]
    assert read.campaign is None


@pytest.mark.parametrize("name", ["queue.yml", "queue.yaml.txt"])
def test_a_pause_in_a_misnamed_queue_file_stops_its_queue(tmp_path: Path, name: str) -> None:
    read = load(tmp_path, {f"posts/launch/{name}": "paused: Waiting for the ruling\n"})
    assert [problem.code for problem in read.problems] == ["wrong-name"]
    assert QUEUE in campaign(read).broken


def test_other_files_beside_the_configuration_stop_nothing(tmp_path: Path) -> None:
    names = ["config/accounts.example.yaml", "config/prometheus.yml", "config/README.md"]
    read = load(tmp_path, dict.fromkeys(names, "a: b\n"))
    assert (read.problems, campaign(read).broken) == ((), frozenset())


# ---------------------------------------------------------------- what the worker does


@either
def test_nothing_goes_out_while_the_line_is_there(stage: Stage, file: str) -> None:
    stage.run("08:59")
    stage.edit({file: PAUSES[file]})
    stage.run("09:10")
    assert stage.calls == []
    stage.edit(CLEAN)
    stage.run("09:11")
    assert (stage.texts("x-en"), stage.texts("x-es")) == (["Read the letter"], ["Lean la carta"])


@either
def test_what_it_keeps_too_long_is_missed_with_that_reason(stage: Stage, file: str) -> None:
    stage.edit({file: PAUSES[file]})
    stage.run("10:00")
    assert stage.calls == []
    entry = stage.entries()[EN]
    assert (entry.state, entry.reason) == (State.MISSED, "late: paused: Waiting for the ruling")


def test_another_queue_goes_on(stage: Stage) -> None:
    more = post("2026-12-01 09:00", "More to read", "Más para leer")
    stage.edit({"posts/news/queue.yaml": DATED, "posts/news/more.md": more, QUEUE: PAUSES[QUEUE]})
    stage.run("09:10")
    assert stage.texts("x-en") == ["More to read"]


@either
def test_it_is_obeyed_from_the_moment_it_is_saved(stage: Stage, file: str) -> None:
    """The worker has not taken the new snapshot yet."""
    stage.run("08:59")
    write(stage.root, {file: PAUSES[file]})
    stage.run("09:10")
    assert stage.calls == []
    stage.follower.reload()
    stage.run("09:20")
    assert stage.calls == []


@either
def test_a_thread_under_way_waits_for_it(tmp_path: Path, file: str) -> None:
    stage = Stage(tmp_path, {LETTER: post("2026-12-01 09:00", THREAD)})
    stage.script("publish", [None, NotSent("refused")])

    def save() -> None:
        if stage.calls:
            write(tmp_path, {file: PAUSES[file]})

    stage.run("09:00", each=save)
    stage.run("09:05", each=save)
    assert stage.texts("x-en") == ["One"]
    stage.follower.reload()
    stage.run("12:00")
    assert stage.texts("x-en") == ["One"]
    assert stage.states()[EN] is State.SCHEDULED
    stage.edit(CLEAN)
    stage.run("12:05")
    assert stage.texts("x-en") == ["One", "Two", "Three"]


@either
def test_a_broken_file_lifts_no_pause_of_a_thread(tmp_path: Path, file: str) -> None:
    stage = Stage(tmp_path, {LETTER: post("2026-12-01 09:00", THREAD)})
    stage.script("publish", [None, NotSent("refused")])
    stage.run("09:00")
    stage.edit({file: PAUSES[file]})
    stage.run("09:10")
    stage.edit({file: BROKEN[file]})
    stage.run("09:20")
    stage.restart()
    stage.run("09:30")
    assert stage.texts("x-en") == ["One"]
    stage.edit(CLEAN)
    stage.run("09:40")
    assert stage.texts("x-en") == ["One", "Two", "Three"]


@pytest.mark.parametrize("then", [PAUSES, BROKEN])
@either
def test_a_retry_waits_for_it_too(stage: Stage, file: str, then: dict[str, str]) -> None:
    stage.script("publish", [NotSent("refused"), NotSent("refused")])
    stage.run("09:00")
    stage.calls.clear()
    stage.edit({file: then[file]})
    stage.run("09:10")
    assert stage.calls == []
    stage.edit(CLEAN)
    stage.run("09:20")
    assert stage.texts("x-en") == ["Read the letter"]


@either
def test_what_is_proved_absent_is_not_sent_again_meanwhile(stage: Stage, file: str) -> None:
    stage.script("publish", [Unknown("timeout"), Unknown("timeout")])
    stage.run("09:00")
    stage.calls.clear()
    stage.edit({file: PAUSES[file]})
    stage.run("09:15")
    assert (stage.calls, stage.states()[EN]) == ([], State.UNCONFIRMED)
    assert any(event.kind == "look" for event in stage.ledger.events(key=EN))  # that goes on
    stage.edit(CLEAN)
    stage.run("09:25")
    assert stage.texts("x-en") == ["Read the letter"]


# ---------------------------------------------------------------- what people see


@pytest.fixture(params=PAUSES)
def root(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    load(tmp_path, {request.param: PAUSES[request.param]})
    return tmp_path


def pause_of(root: Path) -> dict[str, Any]:
    is_config = "paused" in (root / CONFIG).read_text()
    scope = {"scope": "all", "value": ""} if is_config else {"scope": "queue", "value": "launch"}
    file = CONFIG if is_config else QUEUE
    return scope | {"reason": "Waiting for the ruling", "who": None, "since": None, "file": file}


def place_of(root: Path) -> str:
    return f"{CONFIG}:7" if "paused" in (root / CONFIG).read_text() else f"{QUEUE}:2"


def test_check_warns_and_goes_well(root: Path) -> None:
    done = run("check", root=root)
    assert done.exit_code == 0
    assert place_of(root) in done.output


def test_status_says_it(root: Path) -> None:
    found = read("status", root=root, now=BEFORE)
    assert found["paused"] == [pause_of(root)]
    errors = {one["error"] for one in found["deliveries"]}
    assert errors == {"paused: Waiting for the ruling"}
    assert f"paused ({place_of(root)})." in run("status", root=root, now=BEFORE).stdout


def test_plan_marks_it_and_counts_it_apart(root: Path) -> None:
    assert [one["hold"] for one in read("plan", root=root, now=BEFORE)] == ["paused", "paused"]
    table = run("plan", root=root, now=BEFORE).stdout
    assert "0 deliveries.\n2 more are paused and stay out.\n" in table
    assert table.count("paused") == 3
    assert run("plan", "--csv", root=root, now=BEFORE).stdout.count(",paused,") == 2
    calendar = run("plan", "--ics", root=root, now=BEFORE).stdout
    assert calendar.count("STATUS:TENTATIVE") == 2


def test_plan_marks_what_a_person_paused_in_the_live_ledger(root: Path) -> None:
    write(root, CLEAN)
    run("pause", "--account", "x-en", root=root, CAMPAIGN_BOT_LIVE="true")
    found = {one["account"]: one["hold"] for one in read("plan", root=root, now=BEFORE)}
    assert found == {"x-en": "paused", "x-es": None}


def test_health_is_yellow(root: Path) -> None:
    (check,) = (one for one in read("health", root=root, now=BEFORE)["checks"] if one["code"] == "paused")
    assert (check["ok"], check["severity"]) == (True, "warning")
    assert place_of(root) in check["message"]


def test_resume_says_where_it_is(root: Path) -> None:
    filters = [] if "campaign" in place_of(root) else ["--queue", "launch"]
    refused = run("resume", *filters, root=root)
    assert refused.exit_code == 1
    assert place_of(root) in refused.stderr
    run("pause", "--account", "x-en", root=root)
    assert place_of(root) in run("resume", "--account", "x-en", root=root).stdout


def test_a_rehearsal_notes_and_ignores_it(root: Path) -> None:
    done = run("rehearse", "--days", "1", root=root)
    assert place_of(root) in done.stderr
    rows = read("rehearse", "--days", "1", root=root)
    assert [row["published"] for row in rows] == [1, 1]


def test_what_a_pause_kept_has_its_time_when_the_line_is_gone(root: Path) -> None:
    """Health is not red because of what goes out in a moment."""
    write(root, CLEAN)
    now = dt.datetime.now(dt.UTC)
    edited = snapshot(root, Settings()).edited_at(now + dt.timedelta(seconds=1))
    assert edited is not None
    assert abs(now - edited) < dt.timedelta(minutes=1)
    assert snapshot(root, Settings()).edited_at(at("00:00", 1).replace(year=2020)) is None


# ---------------------------------------------------------------- where a command works


@pytest.mark.parametrize(
    ("lang", "words"),
    [("en", "This holds on this computer only."), ("es", "Esto vale solo en esta computadora.")],
)
@pytest.mark.parametrize(
    "command",
    [
        ["pause"],
        ["pause", "--queue", "launch"],
        ["hold", "launch/letter"],
        ["skip", "--yes", "launch/letter"],
        ["retract", "--yes", "launch/letter"],
        ["reconcile", "--apply"],
    ],
)
def test_without_a_live_ledger_a_decision_says_first_that_it_is_this_computers(
    tmp_path: Path, command: list[str], lang: str, words: str
) -> None:
    load(tmp_path, {})
    done = run("--lang", lang, *command, root=tmp_path, now=BEFORE)
    assert done.stdout.startswith(words)
    again = run("--lang", lang, *command, "--dry", root=tmp_path, now=BEFORE)
    assert words not in again.output
    assert words not in run("--lang", lang, "status", root=tmp_path, now=BEFORE).output


@pytest.mark.parametrize("command", [["resume"], ["release", "launch/letter"]])
def test_so_does_what_takes_it_back(tmp_path: Path, command: list[str]) -> None:
    load(tmp_path, {})
    run("pause", root=tmp_path, now=BEFORE)
    run("hold", "launch/letter", root=tmp_path, now=BEFORE)
    assert run(*command, root=tmp_path, now=BEFORE).stdout.startswith("This holds on this computer only.")


def test_where_there_is_a_live_ledger_nothing_is_said_of_it(tmp_path: Path) -> None:
    load(tmp_path, {})
    begun = run("pause", root=tmp_path, now=BEFORE, CAMPAIGN_BOT_LIVE="true")
    assert begun.stdout.startswith("This holds on this computer only.")
    live = run("pause", root=tmp_path, now=BEFORE, CAMPAIGN_BOT_LIVE="true")
    assert live.stdout == "Everything is paused.\n"
    assert "this computer only" not in run("resume", root=tmp_path, now=BEFORE).output


@pytest.mark.parametrize(
    ("at_work", "once", "is_said"),
    [(None, False, True), (0, False, False), (60, False, True), (60, True, False)],
)
def test_a_live_ledger_that_no_worker_here_uses_may_be_a_copy_of_the_servers(
    tmp_path: Path, at_work: int | None, once: bool, is_said: bool
) -> None:
    load(tmp_path, {})
    run("pause", root=tmp_path, now=BEFORE, CAMPAIGN_BOT_LIVE="true")
    if at_work is not None:
        then = BEFORE - dt.timedelta(seconds=at_work)
        SignOfLife(Settings().state_of(tmp_path), live=True, now=lambda: then, once=once).begin()
    paused = run("pause", root=tmp_path, now=BEFORE)
    assert ("No worker is running here." in paused.stderr) is is_said
    assert paused.stdout == "Everything is paused.\n"
