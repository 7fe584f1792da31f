"""Everything that may happen to a campaign, in any order: no promise is broken.

Hypothesis writes, edits and breaks files, decides as people do, lets platforms fail in all ways, kills the
worker, sets its clock and lets time pass; ``support.worlds`` audits the promises after each step. A failure
prints the steps that lead to it.
"""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from campaign_bot.model import State
from support.working import DATED, post
from support.worlds import ACCOUNTS, LATENESS, ZONE, World

HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)
SECOND = dt.timedelta(seconds=1)
QUICK = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108

DEMANDS = 'order: rotation\nslots: ["daily 09:00", "daily 13:00", "daily 17:00"]\n'
STEPS = 'order: sequence\nslots: ["daily 11:00", "daily 15:00"]\n'
FILES: dict[str, str | bytes | None] = {
    "posts/launch/queue.yaml": DATED,
    "posts/demands/queue.yaml": DEMANDS,
    "posts/steps/queue.yaml": STEPS,
    **{f"posts/demands/{name}.md": post(en=f"Demand {name}", es=f"Demanda {name}") for name in "abcd"},
    **{f"posts/steps/{name}.md": post(en=f"Step {name}", es=f"Paso {name}") for name in "abc"},
}
PART = "\n\n---\n\n"
BROKEN = "---\nat: whenever\n---\n"

numbers = st.integers(0, 3)
names = st.sampled_from(["launch/0", "launch/1", "launch/2", "demands/a", "steps/a"])
scopes = st.sampled_from(
    [("all", ""), ("account", "fedi"), ("queue", "launch"), ("post", "launch/0"), ("language", "es")]
)
outcomes = st.sampled_from(["ok", "429", "refused", "broken", "reset", "lost", "late"])
times = st.sampled_from([MINUTE, 5 * MINUTE, 20 * MINUTE, 45 * MINUTE, 3 * HOUR, 14 * HOUR])


class Campaigning(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(mkdtemp(dir=QUICK))
        self.world = World(self.folder, dict(FILES))
        self.wanted: dict[str, dt.datetime] = {}  # dated posts as they stand: their time, in UTC
        self.whole: dict[str, str] = {}  # what the files said before they were broken

    def teardown(self) -> None:
        try:
            self._all_is_well()
        finally:
            self.world.ledger.close()
            shutil.rmtree(self.folder)

    def _all_is_well(self) -> None:
        """Mend everything, and let a worker work: nothing is left lying."""
        world = self.world
        world.set_clock(-world.set_by)
        world.outcomes.clear()
        world.broken.clear()
        world.offline = world.blind = False
        world.fuse = 0
        self._mend()
        self._write({"config/accounts.yaml": ACCOUNTS})
        for pause in world.ledger.pauses():
            world.ledger.resume(pause.scope, pause.value, "ana", world.clock)
        world.pass_by(2 * HOUR, looks=200)
        world.audit.settled()
        self._nothing_is_lost()

    def _nothing_is_lost(self) -> None:
        passed = [name for name, at in self.wanted.items() if at + 3 * LATENESS < self.world.clock]
        self.world.audit.has_all([f"{name}:x-en:en" for name in passed])

    # ------------------------------------------------------------ files

    def _write(self, files: dict[str, str | bytes | None]) -> None:
        self.world.edit(files)

    @rule(number=numbers, words=numbers, minutes=st.integers(-40, 240), parts=st.integers(1, 3))
    def write(self, number: int, words: int, minutes: int, parts: int) -> None:
        """A new dated post, or another time and text for an old one."""
        at = self.world.clock.replace(second=0, microsecond=0) + minutes * MINUTE
        en, es = (
            "\n\n---\n\n".join(f"{text} {words}.{n}" for n in range(parts)) for text in ("Text", "Texto")
        )
        name = f"launch/{number}"
        self._write({f"posts/{name}.md": post(f"{at.astimezone(ZONE):%Y-%m-%d %H:%M}", en, es)})
        self.wanted.pop(name, None)
        self.whole.pop(f"posts/{name}.md", None)
        if minutes > 0 and not self.world.set_by:
            self.wanted[name] = at

    @rule(number=numbers, to=numbers)
    def rename(self, number: int, to: int) -> None:
        frm, new = (self.folder / f"posts/launch/{n}.md" for n in (number, to))
        if frm.exists() and not new.exists():
            content = frm.read_text(encoding="utf-8")
            self._write({f"posts/launch/{number}.md": None, f"posts/launch/{to}.md": content})
            self.wanted.pop(f"launch/{number}", None)

    @rule(number=numbers)
    def remove(self, number: int) -> None:
        if (self.folder / f"posts/launch/{number}.md").exists():
            self._write({f"posts/launch/{number}.md": None})
            self.wanted.pop(f"launch/{number}", None)

    @rule(
        file=st.sampled_from(
            ["posts/launch/0.md", "posts/demands/a.md", "posts/launch/queue.yaml", "config/campaign.yaml"]
        )
    )
    def break_a_file(self, file: str) -> None:
        path = self.folder / file
        if path.exists() and file not in self.whole:
            self.whole[file] = path.read_text(encoding="utf-8")
            self._write({file: BROKEN})

    @precondition(lambda self: self.whole)
    @rule()
    def mend(self) -> None:
        self._mend()

    def _mend(self) -> None:
        self._write(dict(self.whole))
        self.whole.clear()

    @rule(there=st.booleans())
    def change_the_accounts(self, there: bool) -> None:
        """An account goes, and comes back."""
        lines = ACCOUNTS if there else "\n".join(ACCOUNTS.splitlines()[:4])
        self._write({"config/accounts.yaml": lines})

    # ------------------------------------------------------------ people

    @rule(where=scopes)
    def pause(self, where: Any) -> None:
        self.world.person(lambda desk: desk.pause(*where, "why"))

    @rule(where=scopes)
    def resume(self, where: Any) -> None:
        self.world.person(lambda desk: desk.resume(*where))

    @rule(name=names, what=st.sampled_from(["hold", "release", "skip", "retry"]))
    def decide(self, name: str, what: str) -> None:
        self.world.person(lambda desk: getattr(desk, what)(name))

    @rule(number=numbers)
    def confirm(self, number: int) -> None:
        unclear = self.world.ledger.entries(states=[State.UNCONFIRMED])
        for entry in unclear[number : number + 1]:
            self.world.confirm(entry)

    @rule(name=names)
    def retract(self, name: str) -> None:
        self.world.retract(name)

    # ------------------------------------------------------------ platforms, the worker, the clock

    @rule(what=st.lists(outcomes, min_size=1, max_size=4))
    def let_calls_meet(self, what: list[str]) -> None:
        self.world.outcomes.extend(what)

    @rule(what=st.sampled_from(["offline", "blind"]), is_so=st.booleans())
    def change_the_platforms(self, what: str, is_so: bool) -> None:
        setattr(self.world, what, is_so)

    @rule(seconds=st.sampled_from([0, 30, 110]))
    def show_posts_after(self, seconds: int) -> None:
        self.world.shows_after = dt.timedelta(seconds=seconds)

    @rule()
    def mend_the_credentials(self) -> None:
        self.world.broken.clear()

    @rule(steps=st.integers(1, 40))
    def let_it_die_at_a_step(self, steps: int) -> None:
        self.world.fuse = steps

    @rule()
    def restart(self) -> None:
        self.world.restart()
        self.world.audit.review()

    @rule(by=st.sampled_from([HOUR, -HOUR]))
    def set_the_clock(self, by: dt.timedelta) -> None:
        """Wrong, or right again."""
        self.world.set_clock(-self.world.set_by if self.world.set_by else by)

    @rule(number=numbers, words=numbers, parts=st.integers(1, 3), what=st.lists(outcomes, max_size=4))
    def publish(self, number: int, words: int, parts: int, what: list[str]) -> None:
        """What else happens rarely: calls that fail, just when there are some."""
        self.write(number, words, 2, parts)
        self.world.outcomes.extend(what)
        self.let_time_pass(5 * MINUTE)

    @rule(number=numbers, words=numbers, parts=st.integers(1, 3), steps=st.integers(1, 40))
    def die_while_publishing(self, number: int, words: int, parts: int, steps: int) -> None:
        self.write(number, words, 1, parts)
        self.world.pass_by(30 * SECOND)
        self.world.fuse = steps
        self.let_time_pass(5 * MINUTE)

    @rule(time=times)
    def let_time_pass(self, time: dt.timedelta) -> None:
        self.world.pass_by(min(time, HOUR) if self.world.set_by else time)

    @rule(time=times)
    def let_time_pass_without_a_worker(self, time: dt.timedelta) -> None:
        self.world.clock += time
        self.world.restart()

    @rule(time=times)
    def wait_some_more(self, time: dt.timedelta) -> None:
        self.let_time_pass(time)


def run(examples: int, steps: int) -> None:
    run_state_machine_as_test(
        Campaigning,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            derandomize=True,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )


def test_no_promise_is_broken() -> None:
    run(examples=10, steps=25)


@pytest.mark.faults
@pytest.mark.dice
def test_no_promise_is_broken_in_many_worlds() -> None:
    run(examples=60, steps=40)


@pytest.mark.faults
def test_no_promise_is_broken_in_the_long_run() -> None:
    run(examples=400, steps=60)
