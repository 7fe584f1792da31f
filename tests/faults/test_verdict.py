"""Those who judge, judged: a product that breaks a promise is found out."""

from __future__ import annotations

from pathlib import Path

import pytest

from support import fakes
from support.killing import NurseryFor, Scene
from support.scenery import PLATFORMS, Kind


def found_out(scene: Scene, fake: fakes.FakePlatform, kind: Kind, step: str) -> set[str]:
    post = scene.add(kind)
    if step:
        assert scene.run(step=step, post=post) == step
    else:
        fake.arm(fakes.reset, on=fake.public_call, done=True, times=1)
    scene.settle()
    return set(scene.verdict().breaches)


@pytest.mark.parametrize(
    ("broken", "kind", "step", "breaches"),
    [
        ("", Kind.THREAD, "publish:after", set()),
        ("", Kind.THREAD, "", set()),
        ("resends unknown", Kind.SINGLE, "", {"twice", "unexplained"}),
        ("resends orphans", Kind.SINGLE, "publish:after", {"twice", "unexplained"}),
        ("records before the call", Kind.SINGLE, "publish:before", {"lost"}),
        ("forgets the parent", Kind.THREAD, "publish:after", {"wrong"}),
        ("calls a lost answer refused", Kind.SINGLE, "", {"lost", "unexplained"}),
    ],
)
def test_a_broken_promise_is_found_out(
    tmp_path: Path,
    nursery_for: NurseryFor,
    broken: str,
    kind: Kind,
    step: str,
    breaches: set[str],
) -> None:
    with PLATFORMS["x"]() as fake:
        scene = Scene(tmp_path, nursery_for("x"), {"fake": fake}, broken=broken)
        assert found_out(scene, fake, kind, step) == breaches
