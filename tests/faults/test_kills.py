"""A worker killed with SIGKILL at every step of publishing, on each adapter, and then started again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.fakes import FakePlatform
from support.killing import PLATFORMS, Kind, Nursery, Scene
from support.verdict import Figures

NurseryFor = Callable[..., Nursery]
Unbroken = Callable[[Scene], Figures]
Step = tuple[str, int]

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


@pytest.mark.parametrize("fake", ["x", "mastodon-without-keys", "bluesky"], indirect=True)
def test_killed_once_at_each_step(
    tmp_path: Path, nursery: Nursery, fake: FakePlatform, unbroken: Unbroken
) -> None:
    """The short form: a step's beginning is the end of the one before, and no step is tried twice."""
    scene = Scene(tmp_path, nursery, {"fake": fake})
    steps = [(name, nth) for name, nth in steps_of(scene, Kind.PICTURE) if nth == 1 and is_new(name)]
    assert kill_at_each(scene, steps, Kind.PICTURE) == steps
    assert unbroken(scene).unconfirmed == 0


@pytest.mark.faults
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fake", PLATFORMS, indirect=True)
def test_killed_at_every_step_of_publishing(
    tmp_path: Path, nursery: Nursery, fake: FakePlatform, kind: str, unbroken: Unbroken
) -> None:
    posts, bilingual = KINDS[kind]
    scene = Scene(tmp_path, nursery, {"fake": fake}, bilingual=bilingual)
    steps = steps_of(scene, posts)
    assert kill_at_each(scene, steps, posts) == steps
    assert unbroken(scene).unconfirmed == 0


@pytest.mark.faults
@pytest.mark.parametrize("unclear", UNCLEAR)
@pytest.mark.parametrize("fake", PLATFORMS, indirect=True)
def test_killed_again_at_every_step_of_settling(
    tmp_path: Path, nursery: Nursery, fake: FakePlatform, unclear: str, unbroken: Unbroken
) -> None:
    """From the start of the next worker on, until what the first one left is settled."""
    kind, step, nth = UNCLEAR[unclear]
    scene = Scene(tmp_path, nursery, {"fake": fake})
    assert scene.run(step=step, nth=nth, post=scene.add(kind)) == step
    steps = [name for _, name, again in scene.trace() if again == 1]
    died = []
    for name in steps:
        assert scene.run(step=step, nth=nth, post=scene.add(kind)) == step
        died.append(scene.run(step=name))
        scene.settle()
    assert died == steps
    assert unbroken(scene).unconfirmed == 0


def steps_of(scene: Scene, kind: Kind) -> list[Step]:
    """The steps of publishing one post, when nothing goes wrong."""
    first = scene.add(kind)
    return [(name, nth) for post, name, nth in scene.trace() if post == first]


def kill_at_each(scene: Scene, steps: list[Step], kind: Kind) -> list[Step]:
    """One more post for each step, and the worker killed there. Those at which it died."""
    died = [(scene.run(step=name, nth=nth, post=scene.add(kind)), nth) for name, nth in steps]
    scene.settle()
    return died


def is_new(name: str) -> bool:
    return name == "deliver:before" or not name.endswith(":before")
