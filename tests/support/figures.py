"""What the fault runs say at their end: how often something was killed, and what came of it.

A test hands its figures on with ``record_property("figures", …)``, which reaches pytest's summary from the
processes of xdist as well.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator
from typing import Any

WIDTH = 100
BREACHES = ("twice", "lost", "wrong", "unexplained")


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
