"""A plugin of pytest: what came of the bad answers, at the end of a run (also with xdist)."""

from __future__ import annotations

from typing import Any

PROPERTY = "bad answers"


def pytest_terminal_summary(terminalreporter: Any) -> None:
    lines = [
        value
        for outcome in ("passed", "failed")
        for report in terminalreporter.stats.get(outcome, ())
        for name, value in getattr(report, "user_properties", ())
        if name == PROPERTY
    ]
    if lines:
        terminalreporter.section(PROPERTY)
        for line in sorted(lines):
            terminalreporter.write_line(line)
