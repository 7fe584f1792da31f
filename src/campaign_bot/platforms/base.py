"""What every platform's adapter can do, and the values that go in and out.

Every method may raise ``NotSent``, ``Refused`` or ``Unknown`` and nothing else. ``publish`` makes one
public call, once, with no retry. An adapter is used by one thread at a time.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from campaign_bot.model import Account, ImageFile, Receipt, Rules

Secrets = Mapping[str, str]
"""An account's secrets by their name in capitals (``ACCESS_TOKEN``)."""


@dataclass(frozen=True, slots=True)
class Media:
    """A picture ready to be attached: what ``upload`` returned, safe to store as JSON."""

    id: str
    alt: str
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One part of one delivery: everything the public call uses, frozen before it.

    ``record_key`` is a TID; ``idempotency_key`` a UUID; both belong to delivery × part for ever.
    ``created_at`` (UTC) is that of the first attempt. ``reply_to`` is the part before, ``root`` the
    thread's first.
    """

    text: str
    languages: tuple[str, ...]
    idempotency_key: str
    record_key: str
    created_at: dt.datetime
    media: tuple[Media, ...] = ()
    reply_to: Receipt | None = None
    root: Receipt | None = None
    warning: str | None = None


def payload_of(outgoing: Outgoing) -> Mapping[str, Any]:
    """What a call uses, as plain JSON values: the ledger keeps it."""
    plain = dataclasses.asdict
    return {
        **{field.name: getattr(outgoing, field.name) for field in dataclasses.fields(outgoing)},
        "created_at": outgoing.created_at.isoformat(),
        "media": [plain(media) for media in outgoing.media],
        "reply_to": plain(outgoing.reply_to) if outgoing.reply_to else None,
        "root": plain(outgoing.root) if outgoing.root else None,
    }


def outgoing_of(payload: Mapping[str, Any]) -> Outgoing:
    """The Outgoing that ``payload_of`` made these of."""
    return Outgoing(
        **dict(payload)
        | {
            "languages": tuple(payload["languages"]),
            "created_at": dt.datetime.fromisoformat(payload["created_at"]),
            "media": tuple(Media(**media) for media in payload["media"]),
            "reply_to": _receipt_of(payload["reply_to"]),
            "root": _receipt_of(payload["root"]),
        }
    )


def _receipt_of(values: Mapping[str, Any] | None) -> Receipt | None:
    return None if values is None else Receipt(**values)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a credential belongs to. ``id`` is stable and unique on its server.

    ``limits`` and ``expires_at`` as far as the platform tells (texts for staff, by name); ``notes`` are
    reasons (``i18n.reasons``): what is worth knowing of the account, though it works.
    """

    id: str
    handle: str
    url: str | None = None
    server_time: dt.datetime | None = None  # the answer's Date header, UTC
    expires_at: dt.datetime | None = None
    limits: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RemotePost:
    """A post as its platform shows it, the platform's own changes to the text undone.

    ``also`` are other exact readings of the same words: a server may show a text otherwise than it was sent.
    """

    receipt: Receipt
    text: str
    created_at: dt.datetime
    reply_to: str | None = None  # remote id of the parent
    images: int = 0
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Engagement:
    """Counts of one post; None where the platform does not tell."""

    id: str
    likes: int | None = None
    reposts: int | None = None
    replies: int | None = None
    quotes: int | None = None


class AdapterClass(Protocol):
    """What the registry knows of a platform before there is an account: an adapter's class.

    Making an adapter needs no network and loads no library; a secret that is missing is found by the
    caller (``secret_names``) before.
    """

    rules: ClassVar[Rules]
    secret_names: ClassVar[tuple[tuple[str, ...], ...]]
    """The sets of secrets that do (any one set is enough), such as ``(("ACCESS_TOKEN",),)``."""

    def __call__(self, account: Account, secrets: Secrets) -> Adapter: ...


class Adapter(Protocol):
    """One account on one platform. Made by ``registry.connect(account, secrets)``."""

    def verify(self) -> Identity:
        """Ask the platform who we are. Refused(account_broken=True) for a dead credential."""
        ...

    def upload(self, image: ImageFile) -> Media:
        """Upload a picture with its alt text; harmless when it is never used. Waits until it is ready."""
        ...

    def publish(self, outgoing: Outgoing) -> Receipt:
        """Make it public: exactly one call, a deadline of 60 s in all. ``Receipt.part`` is 1."""
        ...

    def find(self, outgoing: Outgoing) -> Receipt | None:
        """The record that this very part would have, where the platform can look one up by our key (Bluesky).

        None: it is not there. Platforms without such a key raise ``NoEvidence``.
        """
        ...

    def recent(self, since: dt.datetime) -> Sequence[RemotePost]:
        """The account's own posts and replies from ``since`` (UTC) on, newest first, all pages (bounded)."""
        ...

    def source(self, receipt: Receipt) -> str | None:
        """The words that a post was made from, where the platform keeps them apart from what it shows.

        One more read. None where it does not keep them, or does not have the post any more.
        """
        ...

    def retract(self, receipt: Receipt) -> None:
        """Delete one part; one that is already gone counts as deleted."""
        ...

    def engagement(self, receipts: Sequence[Receipt]) -> Sequence[Engagement]:
        """Counts for those posts that still exist."""
        ...

    def receipt_for(self, url: str) -> Receipt:
        """What ``publish`` would have returned for the post that a person found at ``url``.

        Refused for what is no address of a post there. As little network as the platform allows: X and
        Mastodon need none, so that only the address is judged, not whether the post exists.
        """
        ...


class NoEvidence(NotImplementedError):
    """The platform offers no such look-up; the caller takes the next strongest evidence."""
