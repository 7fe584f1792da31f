"""What a comparison looks at, and what it finds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from campaign_bot.ledger import Ledger
from campaign_bot.model import Campaign, Entry, Rendered, State
from campaign_bot.platforms.simulated import SimulatedPost

OUT = frozenset({State.PUBLISHED, State.RETRACTED})


class Breach(StrEnum):
    TWICE = "twice"
    LOST = "lost"
    WRONG = "wrong"
    UNEXPLAINED = "unexplained"


class Sign(StrEnum):
    """What gave a breach away."""

    SENT_TWICE = "sent-twice"  # a part has two posts
    SAME_WORDS = "same-words"  # two deliveries of equal text, where only one was to go out
    GONE = "gone"  # the ledger has a receipt, the platform has no post
    UNFINISHED = "unfinished"  # published, but for some of its parts
    FORGOTTEN = "forgotten"  # planned, but not in the ledger
    OVERDUE = "overdue"  # it is too late for it, and nothing became of it
    TEXT = "text"
    LANGUAGE = "language"
    WARNING = "warning"
    PICTURES = "pictures"
    PARENT = "parent"  # it replies to another post than it should
    EARLY = "early"
    LATE = "late"
    CROWDED = "crowded"  # too soon after the one before
    PER_DAY = "per-day"
    STRANGER = "stranger"  # nobody knows where this post comes from
    UNRECORDED = "unrecorded"  # it is there, though the ledger says otherwise
    NO_REASON = "no-reason"
    FALSE_REASON = "false-reason"
    CANCELLED = "cancelled"  # though nothing was edited


@dataclass(frozen=True, slots=True)
class Finding:
    """One breach of a promise: ``key`` is a delivery's, or a post's address where no delivery is known."""

    breach: Breach
    sign: Sign
    key: str


@dataclass(frozen=True, slots=True)
class World:
    """What there was: ``posts`` by account, ``ahead`` the platforms' clock against ours, ``absences`` when no
    worker ran, ``wanted`` what a delivery is to look like. ``end``: the rehearsed days end then (UTC).
    What is due later is met while the last of it settles, but nothing waits for it."""

    campaign: Campaign
    ledger: Ledger
    posts: Mapping[str, Sequence[SimulatedPost]]
    ahead: dt.timedelta
    absences: Collection[tuple[dt.datetime, dt.datetime]]
    wanted: Callable[[Entry], Rendered | None]
    end: dt.datetime


@dataclass(frozen=True, slots=True)
class Held:
    """A post that a receipt names."""

    post: SimulatedPost
    entry: Entry
    part: int
