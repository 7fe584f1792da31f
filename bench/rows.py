"""What every benchmark gives: a figure beside its baseline of the same run, as a ratio.

Machines are noisy: compare the ratios, do not quote the seconds.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """``figure`` and ``baseline`` in ``unit``; ``most`` is the target, of the ratio or of the figure."""

    what: str
    figure: float
    unit: str
    baseline: float
    against: str
    most: str
    good: bool

    def __str__(self) -> str:
        ratio = self.figure / self.baseline if self.baseline else float("nan")
        mark = "ok " if self.good else "OVER"
        return (
            f"{mark:4} {self.what}: {self.figure:.4g} {self.unit};"
            f" {self.against}: {self.baseline:.4g} {self.unit}; ratio {ratio:.2f} (target: {self.most})"
        )


def seconds(call: Callable[[], object], runs: int = 5) -> float:
    """The median of ``runs`` runs, in seconds, after one that does not count."""
    call()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return statistics.median(times)
