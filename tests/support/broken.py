"""A product that breaks its promises: what the tests that judge it have to find out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from campaign_bot import publisher
from campaign_bot.app.adopting import Adopting
from campaign_bot.ledger import Ledger
from campaign_bot.model import Receipt, State
from campaign_bot.publisher import Publisher


def _resends_unknown() -> None:
    """What every other scheduler does after a timeout."""

    def unconfirmed(self: Any, entry: Any, reason: str) -> None:
        self._end(entry, State.SCHEDULED, reason)

    Publisher._unconfirmed = unconfirmed  # type: ignore[method-assign]


def _resends_orphans() -> None:
    """A row that was under way when the process died goes out again, and nobody looks whether it is there."""

    def orphans(self: Any, now: dt.datetime, who: str) -> list[str]:
        for entry in self.entries(states=[State.PUBLISHING]):
            self.fail(entry.key, State.SCHEDULED, now=now, reason="orphaned", who=who)
        return []

    Ledger.orphans = orphans  # type: ignore[method-assign]
    Adopting.adopt = lambda *_: None  # type: ignore[method-assign]


def _trusts_the_copy() -> None:
    """What a ledger does not know of has not happened."""
    Adopting.adopt = lambda *_: None  # type: ignore[method-assign]


def _records_before_the_call() -> None:
    """It is written down as published before it is."""
    call, record = Publisher._call, Publisher._record

    def early(self: Any, adapter: Any, entry: Any, outgoing: Any, number: int, *, last: bool) -> Any:
        receipt = record(self, entry, Receipt(number, f"promised-{outgoing.record_key}"), last=last)
        self._record = lambda *_args, **_more: receipt
        return call(self, adapter, entry, outgoing, number, last=last)

    Publisher._call = early  # type: ignore[method-assign]


def _forgets_the_parent() -> None:
    publisher.parents = lambda *_: (None, None)


def _calls_a_lost_answer_refused() -> None:
    """A post that is there is said to have failed."""

    def unconfirmed(self: Any, entry: Any, reason: str) -> None:
        self._end(entry, State.FAILED, reason)

    Publisher._unconfirmed = unconfirmed  # type: ignore[method-assign]


BROKEN: Mapping[str, Callable[[], None]] = {
    "resends unknown": _resends_unknown,
    "resends orphans": _resends_orphans,
    "trusts the copy": _trusts_the_copy,
    "records before the call": _records_before_the_call,
    "forgets the parent": _forgets_the_parent,
    "calls a lost answer refused": _calls_a_lost_answer_refused,
}
