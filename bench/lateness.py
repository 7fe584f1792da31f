"""How late a delivery is, with one due every 50 ms; beside APScheduler alone with a job that does nothing.

A real worker, dry, on 8 accounts. Files know minutes only, so everything is planned while it is paused, then
put off by the ledger to its own instant. The lateness is that of the end of the simulated call.
"""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median, quantiles

from bench.rows import Row
from campaign_bot.ledger import Ledger
from campaign_bot.model import State

ACCOUNTS, POSTS = 8, 30
EVERY = dt.timedelta(milliseconds=50)
AHEAD = dt.timedelta(seconds=4)
"""Before the first one: time to write all instants down, and to plan again because of that."""

PATIENCE = 60.0
COMMAND = str(Path(sys.executable).parent / "campaign-bot")


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        ours = worker(Path(folder))
    alone = scheduler(len(ours))
    what, against = "lateness, one due every 50 ms", "APScheduler alone"
    (middle, late), (middle_alone, late_alone) = map(_typical, (ours, alone))
    return [
        Row(f"{what}: median", middle, "ms", middle_alone, against, "20 ms", middle < 20),
        Row(f"{what}: 99 %", late, "ms", late_alone, against, "100 ms", late < 100),
    ]


def _typical(lateness: Sequence[float]) -> tuple[float, float]:
    """The median, and what 99 of 100 stay below."""
    return median(lateness), quantiles(lateness, n=100, method="inclusive")[-1]


def _ms(lateness: dt.timedelta) -> float:
    return lateness / dt.timedelta(milliseconds=1)


# ---------------------------------------------------------------- the worker


def worker(root: Path) -> list[float]:
    """Milliseconds from the instant at which each delivery was due until it was out."""
    write(root)
    url = f"sqlite:///{root}/var/dry-run.db"
    with Ledger.open(url) as ledger:
        ledger.pause("all", "", "until all is planned", "bench", _now())
        process = subprocess.Popen(
            [COMMAND, "--root", str(root), "worker"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            _wait(ledger, State.SCHEDULED)
            due = _put_off(ledger)
            ledger.resume("all", "", "bench", _now())
            time.sleep((max(due.values()) - _now()).total_seconds())
            _wait(ledger, State.PUBLISHED)
        finally:
            process.terminate()
            process.wait(30)
        out = {entry.key: entry.published_at for entry in ledger.entries()}
    return [_ms(published_at - due[key]) for key, published_at in out.items() if published_at]


def _put_off(ledger: Ledger) -> dict[str, dt.datetime]:
    """One every 50 ms, on one account after the other."""
    first = _now() + AHEAD
    entries = sorted(ledger.entries(), key=lambda entry: (entry.post, entry.account))
    due = {entry.key: first + number * EVERY for number, entry in enumerate(entries)}
    for key, at in due.items():
        ledger.postpone(key, at, now=_now(), reason="its own instant", who="bench")
    return due


def _wait(ledger: Ledger, state: State) -> None:
    """Until all deliveries are in that state."""
    end = time.monotonic() + PATIENCE
    while ledger.counts()[state] < ACCOUNTS * POSTS:
        if time.monotonic() > end:
            raise TimeoutError(f"not all deliveries came to be {state}")
        time.sleep(0.2)


def write(root: Path) -> None:
    (root / "config").mkdir()
    (root / "config/campaign.yaml").write_text(
        "name: Lateness\ntimezone: UTC\nlanguages: [en]\nlateness: 1d\n", encoding="utf-8"
    )
    accounts = "".join(f"  x-{n}: {{platform: x, languages: [en], spacing: 0s}}\n" for n in range(ACCOUNTS))
    (root / "config/accounts.yaml").write_text(f"accounts:\n{accounts}", encoding="utf-8")
    queue = root / "posts/many"
    queue.mkdir(parents=True)
    (queue / "queue.yaml").write_text("order: dated\n", encoding="utf-8")
    at = _now() - dt.timedelta(minutes=10)
    for number in range(POSTS):
        post = f"---\nat: {at:%Y-%m-%d %H:%M}\n---\n\n## English\nPost number {number} of many.\n"
        (queue / f"post-{number:03}.md").write_text(post, encoding="utf-8")


# ---------------------------------------------------------------- the scheduler alone


def scheduler(jobs: int) -> list[float]:
    """Milliseconds from the instant for which each job was set until it ran."""
    from apscheduler.schedulers.background import BackgroundScheduler

    ran: list[float] = []
    done = threading.Event()

    def run(due: dt.datetime) -> None:
        ran.append(_ms(_now() - due))
        if len(ran) == jobs:
            done.set()

    alone = BackgroundScheduler(timezone=dt.UTC, job_defaults={"misfire_grace_time": None})
    first = _now() + dt.timedelta(seconds=1)
    for number in range(jobs):
        due = first + number * EVERY
        alone.add_job(run, "date", run_date=due, args=[due])
    alone.start()
    done.wait(PATIENCE)
    alone.shutdown()
    return ran


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
