"""Sends one message to one address, with Apprise, in a process of its own.

Apprise takes as much memory as a worker at rest may have left, its log names addresses, and a server that
answers a byte at a time would keep a thread for ever. A process can be ended, and leaves nothing behind. It
gets the address on its standard input, so that no list of processes shows it, and no other secret: an address
may name a program or a file to read, and its service is not ours.
"""

from __future__ import annotations

import json
import logging
import os
import re
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from campaign_bot import processes

DEADLINE = 60.0
"""Seconds for one sending."""

STATUS = re.compile(r"\berror=(\d{3})\b")
"""How Apprise's log says what a service answered."""


@dataclass(frozen=True, slots=True)
class Message:
    """``bodies``: the same from the longest to the shortest; each address gets the longest that it takes.
    Without any, the address is only read. ``bad``: it is of trouble."""

    title: str = ""
    bodies: tuple[str, ...] = ()
    bad: bool = True


class Outcome(StrEnum):
    SENT = "sent"
    DRY = "dry"
    FAILED = "failed"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Sent:
    """``status`` is a failure's HTTP status, where the service gave one."""

    outcome: Outcome
    status: str = ""


class Sender:
    """Call it with an address and a Message. One at a time; ``end`` may come from another thread."""

    def __init__(self, deadline: float = DEADLINE) -> None:
        self._deadline = deadline
        self._process: subprocess.Popen[bytes] | None = None
        self._ended = False

    def __call__(self, url: str, message: Message) -> Sent:
        asked = {"url": url, "title": message.title, "bodies": message.bodies, "bad": message.bad}
        command = [sys.executable, "-P", "-m", __name__, str(self._deadline)]
        pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
        with subprocess.Popen(  # noqa: S603
            command,
            stdin=pipe,
            stdout=pipe,
            stderr=nowhere,
            cwd=processes.NEUTRAL,
            env=processes.environment(network=True),
        ) as self._process:
            if self._ended:
                self._process.kill()
            try:
                answer, _ = self._process.communicate(json.dumps(asked).encode(), self._deadline)
            except subprocess.TimeoutExpired:
                answer = b""
            finally:
                self._process.kill()
        return _read(answer)

    def end(self) -> None:
        """End what is under way, and send nothing more."""
        self._ended = True
        if self._process is not None:
            self._process.kill()


class DrySender(Sender):
    """Reads addresses, and sends nothing to any."""

    def __call__(self, url: str, message: Message) -> Sent:
        return Sent(Outcome.DRY) if message.bodies else super().__call__(url, message)


def _read(answer: bytes) -> Sent:
    """A process that was ended, or could not begin, says nothing."""
    lines = answer.decode(errors="replace").splitlines()
    if not lines:
        return Sent(Outcome.FAILED)
    outcome, _, status = lines[-1].partition(" ")
    return Sent(Outcome(outcome), status)


# ---------------------------------------------------------------- in the other process


class _Statuses(logging.Handler):
    """Remembers the last HTTP status that was logged, and nothing else."""

    status = ""

    def emit(self, record: logging.LogRecord) -> None:
        found = STATUS.findall(record.getMessage())
        self.status = found[-1] if found else self.status


def main() -> None:
    """Read what to send from standard input; the last line on standard output says what came of it."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # the worker decides, and gives it some seconds
    watch = threading.Timer(float(sys.argv[1]), os._exit, [1])  # should the worker be gone
    watch.daemon = True
    watch.start()
    sent = _send(json.load(sys.stdin.buffer))
    sys.stdout.write(f"\n{sent.outcome} {sent.status}".rstrip(" ") + "\n")


def _send(asked: Any) -> Sent:
    from apprise import Apprise, AppriseAsset, NotifyFormat, NotifyType
    from apprise.common import OverflowMode

    statuses = _Statuses()
    logger = logging.getLogger("apprise")
    logger.addHandler(statuses)
    logger.propagate = False
    nothing_kept = AppriseAsset(storage_mode="memory")  # it would write to the home folder
    service = Apprise.instantiate(asked["url"], asset=nothing_kept)
    if service is None:
        return Sent(Outcome.UNREADABLE)
    if not asked["bodies"]:
        return Sent(Outcome.SENT)
    if service.overflow_mode is OverflowMode.UPSTREAM:
        service.overflow_mode = OverflowMode.TRUNCATE  # a piece of it is better than none
    everyone = Apprise()
    everyone.add(service)
    sent = everyone.notify(
        title=asked["title"],
        body=fitting(asked["bodies"], service.body_maxlen - len(asked["title"]) - 2),
        notify_type=NotifyType.WARNING if asked["bad"] else NotifyType.INFO,
        body_format=NotifyFormat.TEXT,
    )
    return Sent(Outcome.SENT) if sent else Sent(Outcome.FAILED, statuses.status)


def fitting(bodies: list[str], room: int) -> str:
    return next((body for body in bodies if len(body) <= room), bodies[-1])


if __name__ == "__main__":
    main()
