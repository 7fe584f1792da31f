"""What became of a call whose outcome nobody saw. Evidence is read here, never written to a platform.

The strongest that a platform has is taken: the record at our own key (Bluesky), else the account's recent
posts, among which exactly one may be ours. Present settles at once; whether absent does is for the caller
to say, who knows how long to wait and how often to look.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from campaign_bot.ledger import Attempt, Ledger
from campaign_bot.model import Entry, Receipt, State
from campaign_bot.platforms.base import Adapter, NoEvidence, Outgoing, RemotePost, outgoing_of
from campaign_bot.text import comparable

DEADLINE = dt.timedelta(seconds=60)
"""Of a public call: until then its server may still be at work."""

BEFORE = dt.timedelta(minutes=2)
AFTER = dt.timedelta(minutes=10)
"""How far a post's own time may lie before the first call, and after the last one's deadline."""


class Finding(StrEnum):
    """What a look found, as a reason's code (``i18n.reasons``)."""

    FOUND = "found"
    ABSENT = "absent"
    NOT_CALLED = "not-called"  # between two parts of a thread: the journal has no call
    SEVERAL = "several"  # more than one may be ours: a person decides
    NO_EVIDENCE = "no-evidence"  # the platform shows nothing: a person decides


@dataclass(frozen=True, slots=True)
class Evidence:
    """``receipt`` is there when the part was found."""

    finding: Finding
    receipt: Receipt | None = None


@dataclass(frozen=True, slots=True)
class Sought:
    """What a post has to be like to be the one we look for. The instants are the platform's (UTC)."""

    text: str
    images: int
    reply_to: str | None
    since: dt.datetime
    until: dt.datetime

    def fits(self, post: RemotePost) -> bool:
        return (
            self.since <= post.created_at <= self.until
            and post.reply_to == self.reply_to
            and post.images == self.images
            and comparable(post.text) == comparable(self.text)
        )


def tries(ledger: Ledger, entry: Entry) -> list[Attempt]:
    """The calls for an entry's next part that may have got through, the oldest first."""
    part = entry.parts_done + 1
    unclear = {None, "unknown"}
    return [a for a in ledger.attempts(entry.key) if a.part == part and a.outcome in unclear]


def look(
    ledger: Ledger,
    entry: Entry,
    adapter: Adapter,
    recent: Callable[[dt.datetime], Sequence[RemotePost]],
    ahead: dt.timedelta,
) -> Evidence:
    """One look for the part of an ``unconfirmed`` entry. PlatformError where the platform cannot be read.

    ``recent`` reads the account's posts from an instant on; ``ahead``: by how much the platform's clock is
    ahead of ours.
    """
    number = entry.parts_done + 1
    part, calls = ledger.part(entry.key, number), tries(ledger, entry)
    if part is None or not calls:
        return Evidence(Finding.NOT_CALLED)
    outgoing = outgoing_of(part.payload)
    try:
        receipt = adapter.find(outgoing)
    except NoEvidence:
        evidence = _among(ledger, entry, sought(outgoing, calls, ahead), recent)
    else:
        evidence = Evidence(Finding.FOUND, receipt) if receipt else Evidence(Finding.ABSENT)
    if evidence.receipt is None:
        return evidence
    return Evidence(Finding.FOUND, dataclasses.replace(evidence.receipt, part=number))


def sought(outgoing: Outgoing, calls: Sequence[Attempt], ahead: dt.timedelta) -> Sought:
    """``ahead`` is that of now: the window allows for a clock that was put right since the calls."""
    none = dt.timedelta(0)
    return Sought(
        outgoing.text,
        len(outgoing.media),
        outgoing.reply_to.id if outgoing.reply_to else None,
        calls[0].started_at - BEFORE + min(ahead, none),
        calls[-1].started_at + DEADLINE + AFTER + max(ahead, none),
    )


def _among(
    ledger: Ledger, entry: Entry, wanted: Sought, recent: Callable[[dt.datetime], Sequence[RemotePost]]
) -> Evidence:
    try:
        posts = recent(wanted.since)
    except NoEvidence:
        return Evidence(Finding.NO_EVIDENCE)
    fitting = untaken(ledger, entry.account, filter(wanted.fits, posts))
    if len(fitting) > 1 or (fitting and _is_contested(ledger, entry, wanted.text)):
        return Evidence(Finding.SEVERAL)
    return Evidence(Finding.FOUND, fitting[0].receipt) if fitting else Evidence(Finding.ABSENT)


def _is_contested(ledger: Ledger, entry: Entry, text: str) -> bool:
    """Whether another delivery to this account, whose outcome is as unclear, seeks the same words."""
    for other in ledger.entries(states=[State.PUBLISHING, State.UNCONFIRMED], account=entry.account):
        part = ledger.part(other.key, other.parts_done + 1) if other.key != entry.key else None
        if part is not None and comparable(part.text) == comparable(text):
            return True
    return False


def untaken(ledger: Ledger, account: str, posts: Iterable[RemotePost]) -> list[RemotePost]:
    """Those that no receipt names: one post is never two deliveries."""
    found = list(posts)
    taken = ledger.taken(account, [post.receipt.id for post in found]) if found else frozenset()
    return [post for post in found if post.receipt.id not in taken]
