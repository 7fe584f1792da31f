"""``health``: of a worker that works, one that is stopped in its tracks, and one that was killed."""

from __future__ import annotations

import datetime as dt
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from campaign_bot.app import liveness
from support.cli import run
from support.files import write
from support.process import worker


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write(tmp_path)


def health(root: Path, later: float = 0) -> tuple[int, list[str]]:
    """The exit code and the codes of what is red, ``later`` seconds from now."""
    result = run("health", "--json", root=root, now=dt.datetime.now(dt.UTC) + dt.timedelta(seconds=later))
    return result.exit_code, [one["code"] for one in json.loads(result.stdout)["checks"] if not one["ok"]]


def wait_for_life(root: Path) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        said = liveness.read(liveness.place(root, live=False))
        if said is not None and said.looked_at is not None:
            return
        time.sleep(0.05)
    raise AssertionError("no sign of life in 30 s")


def test_a_worker_is_healthy_while_it_works_and_not_when_it_is_stuck_or_killed(root: Path) -> None:
    with worker(root) as process:
        wait_for_life(root)
        assert health(root) == (0, [])
        process.signal(signal.SIGSTOP)
        assert health(root, later=40) == (1, ["worker-stuck"])
        process.signal(signal.SIGCONT)
        process.signal(signal.SIGKILL)
        process.ended()
        assert health(root) == (1, ["worker-dead"])


def test_a_worker_that_was_stopped_says_so(root: Path) -> None:
    with worker(root) as process:
        wait_for_life(root)
        process.signal(signal.SIGTERM)
        process.ended()
    assert health(root) == (1, ["worker-stopped"])


def test_it_is_said_in_both_languages(root: Path) -> None:
    assert "No worker has ever been here." in run("health", root=root).stdout
    assert "Aquí nunca hubo un worker." in run("health", root=root, LANG="es_MX.UTF-8").stdout


def test_it_begins_nothing(root: Path) -> None:
    run("health", root=root)
    assert not (root / "var").exists()


def test_outside_of_a_campaign_it_is_wrong_usage(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "campaign_bot", "--root", str(tmp_path), "health"]
    assert subprocess.run(command, capture_output=True).returncode == 2
