"""Platforms in memory, for dry runs and rehearsals: they take what the real ones take, and nothing leaves.

``SimulatedPlatforms(now).connect(account)`` gives an adapter; ``posts`` keeps what was accepted. A post's id
is its record key, so that the same run has the same ids and another run's never clash in one ledger.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from campaign_bot.model import Account, ImageFile, Receipt
from campaign_bot.platforms.base import Engagement, Identity, Media, Outgoing, RemotePost
from campaign_bot.platforms.errors import NO_POST, Refused


@dataclass(frozen=True, slots=True)
class SimulatedPost:
    """One accepted post; ``reply_to`` is its parent's id, ``created_at`` UTC."""

    id: str
    url: str
    created_at: dt.datetime
    outgoing: Outgoing

    @property
    def reply_to(self) -> str | None:
        return self.outgoing.reply_to.id if self.outgoing.reply_to else None


class SimulatedPlatforms:
    """All of a worker's platforms. ``posts``: by account, what is to be seen there, oldest first."""

    def __init__(self, now: Callable[[], dt.datetime]) -> None:
        self.now = now
        self.posts: dict[str, list[SimulatedPost]] = {}

    def connect(self, account: Account) -> Simulated:
        return Simulated(self, account)


class Simulated:
    """One account, as ``base.Adapter`` wants it."""

    def __init__(self, platforms: SimulatedPlatforms, account: Account) -> None:
        self._account = account
        self._now = platforms.now
        self._posts = platforms.posts.setdefault(account.name, [])
        self._pictures = 0

    def verify(self) -> Identity:
        name = self._account.name
        return Identity(name, name, f"dry-run://{name}", server_time=self._now())

    def upload(self, image: ImageFile) -> Media:
        self._pictures += 1
        return Media(f"{image.name}#{self._pictures}", image.alt)

    def publish(self, outgoing: Outgoing) -> Receipt:
        self._check(outgoing)
        taken = sum(post.outgoing.record_key == outgoing.record_key for post in self._posts)
        remote_id = outgoing.record_key + (f"-{taken + 1}" if taken else "")
        post = SimulatedPost(remote_id, self._url(remote_id), self._now(), outgoing)
        self._posts.append(post)
        return _receipt(post)

    def find(self, outgoing: Outgoing) -> Receipt | None:
        found = (post for post in self._posts if post.outgoing.record_key == outgoing.record_key)
        return next(map(_receipt, found), None)

    def recent(self, since: dt.datetime) -> Sequence[RemotePost]:
        return tuple(
            RemotePost(
                _receipt(post), post.outgoing.text, post.created_at, post.reply_to, len(post.outgoing.media)
            )
            for post in reversed(self._posts)
            if post.created_at >= since
        )

    def source(self, receipt: Receipt) -> str | None:  # noqa: ARG002
        return None

    def retract(self, receipt: Receipt) -> None:
        self._posts[:] = [post for post in self._posts if post.id != receipt.id]

    def engagement(self, receipts: Sequence[Receipt]) -> Sequence[Engagement]:
        there = {post.id for post in self._posts}
        return tuple(Engagement(r.id, likes=0, reposts=0, replies=0) for r in receipts if r.id in there)

    def receipt_for(self, url: str) -> Receipt:
        remote_id = url.strip().removeprefix(self._url(""))
        if not remote_id or self._url(remote_id) != url.strip():
            raise Refused(NO_POST)
        return Receipt(1, remote_id, url.strip())

    def _check(self, outgoing: Outgoing) -> None:
        if len(outgoing.media) > self._account.rules.images:
            raise Refused(f"400 Bad Request: more than {self._account.rules.images} pictures")
        # By its address, not by what is remembered: a dry ledger outlives this memory.
        parent = outgoing.reply_to
        if parent and parent.url != self._url(parent.id):
            raise Refused("404 Not Found: the post replied to does not exist")

    def _url(self, remote_id: str) -> str:
        return f"dry-run://{self._account.name}/{remote_id}"


def _receipt(post: SimulatedPost) -> Receipt:
    return Receipt(1, post.id, post.url)
