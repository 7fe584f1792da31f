"""What others write rules no terminal, and adds no line to a log: texts, names, reasons, a server's words."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from campaign_bot.cli import logs
from campaign_bot.cli.output import CONTROL
from support.cli import run
from support.files import CAMPAIGN, FOLDER, POST, load, write

ESCAPES = {r"\e[2J": "\x1b", r"\x9b2J": "\x9b", r"\0": "\0", r"\x07": "\x07", r"\x7f": "\x7f", r"\b": "\b"}
TURNS = ("\u202e", "\u202a", "\u2067")
FORGED = "2026-12-01T17:00:00Z ERROR a:x-en:en: failed"
COMMANDS = (
    ("check",),
    ("plan", "--from", "2026-12-01"),
    ("status",),
    ("health",),
    ("log",),
    ("worker", "--once"),
)


def edited(file: str, old: str, new: str) -> dict[str, str]:
    assert old in FOLDER[file]
    return {file: FOLDER[file].replace(old, new)}


@pytest.mark.parametrize("escape", ESCAPES)
@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (CAMPAIGN, "name: Asylum reform now", 'name: "Asylum {}"'),
        (CAMPAIGN, "languages:", 'paused: "For now {}"\n        languages:'),
        (CAMPAIGN, "letter:", '"letter{}":'),
        (POST, "at: 2026-12-01 09:00", 'at: 2026-12-01 09:00\n        demand: "a{}"'),
        (POST, "at: 2026-12-01 09:00", 'at: 2026-12-01 09:00\n        warning: {{en: "a{}", es: b}}'),
    ],
)
def test_an_escape_writes_no_control_character_into_a_value(
    tmp_path: Path, file: str, old: str, new: str, escape: str
) -> None:
    root = write(tmp_path, edited(file, old, new.format(escape)))
    assert "control-character" in {problem.code for problem in load(root).problems}
    for command in COMMANDS:
        said = run(*command, root=root).output
        assert ESCAPES[escape] not in said, command


def test_words_on_several_lines_stay_words(tmp_path: Path) -> None:
    warning = "\n        warning:\n          en: |\n            One\n            two\n          es: b"
    root = write(tmp_path, edited(POST, "at: 2026-12-01 09:00", f"at: 2026-12-01 09:00{warning}"))
    assert load(root).problems == ()


@pytest.mark.parametrize("turn", TURNS)
def test_no_word_turns_the_order_of_a_line(tmp_path: Path, turn: str) -> None:
    root = write(tmp_path, edited(CAMPAIGN, "languages:", f'paused: "For {turn}now"\n        languages:'))
    run("worker", "--once", root=root)
    for command in COMMANDS:
        assert turn not in run(*command, root=root).output, command


def test_a_name_has_one_line(tmp_path: Path) -> None:
    root = write(tmp_path, edited(CAMPAIGN, "name: Asylum reform now", 'name: "Asylum\\nreform"'))
    result = run("plan", "--ics", "--from", "2026-12-01", root=root)
    assert (result.exit_code, "X-WR-CALNAME:Asylum reform\n" in result.stdout) == (0, True)


def test_json_keeps_what_it_does_not_write(tmp_path: Path) -> None:
    root = write(tmp_path)
    reason = f"a\x9b2J{TURNS[0]}\x7fé"
    assert run("pause", "--reason", reason, root=root).exit_code == 0
    written = run("status", "--json", root=root).stdout
    assert CONTROL.search(written) is None
    assert json.loads(written)["paused"][0]["reason"] == reason


@pytest.mark.parametrize("gap", ["\n", "\r", "\r\n", "\x0b", "\x85", "\u2028"])
def test_an_entry_of_a_log_has_one_line(capsys: pytest.CaptureFixture[str], gap: str) -> None:
    with logs.to_stderr(str, verbose=False):
        logging.getLogger("campaign_bot.app").warning("%s: %s", "a", f"why{gap}{FORGED}\x1b[2J{TURNS[0]}")
    said = capsys.readouterr().err
    assert said.endswith(f" a: why {FORGED}\ufffd[2J\ufffd\n")
    assert len(said.splitlines()) == 1
