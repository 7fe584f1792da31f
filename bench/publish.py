"""Publishing 2,000 due deliveries on 8 accounts, durable, to a local server that answers at once.

The baseline posts as many texts of the same size with ``requests`` alone: 8 threads, each with a session
and so a connection of its own, no ledger.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial
from pathlib import Path

import requests

from bench.rows import Row
from campaign_bot.app import wiring
from campaign_bot.engines import local
from campaign_bot.ledger import Ledger
from campaign_bot.model import State
from campaign_bot.settings import load

ACCOUNTS, POSTS = 8, 250
PATIENCE = 120.0
"""Seconds after which something must have gone wrong."""

TEXT = "Post number {number} of many. " + "People who seek asylum must be received with dignity. " * 3


def rows() -> list[Row]:
    with server() as address, tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write(root, address)
        bare(address)  # the first run warms the server
        bare_before = seconds(partial(bare, address))
        whole = published(root)
        baseline = min(bare_before, seconds(partial(bare, address)))
    what = f"publish {ACCOUNTS * POSTS:,} on {ACCOUNTS} accounts"
    return [Row(what, whole, "s", baseline, "requests alone", "ratio 2", whole <= 2 * baseline)]


@contextlib.contextmanager
def server() -> Iterator[str]:
    command = [sys.executable, str(Path(__file__).with_name("server.py"))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.kill()


def seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


# ---------------------------------------------------------------- the baseline


def bare(address: str) -> None:
    with ThreadPoolExecutor(ACCOUNTS) as pool:
        list(pool.map(partial(_bare_account, address), range(ACCOUNTS)))


def _bare_account(address: str, account: int) -> None:
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer token-{account}"
        for number in range(POSTS):
            data = {"status": TEXT.format(number=number), "language": "en"}
            answer = session.post(f"{address}/api/v1/statuses", data=data)
            answer.raise_for_status()
            answer.json()["id"]


# ---------------------------------------------------------------- the whole


def published(root: Path) -> float:
    """The seconds from the first look at what is due to the last receipt in the ledger."""
    settings = load(root)
    with Ledger.open(settings.ledger_at(root, live=True)) as ledger:
        calls: list[Future[None]] = []
        with local.pool() as pool:
            worker, follower = wiring.build(
                root,
                settings,
                ledger,
                live=True,
                now=local.utc_now,
                submit=lambda call: calls.append(pool.submit(call)),
                spread=local.spread,
                name="bench",
            )
            follower.follow()  # the plan is not what is measured
            started = time.perf_counter()
            while _goes_on(ledger) and time.perf_counter() < started + PATIENCE:
                worker.tick()
                wait(calls)
            taken = time.perf_counter() - started
        done = ledger.counts()[State.PUBLISHED]
    if done != ACCOUNTS * POSTS:
        raise RuntimeError(f"only {done} were published")
    return taken


def _goes_on(ledger: Ledger) -> bool:
    return ledger.next_due(dt.datetime.min.replace(tzinfo=dt.UTC)) is not None


def write(root: Path, address: str) -> None:
    (root / "config").mkdir()
    (root / "config/campaign.yaml").write_text(
        "name: Publish\ntimezone: UTC\nlanguages: [en]\nlateness: 1d\n", encoding="utf-8"
    )
    account = f"{{platform: mastodon, languages: [en], spacing: 0s, base_url: '{address}'}}"
    accounts = "".join(f"  a{number}: {account}\n" for number in range(ACCOUNTS))
    (root / "config/accounts.yaml").write_text(f"accounts:\n{accounts}", encoding="utf-8")
    secrets = "".join(f"CAMPAIGN_BOT_ACCOUNTS__A{n}__ACCESS_TOKEN=token-{n}\n" for n in range(ACCOUNTS))
    (root / ".env").write_text(secrets, encoding="utf-8")
    queue = root / "posts/many"
    queue.mkdir(parents=True)
    (queue / "queue.yaml").write_text("order: dated\n", encoding="utf-8")
    at = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=10)
    for number in range(POSTS):
        text = TEXT.format(number=number)
        post = f"---\nat: {at:%Y-%m-%d %H:%M}\n---\n\n## English\n{text}\n"
        (queue / f"post-{number:03}.md").write_text(post, encoding="utf-8")


logging.getLogger("campaign_bot").setLevel(logging.CRITICAL)
