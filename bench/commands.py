"""Whole commands: ``--version`` beside a bare import of click, and the rehearsal of the shipped campaign."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bench.rows import Row, seconds

ROOT = Path(__file__).parents[1]
COMMAND = str(Path(sys.executable).parent / "campaign-bot")


def rows() -> list[Row]:
    click = seconds(lambda: _run(sys.executable, "-c", "import click"), 11)
    version = seconds(lambda: _run(COMMAND, "--version"), 11)
    rehearsal = seconds(lambda: _run(COMMAND, "--root", str(ROOT), "rehearse", "--days", "30"), 3)
    return [
        Row("--version", version, "s", click, "python -c 'import click'", "ratio 2", version <= 2 * click),
        Row("rehearse 30 days", rehearsal, "s", click, "python -c 'import click'", "3 s", rehearsal <= 3),
    ]


def _run(*command: str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
