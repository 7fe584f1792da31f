"""A real worker process, whose log lines a test can wait for."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

PATIENCE = 30.0
"""Seconds to wait for a line on a slow machine; a test that passes takes far less."""


class Process:
    """A command with its stderr read line by line. Killed at the end of the ``with``."""

    def __init__(self, *command: str, cwd: Path | None = None, env: dict[str, str] | None = None) -> None:
        self.lines: list[str] = []
        self._process = subprocess.Popen(
            command,
            cwd=cwd,
            env=os.environ | (env or {}) | {"PYTHONUNBUFFERED": "1", "NO_COLOR": "1"},
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)  # with whatever it started
        self._process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        if self._process.stdout:
            self._process.stdout.close()

    def wait_for(self, words: str) -> str:
        """The first line with ``words``; an AssertionError with all lines if none comes in time."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            found = next((line for line in list(self.lines) if words in line), None)
            if found is not None:
                return found
            time.sleep(0.02)
        raise AssertionError(f"no line with {words!r} in {PATIENCE} s:\n" + "\n".join(self.lines))

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def ended(self) -> int:
        """Its exit code, once it has ended."""
        return self._process.wait(PATIENCE)

    def all_lines(self) -> list[str]:
        """Every line of a process that has ended."""
        self._reader.join(PATIENCE)
        return self.lines

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.lines.append(line.rstrip("\n"))


def worker(root: Path, *options: str, env: dict[str, str] | None = None) -> Process:
    """``campaign-bot worker`` on a campaign."""
    return Process(sys.executable, "-m", "campaign_bot", "--root", str(root), "worker", *options, env=env)
