"""A worker at rest with 100,000 deliveries scheduled: the share of a core it takes, and its memory."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.rows import Row

ACCOUNTS, POSTS, SLOTS_A_DAY = 40, 50, 50
WATCHED = 20.0
"""Seconds of rest that are measured."""

COMMAND = str(Path(sys.executable).parent / "campaign-bot")


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write(root)
        worker = subprocess.Popen(
            [COMMAND, "--root", str(root), "worker"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        bare = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        try:
            scheduled = _wait(root)
            before = _cpu(worker.pid)
            time.sleep(WATCHED)
            share = (_cpu(worker.pid) - before) / WATCHED * 100
            memory, least = _memory(worker.pid), _memory(bare.pid)
        finally:
            worker.terminate()
            bare.kill()
            worker.wait(30)
            bare.wait(30)
    what = f"worker at rest, {scheduled:,} scheduled"
    return [
        Row(f"{what}: core", share, "%", 100, "a whole core", "1 %", share < 1),
        Row(f"{what}: memory", memory, "MB", least, "a bare python", "120 MB", memory < 120),
    ]


def write(root: Path) -> None:
    """Accounts × posts that are all dated within the next two days: rows in the ledger, none of them due."""
    (root / "config").mkdir()
    (root / "config/campaign.yaml").write_text(
        "name: Rest\ntimezone: UTC\nlanguages: [en]\nlateness: 1d\n", encoding="utf-8"
    )
    accounts = "".join(f"  x-{n}: {{platform: x, languages: [en], spacing: 0s}}\n" for n in range(ACCOUNTS))
    (root / "config/accounts.yaml").write_text(f"accounts:\n{accounts}", encoding="utf-8")
    queue = root / "posts/many"
    queue.mkdir(parents=True)
    (queue / "queue.yaml").write_text("order: dated\n", encoding="utf-8")
    tomorrow = dt.datetime.now(dt.UTC).replace(second=0, microsecond=0) + dt.timedelta(hours=12)
    for n in range(POSTS * SLOTS_A_DAY):
        at = tomorrow + dt.timedelta(minutes=n // 3)
        front = f"---\nat: {at:%Y-%m-%d %H:%M}\n---\n\n"
        text = f"## English\nPost number {n} of many, with words of its own.\n"
        (queue / f"post-{n:05}.md").write_text(front + text, encoding="utf-8")


def _wait(root: Path) -> int:
    """Until the ledger has its rows and the worker has come to rest."""
    import sqlite3

    database = root / "var/dry-run.db"
    for _ in range(240):
        time.sleep(1)
        if not database.exists():
            continue
        with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as ledger:
            try:
                (count,) = ledger.execute("SELECT count(*) FROM deliveries").fetchone()
            except sqlite3.OperationalError:
                continue
        if count:
            time.sleep(5)
            return int(count)
    raise TimeoutError("the worker planned nothing in four minutes")


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024
