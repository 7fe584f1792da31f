"""The processes that start workers, one for each choice of platforms, and what every test asks in the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from support.killing import Nursery, Scene
from support.verdict import Figures

NurseryFor = Callable[..., Nursery]
Unbroken = Callable[[Scene], Figures]


@pytest.fixture(scope="session")
def nursery_for() -> Iterator[NurseryFor]:
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
