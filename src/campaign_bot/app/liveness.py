"""The worker's sign of life: a file that can be read without asking the worker.

It lies in the state directory, ``worker.json`` for the live worker and ``dry-worker.json`` for the dry one,
wherever the ledger itself may be. The worker writes it after a look at the ledger: so one that runs
but does nothing leaves an old one. A run with ``--once`` leaves it behind, so that between two of them one
can tell when the last one was, and how it went.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field, TypeAdapter

from campaign_bot import __version__, private
from campaign_bot.i18n.sentences import Unable, sentence

log = logging.getLogger(__name__)

EVERY = dt.timedelta(seconds=2)
"""Between two writings of the file."""

STUCK = dt.timedelta(seconds=30)
"""A worker that has written nothing for so long is stuck or gone."""

RUN = dt.timedelta(minutes=10)
"""So long a run with ``--once`` may write nothing: it does all that is due, one account after the other."""

FIRST_REST = dt.timedelta(hours=1)
"""Until the next run with ``--once``, while there was but one."""

TAKEN = "ledger-taken"
"""The trouble of a worker that waits for another one."""

Trouble = tuple[str, Mapping[str, str]]
"""Code and values of a sentence (``i18n.sentences``)."""

LONGEST_REST = dt.timedelta(hours=26)
"""Runs that are farther apart are not a rhythm: whoever calls the worker less than daily does not publish."""

MOST = 1_000_000
"""Bytes of the file: hundreds of accounts, each with a reason."""


def _in_our_time(at: dt.datetime) -> dt.datetime:
    """So that it can be told in any zone, and compared."""
    if not 2000 <= at.year <= 2199:
        raise ValueError("not an instant of our time")
    return at


Instant = Annotated[AwareDatetime, AfterValidator(_in_our_time)]
ProcessId = Annotated[int, Field(gt=0, lt=2**31)]


@dataclass(frozen=True, slots=True)
class Liveness:
    """What a worker says of itself. Instants are UTC.

    ``looked_at``: the last look at the ledger that worked, ``trouble``: why later ones did not.
    ``in_flight``: the accounts at work, and since when at what they do now. ``accounts``: why some cannot be
    used, ``clock``: why nobody can be sure of the time (reasons, as ``i18n.reasons`` has them). ``untold``:
    the numbers of the addresses at which staff could not be told. ``once``: it does what is due and ends, as
    cron calls it; ``earlier_at``: when the run before this one began.
    """

    pid: ProcessId
    host: str
    live: bool
    version: str
    started_at: Instant
    written_at: Instant
    looked_at: Instant | None = None
    stopped_at: Instant | None = None
    trouble: Trouble | None = None
    in_flight: Mapping[str, Instant] = field(default_factory=dict)
    accounts: Mapping[str, str] = field(default_factory=dict)
    clock: str = ""
    untold: tuple[int, ...] = ()
    once: bool = False
    earlier_at: Instant | None = None

    @property
    def rest(self) -> dt.timedelta:
        """From one run with ``--once`` to the next, by the last two; a worker that stays does not rest."""
        if not self.once:
            return dt.timedelta(0)
        apart = abs(self.started_at - self.earlier_at) if self.earlier_at else FIRST_REST
        return min(apart, LONGEST_REST)

    def is_fresh(self, now: dt.datetime) -> bool:
        """Also false for one of the future: our clock was set back, and nothing was written since."""
        return abs(now - self.written_at) <= (RUN if self.once else STUCK)

    @property
    def is_there(self) -> bool | None:
        """Whether its process exists; None where that cannot be told, on another machine."""
        if self.host != socket.gethostname():
            return None
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except OSError:  # another user's
            return True
        return True


def place(state: Path, *, live: bool) -> Path:
    """In the state directory."""
    return state / ("worker.json" if live else "dry-worker.json")


class SignOfLife:
    """Writes the file of the worker in this process. A disk that takes nothing never stops the worker."""

    def __init__(
        self, state: Path, *, live: bool, now: Callable[[], dt.datetime], once: bool = False
    ) -> None:
        self._place = place(state, live=live)
        self._now = now
        born = now()
        self._last = Liveness(os.getpid(), socket.gethostname(), live, __version__, born, born, once=once)
        self._written = False
        self._said = False

    def begin(self) -> None:
        """The ledger is ours; the first look may take a while."""
        before = self._there() if self._last.once else None
        earlier_at = before.started_at if before and before.once else None
        self._write(replace(self._last, trouble=None, earlier_at=earlier_at))

    def wait(self, holder: str) -> None:
        """It waits for another worker; whose own sign of life stays, if this is its place."""
        if not self._is_anothers():
            self._give(replace(self._last, trouble=(TAKEN, {"holder": holder}), in_flight={}))

    def look(
        self,
        trouble: Trouble | None,
        in_flight: Mapping[str, dt.datetime],
        accounts: Mapping[str, str],
        clock: str,
        untold: Sequence[int],
    ) -> None:
        """After each look: ``trouble`` is None when it worked."""
        looked_at = self._last.looked_at if trouble else self._now()
        self._give(
            replace(
                self._last,
                looked_at=looked_at,
                trouble=trouble,
                in_flight=in_flight,
                accounts=accounts,
                clock=clock,
                untold=tuple(untold),
            )
        )

    def end(self) -> None:
        """The worker stops of its own accord."""
        if self._written and not self._is_anothers():
            self._write(replace(self._last, stopped_at=self._now(), in_flight={}))

    def _is_anothers(self) -> bool:
        """Whether another worker is at work that writes to the same place."""
        said = self._there()
        if said is None or said.stopped_at or (said.trouble and said.trouble[0] == TAKEN):
            return False
        is_mine = (said.pid, said.host) == (self._last.pid, self._last.host)
        return not is_mine and (said.is_fresh(self._now()) or said.is_there is True)

    def _there(self) -> Liveness | None:
        try:
            return read(self._place)
        except (OSError, ValueError, Unable):
            return None

    def _give(self, said: Liveness) -> None:
        """At most every two seconds, but at once what is new."""
        now, last = self._now(), self._last
        is_new = (said.trouble, said.clock) != (last.trouble, last.clock)
        if is_new or not self._written or abs(now - last.written_at) >= EVERY:
            self._write(said)
        else:
            self._last = said  # for the next writing

    def _write(self, said: Liveness) -> None:
        self._last = replace(said, written_at=self._now())
        self._written = True
        try:
            write(self._place, self._last)
        except (OSError, Unable) as error:
            if not self._said:
                log.warning("%s: %s", self._place.name, _why(error))
            self._said = True
        else:
            self._said = False


def _why(error: OSError | Unable) -> str:
    return sentence(error.code, error.params) if isinstance(error, Unable) else str(error.strerror)


def write(path: Path, said: Liveness) -> None:
    """Whole or not at all. OSError; Unable where its folder is not ours."""
    if not private.is_there(path.parent):
        private.prepare(path.parent)
    private.replace(path, json.dumps(asdict(said), default=dt.datetime.isoformat).encode())


def read(path: Path) -> Liveness | None:
    """What the file says; None where there is none.

    Raises OSError, Unable where it is not a file of ours, or ValueError where it does not say what it should.
    """
    try:
        content = private.read(path, MOST)
    except FileNotFoundError:
        return None
    return _form().validate_json(content, strict=True)


def is_at_work(state: Path, now: dt.datetime) -> bool:
    """Whether a live worker shows itself here, or did in one of its runs."""
    try:
        said = read(place(state, live=True))
    except (OSError, ValueError, Unable):
        return False
    if said is None or said.once:
        return said is not None and now - said.written_at <= LONGEST_REST
    return said.stopped_at is None and said.is_fresh(now)


@cache
def _form() -> TypeAdapter[Liveness]:
    return TypeAdapter(Liveness)
