"""The embedded engine as a real process: it publishes, sees edits, stops politely, is alone on its ledger."""

from __future__ import annotations

import contextlib
import datetime as dt
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from campaign_bot.app.liveness import SignOfLife
from campaign_bot.engines import local
from campaign_bot.ledger import Ledger
from campaign_bot.settings import Settings
from support.fakes import Reply, hang, reply
from support.fakes_mastodon import FakeMastodon
from support.process import PATIENCE, Process, worker
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


# ---------------------------------------------------------------- live, on a fake platform


@pytest.fixture
def fake() -> Iterator[FakeMastodon]:
    with FakeMastodon() as server:
        yield server.enable()


@pytest.fixture
def live(root: Path, fake: FakeMastodon) -> Path:
    account = f"{{platform: mastodon, languages: [en], spacing: 0s, base_url: '{fake.url}'}}"
    write(root, {"config/accounts.yaml": f"accounts:\n  fedi: {account}\n"})
    return root


PROGRAM = (sys.executable, "-m", "campaign_bot")
TOKEN = {"CAMPAIGN_BOT_ACCOUNTS__FEDI__ACCESS_TOKEN": FakeMastodon.secrets["ACCESS_TOKEN"]}


def test_once_tells_by_its_exit_code_that_something_did_not_go_out(live: Path, fake: FakeMastodon) -> None:
    Ledger.open(f"sqlite:///{live}/var/campaign.db").close()  # someone looked, but no worker was there
    with worker(live, "--live", "--once") as poor:
        assert poor.ended() == 1
        poor.wait_for("THIS BEGINS A NEW LEDGER")
        poor.wait_for("no credentials: ACCESS_TOKEN")
    fake.arm(reply(Reply(503)), on="GET /api/v1/accounts/verify_credentials", times=1)
    write(live, {"config/accounts.yaml": (live / "config/accounts.yaml").read_text().replace("fedi", "two")})
    token = {name.replace("FEDI", "TWO"): secret for name, secret in TOKEN.items()}
    with worker(live, "--live", "--once", env=token) as unreached:
        assert unreached.ended() == 1
    with worker(live, "--live", "--once", env=token) as well:
        assert well.ended() == 0
        assert not [line for line in well.all_lines() if "NEW LEDGER" in line]
    assert fake.count(fake.public_call) == 1


@pytest.mark.parametrize(("options", "code"), [((), 0), (("--once",), 1)])
def test_sigterm_lets_the_call_in_flight_end_records_it_and_begins_no_other(
    live: Path, fake: FakeMastodon, options: tuple[str, ...], code: int
) -> None:
    write(live, {"posts/launch/more.md": post(minute(), "More to read", "Más para leer")})
    fake.arm(hang(0.5), on=fake.public_call, done=True)
    with worker(live, "--live", *options, env=TOKEN) as running:
        running.wait_for(": publishing")
        running.signal(signal.SIGTERM)
        assert running.ended() == code  # a single run says that something due is left
        running.wait_for(": published")
    assert fake.count(fake.public_call) == 1


def test_a_check_that_finds_a_credential_well_again_lets_the_worker_go_on(
    live: Path, fake: FakeMastodon
) -> None:
    write(live, {".env": "CAMPAIGN_BOT_ACCOUNTS__FEDI__ACCESS_TOKEN=wrong\n"})
    with worker(live, "--live") as running:
        running.wait_for("401")
        ((name, token),) = TOKEN.items()
        write(live, {".env": f"{name}={token}\n"})
        with Process(*PROGRAM, "--root", str(live), "accounts", "check", "--live") as checked:
            assert checked.ended() == 0
            assert not [line for line in checked.all_lines() if "401" in line]
        running.wait_for("launch/letter:fedi:en: published")
    assert fake.count(fake.public_call) == 1


def test_a_clock_that_is_set_back_does_not_put_it_to_sleep(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The scheduler then waits for a time that our clock reaches only much later."""
    monkeypatch.setattr(local, "STALL", 0.2)
    with engine_on(root) as (engine, ledger), running(engine):
        until(lambda: ledger.entry("launch/letter:x-en:en") is not None)
        engine._scheduler.modify_job("pulse", next_run_time=local.utc_now() + dt.timedelta(hours=1))
        ledger.pause("all", "", "", "ana", local.utc_now())  # nothing else wakes it
        write(root, {"posts/launch/more.md": post(minute(), "More to read", "Más para leer")})
        until(lambda: ledger.entry("launch/more:x-en:en") is not None)


def test_a_wake_that_falls_due_while_it_still_looks_is_not_lost(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """APScheduler drops a job that runs already: what became due then waited for the next pulse."""
    monkeypatch.setattr(local, "PULSE", dt.timedelta(hours=1))
    looks: list[float] = []

    def wake() -> dt.datetime:
        looks.append(time.monotonic())
        return local.utc_now() + dt.timedelta(milliseconds=10)

    with engine_on(root) as (engine, _ledger):
        monkeypatch.setattr(engine._worker, "next_wake", wake)
        monkeypatch.setattr(engine._life, "look", lambda *_said: time.sleep(0.05))
        with running(engine):
            until(lambda: len(looks) > 9)


def test_what_may_not_go_out_is_looked_at_once_a_second_not_as_fast_as_it_can(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[float] = []
    with engine_on(root) as (engine, ledger):
        ledger.pause("all", "", "for a weekend", "ana", local.utc_now())
        tick = engine._worker.tick
        monkeypatch.setattr(engine._worker, "tick", lambda: (looks.append(time.monotonic()), tick()))
        with running(engine):
            until(lambda: bool(ledger.due(local.utc_now())))
            looks.clear()
            time.sleep(2)
    assert 1 <= len(looks) < 10


@contextlib.contextmanager
def engine_on(root: Path) -> Iterator[tuple[local.Engine, Ledger]]:
    """An engine in this process, on a ledger in memory."""
    with Ledger.open("sqlite://") as ledger:
        life = SignOfLife(root / "var", live=False, now=local.utc_now)
        yield local.Engine(root, Settings(), ledger, ledger.lock(), life, live=False), ledger


@contextlib.contextmanager
def running(engine: local.Engine) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=engine.run, args=(stop,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(PATIENCE)


def until(happens: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not happens():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)
