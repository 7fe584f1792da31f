"""The worker's liveness file: a sign of life that others can read without asking the worker.

It lies in ``var/`` beside the ledgers, ``worker.json`` for the live worker and ``dry-worker.json`` for the
dry one. ``looked_at`` is the last look at the ledger that worked: a worker that runs and does nothing has an
old one.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

EVERY = dt.timedelta(seconds=2)
"""Between two writings of the file."""


@dataclass(frozen=True, slots=True)
class Liveness:
    """What a worker says of itself. Instants are UTC.

    ``trouble``: the code and values of the sentence that keeps it from working (``i18n.sentences``).
    ``in_flight``: since when each account is at work. ``accounts``: why some cannot be used now (reasons).
    """

    pid: int
    host: str
    live: bool
    version: str
    started_at: dt.datetime
    looked_at: dt.datetime | None = None
    stopped_at: dt.datetime | None = None
    trouble: tuple[str, Mapping[str, str]] | None = None
    in_flight: Mapping[str, dt.datetime] = field(default_factory=dict)
    accounts: Mapping[str, str] = field(default_factory=dict)


def place(root: Path, *, live: bool) -> Path:
    return root.resolve() / "var" / ("worker.json" if live else "dry-worker.json")


class SignOfLife:
    """Writes the file of one worker. A disk that takes nothing never stops the worker: it is said once."""

    def __init__(self, root: Path, born: Liveness, now: Callable[[], dt.datetime]) -> None:
        self._place = place(root, live=born.live)
        self._last = born
        self._now = now
        self._written_at: dt.datetime | None = None
        self._said = False

    def give(
        self,
        trouble: tuple[str, Mapping[str, str]] | None,
        in_flight: Mapping[str, dt.datetime],
        accounts: Mapping[str, str],
    ) -> None:
        """After each look: ``trouble`` None when it worked. Written at most every two seconds."""
        now = self._now()
        looked_at = self._last.looked_at if trouble else now
        said = replace(
            self._last, looked_at=looked_at, trouble=trouble, in_flight=in_flight, accounts=accounts
        )
        changed = said.trouble != self._last.trouble
        self._last = said
        if changed or self._written_at is None or abs(now - self._written_at) >= EVERY:
            self._written_at = now
            self._write(said)

    def end(self) -> None:
        """The worker stops of its own accord."""
        self._write(replace(self._last, stopped_at=self._now(), in_flight={}))

    def _write(self, said: Liveness) -> None:
        try:
            write(self._place, said)
        except OSError as error:
            if not self._said:
                log.warning("%s: %s", self._place.name, error.strerror)
            self._said = True
        else:
            self._said = False


def write(path: Path, said: Liveness) -> None:
    """Whole or not at all. OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(asdict(said), file, default=_plain)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def read(path: Path) -> Liveness | None:
    """What the file says; None where there is none, or nothing of ours in it."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        instants = {
            name: dt.datetime.fromisoformat(said[name]) if said[name] else None
            for name in ("started_at", "looked_at", "stopped_at")
        }
        in_flight = {name: dt.datetime.fromisoformat(at) for name, at in said["in_flight"].items()}
        trouble = (said["trouble"][0], said["trouble"][1]) if said["trouble"] else None
        return Liveness(**said | instants | {"in_flight": in_flight, "trouble": trouble})
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, dt.datetime) else str(value)
