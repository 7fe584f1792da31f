"""Whether deliveries really move: what a health check says, and why. Pure.

Red is what keeps deliveries from going out though nobody wanted that: no worker, one that is stuck, a call
that does not end, a clock that is off, an account that is stopped or out of money, a ledger, a disk or a
configuration in the way; and, whatever the cause, a delivery that is due and does not go out.

Where cron calls ``worker --once``, no worker is there between two runs, and none has to be: what is due may
wait for the next run, as long as the last two were apart and not much longer.

Yellow is told, and leaves the whole healthy: a pause, for someone wants it; and what a person has to look at
but stops nothing. An unconfirmed delivery is yellow, even after days: all others go on, nothing but a
person's word ends it, and a check that is red for as long as nobody finds the time is one that nobody heeds.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from campaign_bot.app.liveness import TAKEN, Liveness, Trouble
from campaign_bot.i18n import _
from campaign_bot.i18n.checks import CHECKS
from campaign_bot.i18n.reasons import reason_words
from campaign_bot.i18n.sentences import SENTENCES, sentence
from campaign_bot.ledger import AccountState, Pause
from campaign_bot.model import FilePause, State

OVERDUE = dt.timedelta(minutes=2)
"""What could go out and is so late does not move."""

CALL = dt.timedelta(seconds=90)
"""A call that publishes ends by its deadline of 60 s."""

TURN = dt.timedelta(minutes=5)
"""All else that an account is at, such as uploading four pictures, each within the same deadline."""

AWAY = dt.timedelta(hours=26)
"""Without any run with ``--once`` for so long there is no worker: the ledger has rows for two days only."""

HOLDER = dt.timedelta(minutes=3)
"""The worker that has the ledger leaves a note in it every minute."""

UNDECIDED = dt.timedelta(minutes=30)
"""The worker settles most of what is unconfirmed within minutes."""

LEAST_SPACE = 50_000_000
"""Bytes: with fewer, a disk is as good as full."""


class Light(StrEnum):
    GREEN = "ok"
    YELLOW = "warning"
    RED = "error"


@dataclass(frozen=True, slots=True)
class Check:
    """One finding; ``code`` is one of CHECKS, whose placeholders ``params`` fill. ``reason`` (see
    ``i18n.reasons``): why an account is, or its deliveries are, in the way."""

    code: str
    light: Light = Light.GREEN
    params: Mapping[str, Any] = field(default_factory=dict)
    since: dt.datetime | None = None
    reason: str = ""

    @property
    def message(self) -> str:
        return _(CHECKS[self.code]).format_map(dict(self.params))


@dataclass(frozen=True, slots=True)
class InFlight:
    """What is under way on an account, since when. Without a key it is no call that publishes."""

    account: str
    since: dt.datetime
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """What an account has to publish and does not, or for which it has no money; a reason may say why."""

    account: str
    count: int
    since: dt.datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a health check knows. Without a ledger, what one would tell is empty.

    ``free``: bytes left where the worker writes (None: it never wrote here). ``there``: whether its process
    exists (None: nobody can tell). ``seen_at``: when a worker last left its note in the ledger. ``due``: what
    nothing known keeps. ``accounts`` are today's only.
    """

    live: bool
    liveness: Liveness | None
    free: int | None = None
    there: bool | None = True
    unreadable: str = ""
    config_broken: bool = False
    files_broken: int = 0
    exposed: Sequence[str] = ()
    ledger: Trouble | None = None
    has_ledger: bool = True
    seen_at: dt.datetime | None = None
    in_flight: Sequence[InFlight] = ()
    due: Sequence[Waiting] = ()
    too_dear: Sequence[Waiting] = ()
    accounts: Sequence[AccountState] = ()
    pauses: Sequence[Pause | FilePause] = ()
    counts: Mapping[State, int] = field(default_factory=dict)
    unconfirmed: int = 0
    ended_badly: Mapping[State, int] = field(default_factory=dict)
    zone: dt.tzinfo = dt.UTC


@dataclass(frozen=True, slots=True)
class Health:
    facts: Facts
    checks: tuple[Check, ...]
    at: dt.datetime

    @property
    def healthy(self) -> bool:
        return all(check.light is not Light.RED for check in self.checks)


def judge(facts: Facts, now: dt.datetime) -> Health:
    """The same facts at the same instant give the same health."""
    checks = [*_worker(facts, now), *_ground(facts)]
    if facts.ledger is None:  # else nobody knows
        checks += [*_movement(facts, now), *_accounts(facts, now)]
    return Health(facts, (*checks, *_people(facts)), now)


# ---------------------------------------------------------------- the worker


def _worker(facts: Facts, now: dt.datetime) -> Iterator[Check]:
    said = facts.liveness
    if facts.unreadable:
        yield Check("worker-unreadable", Light.RED, {"detail": facts.unreadable})
    elif said is None:
        yield Check("no-worker" if facts.live else "no-dry-worker", Light.RED)
    elif said.once and said.stopped_at is not None:
        yield _trouble(said) if said.trouble else _run(said, now)
        yield from _clock(said)
    elif said.stopped_at is not None:
        yield Check("worker-stopped", Light.RED, {"ago": spell(now - said.stopped_at)}, said.stopped_at)
    elif facts.there is False or not said.is_fresh(now):
        code = {True: "worker-stuck", False: "worker-dead", None: "worker-silent"}[facts.there]
        params = {"ago": spell(abs(now - said.written_at)), "host": said.host}
        yield Check(code, Light.RED, params, said.written_at)
    elif said.trouble and said.trouble[0] == TAKEN:
        yield _other_worker(facts, str(said.trouble[1].get("holder")), now)
    elif said.trouble:
        yield _trouble(said)
    else:
        yield Check("worker")
        yield from _calls(facts.in_flight, now)
        yield from _clock(said)


def _trouble(said: Liveness) -> Check:
    detail = words(said.trouble) if said.trouble else ""
    return Check("worker-trouble", Light.RED, {"detail": detail}, said.looked_at)


def _run(said: Liveness, now: dt.datetime) -> Check:
    """What the last run with ``--once`` tells, until the next one is long in coming."""
    ago = abs(now - said.started_at)
    params = {"ago": spell(ago), "every": spell(said.rest)}
    if ago > max(AWAY, 2 * said.rest):
        return Check("runs-ended", Light.RED, params, said.started_at)
    if ago > 2 * said.rest + OVERDUE:
        return Check("run-awaited", Light.YELLOW, params, said.started_at)
    return Check("run", Light.GREEN, params, said.started_at)


def _other_worker(facts: Facts, holder: str, now: dt.datetime) -> Check:
    if facts.seen_at is not None and abs(now - facts.seen_at) > HOLDER:
        params = {"holder": holder, "ago": spell(abs(now - facts.seen_at))}
        return Check("holder-stuck", Light.RED, params, facts.seen_at)
    return Check("worker-waits", Light.GREEN, {"holder": holder})


def _calls(in_flight: Sequence[InFlight], now: dt.datetime) -> Iterator[Check]:
    hanging = [one for one in in_flight if now - one.since > (CALL if one.key else TURN)]
    for one in hanging:
        params = {"account": one.account, "ago": spell(now - one.since)}
        yield Check("call-hangs", Light.RED, params, one.since)
    if not hanging:
        yield Check("calls")


def _clock(said: Liveness) -> Iterator[Check]:
    reasons = {reason for reason in said.accounts.values() if reason.startswith("clock:")}
    off = sorted(reasons | ({said.clock} - {""}))
    for reason in off:
        detail = reason_words(reason)
        yield Check("clock-off", Light.RED, {"detail": detail[:1].upper() + detail[1:]})
    if not off:
        yield Check("clock")


def words(trouble: Trouble) -> str:
    """A trouble's sentence; its code where that is another version's."""
    code, params = trouble
    try:
        return sentence(code, params) if code in SENTENCES else code
    except KeyError:
        return code


# ---------------------------------------------------------------- what it stands on


def _ground(facts: Facts) -> Iterator[Check]:
    if facts.ledger is not None:
        yield Check("ledger-trouble", Light.RED, {"detail": words(facts.ledger)})
    else:
        yield Check("ledger") if facts.has_ledger else Check("no-ledger", Light.YELLOW)
    if facts.free is not None:
        is_full = facts.free < LEAST_SPACE
        params = {"free": facts.free // 1_000_000}
        yield Check("disk-full", Light.RED, params) if is_full else Check("disk")
    for place in facts.exposed:
        yield Check("exposed", Light.RED, {"file": place})
    yield Check("config-broken", Light.RED) if facts.config_broken else Check("config")
    if facts.files_broken:
        yield Check("files-broken", Light.YELLOW, {"count": facts.files_broken})


# ---------------------------------------------------------------- whether deliveries move


def _movement(facts: Facts, now: dt.datetime) -> Iterator[Check]:
    rest = facts.liveness.rest if facts.liveness else dt.timedelta(0)
    late = [one for one in facts.due if now - one.since > OVERDUE + min(rest, AWAY)]
    for one in late:
        params: dict[str, Any] = {"account": one.account, "count": one.count, "ago": spell(now - one.since)}
        params["detail"] = reason_words(one.reason) or _("no reason is known")
        yield Check("not-moving", Light.RED, params, one.since, one.reason)
    if not late:
        yield Check("moving")


def _accounts(facts: Facts, now: dt.datetime) -> Iterator[Check]:
    stopped = [state for state in facts.accounts if state.stopped]
    for state in stopped:
        params = {"account": state.name, "detail": reason_words(state.reason)}
        yield Check("account-stopped", Light.RED, params, state.since, state.reason)
    for one in facts.too_dear:
        dear = {"account": one.account, "count": one.count, "detail": reason_words(one.reason)}
        yield Check("budget", Light.RED, dear, one.since, one.reason)
    if not stopped and not facts.too_dear:
        yield Check("accounts")
    for state in facts.accounts:
        if not state.stopped and state.not_before and state.not_before > now:
            until = f"{state.not_before.astimezone(facts.zone):%H:%M}"
            yield Check("account-waits", Light.YELLOW, {"account": state.name, "until": until})


# ---------------------------------------------------------------- what is for people


def _people(facts: Facts) -> Iterator[Check]:
    for pause in facts.pauses:
        what = " · ".join(filter(None, (pause.value or _("everything"), reason_words(pause.reason))))
        by = (pause.place, None) if isinstance(pause, FilePause) else (pause.who, pause.at)
        yield Check("paused", Light.YELLOW, {"who": by[0], "what": what}, by[1])
    if facts.unconfirmed:
        yield Check("unconfirmed", Light.YELLOW, {"count": facts.unconfirmed})
    if any(facts.ended_badly.values()):
        failed, missed = (facts.ended_badly.get(state, 0) for state in (State.FAILED, State.MISSED))
        yield Check("ended-badly", Light.YELLOW, {"failed": failed, "missed": missed})
    for number in facts.liveness.untold if facts.liveness else ():
        yield Check("untold", Light.YELLOW, {"number": number})


def spell(age: dt.timedelta) -> str:
    """A length of time as people say it roughly: ``45 s``, ``7 min``, ``5 h``, ``3 d``."""
    seconds = max(0, int(age.total_seconds()))
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"
