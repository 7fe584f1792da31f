"""A worker killed with SIGKILL at every step of publishing, on each adapter, and then started again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.fakes import FakePlatform
from support.killing import Nursery, NurseryFor, Scene, Unbroken
from support.scenery import PLATFORMS, Kind

STRICTEST = ("x", "mastodon-without-keys", "bluesky")
"""One for each adapter: what its platform may do against double posting, it does not do."""

KINDS = {
    "single": (Kind.SINGLE, ()),
    "picture": (Kind.PICTURE, ()),
    "thread": (Kind.THREAD, ()),
    "bilingual thread": (Kind.SINGLE, ["fake"]),
}
UNCLEAR = {
    "not called": (Kind.SINGLE, "begin:after", 1),
    "called": (Kind.SINGLE, "publish:after", 1),
    "between two parts": (Kind.THREAD, "record:after", 1),
    "in the middle of a thread": (Kind.THREAD, "publish:after", 2),
}


@pytest.fixture
def fake(request: pytest.FixtureRequest) -> Iterator[FakePlatform]:
    with PLATFORMS[request.param]() as running:
        yield running


@pytest.fixture
def nursery(nursery_for: NurseryFor, fake: FakePlatform) -> Nursery:
    return nursery_for(fake.platform)


@pytest.mark.parametrize("fake", STRICTEST, indirect=True)
def test_killed_once_at_each_step(
    tmp_path: Path, nursery: Nursery, fake: FakePlatform, unbroken: Unbroken
) -> None:
    """The short form: no step is tried twice."""
    scene = Scene(tmp_path, nursery, {"fake": fake})
    steps = [(name, nth) for name, nth in scene.steps_of(Kind.PICTURE) if nth == 1 and is_end(name)]
    assert scene.kill_at_each(steps, Kind.PICTURE) == steps
    assert unbroken(scene).unconfirmed == 0


@pytest.mark.faults
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fake", PLATFORMS, indirect=True)
def test_killed_at_every_step_of_publishing(
    tmp_path: Path, nursery: Nursery, fake: FakePlatform, kind: str, unbroken: Unbroken
) -> None:
    posts, bilingual = KINDS[kind]
    scene = Scene(tmp_path, nursery, {"fake": fake}, bilingual=bilingual)
    steps = scene.steps_of(posts)
    assert scene.kill_at_each(steps, posts) == steps
    assert unbroken(scene).unconfirmed == 0


@pytest.mark.faults
@pytest.mark.parametrize("unclear", UNCLEAR)
@pytest.mark.parametrize("fake", STRICTEST, indirect=True)
def test_killed_again_at_every_step_of_settling(
    tmp_path: Path, nursery: Nursery, fake: FakePlatform, unclear: str, unbroken: Unbroken
) -> None:
    """From the start of the next worker on, until what the first one left is settled."""
    kind, step, nth = UNCLEAR[unclear]
    scene = Scene(tmp_path, nursery, {"fake": fake})
    assert scene.run(step=step, nth=nth, post=scene.add(kind)) == step
    steps = [name for _, name, again in scene.trace() if again == 1 and is_end(name)]
    died = []
    for name in steps:
        assert scene.run(step=step, nth=nth, post=scene.add(kind)) == step
        died.append(scene.run(step=name))
        scene.settle()
    assert died == steps
    assert unbroken(scene).unconfirmed == 0


def is_end(name: str) -> bool:
    """Nothing happens between the end of a step and the beginning of the next."""
    return not name.endswith(":before")
