"""``health``: the facts that a health check needs, read from files and the ledger, and its JSON.

No platform is asked, no ledger begun, nothing written, and nothing waited for longer than a moment.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from campaign_bot import private
from campaign_bot.app import ledgers, planning
from campaign_bot.app.health import UNDECIDED, Check, Facts, Health, InFlight, Light, judge
from campaign_bot.app.liveness import Liveness, place, read
from campaign_bot.app.loading import Snapshot, snapshot
from campaign_bot.app.overdue import overdue
from campaign_bot.app.presence import SEEN_AT
from campaign_bot.i18n.reasons import reason_value
from campaign_bot.i18n.sentences import Unable
from campaign_bot.ledger import AccountState, LedgerError
from campaign_bot.model import Severity, State
from campaign_bot.settings import Settings

if TYPE_CHECKING:
    from campaign_bot.ledger.glancing import Glance  # it loads SQLAlchemy

RECENT = dt.timedelta(hours=24)


def health(root: Path, settings: Settings, now: dt.datetime, *, dry: bool = False) -> Health:
    """Of the live worker where there is, was or should be one; else, or if ``dry``, of the dry one."""
    state = settings.state_of(root)
    live = not dry and (ledgers.is_live(root, settings, dry=dry) or private.is_there(place(state, live=True)))
    said, unreadable = _sign_of_life(state, live)
    taken = snapshot(root, settings, live=live)
    at = settings.ledger_at(root, live=live)
    known: dict[str, Any] = {
        "live": live,
        "liveness": said,
        "unreadable": unreadable,
        "there": said and said.is_there,
        "free": _free(state, at),
        "exposed": _exposed(root, state, at),
        "config_broken": taken.campaign is None,
        "files_broken": len({p.file for p in taken.problems if p.severity is Severity.ERROR}),
        "zone": taken.campaign.zone if taken.campaign else dt.UTC,
        "pauses": taken.pauses,
    }
    try:
        private.check_folder(state)
        known |= _of_ledger(at, taken, said, now)
    except (LedgerError, Unable) as error:
        known["ledger"] = error.code, error.params
    return judge(Facts(**known), now)


def _sign_of_life(state: Path, live: bool) -> tuple[Liveness | None, str]:
    """What the worker says, or why that cannot be read."""
    file = place(state, live=live)
    try:
        said = read(file)
    except OSError as error:
        return None, error.strerror or type(error).__name__
    except (ValueError, Unable):
        return None, file.name
    return (None, file.name) if said and said.live is not live else (said, "")


def _free(state: Path, at: Path | str) -> int | None:
    """Bytes left where the worker writes; None where it has never written on this machine."""
    folders = [state, at.parent] if isinstance(at, Path) else [state]
    return min((shutil.disk_usage(folder).free for folder in folders if folder.is_dir()), default=None)


def _exposed(root: Path, state: Path, at: Path | str) -> Sequence[str]:
    """What other users of this machine can read: the secrets, and what the program keeps."""
    places = [root.resolve() / ".env", state]
    if isinstance(at, Path) and at.parent != state:
        places.append(at)
    return [str(place) for place in places if private.is_open(place)]


def _of_ledger(at: Path | str, taken: Snapshot, said: Liveness | None, now: dt.datetime) -> dict[str, Any]:
    from campaign_bot.ledger.glancing import Glance

    ledger = Glance.at(at)
    if ledger is None:
        return {"has_ledger": False}
    with ledger:
        accounts = _accounts(ledger, taken)
        due, too_dear = overdue(ledger, taken.campaign, accounts, said, now, taken.edited_at(now))
        return {
            "seen_at": _seen_at(ledger),
            "in_flight": _in_flight(ledger, said),
            "due": due,
            "too_dear": too_dear,
            "accounts": accounts,
            "pauses": [*taken.pauses, *ledger.pauses()],
            "counts": ledger.counts(),
            "unconfirmed": sum(now - one.since > UNDECIDED for one in ledger.calls(State.UNCONFIRMED)),
            "ended_badly": ledger.ended_badly(now - RECENT),
        }


def _accounts(ledger: Glance, taken: Snapshot) -> Sequence[AccountState]:
    """Of today's accounts: what the ledger knows of one that was taken out concerns nobody."""
    known = ledger.accounts()
    if taken.campaign is None:
        return known
    return [state for state in known if state.name in taken.campaign.accounts]


def _seen_at(ledger: Glance) -> dt.datetime | None:
    stored = ledger.meta(SEEN_AT)
    return dt.datetime.fromisoformat(stored) if stored else None


def _in_flight(ledger: Glance, said: Liveness | None) -> Sequence[InFlight]:
    """The calls that publish, as the ledger has them, and what else the worker says it is at."""
    calls = [InFlight(one.account, one.since, one.key) for one in ledger.calls(State.PUBLISHING)]
    busy = {one.account for one in calls}
    others = said.in_flight if said and not said.stopped_at else {}
    return [*calls, *(InFlight(name, since) for name, since in others.items() if name not in busy)]


# ---------------------------------------------------------------- as other programs read it


def as_json(found: Health) -> dict[str, Any]:
    """The fields of ``health --json``; times in the campaign's zone with an offset, ages in seconds."""
    facts = found.facts
    oldest = min((one.since for one in facts.due), default=None)

    def instant(at: dt.datetime | None) -> str | None:
        return None if at is None else planning.instant(at.astimezone(facts.zone))

    def check(one: Check) -> dict[str, Any]:
        shown = {
            "code": one.code,
            "ok": one.light is not Light.RED,
            "severity": str(one.light),
            "message": one.message,
            "reason": reason_value(one.reason),
        }
        return shown | ({"since": instant(one.since)} if one.since else {})

    def worker(said: Liveness) -> dict[str, Any]:
        return {
            "pid": said.pid,
            "host": said.host,
            "version": said.version,
            "once": said.once,
            "started_at": instant(said.started_at),
            "looked_at": instant(said.looked_at),
            "stopped_at": instant(said.stopped_at),
            "age_s": _seconds(found.at - said.written_at),
        }

    return {
        "healthy": found.healthy,
        "mode": "live" if facts.live else "dry",
        "checked_at": instant(found.at),
        "worker": None if facts.liveness is None else worker(facts.liveness),
        "checks": [check(one) for one in found.checks],
        "counts": {str(state): facts.counts.get(state, 0) for state in State},
        "oldest_due_s": None if oldest is None else _seconds(found.at - oldest),
        "in_flight": [
            {
                "account": one.account,
                "key": one.key,
                "since": instant(one.since),
                "age_s": _seconds(found.at - one.since),
            }
            for one in facts.in_flight
        ],
    }


def _seconds(age: dt.timedelta) -> float:
    return round(age.total_seconds(), 3)
