"""A live worker whose ledger gets into trouble: it says so once, publishes nothing meanwhile, and goes on."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from campaign_bot.ledger import Ledger
from support.disks import disk
from support.fakes import Reply, hang, reply
from support.fakes_mastodon import FakeMastodon
from support.process import PATIENCE, Process
from support.working import DATED, post, write

CAMPAIGN = "name: A test\ntimezone: UTC\nlanguages: [en, es]\nlateness: 2h\n"
TESTS = Path(__file__).parents[1]


@pytest.fixture
def fake() -> Iterator[FakeMastodon]:
    with FakeMastodon() as server:
        yield server.enable()


@pytest.fixture
def root(tmp_path: Path, fake: FakeMastodon) -> Path:
    account = f"{{platform: mastodon, languages: [en], spacing: 0s, base_url: '{fake.url}'}}"
    write(
        tmp_path,
        {
            "config/campaign.yaml": CAMPAIGN,
            "config/accounts.yaml": f"accounts:\n  fedi: {account}\n",
            "posts/launch/queue.yaml": DATED,
            "posts/launch/first.md": now("First"),
        },
    )
    return tmp_path


def now(text: str) -> str:
    return post(f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M}", text)


def worker(root: Path, within: Sequence[str] = ()) -> Process:
    token = FakeMastodon.secrets["ACCESS_TOKEN"]
    env = {"CAMPAIGN_BOT_ACCOUNTS__FEDI__ACCESS_TOKEN": token, "PYTHONPATH": str(TESTS)}
    command = [*within, sys.executable, "-m", "support.impatient", "--root", str(root), "worker", "--live"]
    return Process(*command, env=env)


def status(root: Path, within: Sequence[str] = ()) -> dict[str, Any]:
    """Each post's state, with its note, as a person is shown it."""
    command = [*within, sys.executable, "-m", "campaign_bot", "--root", str(root), "status", "--json"]
    shown = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    return {one["post"]: one["state"] for one in shown["deliveries"]}


def said(running: Process, words: str) -> int:
    return sum(words in line for line in running.lines)


def texts(fake: FakeMastodon) -> list[str]:
    return [one.text for one in fake.posts]


def test_a_disk_that_fills_up_during_a_call(root: Path, fake: FakeMastodon) -> None:
    """The post is out, and its receipt cannot be written: it is looked for when there is room again."""
    (root / "var").mkdir()
    with disk(root / "var") as small:

        def fills_the_disk(connection: socket.socket, due: Reply | None) -> None:
            small.fill()
            assert due
            reply(due)(connection, due)

        fake.arm(fills_the_disk, on=fake.public_call, done=True, times=1)
        with worker(root, small.inside) as running:
            running.wait_for("launch/first:fedi:en: it is out (")
            running.wait_for("The disk is full")
            write(root, {"posts/launch/second.md": now("Second")})
            running.wait_for("the campaign's files changed")
            time.sleep(1)
            assert texts(fake) == ["First"]
            small.make_room()
            running.wait_for("launch/first:fedi:en: unconfirmed")
            running.wait_for("launch/first:fedi:en: published")
            running.wait_for("launch/second:fedi:en: published")
        assert status(root, small.inside) == {"launch/first": "published", "launch/second": "published"}
    assert texts(fake) == ["First", "Second"]


def test_a_ledger_that_is_moved_away_and_put_back(root: Path, fake: FakeMastodon) -> None:
    with worker(root) as running:
        running.wait_for("launch/first:fedi:en: published")
        (root / "var/campaign.db").rename(root / "away")
        running.wait_for("was deleted or moved while it was in use")
        write(root, {"posts/launch/second.md": now("Second")})
        time.sleep(2)
        assert texts(fake) == ["First"]
        (root / "away").rename(root / "var/campaign.db")
        running.wait_for("launch/second:fedi:en: published")
        assert said(running, "was deleted or moved") == 1
    assert status(root) == {"launch/first": "published", "launch/second": "published"}


@pytest.mark.faults
def test_a_backup_that_is_put_in_its_place_needs_a_new_start(root: Path, fake: FakeMastodon) -> None:
    """The backup knows less than the platform does: what is there already is adopted."""
    Ledger.open(f"sqlite:///{root}/var/campaign.db").close()
    shutil.copy(root / "var/campaign.db", root / "backup")
    with worker(root) as running:
        running.wait_for("launch/first:fedi:en: published")
        (root / "backup").replace(root / "var/campaign.db")
        running.wait_for("Another file was put in the place of the ledger")
        running.signal(signal.SIGTERM)
        assert running.ended() == 0
    for rest in (root / "var").glob("campaign.db-*"):
        rest.unlink()
    with worker(root) as running:
        assert "it was on the platform already" in running.wait_for("launch/first:fedi:en: published")
        write(root, {"posts/launch/second.md": now("Second")})
        running.wait_for("launch/second:fedi:en: published")
    assert texts(fake) == ["First", "Second"]


@pytest.mark.faults
def test_another_program_that_writes_for_long(root: Path, fake: FakeMastodon) -> None:
    with worker(root) as running:
        running.wait_for("launch/first:fedi:en: published")
        with closing(sqlite3.connect(root / "var/campaign.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            write(root, {"posts/launch/second.md": now("Second")})
            running.wait_for("Another program is writing to the ledger")
            time.sleep(1.5)
            assert texts(fake) == ["First"]
            other.execute("ROLLBACK")
        running.wait_for("launch/second:fedi:en: published")
    assert status(root) == {"launch/first": "published", "launch/second": "published"}


@pytest.mark.parametrize("_round", [0, *(pytest.param(n, marks=pytest.mark.faults) for n in range(1, 20))])
def test_of_two_workers_started_at_once_one_works_until_it_is_killed(
    root: Path, fake: FakeMastodon, _round: int
) -> None:
    fake.arm(hang(PATIENCE), on=fake.public_call, done=True, times=1)
    with ExitStack() as stack:
        both = [stack.enter_context(worker(root)) for _ in range(2)]
        end = time.monotonic() + PATIENCE
        while not (fake.count(fake.public_call) and any(said(one, "another worker") for one in both)):
            assert time.monotonic() < end, [one.lines for one in both]
            time.sleep(0.02)
        waiting, working = sorted(both, key=lambda one: said(one, "another worker"), reverse=True)
        assert said(working, "another worker") == 0
        assert f"process {working.pid} " in waiting.wait_for("another worker has this ledger")
        working.signal(signal.SIGKILL)
        waiting.wait_for("launch/first:fedi:en: published")
        assert said(waiting, "another worker") == 1
    assert status(root) == {"launch/first": "published"}
    assert texts(fake) == ["First"]
