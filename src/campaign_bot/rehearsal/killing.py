"""A worker that may be killed between any two steps, as by SIGKILL: nothing more is written."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection
from typing import Any, TypeVar, cast

T = TypeVar("T")

SHARE = 0.02
"""Of the rate of faults: there are many more steps than calls."""

MINUTE = 60.0
ABSENCES = ((1, MINUTE), (MINUTE, 30 * MINUTE), (30 * MINUTE, 360 * MINUTE))
ODDS = (14, 5, 1)
"""How long nobody starts the worker again, in seconds, and how often it is so long."""


class Killed(BaseException):
    """The process is gone. No part of the worker may catch this and go on."""


class Killer:
    """Kills with the chance of ``rate`` × ``SHARE`` at each step, and lets nothing happen after a death."""

    def __init__(self, rate: float, chance: random.Random) -> None:
        self._rate = rate * SHARE
        self._chance = chance
        self._dead = False
        self.kills = 0

    def mortal(self, thing: T, *, reads: Collection[str] = ()) -> T:
        """``thing`` in the hands of the worker: each call has a step before and one after it.

        ``reads``: the methods that only read. They are no steps, but the dead do not read either.
        """
        return cast("T", _Mortal(thing, self, reads))

    def revive(self) -> float:
        """A new process. How many seconds there was none."""
        self._dead = False
        return self._chance.uniform(*self._chance.choices(ABSENCES, ODDS)[0])

    def live(self) -> None:
        if self._dead:
            raise Killed

    def step(self) -> None:
        self.live()
        if self._chance.random() < self._rate:
            self._dead = True
            self.kills += 1
            raise Killed


class _Mortal:
    def __init__(self, thing: object, killer: Killer, reads: Collection[str]) -> None:
        self._thing = thing
        self._killer = killer
        self._reads = reads

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._thing, name)
        if not callable(found):
            return found
        step = self._killer.live if name in self._reads else self._killer.step
        return _between(step, found)


def _between(step: Callable[[], None], call: Callable[..., Any]) -> Callable[..., Any]:
    def made(*args: Any, **kwargs: Any) -> Any:
        step()
        result = call(*args, **kwargs)
        step()
        return result

    return made
