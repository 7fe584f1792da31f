"""Workers that are killed, and started again, until all is settled; and what then came of their promises.

    scene = Scene(tmp_path, nursery, {"fake": PLATFORMS["x"]()})
    scene.add(Kind.SINGLE)
    assert scene.run(step="publish:after") == "publish:after"     # a real process, and a real SIGKILL
    scene.settle()
    assert scene.verdict().breaches == {}

The platforms live in the test's process and keep what they accepted.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import json
import os
import select
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from support import cli
from support.fakes import FakePlatform
from support.mortal import Order
from support.scenery import Kind, folder, pieces, post_file
from support.verdict import Figures, Piece, judge
from support.working import write

TESTS = Path(__file__).parents[1]
SHARED = 20
"""Lives in one of which a thread surely makes its commit itself."""

PATIENCE = 60.0
"""Seconds until everything must be settled, on a slow machine; a life takes a fifth of one."""

ENDS = (0, -signal.SIGTERM, -signal.SIGKILL)
"""How a worker may end: told to stop (perhaps before it could listen), or killed."""

ON_TIME = dt.timedelta(0)

OUTSIDE = "outside"
"""The name of the step at which a worker died that was killed from outside."""


Step = tuple[str, int]
"""The name of a step, and how often a worker came to it: the first time is 1."""


class Nursery:
    """The process that forks workers; ``platforms``: those whose libraries it loads before."""

    def __init__(self, *platforms: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "support.mortal", *platforms],
            cwd=TESTS,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )
        assert self._process.stdin
        assert self._process.stdout
        self._stdin, self._stdout = self._process.stdin, self._process.stdout
        self._answer(PATIENCE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stdin.close()
        self._process.wait(PATIENCE)
        self._stdout.close()

    def launch(self, order: Order) -> int:
        """Start a worker; its process id."""
        self._stdin.write(json.dumps(dataclasses.asdict(order)).encode() + b"\n")
        return int(self._answer(PATIENCE) or 0)

    def ended(self, seconds: float) -> int | None:
        """How the worker ended, if it does so in that time: an exit code, or the signal's negative number."""
        answer = self._answer(seconds)
        return None if answer is None else int(answer)

    def _answer(self, seconds: float) -> str | None:
        if not select.select([self._stdout], [], [], seconds)[0]:
            return None
        line = self._stdout.readline()
        assert line, "the process that starts the workers is gone"
        return line.decode().strip()


class Scene:
    """One campaign, its platforms by the names of their accounts, and one worker after the other.

    ``bilingual``: the accounts that say each post in a second language, which replies to the first.
    """

    def __init__(
        self,
        root: Path,
        nursery: Nursery,
        fakes: Mapping[str, FakePlatform],
        *,
        bilingual: Sequence[str] = (),
        **manner: Any,
    ) -> None:
        self.fakes = fakes
        self.kills: Counter[str] = Counter()
        self.lives = 0
        self._root = root
        self._nursery = nursery
        self._manner = manner
        self._languages = {name: ("en", "es") if name in bilingual else ("en",) for name in fakes}
        self._env = {
            f"CAMPAIGN_BOT_ACCOUNTS__{name.upper()}__{secret}": value
            for name, fake in fakes.items()
            for secret, value in fake.secrets.items()
        }
        self._posts: dict[str, Kind] = {}
        self._wanted: set[str] = set()  # keys of deliveries
        self._at = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)
        self.at_rest: set[str] = set()  # posts for which no life waits: something keeps them
        self._steps = root / "steps"
        write(root, folder(fakes, self._languages))

    def add(self, kind: Kind, late: dt.timedelta = ON_TIME) -> str:
        """One more post, due at once, or ``late`` already; its id."""
        post = f"launch/{len(self._posts):03}"
        self._posts[post] = kind
        self._wanted |= {f"{post}:{name}:{one}" for name, both in self._languages.items() for one in both}
        self.write(post, late)
        return post

    def write(self, post: str, late: dt.timedelta = ON_TIME) -> None:
        """Write a post's file, perhaps again, for this time."""
        number = int(post.rpartition("/")[2])
        write(self._root, {f"posts/{post}.md": post_file(number, self._posts[post], self._at - late)})

    def remove(self, post: str) -> None:
        write(self._root, {f"posts/{post}.md": None})

    def person(self, *words: str) -> None:
        """Someone decides, by the command line."""
        done = cli.run(*words, root=self._root, now=dt.datetime.now(dt.UTC))
        assert done.exit_code == 0, done.output

    def copy(self) -> Path:
        """What SQLite's online backup gives, whether a worker is there or not."""
        copy = self._root / f"copy-{self.lives}.db"
        with contextlib.closing(self._raw()) as ledger, contextlib.closing(sqlite3.connect(copy)) as made:
            ledger.backup(made)
        return copy

    def put_back(self, copy: Path) -> None:
        """The copy takes the ledger's place, as people do it by hand. No worker is there."""
        ledger = self._root / "var/campaign.db"
        for suffix in ("", "-wal", "-shm"):
            ledger.with_name(ledger.name + suffix).unlink(missing_ok=True)
        shutil.copy(copy, ledger)

    def run(self, **order: Any) -> str:
        """One life of a worker: until it dies as ordered (the step), or all is settled (nothing)."""
        self._launch(**order)
        end = time.monotonic() + PATIENCE
        while (status := self._nursery.ended(0.02)) is None:
            if self._is_settled():
                status = self._stop()
                break
            assert time.monotonic() < end, f"not settled in {PATIENCE} s:\n{self._last_lines()}"
        assert status in ENDS, f"the worker ended ({status}):\n{self._last_lines()}"
        return self._died() if status == -signal.SIGKILL else ""

    def settle(self) -> None:
        while self.run():
            pass

    def trace(self, **order: Any) -> list[tuple[str, str, int]]:
        """The steps of a life in which all gets settled: post (or none), name, and its how manieth time."""
        assert not self.run(trace=True, **order)
        times: Counter[tuple[str, str]] = Counter()
        steps = []
        for line in self._steps.read_text("utf-8").splitlines():
            post, _, name = line.partition(" ")
            times[post, name] += 1
            steps.append((post, name, times[post, name]))
        return steps

    def steps_of(self, kind: Kind) -> list[Step]:
        """The steps of publishing one post, when nothing goes wrong: those that three lives have in common.

        Whether a thread makes a commit itself or shares another's is chance.
        """
        first, *others = [self._steps_once(kind) for _ in range(3)]
        return [step for step in first if all(step in other for other in others)]

    def _steps_once(self, kind: Kind) -> list[Step]:
        mine = self.add(kind)
        return [(name, nth) for post, name, nth in self.trace() if post == mine]

    def kill_at_each(self, steps: Sequence[Step], kind: Kind) -> list[Step]:
        """One more post for each step, and the worker killed there. The steps at which it died."""
        died = [(self._kill_at(name, nth, kind), nth) for name, nth in steps]
        self.settle()
        return died

    def _kill_at(self, name: str, nth: int, kind: Kind) -> str:
        """Where it died. A commit may be made by another thread, which shares it: then one more life."""
        lives = SHARED if name.endswith(":commit") else 1
        died = (self.run(step=name, nth=nth, post=self.add(kind)) for _ in range(lives))
        return next(filter(None, died), "")

    def verdict(self) -> Figures:
        """What the platforms hold against what the ledger says. No worker may be at work."""
        self._wait_for_calls()
        figures = Figures(kills=self.kills, lives=self.lives)
        entries = self._entries()
        for name, fake in self.fakes.items():
            judge(self._pieces(name), fake.posts, entries, figures)
        return figures

    # ------------------------------------------------------------ one life

    def _launch(self, **order: Any) -> None:
        self._wait_for_calls()
        self._steps.write_text("")
        self.lives += 1
        made = Order(str(self._root), str(self._root / "log"), str(self._steps), self._env)
        self._pid = self._nursery.launch(dataclasses.replace(made, **self._manner | order))

    def _wait_for_calls(self) -> None:
        """Until nothing that a worker sent is under way any more: it may have died long ago."""
        for fake in self.fakes.values():
            fake.quiet()

    def _stop(self) -> int | None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGTERM)
        return self._nursery.ended(PATIENCE)

    def _died(self) -> str:
        last = self._steps.read_text("utf-8").splitlines()[-1:]
        step = last[0].partition(" ")[2] if last else OUTSIDE
        self.kills[step] += 1
        return step

    def _last_lines(self) -> str:
        return "\n".join((self._root / "log").read_text("utf-8").splitlines()[-20:])

    # ------------------------------------------------------------ what there is

    def _is_settled(self) -> bool:
        """Whether each delivery has come to an end, or waits for a person."""
        try:
            found = {key: (state, reason) for key, state, reason in self._rows()}
        except sqlite3.OperationalError:  # there is no ledger yet
            return False
        return found.keys() >= self._wanted and all(
            state not in ("scheduled", "publishing", "unconfirmed", "held")
            or reason in ("several", "no-evidence")
            or key.partition(":")[0] in self.at_rest
            for key, (state, reason) in found.items()
        )

    def _rows(self) -> list[tuple[str, str, str]]:
        with contextlib.closing(self._raw()) as conn:
            return conn.execute("SELECT key, state, reason FROM deliveries").fetchall()

    def _raw(self) -> sqlite3.Connection:
        return sqlite3.connect(f"file:{self._root}/var/campaign.db?mode=ro", uri=True)

    def _entries(self) -> Mapping[str, Any]:
        from campaign_bot.ledger import Ledger

        with Ledger.open(f"sqlite:///{self._root}/var/campaign.db") as ledger:
            return {entry.key: entry for entry in ledger.entries()}

    def _pieces(self, account: str) -> list[Piece]:
        return [
            piece
            for post, kind in self._posts.items()
            for piece in pieces(post, kind, account, self._languages[account])
        ]


NurseryFor = Callable[..., Nursery]
Unbroken = Callable[[Scene], Figures]
