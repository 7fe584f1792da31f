"""A plugin of pytest: fixtures for tests that kill workers, and what such a run says at its end.

The figures go on with ``record_property``, which reaches the summary from the processes of xdist as well.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from support.killing import Nursery, NurseryFor, Scene, Unbroken
    from support.verdict import Figures

WIDTH = 100
BREACHES = ("twice", "lost", "wrong", "unexplained")


@pytest.fixture(scope="session")
def nursery_for() -> Iterator[NurseryFor]:
    """The process that starts workers, one for each choice of platforms."""
    from support.killing import Nursery

    started: dict[tuple[str, ...], Nursery] = {}
    with ExitStack() as stack:

        def nursery(*platforms: str) -> Nursery:
            if platforms not in started:
                started[platforms] = stack.enter_context(Nursery(*platforms))
            return started[platforms]

        yield nursery


@pytest.fixture
def unbroken(record_property: Callable[[str, object], None]) -> Unbroken:
    """The figures of a scene, which are told at the end; AssertionError where a promise was broken."""

    def judged(scene: Scene) -> Figures:
        figures = scene.verdict()
        record_property("figures", figures.as_values())
        assert figures.breaches == {}
        return figures

    return judged


def pytest_terminal_summary(terminalreporter: Any) -> None:
    found = [
        value
        for outcome in ("passed", "failed")
        for report in terminalreporter.stats.get(outcome, ())
        for name, value in getattr(report, "user_properties", ())
        if name == "figures"
    ]
    if found:
        terminalreporter.section("killed workers")
        for line in told(found):
            terminalreporter.write_line(line)


def told(found: list[dict[str, Any]]) -> Iterator[str]:
    kills: Counter[str] = Counter()
    breaches: Counter[str] = Counter()
    for one in found:
        kills.update(one["kills"])
        breaches.update(one["breaches"])
    told_steps = ", ".join(f"{step} {times}" for step, times in sorted(kills.items()))
    yield from textwrap.wrap(told_steps, WIDTH)
    total = {
        name: sum(one[name] for one in found) for name in ("lives", "deliveries", "posts", "unconfirmed")
    }
    yield (
        f"{kills.total()} kills in {total['lives']} lives; "
        f"{total['deliveries']} deliveries, {total['posts']} posts, "
        f"{total['unconfirmed']} left unconfirmed"
    )
    yield ", ".join(f"{name}: {breaches[name]}" for name in BREACHES)
