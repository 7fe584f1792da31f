"""``health``: the facts that a health check needs, read from files and the ledger, and its JSON."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import socket
from pathlib import Path
from typing import Any

from campaign_bot.app import ledgers, planning
from campaign_bot.app.gate import Gate
from campaign_bot.app.health import Due, Facts, Health, Light, judge
from campaign_bot.app.liveness import Liveness, place, read
from campaign_bot.app.loading import snapshot
from campaign_bot.ledger import Ledger, LedgerError
from campaign_bot.model import State
from campaign_bot.settings import Settings

UNDECIDED = dt.timedelta(minutes=30)
"""What is unconfirmed for longer is told."""

RECENT = dt.timedelta(hours=24)

WAITS = ("paused", "account-stopped", "account-waits", "waits-for", "same-text-open")
"""Reasons for which a delivery may wait: someone wants it, or another check says it."""


def health(root: Path, settings: Settings, now: dt.datetime, *, dry: bool = False) -> Health:
    """Reads files and the ledger; asks no platform, begins nothing, writes nothing."""
    live = ledgers.is_live(root, settings, dry=dry)
    said = read(place(root, live=live))
    known: dict[str, Any] = {
        "live": live,
        "liveness": said,
        "alive": _is_alive(said),
        "free": _free(root),
        "config_broken": snapshot(root, settings).campaign is None,
    }
    try:
        with ledgers.for_reading(root, settings, live=live) as ledger:
            known |= {"has_ledger": False} if ledger is None else _of_ledger(ledger, said, now)
    except LedgerError as error:
        known["ledger"] = error
    return judge(Facts(**known), now)


def _is_alive(said: Liveness | None) -> bool | None:
    if said is None or said.host != socket.gethostname():
        return None
    try:
        os.kill(said.pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # another user's
        return True
    return True


def _free(root: Path) -> int:
    var = root / "var"
    return shutil.disk_usage(var if var.is_dir() else root).free


def _of_ledger(ledger: Ledger, said: Liveness | None, now: dt.datetime) -> dict[str, Any]:
    open_ = ledger.entries(states=[State.UNCONFIRMED])
    ended = ledger.entries(states=[State.FAILED, State.MISSED])
    return {
        "due": _due(ledger, said, now),
        "accounts": ledger.accounts(),
        "pauses": [(pause.who, pause.reason or pause.value) for pause in ledger.pauses()],
        "counts": ledger.counts(),
        "unconfirmed": sum(now - max(e.due_at, e.not_before or e.due_at) > UNDECIDED for e in open_),
        "ended_badly": sum(now - entry.due_at < RECENT for entry in ended),
    }


def _due(ledger: Ledger, said: Liveness | None, now: dt.datetime) -> Due:
    """What could go out as far as the ledger tells."""
    gate = Gate(ledger, lambda: now, lambda _entry: True)
    waiting = [entry for entry in ledger.due(now) if not gate.obstacle(entry).startswith(WAITS)]
    if not waiting:
        return Due()
    oldest = min(waiting, key=lambda entry: max(entry.due_at, entry.not_before or entry.due_at))
    reason = said.accounts.get(oldest.account, "") if said else ""
    return Due(len(waiting), max(oldest.due_at, oldest.not_before or oldest.due_at), reason or oldest.reason)


def as_json(found: Health) -> dict[str, Any]:
    """The fields of ``health --json``; times carry an offset, lengths are in seconds."""
    facts = found.facts
    return {
        "healthy": found.healthy,
        "mode": "live" if facts.live else "dry",
        "checked_at": planning.instant(found.at),
        "worker": _worker_json(facts.liveness, found.at),
        "checks": [
            {"code": one.code, "ok": one.light is not Light.RED, "light": one.light, "message": one.message}
            for one in found.checks
        ],
        "counts": {str(state): facts.counts.get(state, 0) for state in State},
        "oldest_due_s": None if facts.due.since is None else _seconds(found.at - facts.due.since),
    }


def _seconds(age: dt.timedelta) -> float:
    return round(age.total_seconds(), 3)


def _worker_json(said: Liveness | None, now: dt.datetime) -> dict[str, Any] | None:
    if said is None:
        return None
    looked_at = said.looked_at
    return {
        "pid": said.pid,
        "host": said.host,
        "version": said.version,
        "started_at": planning.instant(said.started_at),
        "looked_at": None if looked_at is None else planning.instant(looked_at),
        "age_s": None if looked_at is None else _seconds(now - looked_at),
        "in_flight": {name: planning.instant(since) for name, since in said.in_flight.items()},
    }
