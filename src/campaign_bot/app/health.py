"""Whether deliveries really move: what a health check says, and why.

A check is red when something that nobody wanted keeps deliveries from going out: no worker, one that is
stuck, a call that does not end, a clock that is off, a stopped account, a ledger or a disk in the way.
What a person has to look at but which stops nothing (unconfirmed, failed and missed deliveries) is yellow:
it is told, and leaves the worker healthy.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from campaign_bot.app.liveness import Liveness
from campaign_bot.i18n import N_, _
from campaign_bot.i18n.reasons import reason_words
from campaign_bot.i18n.sentences import sentence
from campaign_bot.ledger import AccountState, LedgerError
from campaign_bot.model import State
from campaign_bot.publisher import LEASE

STUCK = dt.timedelta(seconds=30)
"""Without a look at the ledger for so long, a worker is stuck or gone."""

OVERDUE = dt.timedelta(minutes=2)
"""What could go out and is so late does not move."""

LEAST_SPACE = 50_000_000
"""Bytes: with fewer, the ledger's disk is as good as full."""


class Light(StrEnum):
    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


WORDS = {
    "worker": N_("A worker is at work."),
    "no-worker": N_("No worker has ever been here. Start one: campaign-bot worker --live"),
    "worker-stopped": N_("The worker was stopped {ago} ago. Start it again."),
    "worker-dead": N_("The worker ended without a word; its last look was {ago} ago. Start it again."),
    "worker-stuck": N_("The worker is stuck: its last look at the ledger was {ago} ago. Restart it."),
    "worker-trouble": N_("The worker cannot work: {detail}"),
    "ledger": N_("The ledger can be read."),
    "ledger-trouble": N_("{detail}"),
    "no-ledger": N_("There is no ledger yet: nothing was ever published from here."),
    "disk": N_("There is room on the ledger's disk."),
    "disk-full": N_("The ledger's disk is nearly full: {free} MB are left. Make room."),
    "config": N_("The files in config/ can be read."),
    "config-broken": N_("The files in config/ have errors, so nothing goes out: see campaign-bot check."),
    "calls": N_("No call to a platform hangs."),
    "call-hangs": N_("A call of {account} has been under way for {ago}. Restart the worker."),
    "clock": N_("The clock agrees with the platforms'."),
    "clock-off": N_("{detail}. Nothing goes out until it is right."),
    "moving": N_("What is due goes out."),
    "not-moving": N_("Due and not going out: {count}, for {ago} now ({detail})."),
    "accounts": N_("All accounts can be used."),
    "account-stopped": N_("The account {account} is stopped: {detail}"),
    "paused": N_("Paused by {who}: {detail}"),
    "unconfirmed": N_("Unconfirmed: {count}. See campaign-bot reconcile."),
    "ended-badly": N_("Failed or missed in the last day: {count}. See campaign-bot status."),
}


@dataclass(frozen=True, slots=True)
class Check:
    """One finding; ``code`` is one of WORDS, whose placeholders ``params`` fill."""

    code: str
    light: Light = Light.GREEN
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def message(self) -> str:
        return _(WORDS[self.code]).format_map(dict(self.params))


@dataclass(frozen=True, slots=True)
class Due:
    """What could go out: how many, the oldest since when, and what its account says (a reason)."""

    count: int = 0
    since: dt.datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a health check knows. ``alive`` is None where the worker's process is on another machine."""

    live: bool
    liveness: Liveness | None
    alive: bool | None
    free: int
    config_broken: bool = False
    ledger: LedgerError | None = None
    has_ledger: bool = True
    due: Due = Due()
    accounts: Sequence[AccountState] = ()
    pauses: Sequence[tuple[str, str]] = ()  # who, why
    counts: Mapping[State, int] = field(default_factory=dict)
    unconfirmed: int = 0  # for longer than half an hour
    ended_badly: int = 0  # in the last day


@dataclass(frozen=True, slots=True)
class Health:
    facts: Facts
    checks: tuple[Check, ...]
    at: dt.datetime

    @property
    def healthy(self) -> bool:
        return all(check.light is not Light.RED for check in self.checks)


def judge(facts: Facts, now: dt.datetime) -> Health:
    """Pure: the same facts at the same instant give the same health."""
    checks = (*_worker(facts, now), *_ground(facts), *_movement(facts, now), *_people(facts))
    return Health(facts, checks, now)


def _worker(facts: Facts, now: dt.datetime) -> Iterator[Check]:
    said = facts.liveness
    if said is None:
        yield Check("no-worker", Light.RED)
        return
    since = said.looked_at or said.started_at
    ago = {"ago": spell(abs(now - since))}
    if said.stopped_at is not None:
        yield Check("worker-stopped", Light.RED, {"ago": spell(now - said.stopped_at)})
    elif facts.alive is False:
        yield Check("worker-dead", Light.RED, ago)
    elif said.trouble is not None:
        yield Check("worker-trouble", Light.RED, {"detail": sentence(*said.trouble)})
    elif abs(now - since) > STUCK:
        yield Check("worker-stuck", Light.RED, ago)
    else:
        yield Check("worker")
    yield from _calls(said, now)


def _calls(said: Liveness, now: dt.datetime) -> Iterator[Check]:
    hanging = {name: now - since for name, since in said.in_flight.items() if now - since > LEASE}
    for name, age in hanging.items():
        yield Check("call-hangs", Light.RED, {"account": name, "ago": spell(age)})
    off = sorted({reason for reason in said.accounts.values() if reason.startswith("clock")})
    for reason in off:
        yield Check("clock-off", Light.RED, {"detail": reason_words(reason)})
    yield from (Check(code) for code, found in (("calls", hanging), ("clock", off)) if not found)


def _ground(facts: Facts) -> Iterator[Check]:
    """What a worker stands on: its ledger, its disk, its configuration."""
    if facts.ledger is not None:
        words = sentence(facts.ledger.code, facts.ledger.params)
        yield Check("ledger-trouble", Light.RED, {"detail": words})
    else:
        yield Check("ledger") if facts.has_ledger else Check("no-ledger", Light.YELLOW)
    if facts.free < LEAST_SPACE:
        yield Check("disk-full", Light.RED, {"free": facts.free // 1_000_000})
    else:
        yield Check("disk")
    yield Check("config-broken", Light.RED) if facts.config_broken else Check("config")


def _movement(facts: Facts, now: dt.datetime) -> Iterator[Check]:
    due = facts.due
    if due.since is not None and now - due.since > OVERDUE:
        why = reason_words(due.reason) or _("no reason is known")
        params = {"count": due.count, "ago": spell(now - due.since), "detail": why}
        yield Check("not-moving", Light.RED, params)
    else:
        yield Check("moving")
    stopped = [state for state in facts.accounts if state.stopped]
    for state in stopped:
        params = {"account": state.name, "detail": reason_words(state.reason)}
        yield Check("account-stopped", Light.RED, params)
    if not stopped:
        yield Check("accounts")


def _people(facts: Facts) -> Iterator[Check]:
    """What people wanted, or have to look at: none of it makes a worker unhealthy."""
    for who, why in facts.pauses:
        yield Check("paused", Light.YELLOW, {"who": who, "detail": why})
    if facts.unconfirmed:
        yield Check("unconfirmed", Light.YELLOW, {"count": facts.unconfirmed})
    if facts.ended_badly:
        yield Check("ended-badly", Light.YELLOW, {"count": facts.ended_badly})


def spell(age: dt.timedelta) -> str:
    """A length of time as people say it roughly: ``45 s``, ``7 min``, ``5 h``, ``3 d``."""
    seconds = max(0, int(age.total_seconds()))
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"
