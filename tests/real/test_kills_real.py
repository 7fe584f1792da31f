"""A worker that publishes to a real PDS, killed with SIGKILL at every step of its public call."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest

from support.killing import NurseryFor, Scene, Unbroken
from support.pds import RealPds, RealPlatform
from support.scenery import Kind

pytestmark = pytest.mark.real

LIVES = 24
"""Each signs in, which a PDS allows an account 30 times in five minutes."""

_NUMBERS = count(1)


@pytest.mark.parametrize(
    ("kind", "bilingual"),
    [(Kind.SINGLE, False), (Kind.PICTURE, False), (Kind.THREAD, False), (Kind.SINGLE, True)],
)
def test_killed_at_every_step_of_the_call(
    tmp_path: Path, pds: RealPds, nursery_for: NurseryFor, unbroken: Unbroken, kind: Kind, bilingual: bool
) -> None:
    """The last time a delivery comes to it: in a thread's last part, or in the second language."""
    with RealPlatform(pds.new_account(f"mortal-{next(_NUMBERS)}")) as platform:
        bilinguals = ["sky"] if bilingual else []
        scene = Scene(tmp_path, nursery_for("bluesky"), {"sky": platform}, bilingual=bilinguals, settles=0.5)
        last = dict(scene.steps_of(kind))
        steps = [step for step in last.items() if step[0].startswith(("begin", "publish", "record"))]
        assert len(steps) <= LIVES
        assert scene.kill_at_each(steps, kind) == steps
        assert unbroken(scene).unconfirmed == 0
