"""Thousands of kills, at steps and moments chosen by dice, on all platforms at once, some on bad days."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from support import fakes
from support.fakes import FakePlatform, Reply
from support.killing import NurseryFor, Scene, Unbroken
from support.scenery import PLATFORMS, Kind

KILLS = 130
SEEDS = range(8)
"""Each on good days and on bad ones: more than 2,000 kills in all."""

KILLS_BETWEEN_COPIES = 40

MOST_STEPS = (
    120  # of a life that ends at a step; a delivery has some thirty, a start as many for each account
)
LONGEST = 0.6  # seconds of a life that is ended from outside
ACCOUNTS = {
    "xen": "x",
    "xboth": "x-that-refuses-repeats",
    "masto": "mastodon",
    "forgetful": "mastodon-without-keys",
    "sky": "bluesky",
}
BILINGUAL = ("xboth", "forgetful", "sky")
FAULTS = (
    fakes.reset,
    fakes.close,
    fakes.cut_short,
    *(fakes.reply(Reply(status)) for status in (500, 502, 503)),
)


@pytest.fixture
def platforms() -> Iterator[Mapping[str, FakePlatform]]:
    with ExitStack() as stack:
        yield {name: stack.enter_context(PLATFORMS[platform]()) for name, platform in ACCOUNTS.items()}


@pytest.mark.faults
@pytest.mark.parametrize("bad_days", [0, 0.5], ids=["good days", "bad days"])
@pytest.mark.parametrize("seed", SEEDS)
def test_killed_at_random(
    tmp_path: Path,
    nursery_for: NurseryFor,
    platforms: Mapping[str, FakePlatform],
    unbroken: Unbroken,
    seed: int,
    bad_days: float,
) -> None:
    dice = random.Random(seed)  # noqa: S311 - no secret depends on it
    scene = Scene(tmp_path, nursery_for("x", "mastodon", "bluesky"), platforms, bilingual=BILINGUAL)
    while scene.kills.total() < KILLS:
        if dice.random() < bad_days:
            have_a_bad_day(dice.choice(list(platforms.values())), dice)
        if not scene.run(**a_death(dice)):
            for _ in range(5):
                scene.add(dice.choice(list(Kind)))
    scene.settle()
    assert unbroken(scene).unconfirmed == 0


@pytest.mark.faults
@pytest.mark.parametrize("seed", SEEDS)
def test_copies_are_put_back_at_random(
    tmp_path: Path,
    nursery_for: NurseryFor,
    platforms: Mapping[str, FakePlatform],
    unbroken: Unbroken,
    seed: int,
) -> None:
    """A worker is killed at any moment, and at times a copy of any moment takes its ledger's place."""
    dice = random.Random(seed)  # noqa: S311 - no secret depends on it
    scene = Scene(tmp_path, nursery_for("x", "mastodon", "bluesky"), platforms, bilingual=BILINGUAL)
    scene.add(Kind.SINGLE)
    scene.settle()
    copies = [scene.copy()]
    while scene.kills.total() < KILLS_BETWEEN_COPIES:
        if not scene.run(**a_death(dice)):
            for _ in range(3):
                scene.add(dice.choice(list(Kind)))
        if dice.random() < 0.3:
            copies.append(scene.copy())
        if dice.random() < 0.2:
            scene.put_back(dice.choice(copies))
    scene.settle()
    assert unbroken(scene).unconfirmed == 0


def a_death(dice: random.Random) -> Mapping[str, float]:
    if dice.random() < 0.7:
        return {"after": dice.randint(1, MOST_STEPS), "delivering": dice.random() < 0.8}
    return {"lifetime": dice.uniform(0, LONGEST)}


def have_a_bad_day(fake: FakePlatform, dice: random.Random) -> None:
    """The answer to the next public call, or to two, is lost, whether it was worked at or not."""
    fault, done = dice.choice(FAULTS), dice.random() < 0.5
    fake.arm(fault, on=fake.public_call, done=done, times=dice.randint(1, 2))
