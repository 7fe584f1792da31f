"""A real worker tells staff what it met: at a real server when it is live, in its log when it is dry."""

from __future__ import annotations

import datetime as dt
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.fakes import FakeServer, Reply, Request, as_json, hang, reply
from support.process import PATIENCE, worker
from support.working import ACCOUNTS, DATED, post, write

TOKEN = "hook-s3cret-0123456789"
CAMPAIGN = "name: A test\ntimezone: UTC\nlanguages: [en, es]\nlateness: 2h\n"


class Mailbox(FakeServer):
    def __init__(self) -> None:
        super().__init__()
        self.asked = threading.Event()

    def answer(self, request: Request, connection: socket.socket) -> Reply | None:
        self.asked.set()
        return super().answer(request, connection)

    def serve(self, request: Request) -> Reply | None:  # noqa: ARG002
        return as_json({})

    @property
    def env(self) -> dict[str, str]:
        return {"CAMPAIGN_BOT_NOTIFY": f"nonsense://{TOKEN} {self.url.replace('http', 'json')}/{TOKEN}"}


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with Mailbox() as mailbox:
        yield mailbox


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A post that is too late, and one that is broken: both are told without asking any platform."""
    at = f"{dt.datetime.now(dt.UTC) - dt.timedelta(hours=3):%Y-%m-%d %H:%M}"
    write(
        tmp_path,
        {
            "config/campaign.yaml": CAMPAIGN,
            "config/accounts.yaml": ACCOUNTS,
            "posts/launch/queue.yaml": DATED,
            "posts/launch/letter.md": post(at),
            "posts/launch/bad.md": post("soon", "Something else", "Otra cosa"),
        },
    )
    return tmp_path


def written(root: Path) -> str:
    """All that a worker has written, its ledger too."""
    return "".join(
        path.read_bytes().decode("latin-1") for path in (root / "var").rglob("*") if path.is_file()
    )


def test_what_a_single_live_run_cannot_tell_the_next_one_does(root: Path, mailbox: Mailbox) -> None:
    mailbox.arm(reply(as_json({}, 503)), on="POST", times=1)
    for said in ("Staff could not be told at address 2 (HTTP 503)", "Staff were told: A test"):
        with worker(root, "--once", "--live", env=mailbox.env) as running:
            assert running.ended() == 1
            lines = "\n".join(running.all_lines())
            assert said in lines and "Address 1 in CAMPAIGN_BOT_NOTIFY cannot be read" in lines
            assert TOKEN not in lines + written(root)
    assert len(mailbox.requests) == 2
    told = mailbox.requests[-1].json()
    assert told["title"] == "A test — stopped accounts: 2, missed: 2, problems in files: 1"
    assert "posts/launch/bad.md:2:1 · soon is not a time" in told["message"]


def test_a_dry_run_sends_nothing_and_says_what_it_would_tell(root: Path, mailbox: Mailbox) -> None:
    with worker(root, "--once", env=mailbox.env) as running:
        assert running.ended() == 1
        running.wait_for("Staff would be told: A test — missed: 2, problems in files: 1")
    assert mailbox.requests == []


def test_a_mail_server_that_hangs_holds_up_no_one_who_stops_it(root: Path, mailbox: Mailbox) -> None:
    mailbox.arm(hang(30), on="POST")
    with worker(root, "--once", "--live", env=mailbox.env) as running:
        assert mailbox.asked.wait(PATIENCE)
        running.signal(signal.SIGTERM)
        assert running.ended() == 1
        assert "Traceback" not in "\n".join(running.all_lines())
