"""What became of a call whose outcome nobody saw. Evidence is read here, never written to a platform.

The strongest that a platform has is taken: the record at our own key (Bluesky), else the account's recent
posts, among which exactly one may be ours. Present settles at once; whether absent does is for the caller
to say, who knows how long to wait and how often to look. A server may show a text otherwise than it was
sent: any exact reading of a post counts, and one that only resembles ours is for a person.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from campaign_bot.ledger import Attempt, Ledger
from campaign_bot.model import Entry, Receipt, State
from campaign_bot.platforms import registry
from campaign_bot.platforms.base import Adapter, NoEvidence, Outgoing, RemotePost, outgoing_of
from campaign_bot.text import comparable, fingerprint, likeness, overlap, without_addresses

DEADLINE = dt.timedelta(seconds=60)
"""Of a public call: until then its server may still be at work."""

BEFORE = dt.timedelta(minutes=2)
AFTER = dt.timedelta(minutes=10)
"""How far a post's own time may lie before the first call, and after the last one's deadline."""

ZONES, ZONE = dt.timedelta(hours=14), dt.timedelta(minutes=30)
"""Some servers tell a post's time by their own zone, as if it were UTC: how far off, and in which steps."""

ALIKE = 0.8
"""From this share of equal words on, a post may be ours though no reading of it says just what we wrote."""

ASKED = 0.5
"""From this share of equal words on, a server is asked for the source of a post."""

MOST_ASKED = 10
"""Posts whose source one look asks for: each takes a call."""

RESEMBLES = "resembles"
"""A reason: a post that was found after a worker had been away may be this one."""


class Finding(StrEnum):
    """What a look found, as a reason's code (``i18n.reasons``)."""

    FOUND = "found"
    ABSENT = "absent"
    NOT_CALLED = "not-called"  # between two parts of a thread: the journal has no call
    SEVERAL = "several"  # more than one may be ours, or one that only resembles it: a person decides
    NO_EVIDENCE = "no-evidence"  # the platform shows nothing: a person decides


@dataclass(frozen=True, slots=True)
class Evidence:
    """``receipt`` is there when the part was found."""

    finding: Finding
    receipt: Receipt | None = None


@dataclass(frozen=True, slots=True)
class Sought:
    """What a post has to be like to be the one we look for. The instants are the platform's (UTC).

    ``images``: how many pictures it has; None: any number.
    """

    text: str
    images: int | None
    reply_to: str | None
    since: dt.datetime
    until: dt.datetime
    close: dt.datetime | None = None  # a post from then on, and no later than AFTER, may be cut; None: any
    parents: frozenset[str] = frozenset()  # it may as well reply to one of these, or to none

    def allows(self, post: RemotePost) -> bool:
        """Whether it may be ours, whatever it says."""
        return self.since <= post.created_at <= self.until and self._is_built_so(post)

    def allows_elsewhere(self, post: RemotePost) -> bool:
        """The same, by the time of another zone: where ours is known well enough to tell."""
        off = post.created_at - self.since
        return (
            abs(off) < ZONES + ZONE
            and off % ZONE <= self.until - self.since < ZONE
            and self._is_built_so(post)
        )

    def _is_built_so(self, post: RemotePost) -> bool:
        return self.images in (None, post.images) and self._answers(post.reply_to)

    def resembles(self, post: RemotePost) -> bool:
        """Whether a post that says it in no exact reading may be ours: nearly the same words. Or, where it
        was made when ours was, some of its words only (cut short) or more of them, whatever its addresses."""
        said = readings(post)
        if any(likeness(self.text, one) >= ALIKE for one in said):
            return True
        return self.is_close(post) and any(_is_part(self.text, one) for one in said)

    def is_close(self, post: RemotePost) -> bool:
        return self.close is None or self.close <= post.created_at <= self.close + BEFORE + AFTER

    def _answers(self, parent: str | None) -> bool:
        return parent == self.reply_to or (bool(self.parents) and (parent is None or parent in self.parents))


def _is_part(ours: str, theirs: str) -> bool:
    """Whether one of the two may be what a server left of the other; it may have put other addresses in."""
    beginning = comparable(theirs).rstrip(".… ")  # it may end within a word
    if beginning and comparable(ours).startswith(beginning):
        return True
    bare = without_addresses(ours), without_addresses(theirs)
    return overlap(ours, theirs) >= ALIKE or overlap(*bare) >= ALIKE


@dataclass(frozen=True, slots=True)
class Match:
    """The posts that say what we look for, and those that only resemble it."""

    equal: Sequence[RemotePost]
    alike: Sequence[RemotePost] = ()


def match(
    ledger: Ledger,
    entry: Entry,
    wanted: Sought,
    posts: Iterable[RemotePost],
    source: Callable[[Receipt], str | None],
) -> Match:
    """What may be the part of ``entry`` that is ``wanted``: posts that no receipt names.

    ``source`` asks the platform what a post was made from (``Adapter.source``). PlatformError.
    """
    ours = comparable(wanted.text)
    posts = list(posts)
    free = untaken(ledger, entry.account, filter(wanted.allows, posts))
    if equal := _saying(ours, free):
        return Match(equal)
    if elsewhere := _saying(ours, untaken(ledger, entry.account, filter(wanted.allows_elsewhere, posts))):
        return Match((), elsewhere)
    share = {post.receipt.id: max(likeness(said, wanted.text) for said in readings(post)) for post in free}
    near = sorted(free, key=lambda post: -share[post.receipt.id])[:MOST_ASKED]
    near = [
        _with_source(post, source)
        for post in near
        if share[post.receipt.id] >= ASKED or wanted.resembles(post)
    ]
    if equal := _saying(ours, near):
        return Match(equal)
    asked = {post.receipt.id: post for post in near}
    alike = filter(wanted.resembles, (asked.get(post.receipt.id, post) for post in free))
    return Match((), [post for post in alike if not is_anothers(ledger, entry, post)])


def _saying(words: str, posts: Iterable[RemotePost]) -> list[RemotePost]:
    return [post for post in posts if words in map(comparable, readings(post))]


def _with_source(post: RemotePost, source: Callable[[Receipt], str | None]) -> RemotePost:
    """What it was made from is a reading too: so it is also known for what another delivery says."""
    said = source(post.receipt)
    return dataclasses.replace(post, also=(*post.also, said)) if said else post


def readings(post: RemotePost) -> Sequence[str]:
    """The words of a post, in each exact way to read them."""
    return (post.text, *post.also)


def is_anothers(ledger: Ledger, entry: Entry, post: RemotePost) -> bool:
    """Whether a post says exactly what another delivery to its account says."""
    said = readings(post)
    return ledger.says(entry.account, said, [fingerprint([reading]) for reading in said], but=entry.key)


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
        evidence = _among(ledger, entry, sought(outgoing, calls, ahead), recent, adapter.source)
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
    ledger: Ledger,
    entry: Entry,
    wanted: Sought,
    recent: Callable[[dt.datetime], Sequence[RemotePost]],
    source: Callable[[Receipt], str | None],
) -> Evidence:
    rules = registry.rules(entry.platform)
    try:
        posts = recent(wanted.since - ZONES if rules and rules.many_servers else wanted.since)
    except NoEvidence:
        return Evidence(Finding.NO_EVIDENCE)
    found = match(ledger, entry, wanted, posts, source)
    contested = len(found.equal) > 1 or (found.equal and _is_contested(ledger, entry, wanted.text))
    if contested or found.alike:
        return Evidence(Finding.SEVERAL)
    return Evidence(Finding.FOUND, found.equal[0].receipt) if found.equal else Evidence(Finding.ABSENT)


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
