"""``log``: how every delivery came to where it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from campaign_bot.app import finding, ledgers, noticing
from campaign_bot.app.loading import snapshot
from campaign_bot.app.status import instant
from campaign_bot.i18n.problems import sentence as problem_words
from campaign_bot.i18n.reasons import reason_words
from campaign_bot.ledger import Event
from campaign_bot.model import Campaign, Entry
from campaign_bot.names import nfc
from campaign_bot.settings import Settings


@dataclass(frozen=True, slots=True)
class Log:
    """The ledger's events, the oldest first."""

    live: bool
    zone: ZoneInfo
    events: tuple[Event, ...]


def log(root: Path, settings: Settings, name: str | None, *, dry: bool = False) -> Log:
    """The history of everything, or of the post or delivery named. Raises Unable for an unknown name."""
    live = ledgers.is_live(root, settings, dry=dry)
    read = snapshot(root, settings)
    with ledgers.for_reading(root, settings, live=live) as ledger:
        events = [] if ledger is None else ledger.events()
        entries = ledgers.history_of(ledger).entries
    if name is not None:
        _must_be_known(read.campaign, entries, name)
        events = [event for event in events if name in (nfc(event.key or ""), event.post)]
    return Log(live, read.zone, tuple(events))


def _must_be_known(campaign: Campaign | None, entries: Sequence[Entry], name: str) -> None:
    """A post of which nothing happened yet is no mistake; a name that nobody knows is."""
    names = {nfc(entry.key) for entry in entries} | {entry.post for entry in entries}
    if campaign is not None:
        names |= finding.posts(campaign).keys()
    if name not in names:
        raise finding.unknown("unknown-post-or-key", name, names)


def about(event: Event) -> str:
    """What an event concerns: a delivery, a post, a place in a file, an account or what was paused."""
    problem = noticing.of_event(event)
    if problem is not None:
        return noticing.where(problem)
    return event.key or event.post or str(event.detail.get("account") or event.detail.get("value") or "")


def why(event: Event) -> str:
    """An event's reason, in the current language."""
    problem = noticing.of_event(event)
    return problem_words(problem) if problem else reason_words(event.reason)


def as_json(found: Log) -> list[dict[str, Any]]:
    """The fields of ``log --json``."""
    return [
        {
            "at": instant(event.at, found.zone),
            "kind": event.kind,
            "key": event.key,
            "post": event.post,
            "from": event.from_state,
            "to": event.to_state,
            "reason": why(event),
            "who": event.who,
            "detail": dict(event.detail),
        }
        for event in found.events
    ]
