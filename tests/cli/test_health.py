"""``health`` of real workers: at work, paused, waiting, stuck, killed, robbed of their ledger."""

from __future__ import annotations

import datetime as dt
import json
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from support.cli import run
from support.fakes import hang
from support.fakes_mastodon import FakeMastodon
from support.files import write
from support.process import PATIENCE, Process, worker
from support.working import post


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write(tmp_path)


def health(root: Path, later: float = 0, **env: str) -> dict[str, Any]:
    """What it says as JSON, ``later`` seconds from now."""
    now = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=later)
    result = run("health", "--json", root=root, now=now, **env)
    shown: dict[str, Any] = json.loads(result.stdout)
    assert result.stderr == ""
    assert result.exit_code == (0 if shown["healthy"] else 1)
    return shown


def told(shown: dict[str, Any]) -> list[str]:
    return [one["code"] for one in shown["checks"] if one["severity"] != "ok"]


def wait_for(happens: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not happens():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.1)


def at_work(root: Path, process: Process) -> Callable[[], bool]:
    def is_at_work() -> bool:
        said = health(root)["worker"]
        return said is not None and said["pid"] == process.pid and said["looked_at"] is not None

    return is_at_work


def test_a_worker_that_works_is_paused_hangs_and_is_killed(root: Path) -> None:
    with worker(root) as process:
        wait_for(at_work(root, process))
        assert (health(root)["healthy"], told(health(root))) == (True, [])
        run("pause", "--reason", "holidays", root=root)
        assert (health(root)["healthy"], told(health(root))) == (True, ["paused"])
        assert "everything · holidays" in run("health", root=root).stdout
        process.signal(signal.SIGSTOP)
        assert told(health(root, later=40)) == ["worker-stuck", "paused"]
        process.signal(signal.SIGCONT)
        process.signal(signal.SIGKILL)
        process.ended()
        assert told(health(root)) == ["worker-dead", "paused"]


def test_one_that_waits_is_as_well_as_the_one_it_waits_for(root: Path) -> None:
    with worker(root) as first:
        wait_for(at_work(root, first))
        with worker(root) as second:
            second.wait_for("another worker has this ledger")
            shown = health(root)
            assert (shown["healthy"], shown["worker"]["pid"]) == (True, first.pid)
            first.signal(signal.SIGSTOP)
            assert told(health(root, later=40)) == ["worker-stuck"]
            first.signal(signal.SIGKILL)
            first.ended()
            wait_for(at_work(root, second))
            assert health(root)["healthy"]
            second.signal(signal.SIGTERM)
            second.ended()
            assert told(health(root)) == ["worker-stopped"]


def test_a_ledger_that_something_else_has_taken_the_place_of(root: Path) -> None:
    with worker(root) as process:
        wait_for(at_work(root, process))
        (root / "garbage").write_bytes(b"no ledger at all" * 1000)
        (root / "garbage").replace(root / "var/dry-run.db")
        wait_for(lambda: "worker-trouble" in told(health(root)))
        result = run("health", root=root, now=dt.datetime.now(dt.UTC), LANG="es_MX.UTF-8")
        assert "✗ El worker no puede trabajar: Alguien puso otro archivo en el lugar" in result.stdout
        assert (result.exit_code, "Traceback" in result.output) == (1, False)


def test_between_two_runs_of_cron_it_says_when_the_last_one_was(root: Path) -> None:
    run("worker", "--once", root=root)
    assert told(health(root, later=300)) == []
    assert health(root)["worker"]["once"] is True
    later = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=5)
    assert "✓ A worker with --once ran 5 min ago, to its end." in run("health", root=root, now=later).stdout
    assert told(health(root, later=48 * 3600)) == ["runs-ended"]


def test_a_run_that_fails_leaves_its_trouble_behind(root: Path) -> None:
    with mock.patch("campaign_bot.app.worker.Worker.tick", side_effect=KeyError):
        assert run("worker", "--once", root=root).exit_code == 3
    assert told(health(root)) == ["worker-trouble"]
    run("worker", "--once", root=root)
    assert told(health(root)) == []


# ---------------------------------------------------------------- live, on a fake platform


@pytest.fixture
def fake() -> Iterator[FakeMastodon]:
    with FakeMastodon() as server:
        yield server.enable()


def test_a_call_that_takes_its_time_is_shown(tmp_path: Path, fake: FakeMastodon) -> None:
    now = dt.datetime.now(dt.UTC)
    account = f"{{platform: mastodon, languages: [en], base_url: '{fake.url}'}}"
    files = {
        "config/campaign.yaml": "name: A test\ntimezone: UTC\nlanguages: [en, es]\nlateness: 2h\n",
        "config/accounts.yaml": f"accounts:\n  fedi: {account}\n",
        "posts/launch/letter.md": post(f"{now:%Y-%m-%d %H:%M}"),
    }
    token = {"CAMPAIGN_BOT_ACCOUNTS__FEDI__ACCESS_TOKEN": FakeMastodon.secrets["ACCESS_TOKEN"]}
    fake.arm(hang(20), on=fake.public_call, done=True)
    root = write(tmp_path, files)
    with worker(root, "--live", env=token) as process:
        process.wait_for(": publishing")
        wait_for(at_work(root, process))
        shown = health(root)
        assert (shown["mode"], told(shown)) == ("live", [])
        (call,) = shown["in_flight"]
        assert (call["account"], call["key"]) == ("fedi", "launch/letter:fedi:en")
        assert 0 <= call["age_s"] < PATIENCE


# ---------------------------------------------------------------- without a worker


def test_it_is_said_in_both_languages_and_nothing_is_begun(root: Path) -> None:
    assert "✗ No worker is running here." in run("health", root=root).stdout
    assert "✗ Aquí no hay ningún worker en marcha." in run("health", root=root, LANG="es_MX.UTF-8").stdout
    assert not (root / "var").exists()


def test_the_dry_worker_is_asked_for_where_there_is_a_live_one(root: Path) -> None:
    assert health(root, CAMPAIGN_BOT_LIVE="true")["mode"] == "live"
    result = run("health", "--dry", "--json", root=root, CAMPAIGN_BOT_LIVE="true")
    assert json.loads(result.stdout)["mode"] == "dry"


def test_outside_of_a_campaign_it_is_wrong_usage(tmp_path: Path) -> None:
    assert run("health", root=tmp_path).exit_code == 2
