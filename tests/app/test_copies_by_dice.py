"""Copies of the ledger are put back at any moment, while people decide and files change: nothing is twice."""

from __future__ import annotations

import contextlib
import datetime as dt
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from campaign_bot.app.deciding import Desk
from campaign_bot.i18n.sentences import Unable
from campaign_bot.model import State
from campaign_bot.platforms.errors import NotSent, Refused, Unknown
from support.working import CAMPAIGN, AnswerLost, Stage, at, post

DATED = "order: dated\naccounts: [x-en]\nlateness: 90m\n"
SEQUENCE = 'order: sequence\nslots: ["daily 10:30", "daily 12:30", "daily 14:30"]\naccounts: [x-en]\n'
ROTATION = 'order: rotation\nslots: ["daily 11:15", "daily 13:15"]\naccounts: [x-en]\nlateness: 3h\n'
PLACES = ("the gate", "the bridge", "the court", "the square", "the library", "the school", "the market")
NEEDS_A_REASON = {State.HELD, State.MISSED, State.CANCELLED, State.FAILED, State.UNCONFIRMED}


def words(number: int) -> str:
    return f"On this day we read the letter at {PLACES[number]}, aloud and in two languages, number {number}"


class Life:
    """A day of a campaign in which anything may happen. The same dice, the same day."""

    def __init__(self, root: Path, seed: int) -> None:
        self.dice = random.Random(seed)  # noqa: S311
        self.stage = Stage(root, self._files())
        self.copies = [self.stage.copy_of_ledger()]
        self.stage.run("08:55")

    def _files(self) -> dict[str, str | bytes | None]:
        dated = {
            f"posts/launch/{n}.md": self._dated(n, f"{9 + n}:{self.dice.randrange(60):02}") for n in range(5)
        }
        thread = "\n\n---\n\n".join(f"Part {n} of what the letter asks for {PLACES[n]}" for n in range(3))
        dated["posts/launch/4.md"] = post("2026-12-01 13:40", thread)
        sequence = {f"posts/news/{n}.md": post(en=words(n)) for n in (5, 6)}
        queues = {"launch": DATED, "news": SEQUENCE, "demands": ROTATION}
        return {
            "config/campaign.yaml": CAMPAIGN,
            **{f"posts/{name}/queue.yaml": queue for name, queue in queues.items()},
            **{f"posts/demands/{n}.md": post(en=f"Demand {n}") for n in range(3)},
            **dated,
            **sequence,
        }

    def _dated(self, number: int, time: str) -> str:
        return post(f"2026-12-01 {time.zfill(5)}", words(number))

    # ------------------------------------------------------------ what may happen

    def happens(self) -> None:
        acts: list[tuple[Callable[[], None], int]] = [
            (self.time_passes, 10),
            (self.copy, 3),
            (self.put_back, 3),
            (self.a_person_decides, 6),
            (self.a_file_changes, 3),
            (self.calls_go_wrong, 3),
            (self.stage.restart, 1),
        ]
        act = self.dice.choices([act for act, _ in acts], [weight for _, weight in acts])[0]
        with contextlib.suppress(Unable):  # there is nothing to decide just now
            act()

    def time_passes(self) -> None:
        self.stage.run(self.stage.clock + dt.timedelta(minutes=self.dice.randint(1, 45)))

    def copy(self) -> None:
        self.copies.append(self.stage.copy_of_ledger())

    def put_back(self) -> None:
        """A person may decide before the worker is started again."""
        self.stage.ledger.close()
        self.stage.ledger = self.stage.copy_of_ledger(self.dice.choice(self.copies))
        for _ in range(self.dice.randint(0, 2)):
            with contextlib.suppress(Unable):
                self.a_person_decides()
        self.stage.clock += dt.timedelta(minutes=self.dice.choice((0, 1, 20)))
        self.stage.restart()

    def a_person_decides(self) -> None:
        desk = Desk(self.stage.follower.campaign, self.stage.ledger, self.stage.clock)
        name = self.dice.choice([*(f"launch/{n}" for n in range(5)), "news/5", "news/6"])
        decisions: list[Callable[[], object]] = [
            lambda: desk.pause("post", name, ""),
            lambda: desk.resume("post", name),
            lambda: desk.hold(name),
            lambda: desk.release(name),
            lambda: desk.retry(name),
            lambda: desk.retry(name),
        ]
        self.dice.choice(decisions)()

    def a_file_changes(self) -> None:
        """It goes, comes back, or gets another time."""
        number = self.dice.randrange(4)
        path = f"posts/launch/{number}.md"
        if self.dice.random() < 0.4 and (self.stage.root / path).is_file():
            self.stage.edit({path: None})
        else:
            later = self.stage.clock + dt.timedelta(minutes=self.dice.randint(-60, 120))
            self.stage.edit({path: self._dated(number, f"{later:%H:%M}")})

    def calls_go_wrong(self) -> None:
        outcomes = (
            None,
            Refused("no"),
            Unknown("reset"),
            AnswerLost(),
            AnswerLost(),
            NotSent("refused", account_wide=True),
        )
        self.stage.script("publish", [self.dice.choice(outcomes) for _ in range(self.dice.randint(1, 3))])

    # ------------------------------------------------------------ what must be true

    def twice(self) -> list[str]:
        """What is there more than once; a demand more often than its slots have come."""
        shown = Counter(self.stage.texts("x-en"))
        demands = sum(count for text, count in shown.items() if text.startswith("Demand"))
        once = [text for text, count in shown.items() if count > 1 and not text.startswith("Demand")]
        return once + (["demands"] if demands > 2 else [])

    def unexplained(self) -> list[str]:
        entries = self.stage.ledger.entries(states=NEEDS_A_REASON)
        return [entry.key for entry in entries if not entry.reason]


def lives(root: Path, seed: int) -> Life:
    life = Life(root, seed)
    while life.stage.clock < at("17:00"):
        life.happens()
    life.stage.run("20:00")
    for copy in life.copies:
        copy.close()
    return life


@pytest.mark.parametrize("seed", range(12))
def test_nothing_is_twice(tmp_path: Path, seed: int) -> None:
    life = lives(tmp_path, seed)
    assert (life.twice(), life.unexplained()) == ([], [])


@pytest.mark.faults
@pytest.mark.parametrize("seeds", [range(start, start + 25) for start in range(12, 312, 25)], ids=str)
def test_nothing_is_twice_in_many_lives(tmp_path: Path, seeds: range) -> None:
    lived = {seed: lives(tmp_path / str(seed), seed) for seed in seeds}
    assert {seed: life.twice() for seed, life in lived.items() if life.twice()} == {}
    assert {seed: life.unexplained() for seed, life in lived.items() if life.unexplained()} == {}


def test_a_worker_that_compares_nothing_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("campaign_bot.app.adopting.Adopting.adopt", lambda *_: None)
    assert any(lives(tmp_path / str(seed), seed).twice() for seed in range(6))
