"""A call whose answer is lost, cut short or late, whether its platform did the work or not. Nobody dies."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support import fakes
from support.fakes import FakePlatform, Reply
from support.killing import NurseryFor, Scene, Unbroken
from support.mortal import PACE
from support.scenery import PLATFORMS, Kind, unreadable

TIMEOUT = 0.5
"""Seconds that a worker waits for an answer here (60 in the world)."""

FAULTS = {
    "reset": fakes.reset,
    "closed": fakes.close,
    "cut short": fakes.cut_short,
    "500": fakes.reply(fakes.WRONG),
    "502": fakes.reply(Reply(502)),
    "503": fakes.reply(Reply(503)),
    "no answer in time": fakes.hang(2 * TIMEOUT),
}


@pytest.fixture(params=list(PLATFORMS))
def fake(request: pytest.FixtureRequest) -> Iterator[FakePlatform]:
    with PLATFORMS[request.param]() as running:
        yield running


PATIENT = {
    "call_deadline": TIMEOUT,
    "settles": 4 * TIMEOUT,
    "pace": PACE | {name: TIMEOUT for name in PACE if name.endswith(":DEADLINE")},
}
"""How a worker waits: absence is believed four timeouts after one."""


@pytest.fixture
def scene(tmp_path: Path, nursery_for: NurseryFor, fake: FakePlatform) -> Scene:
    return Scene(tmp_path, nursery_for(fake.platform), {"fake": fake}, bilingual=["fake"], **PATIENT)


@pytest.mark.faults
@pytest.mark.parametrize("done", [True, False], ids=["done", "not done"])
def test_an_answer_that_never_comes(scene: Scene, fake: FakePlatform, done: bool, unbroken: Unbroken) -> None:
    for fault in FAULTS.values():
        fake.arm(fault, on=fake.public_call, done=done, times=1)
    for kind in (*Kind, *Kind):
        scene.add(kind)
    scene.settle()
    assert fake.exhausted
    assert unbroken(scene).unconfirmed == 0


@pytest.mark.faults
@pytest.mark.parametrize("kind", Kind)
def test_a_platform_that_works_at_it_when_nobody_waits_any_more(
    scene: Scene, fake: FakePlatform, kind: Kind, unbroken: Unbroken
) -> None:
    """The first looks find nothing; it is there before absence is believed."""
    fake.arm(fakes.close, on=fake.public_call, done=True, times=1, late=3 * TIMEOUT)
    scene.add(kind)
    scene.settle()
    assert fake.exhausted
    assert unbroken(scene).unconfirmed == 0


@pytest.mark.faults
@pytest.mark.parametrize("done", [True, False], ids=["done", "not done"])
def test_a_server_that_keeps_nothing_of_what_was_sent(
    tmp_path: Path, nursery_for: NurseryFor, unbroken: Unbroken, done: bool
) -> None:
    """What only resembles ours is never taken for absent, nor for ours: a person decides."""
    with unreadable() as fake:
        scene = Scene(tmp_path, nursery_for(fake.platform), {"fake": fake}, **PATIENT)
        for fault in FAULTS.values():
            fake.arm(fault, on=fake.public_call, done=done, times=1)
            scene.add(Kind.SINGLE)
        scene.settle()
        assert fake.exhausted
        assert (unbroken(scene).unconfirmed > 0) is done


@pytest.mark.faults
def test_a_worker_that_believes_absence_too_soon_is_found_out(
    tmp_path: Path, nursery_for: NurseryFor
) -> None:
    with PLATFORMS["x"]() as fake:
        scene = Scene(tmp_path, nursery_for("x"), {"fake": fake}, **PATIENT | {"settles": 0})
        fake.arm(fakes.close, on=fake.public_call, done=True, times=1, late=3 * TIMEOUT)
        scene.add(Kind.SINGLE)
        scene.settle()
        assert scene.verdict().breaches.keys() == {"twice", "unexplained"}
