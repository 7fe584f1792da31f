"""Rehearsals with faults: whatever befalls platforms and worker, no promise is broken. And if one were, it
would be seen: the worker is spoilt in the ways that others' are, and each of them is found out.

A few runs are in the default suite; ``pytest -m faults tests/rehearsal`` has many, on campaigns made by dice,
some of which (``-m dice``) every change has to pass.
"""

from __future__ import annotations

import datetime as dt
import functools
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from campaign_bot.app.loading import snapshot
from campaign_bot.app.reconciling import Reconciling
from campaign_bot.ledger import Ledger
from campaign_bot.model import Receipt, State
from campaign_bot.platforms.base import Outgoing
from campaign_bot.platforms.errors import NotSent
from campaign_bot.platforms.simulated import Simulated
from campaign_bot.publisher import Publisher
from campaign_bot.rehearsal.findings import Breach, Sign
from campaign_bot.rehearsal.run import Rehearsal, rehearse
from campaign_bot.rehearsal.stage import Faults
from campaign_bot.settings import Settings
from support.files import write
from support.ordeals import DAYS, ordeal

SHIPPED = Path(__file__).parents[2]
RATES = (0.02, 0.1, 0.3, 0.6)


def run(root: Path, days: int, faults: Faults | None) -> Rehearsal:
    read = snapshot(root, Settings())
    assert read.campaign is not None
    assert read.campaign.starts is not None
    return rehearse(root, read, read.campaign.starts, days, faults=faults)


@functools.cache
def shipped(rate: float, seed: int) -> Rehearsal:
    return run(SHIPPED, 1, Faults(rate, seed))


def states(rehearsal: Rehearsal) -> Counter[State]:
    return Counter(outcome.entry.state for outcome in rehearsal.outcomes)


# ---------------------------------------------------------------- no promise is broken


HARD = ((0.1, 0), (0.3, 1))


@pytest.mark.parametrize(("rate", "seed"), HARD)
def test_the_shipped_campaign_survives(rate: float, seed: int) -> None:
    done = shipped(rate, seed)
    assert (done.findings, done.went_well) == ((), True)


def test_that_was_no_holiday() -> None:
    """The worker was killed, calls failed in many ways, and still something went out."""
    runs = [shipped(rate, seed) for rate, seed in HARD]
    ordeals = [done.ordeal for done in runs if done.ordeal]
    assert sum(ordeal.kills for ordeal in ordeals) > 2
    assert len({fault for ordeal in ordeals for fault in ordeal.met}) > 4
    assert any(outcome.story for outcome in runs[0].outcomes)
    assert all(states(done)[State.PUBLISHED] for done in runs)


def test_a_campaign_with_threads_pictures_and_both_languages_survives(tmp_path: Path) -> None:
    assert run(ordeal(tmp_path, 2), 1, Faults(0.1, 2)).findings == ()


@pytest.mark.faults
def test_nothing_works_at_all(tmp_path: Path) -> None:
    """No call ever gets through unharmed: nothing is known, all of it is said, and it ends."""
    done = run(ordeal(tmp_path, 1), 1, Faults(1.0, 1))
    assert done.findings == ()
    assert State.SCHEDULED not in states(done)


def test_the_same_seed_is_the_same_rehearsal(tmp_path: Path) -> None:
    root = write(tmp_path)
    one, again, another = (run(root, 1, Faults(0.3, seed)) for seed in (1, 1, 2))
    assert (_told(again), again.ordeal) == (_told(one), one.ordeal)
    assert _told(another) != _told(one)


def test_the_same_seed_is_the_same_in_another_process() -> None:
    """No order hangs on how a process happens to shuffle its sets."""
    command = [sys.executable, "-m", "campaign_bot", "--root", str(SHIPPED), "rehearse", "--json"]
    command += ["--days", "1", "--faults", "0.3", "--seed", "1"]
    one, again = (
        subprocess.run(
            command,
            env=os.environ | {"PYTHONHASHSEED": shuffled},
            capture_output=True,
            check=False,
            timeout=60,
        ).stdout
        for shuffled in ("1", "5")
    )
    assert one
    assert again == one


def _told(rehearsal: Rehearsal) -> list[Any]:
    return [
        (o.entry.key, o.entry.state, o.entry.published_at, o.entry.receipts, [e.reason for e in o.story])
        for o in rehearsal.outcomes
    ]


def test_no_fault_is_no_ordeal() -> None:
    done = run(SHIPPED, 1, None)
    assert (done.ordeal, done.findings, any(o.story for o in done.outcomes)) == (None, (), False)


# ---------------------------------------------------------------- and if one were, it would be seen

Spoil = Callable[[pytest.MonkeyPatch], None]


def tries_whatever_happened_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mistake of most schedulers: a timeout is taken for a failure."""

    def careless(self: Publisher, entry: Any, reason: str) -> None:
        self._later(entry, NotSent(reason))

    monkeypatch.setattr(Publisher, "_unconfirmed", careless)


def sends_orphans_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def again(self: Reconciling, _account: Any, _adapter: Any, entries: Any, _ahead: Any) -> None:
        for entry in entries:
            self._move(entry, State.SCHEDULED, "absent")

    monkeypatch.setattr(Reconciling, "settle", again)


def believes_at_once_that_it_is_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    """One look is enough for it, however soon after the call."""
    monkeypatch.setattr("campaign_bot.app.reconciling.is_settled", lambda *_: True)
    real = Reconciling._note

    def note(self: Reconciling, entry: Any, reason: str) -> bool:
        real(self, entry, reason)
        return True

    monkeypatch.setattr(Reconciling, "_note", note)


def takes_what_it_sent_for_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def forget(self: Ledger, key: str, *_args: Any, now: Any, **_more: Any) -> Any:
        return self.fail(key, State.FAILED, now=now, reason="400 Bad Request")

    monkeypatch.setattr(Ledger, "record", forget)


def never_was_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slots that passed while nobody was there, and that no row knew of yet, are gone."""
    monkeypatch.setattr("campaign_bot.app.presence.Presence.since", lambda _self, now, _longest: now)
    monkeypatch.setattr("campaign_bot.app.following.HORIZON", dt.timedelta(hours=1))
    monkeypatch.setattr("campaign_bot.planner.overdue", lambda *_: ())


def goes_out_in_a_burst(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("campaign_bot.app.worker.Worker._crowded", lambda *_: False)


def loses_posts(monkeypatch: pytest.MonkeyPatch) -> None:
    arriving(monkeypatch, lambda _: None)


def arrives_in_capitals(monkeypatch: pytest.MonkeyPatch) -> None:
    arriving(monkeypatch, lambda outgoing: replace(outgoing, text=outgoing.text.upper()))


def arrives_in_french(monkeypatch: pytest.MonkeyPatch) -> None:
    arriving(monkeypatch, lambda outgoing: replace(outgoing, languages=("fr",)))


def arrives_without_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    arriving(monkeypatch, lambda outgoing: replace(outgoing, media=()))


def arriving(monkeypatch: pytest.MonkeyPatch, spoil: Callable[[Outgoing], Outgoing | None]) -> None:
    """What the platforms take of a post; None: they have it for a moment only."""
    real = Simulated.publish

    def publish(self: Simulated, outgoing: Outgoing) -> Receipt:
        spoilt = spoil(outgoing)
        receipt = real(self, spoilt or outgoing)
        if spoilt is None:
            self._posts.pop()
        return receipt

    monkeypatch.setattr(Simulated, "publish", publish)


def is_found_out(breach: Breach, sign: Sign, *, days: int, rate: float, seeds: Iterable[int]) -> bool:
    """Whether one of these rehearsals tells of it."""
    runs = (run(SHIPPED, days, Faults(rate, seed)) for seed in seeds)
    return any((found.breach, found.sign) == (breach, sign) for done in runs for found in done.findings)


@pytest.mark.parametrize(
    ("spoil", "rate", "breach", "sign"),
    [
        (tries_whatever_happened_again, 0.2, Breach.TWICE, Sign.SENT_TWICE),
        (takes_what_it_sent_for_refused, 0, Breach.UNEXPLAINED, Sign.UNRECORDED),
        (loses_posts, 0, Breach.LOST, Sign.GONE),
        (arrives_in_capitals, 0, Breach.WRONG, Sign.TEXT),
        (arrives_in_french, 0, Breach.WRONG, Sign.LANGUAGE),
        (arrives_without_pictures, 0, Breach.WRONG, Sign.PICTURES),
    ],
)
def test_a_spoilt_worker_is_found_out(
    monkeypatch: pytest.MonkeyPatch, spoil: Spoil, rate: float, breach: Breach, sign: Sign
) -> None:
    spoil(monkeypatch)
    assert is_found_out(breach, sign, days=1, rate=rate, seeds=range(8))


@pytest.mark.faults
@pytest.mark.parametrize(
    ("spoil", "breach", "sign"),
    [
        (sends_orphans_again, Breach.TWICE, Sign.SENT_TWICE),
        (believes_at_once_that_it_is_absent, Breach.TWICE, Sign.SENT_TWICE),
        (never_was_away, Breach.LOST, Sign.FORGOTTEN),
        (goes_out_in_a_burst, Breach.WRONG, Sign.CROWDED),
    ],
)
def test_a_worker_that_is_spoilt_but_a_little_is_found_out_too(
    monkeypatch: pytest.MonkeyPatch, spoil: Spoil, breach: Breach, sign: Sign
) -> None:
    spoil(monkeypatch)
    assert is_found_out(breach, sign, days=2, rate=0.4, seeds=range(40))


# ---------------------------------------------------------------- many of them


DICE = frozenset({*range(13), 18, 19})
"""Seeds of campaigns that ``make test-dice`` plays, at each rate of faults."""


def seeds(number: int, chosen: Collection[int]) -> list[Any]:
    """So many, of which some are among the dice that every change has to pass."""
    return [pytest.param(n, marks=pytest.mark.dice if n in chosen else ()) for n in range(number)]


@pytest.mark.faults
@pytest.mark.parametrize("seed", seeds(60, DICE))
def test_campaigns_made_by_dice_survive(tmp_path: Path, seed: int) -> None:
    done = run(ordeal(tmp_path, seed), DAYS + 1, Faults(RATES[seed % len(RATES)], seed))
    assert done.findings == ()


@pytest.mark.faults
@pytest.mark.parametrize("seed", seeds(20, {0, 1}))
def test_a_week_of_the_shipped_campaign_survives(seed: int) -> None:
    assert run(SHIPPED, 7, Faults(RATES[seed % len(RATES)], seed)).findings == ()
