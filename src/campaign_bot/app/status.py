"""``status`` and ``log``: where every delivery stands, and how it came there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from campaign_bot import text
from campaign_bot.app import finding, ledgers, noticing, planning
from campaign_bot.app.gate import BEFORE_THE_SECOND, paused
from campaign_bot.app.loading import Snapshot, snapshot
from campaign_bot.app.spending import Spent, spent_this_month
from campaign_bot.i18n.problems import sentence as problem_words
from campaign_bot.i18n.reasons import held_by, reason_value, reason_words
from campaign_bot.ledger import AccountState, Pause
from campaign_bot.model import (
    Campaign,
    Delivery,
    Entry,
    FilePause,
    History,
    HoldReason,
    Picture,
    Problem,
    Receipt,
    State,
)
from campaign_bot.settings import Settings

AHEAD = dt.timedelta(days=7)
"""How far a status looks beyond the ledger, into the plan."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One delivery: the plan's fields and the ledger's.

    ``parts`` as they went out, or as the file has them now (empty when it is gone; ``length`` and
    ``limit`` are None then). ``lateness``: how long after its slot it was published, or after a person
    let it go. ``reason`` is a code (see ``i18n.reasons``), empty when there is nothing to say; ``problem``
    is what holds it, where that is one.
    """

    key: str
    at: dt.datetime
    queue: str
    post: str
    account: str
    platform: str
    language: str
    parts: tuple[str, ...]
    length: int | None
    limit: int | None
    images: tuple[Picture, ...]
    demand: str | None
    state: State
    due_at: dt.datetime
    attempts: int = 0
    published_at: dt.datetime | None = None
    lateness: dt.timedelta | None = None
    receipts: tuple[Receipt, ...] = ()
    file: str = ""
    reason: str = ""
    problem: Problem | None = None

    @property
    def why(self) -> str:
        """Why it stands there, in the current language; empty when there is nothing to say."""
        if self.problem is None:
            return reason_words(self.reason)
        return held_by(f"{noticing.where(self.problem)}: {problem_words(self.problem)}")


@dataclass(frozen=True, slots=True)
class Status:
    """``live`` tells which ledger it is of.

    ``broken``: config/ has errors, so nothing is planned. ``zone`` is the campaign's (UTC if unreadable).
    ``spent``: what accounts on platforms that charge cost this month.
    """

    live: bool
    broken: bool
    zone: ZoneInfo
    pauses: tuple[Pause | FilePause, ...]
    standings: tuple[Standing, ...]
    spent: tuple[Spent, ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """How many deliveries are in each state; every state is there."""
        counts = {str(state): 0 for state in State}
        for standing in self.standings:
            counts[standing.state] += 1
        return counts


def status(root: Path, settings: Settings, now: dt.datetime, *, dry: bool = False) -> Status:
    """The ledger in use, and the next seven days of the plan."""
    live = ledgers.is_live(root, settings, dry=dry)
    read = snapshot(root, settings, live=live)
    campaign = read.campaign
    with ledgers.for_reading(root, settings, live=live) as ledger:
        history = ledgers.history_of(ledger)
        pauses = (*read.pauses, *(ledger.pauses() if ledger else ()))
        accounts = [] if ledger is None else ledger.accounts()
        spent = spent_this_month(ledger, campaign, now) if campaign else ()
    waits = _waits(history, pauses, accounts)
    standings = tuple(_explained(one, waits, read) for one in _standings(campaign, history, now))
    return Status(live, campaign is None, read.zone, pauses, standings, spent)


def _explained(standing: Standing, waits: Callable[[Standing], str], read: Snapshot) -> Standing:
    """What is scheduled says what it waits for, what a problem holds, which."""
    if standing.state is State.SCHEDULED:
        return replace(standing, reason=waits(standing))
    if standing.state is State.HELD and standing.reason == f"held: {HoldReason.PROBLEM}":
        return replace(standing, problem=read.holding(standing.queue, standing.file))
    return standing


def _waits(
    history: History, pauses: Sequence[Pause | FilePause], accounts: Iterable[AccountState]
) -> Callable[[Standing], str]:
    """Tells what a scheduled delivery waits for, as a reason."""
    entries = {entry.key: entry for entry in history.entries}
    stopped = {state.name: state.reason for state in accounts if state.stopped}

    def why(standing: Standing) -> str:
        if pause := paused(standing, pauses):
            return pause
        entry = entries.get(standing.key)
        if entry is None:
            return standing.reason
        if entry.account in stopped:
            return f"account-stopped: {stopped[entry.account]}"
        first = entries.get(entry.after) if entry.after else None
        waits = first is not None and first.state in BEFORE_THE_SECOND
        return f"waits-for: {entry.after}" if waits else standing.reason

    return why


def _standings(campaign: Campaign | None, history: History, now: dt.datetime) -> tuple[Standing, ...]:
    made = () if campaign is None else planning.between(campaign, history, now, now + AHEAD, now).deliveries
    planned = {delivery.key: delivery for delivery in made}
    words = _Words(campaign)
    found = [_of_entry(entry, planned.pop(entry.key, None), words) for entry in history.entries]
    found += [_of_plan(delivery) for delivery in planned.values()]
    return tuple(sorted(found, key=lambda standing: (standing.due_at, standing.key)))


def _of_plan(delivery: Delivery) -> Standing:
    rendered = delivery.rendered
    return Standing(
        key=delivery.key,
        at=delivery.at,
        queue=delivery.queue,
        post=delivery.post,
        account=delivery.account,
        platform=delivery.platform,
        language=delivery.language,
        parts=rendered.parts,
        length=rendered.length,
        limit=rendered.limit,
        images=rendered.images,
        demand=delivery.demand,
        state=State.HELD if delivery.hold else State.SCHEDULED,
        due_at=delivery.at,
        file=delivery.file,
        reason=f"held: {delivery.hold}" if delivery.hold else "",
    )


def _of_entry(entry: Entry, planned: Delivery | None, files: _Words) -> Standing:
    words = files.of(entry, planned)
    return Standing(
        key=entry.key,
        at=planned.at if planned else entry.due_at,
        queue=entry.queue,
        post=entry.post,
        account=entry.account,
        platform=entry.platform,
        language=entry.language,
        parts=words.parts,
        length=words.length,
        limit=words.limit,
        images=words.images,
        demand=words.demand,
        state=entry.state,
        due_at=entry.due_at,
        attempts=entry.attempts,
        published_at=entry.published_at,
        lateness=_lateness(entry),
        receipts=entry.receipts,
        file=entry.file,
        reason=entry.reason,
    )


def _lateness(entry: Entry) -> dt.timedelta | None:
    if entry.published_at is None:
        return None
    return entry.published_at - max(entry.slot_at, entry.decided_at or entry.slot_at)


class _Words:
    """What entries say: frozen parts as they are, else what their files say now."""

    def __init__(self, campaign: Campaign | None) -> None:
        self._campaign = campaign
        self._posts = {} if campaign is None else finding.posts(campaign)

    def of(self, entry: Entry, planned: Delivery | None) -> _Said:
        post = self._posts.get(entry.post)
        account = None if self._campaign is None else self._campaign.accounts.get(entry.account)
        if self._campaign is None or post is None or account is None:
            return _Said(entry.parts)
        languages = tuple(entry.language.split("+"))
        rendered = (
            planned.rendered
            if planned
            else text.render(self._campaign, post, account, languages, entry.variant)
        )
        parts = entry.parts or rendered.parts
        length = max((text.length(part, account.rules.unit) for part in parts), default=0)
        return _Said(parts, length, rendered.limit, rendered.images, post.demand)


@dataclass(frozen=True, slots=True)
class _Said:
    parts: tuple[str, ...]
    length: int | None = None
    limit: int | None = None
    images: tuple[Picture, ...] = ()
    demand: str | None = None


# ---------------------------------------------------------------- as other programs read it


def as_json(found: Status) -> dict[str, Any]:
    """The fields of ``status --json``; times in the campaign's zone, words in the current language."""
    return {
        "mode": "live" if found.live else "dry",
        "paused": [_pause(pause, found.zone) for pause in found.pauses],
        "counts": found.counts,
        "deliveries": [_standing(standing, found.zone) for standing in found.standings],
    }


def _pause(pause: Pause | FilePause, zone: ZoneInfo) -> dict[str, Any]:
    """``file`` is null for a person's, ``who`` and ``since`` for a file's."""
    known = {"scope": pause.scope, "value": pause.value, "reason": pause.reason}
    if isinstance(pause, FilePause):
        return known | {"who": None, "since": None, "file": pause.file}
    return known | {"who": pause.who, "since": instant(pause.at, zone), "file": None}


def _standing(standing: Standing, zone: ZoneInfo) -> dict[str, Any]:
    late = standing.lateness
    return {
        "key": standing.key,
        "at": instant(standing.at, zone),
        "queue": standing.queue,
        "post": standing.post,
        "account": standing.account,
        "platform": standing.platform,
        "language": standing.language,
        "parts": list(standing.parts),
        "length": standing.length,
        "limit": standing.limit,
        "images": planning.pictures(standing.images),
        "demand": standing.demand,
        "state": str(standing.state),
        "attempts": standing.attempts,
        "due_at": instant(standing.due_at, zone),
        "published_at": instant(standing.published_at, zone),
        "lateness_s": None if late is None else round(late.total_seconds(), 3),
        "receipts": [{"id": receipt.id, "url": receipt.url} for receipt in standing.receipts],
        "error": standing.why or None,
        "reason": reason_value(standing.reason),
    }


def instant(at: dt.datetime | None, zone: ZoneInfo) -> str | None:
    return None if at is None else planning.instant(at.astimezone(zone))
