"""The embedded engine as a real process: it publishes, sees edits, stops politely, is alone on its ledger."""

from __future__ import annotations

import datetime as dt
import shutil
import signal
import sys
from pathlib import Path

import pytest

from support.process import Process, worker
from support.working import DATED, post, write

ACCOUNTS = """\
accounts:
  x-en: {platform: x, languages: [en], spacing: 0s}
  x-es: {platform: x, languages: [es], spacing: 0s}
"""
CAMPAIGN = "name: A test\ntimezone: UTC\nlanguages: [en, es]\nlateness: 2h\n"


def minute(after: dt.timedelta = dt.timedelta(0)) -> str:
    return f"{dt.datetime.now(dt.UTC) + after:%Y-%m-%d %H:%M}"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write(
        tmp_path,
        {
            "config/campaign.yaml": CAMPAIGN,
            "config/accounts.yaml": ACCOUNTS,
            "posts/launch/queue.yaml": DATED,
            "posts/launch/letter.md": post(minute()),
        },
    )
    return tmp_path


def test_it_publishes_sees_an_edit_and_stops_on_sigterm(root: Path) -> None:
    with worker(root) as running:
        running.wait_for("launch/letter:x-en:en: published")
        running.wait_for("launch/letter:x-es:es: published")
        write(root, {"posts/launch/more.md": post(minute(), "More to read", "Más para leer")})
        running.wait_for("the campaign's files changed")
        write(root, {"posts/launch/broken.md": "---\nat: tomorrow\n---\n"})
        running.wait_for("posts/launch/broken.md:2")
        running.signal(signal.SIGTERM)
        assert running.ended() == 0


def test_a_second_worker_waits_says_so_and_takes_over(root: Path) -> None:
    with worker(root) as first:
        first.wait_for("launch/letter:x-es:es: published")
        with worker(root) as second:
            assert str(first.pid) in second.wait_for("another worker has this ledger")
            first.signal(signal.SIGKILL)
            first.ended()
            write(root, {"posts/launch/more.md": post(minute(), "More to read", "Más para leer")})
            second.wait_for("launch/more")
            second.signal(signal.SIGINT)
            assert second.ended() == 130


def test_once_publishes_what_is_due_and_ends(root: Path) -> None:
    with worker(root, "--once") as once:
        assert once.ended() == 0
        once.wait_for("launch/letter:x-es:es: published")
    with worker(root, "--once") as again:
        assert again.ended() == 0
        assert not [line for line in again.all_lines() if "published" in line]


def test_the_procfile_starts_it(root: Path) -> None:
    shutil.copy(Path(__file__).parents[2] / "Procfile", root)
    binaries = Path(sys.executable).parent
    path = {"PATH": f"{binaries}:/usr/bin:/bin"}
    with Process(str(binaries / "honcho"), "start", "worker", cwd=root, env=path) as running:
        running.wait_for("launch/letter:x-es:es: published")
        running.signal(signal.SIGTERM)
        running.ended()
        running.wait_for("stopping")
