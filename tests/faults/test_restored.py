"""Copies of the ledger that are put back: workers are killed, people decide before or after the next start.

Whatever went out since the copy was made is public once and once only, and the ledger learns of it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support import fakes
from support.fakes import FakePlatform, Reply
from support.killing import NurseryFor, Scene, Unbroken
from support.scenery import PLATFORMS, Kind

TOO_LATE = dt.timedelta(hours=3)
STRICTEST = ("x", "mastodon-without-keys", "bluesky")
EVERY = [
    *STRICTEST,
    *(pytest.param(name, marks=pytest.mark.faults) for name in PLATFORMS if name not in STRICTEST),
]


@pytest.fixture
def fake(request: pytest.FixtureRequest) -> Iterator[FakePlatform]:
    with PLATFORMS[request.param]() as running:
        yield running


@pytest.fixture
def scene(tmp_path: Path, nursery_for: NurseryFor, fake: FakePlatform) -> Scene:
    return Scene(tmp_path, nursery_for(fake.platform), {"fake": fake})


# ---------------------------------------------------------------- what keeps a post, and who lets it go

LetGo = Callable[[Scene, str], None]


def failed(scene: Scene, fake: FakePlatform) -> str:
    post = scene.add(Kind.SINGLE)
    fake.arm(fakes.reply(Reply(422)), on=fake.public_call, done=False, times=1)
    scene.settle()
    return post


def missed(scene: Scene, _fake: FakePlatform) -> str:
    post = scene.add(Kind.PICTURE, late=TOO_LATE)
    scene.settle()
    return post


def planned(scene: Scene, kind: Kind) -> str:
    """One that a person may decide about: everything is paused, until that is done."""
    scene.person("pause")
    post = scene.add(kind)
    scene.at_rest.add(post)
    scene.settle()
    return post


def held(scene: Scene, _fake: FakePlatform) -> str:
    post = planned(scene, Kind.SINGLE)
    scene.person("hold", post)
    scene.person("resume")
    scene.settle()
    return post


def cancelled(scene: Scene, _fake: FakePlatform) -> str:
    post = planned(scene, Kind.SINGLE)
    scene.remove(post)
    scene.at_rest.discard(post)
    scene.settle()
    scene.person("resume")
    return post


def paused(scene: Scene, _fake: FakePlatform) -> str:
    post = planned(scene, Kind.THREAD)
    scene.person("pause", "--post", post)
    scene.person("resume")
    return post


def half_out(scene: Scene, _fake: FakePlatform) -> str:
    post = scene.add(Kind.THREAD)
    assert scene.run(step="record:after", post=post) == "record:after"
    return post


def under_way(scene: Scene, _fake: FakePlatform) -> str:
    post = scene.add(Kind.SINGLE)
    assert scene.run(step="publish:after", post=post) == "publish:after"
    return post


def retry(scene: Scene, post: str) -> None:
    scene.person("retry", post)


def release(scene: Scene, post: str) -> None:
    scene.at_rest.discard(post)
    scene.person("release", post)


def resume(scene: Scene, post: str) -> None:
    scene.at_rest.discard(post)
    scene.person("resume", "--post", post)


def comes_back(scene: Scene, post: str) -> None:
    scene.write(post)


def nobody(_scene: Scene, _post: str) -> None:
    """It goes out by itself."""


KEPT: dict[Callable[[Scene, FakePlatform], str], LetGo] = {
    failed: retry,
    missed: retry,
    held: release,
    cancelled: comes_back,
    paused: resume,
    under_way: nobody,
    half_out: nobody,  # the last one: the next life goes on with it
}


def restore(scene: Scene, fake: FakePlatform, *, starts_first: bool) -> None:
    """All that may keep a post is in the copy; all is let go after it was made, and after it was put back."""
    kept = [(keep(scene, fake), let_go) for keep, let_go in KEPT.items()]
    resting = set(scene.at_rest)
    copy = scene.copy()
    for post, let_go in kept:
        let_go(scene, post)
    scene.add(Kind.SINGLE)
    scene.settle()
    scene.put_back(copy)
    if starts_first:
        scene.at_rest |= resting
        scene.settle()
    for post, let_go in kept:
        let_go(scene, post)
    scene.settle()


@pytest.mark.parametrize("starts_first", [False, True], ids=["before the start", "after the start"])
@pytest.mark.parametrize("fake", EVERY, indirect=True)
def test_what_is_let_go_again_is_public_once(
    scene: Scene, fake: FakePlatform, starts_first: bool, unbroken: Unbroken
) -> None:
    restore(scene, fake, starts_first=starts_first)
    assert unbroken(scene).unconfirmed == 0


@pytest.mark.faults
def test_a_worker_that_trusts_the_copy_is_found_out(tmp_path: Path, nursery_for: NurseryFor) -> None:
    with PLATFORMS["x"]() as fake:
        scene = Scene(tmp_path, nursery_for("x"), {"fake": fake}, broken="trusts the copy")
        restore(scene, fake, starts_first=False)
        assert "twice" in scene.verdict().breaches
