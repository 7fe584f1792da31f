"""The program as a process: what it loads, and how it gets on with terminals and pipes."""

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from support.cli import run
from support.files import POST, write

HEAVY = (
    "pydantic yaml sqlalchemy babel rich requests PIL tweepy mastodon atproto apscheduler logging zoneinfo"
)
CLIENTS = "tweepy mastodon atproto requests PIL sqlalchemy apscheduler watchfiles"

THREAD = """\
---
at: 2026-12-01 09:00
---
## English
The letter is out 📣 → read it.
## Español
¡La carta ya salió! 📣
"""


def program(*args: str, **env: str) -> "subprocess.CompletedProcess[bytes]":
    """Run it with just this environment."""
    words = [sys.executable, "-m", "campaign_bot", *args]
    return subprocess.run(words, env={"PATH": os.environ["PATH"], **env}, capture_output=True, timeout=60)


def loaded(names: str, *calls: str) -> list[str]:
    """Which of these modules are there after these calls."""
    code = (
        "import sys\n"
        "from campaign_bot.cli import main\n"
        "for call in sys.argv[2:]:\n"
        "    try:\n        main(call.split())\n"
        "    except SystemExit as end:\n        assert not end.code, call\n"
        "print([name for name in sys.argv[1].split() if name in sys.modules], file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, names, *calls], capture_output=True, timeout=60)
    found: list[str] = json.loads(done.stderr.decode().splitlines()[-1].replace("'", '"'))
    return found


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write(tmp_path, {POST: THREAD})


def test_the_version_loads_nothing_heavy() -> None:
    assert loaded(HEAVY, "--version") == []


def test_the_list_of_commands_loads_nothing_heavy() -> None:
    assert loaded(HEAVY.replace(" logging", ""), "--help") == ["zoneinfo"]


def test_reading_the_files_loads_no_client_of_a_platform(root: Path) -> None:
    calls = [f"--root {root} {command}" for command in ("check", "plan", "preview")]
    assert loaded(CLIENTS, *calls) == []


def test_a_stream_that_knows_only_ascii_gets_utf_8(root: Path) -> None:
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    result = program("--root", str(root), "--lang", "es", "preview", **plain)
    assert (result.returncode, result.stderr) == (0, b"")
    assert "¡La carta ya salió! 📣" in result.stdout.decode("utf-8")


def test_what_another_encoding_lacks_becomes_a_question_mark(root: Path) -> None:
    result = program("--root", str(root), "preview", PYTHONIOENCODING="latin-1")
    assert result.returncode == 0
    assert "¡La carta ya salió! ?" in result.stdout.decode("latin-1")


def test_json_is_utf_8_in_any_encoding(root: Path) -> None:
    result = program("--root", str(root), "preview", "--json", PYTHONIOENCODING="latin-1")
    assert json.loads(result.stdout.decode("utf-8"))[0]["parts"] == ["The letter is out 📣 → read it."]


def test_a_pipe_that_closes_early_is_no_error(root: Path) -> None:
    words = [sys.executable, "-m", "campaign_bot", "--root", str(root), "preview", "--json"]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    with process.stderr as errors:
        assert errors.read() == b""
    process.wait(timeout=60)


@pytest.mark.parametrize("environment", [{"COLUMNS": "60"}, {"NO_COLOR": "1", "TERM": "dumb"}])
def test_a_narrow_or_plain_terminal(root: Path, environment: dict[str, str]) -> None:
    ours, theirs = pty.openpty()
    words = [sys.executable, "-m", "campaign_bot", "--root", str(root), "rehearse"]
    env = {"PATH": os.environ["PATH"], "TERM": "xterm", "LANG": "C.UTF-8", **environment}
    process = subprocess.Popen(words, stdout=theirs, stderr=theirs, env=env)
    os.close(theirs)
    shown = b""
    try:
        while piece := os.read(ours, 4096):
            shown += piece
    except OSError:  # Linux's way to say that the other side is closed
        pass
    os.close(ours)
    assert process.wait(timeout=60) == 0
    assert any(line.startswith("All ") for line in shown.decode("utf-8").splitlines()[-3:])
    if "NO_COLOR" in environment:
        assert not re.search(rb"\x1b\[[0-9;]*3\dm", shown)


@pytest.mark.parametrize("form", ["text", "json", "github"])
def test_a_file_name_that_is_not_utf_8(root: Path, form: str) -> None:
    (root / os.fsdecode(b"posts/launch/bad\xff.md")).write_text(THREAD, encoding="utf-8")
    result = run("check", "--format", form, root=root)
    assert (result.exit_code, result.stderr) == (1, "")
    assert "bad" in result.stdout_bytes.decode("utf-8")
