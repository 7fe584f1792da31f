"""``rehearse --faults``: what it prints, writes and returns."""

import json
import re
from pathlib import Path

import pytest

from campaign_bot.rehearsal import run as running
from campaign_bot.rehearsal.findings import Breach, Finding, Sign
from support.cli import read, run
from support.files import write

FAULTY = ("rehearse", "--days", "1", "--faults", "0.3", "--seed", "7")
FIGURES = ("twice", "lost", "wrong", "unexplained")


def test_it_says_what_was_met_and_that_no_promise_was_broken(tmp_path: Path) -> None:
    result = run(*FAULTY, root=write(tmp_path))
    *_, faults, kills, promises = result.stdout.splitlines()
    assert (result.exit_code, result.stderr) == (0, "")
    assert re.fullmatch(r"Faults: \d+ \(.+: \d+\)\.", faults)
    assert re.fullmatch(r"Killed and restarted: \d+\. The same again: --faults 0\.3 --seed 7", kills)
    assert promises == "Twice: 0. Lost: 0. Wrong: 0. Unexplained: 0."


def test_it_is_the_same_each_time(tmp_path: Path) -> None:
    root = write(tmp_path)
    assert run(*FAULTY, root=root).stdout == run(*FAULTY, root=root).stdout


def test_json_has_the_figures_beside_the_rows(tmp_path: Path) -> None:
    root = write(tmp_path)
    with_faults, without = read(*FAULTY, root=root), read("rehearse", "--days", "1", root=root)
    assert [row["account"] for row in with_faults["rows"]] == [row["account"] for row in without]
    assert {name: with_faults[name] for name in ("rate", "seed", "findings", *FIGURES)} == {
        "rate": 0.3,
        "seed": 7,
        "findings": [],
        **dict.fromkeys(FIGURES, 0),
    }
    assert sum(with_faults["faults"].values()) > 0
    assert with_faults["kills"] >= 0


def test_the_report_shows_them(tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    often = ["rehearse", "--days", "3", "--faults", "0.6", "--seed", "7"]
    run(*often, "--report", str(report), root=write(tmp_path), LANG="es_MX.UTF-8")
    page = report.read_text(encoding="utf-8")
    for words in ("frente al registro", "<b>0</b>Duplicadas", "--faults 0.6 --seed 7", 'class="story"'):
        assert words in page


@pytest.mark.parametrize("rate", ["1.5", "-0.1", "nan", "often"])
def test_a_rate_is_a_share(tmp_path: Path, rate: str) -> None:
    result = run("rehearse", f"--faults={rate}", root=write(tmp_path))
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"{rate} is no number from 0 to 1" in result.stderr


# ---------------------------------------------------------------- a broken promise


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    found = (Finding(Breach.TWICE, Sign.SENT_TWICE, "launch/hello:x-en:en"),)
    monkeypatch.setattr(running, "compare", lambda *_: found)


@pytest.mark.usefixtures("broken")
@pytest.mark.parametrize("faults", [(), ("--faults", "0")])
def test_a_broken_promise_is_a_failure_with_its_name(tmp_path: Path, faults: tuple[str, ...]) -> None:
    root, report = write(tmp_path), tmp_path / "report.html"
    result = run("rehearse", "--days", "1", *faults, "--report", str(report), root=root)
    line = "Twice: launch/hello:x-en:en: it is on its account more than once"
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (1, line)
    assert "Twice: 1. Lost: 0." in result.stdout
    assert line in report.read_text(encoding="utf-8")


@pytest.mark.usefixtures("broken")
def test_a_broken_promise_in_json(tmp_path: Path) -> None:
    result = run("rehearse", "--days", "1", "--faults", "0", "--json", root=write(tmp_path))
    told = json.loads(result.stdout)
    assert (result.exit_code, told["twice"]) == (1, 1)
    assert told["findings"] == [{"breach": "twice", "sign": "sent-twice", "key": "launch/hello:x-en:en"}]
