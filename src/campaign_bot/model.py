"""The nouns of a campaign, and the states a delivery may be in. Standard library only.

Instants are aware datetimes in UTC unless a name says otherwise; a *wall time* is a naive
datetime read in the campaign's zone. Durations are ``timedelta``. Everything here is frozen:
a changed file makes new values, never changed ones.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Literal
from zoneinfo import ZoneInfo

from campaign_bot.names import nfc

# ---------------------------------------------------------------- problems


class Severity(StrEnum):
    """An ``error`` holds its file's deliveries; a ``warning`` never does."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that staff can mend. Words in either language are made at the edge from ``code``.

    ``file`` is relative to the campaign's root, with ``/``; ``line`` and ``column`` count from 1;
    ``field`` is a dotted path such as ``images.0.alt`` (empty: the whole file). ``params`` fill
    the message's placeholders and hold no secret.
    """

    file: str
    line: int
    column: int
    field: str
    code: str
    severity: Severity = Severity.ERROR
    params: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Source:
    """Where something was written: a file, and the line and column of each of its fields."""

    file: str
    marks: Mapping[str, tuple[int, int]] = dataclasses.field(default_factory=dict)

    def problem(
        self, code: str, field: str = "", *, severity: Severity = Severity.ERROR, **params: Any
    ) -> Problem:
        """A Problem at ``field`` or, where that has no mark, at its nearest marked parent."""
        line, column = self.mark(field)
        return Problem(self.file, line, column, field, code, severity, params)

    def warning(self, code: str, field: str = "", **params: Any) -> Problem:
        return self.problem(code, field, severity=Severity.WARNING, **params)

    def mark(self, field: str) -> tuple[int, int]:
        while field and field not in self.marks:
            field = field.rpartition(".")[0]
        return self.marks.get(field, (1, 1))


# ---------------------------------------------------------------- what a platform takes


class Unit(StrEnum):
    """What a platform counts a text in. ``campaign_bot.text.length`` knows how."""

    X_WEIGHTED = "x-weighted"  # twitter-text configuration v3
    GRAPHEMES = "graphemes"  # extended grapheme clusters, as they stand
    MASTODON = "mastodon"  # graphemes; a URL is 23, a mention's domain is free
    UTF16 = "utf-16"
    CODEPOINTS = "codepoints"


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in a currency, which has its ISO 4217 code: ``25 USD``, ``0.20 USD``, ``0.015 USD``."""

    amount: Decimal
    currency: str

    def __str__(self) -> str:
        return f"{self.digits} {self.currency}"

    @property
    def digits(self) -> str:
        """The amount in as many digits as it needs; cents are two."""
        for step in (Decimal(1), Decimal("0.01")):
            if self.amount == (rounded := self.amount.quantize(step)):
                return str(rounded)
        return f"{self.amount.normalize():f}"


@dataclass(frozen=True, slots=True)
class Prices:
    """What a platform charges for its calls, in ``currency``; what it names no price for is free."""

    currency: str
    post: Decimal  # one part of a thread is one post
    post_with_link: Decimal
    alt_text: Decimal = Decimal(0)  # of one picture
    delete: Decimal = Decimal(0)
    read_post: Decimal = Decimal(0)
    read_user: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Rules:
    """What a platform takes, as data: enough to render and check a post with no network."""

    platform: str
    unit: Unit
    limit: int  # most of ``unit`` in one part
    byte_limit: int | None = None  # most UTF-8 bytes in one part
    images: int = 4  # most pictures on one part
    image_bytes: int = 5_000_000  # largest picture, in bytes
    image_pixels: int | None = None  # most pixels of a picture (width × height); None: no limit is known
    image_formats: tuple[str, ...] = ("PNG", "JPEG", "WEBP", "GIF")  # Pillow's names
    gif_pixels: int = 0  # most pixels of a GIF, so that it moves there; 0: all pictures stand still
    alt_limit: int | None = None  # most code points of alt text
    warnings: bool = False  # has content warnings; they count towards ``limit``
    server: str = ""  # its own, where an account's ``base_url`` names no other
    many_servers: bool = False  # an account's ``base_url`` says which is its own: there is no other way
    asked_for_receipts: bool = False  # a post's address is not enough to reply to it: its server is asked
    settles: dt.timedelta = dt.timedelta(minutes=2)  # after a call's deadline; unseen then means absent
    tags: int = 5  # more hashtags than this look like spam there (a warning)
    prices: Prices | None = None  # None: it costs nothing


# ---------------------------------------------------------------- what staff write


class Order(StrEnum):
    DATED = "dated"  # each post has its own time
    SEQUENCE = "sequence"  # each post once, in file-name order
    ROTATION = "rotation"  # posts return in turn


class Bilingual(StrEnum):
    """How an account with several languages says one post."""

    SEPARATE = "separate"
    THREAD = "thread"  # the second language replies to the first
    TOGETHER = "together"  # one post with both


@dataclass(frozen=True, slots=True)
class Text:
    """A post's words in one language, as written; ``platforms`` empty: for all of them.

    ``parts`` are those of a thread (one for most posts). ``lines`` holds the line in the file that each
    part starts on. Several Texts of one language and the same platforms are variants, in file order.
    """

    language: str
    platforms: tuple[str, ...]
    parts: tuple[str, ...]
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Image:
    """A picture: its file (relative to ``posts/``) and alt text, each by language."""

    file: Mapping[str, str]
    alt: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Post:
    """One Markdown file: one message in every language of the campaign.

    ``id`` is ``<queue>/<stem>`` or the front matter's own. ``at`` is a wall time (a ``day N`` is
    resolved already). ``texts`` keeps the file's order.
    """

    id: str
    queue: str
    source: Source
    texts: tuple[Text, ...]
    at: dt.datetime | None = None
    demand: str | None = None
    weight: Fraction = Fraction(1)
    from_: dt.date | None = None
    until: dt.date | None = None  # includes its day
    link: str | None = None
    images: tuple[Image, ...] = ()
    accounts: tuple[str, ...] | None = None
    warning: Mapping[str, str] = dataclasses.field(default_factory=dict)
    hold: bool = False

    def variants(self, language: str, platform: str) -> tuple[Text, ...]:
        """The Texts an account gets in turn: those for its platform, else those for all."""
        mine = [t for t in self.texts if t.language == language]
        special = tuple(t for t in mine if platform in t.platforms)
        return special or tuple(t for t in mine if not t.platforms)

    def open_on(self, day: dt.date) -> bool:
        """Whether its window (``from``, ``until``) lets it out on that day of the campaign."""
        return (self.from_ is None or self.from_ <= day) and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class SlotRule:
    """``mon-fri 09:30``: weekdays (Monday is 0) at a wall time; ``field`` says where it stands."""

    days: frozenset[int]
    time: dt.time
    field: str = "slots"


@dataclass(frozen=True, slots=True)
class FilePause:
    """A line ``paused:`` in a file: nothing goes out while it is there. ``reason`` may be empty.

    ``scope`` is ``all``, or ``queue`` with its name as ``value``.
    """

    scope: Literal["all", "queue"]
    value: str
    reason: str
    file: str
    line: int

    @property
    def place(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Queue:
    """One folder under ``posts/``. ``posts`` are in file-name order; ``accounts`` None: all.

    ``paused``: why it is, perhaps for no reason (empty); None when it is not.
    """

    name: str
    source: Source
    order: Order
    slots: tuple[SlotRule, ...] = ()
    accounts: tuple[str, ...] | None = None
    stagger: Mapping[str, dt.timedelta] = dataclasses.field(default_factory=dict)
    lateness: dt.timedelta | None = None
    posts: tuple[Post, ...] = ()
    paused: str | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """One login on a platform, with the languages it speaks (in the campaign's order)."""

    name: str
    source: Source
    platform: str
    languages: tuple[str, ...]
    rules: Rules
    bilingual: Bilingual = Bilingual.SEPARATE
    base_url: str | None = None
    spacing: dt.timedelta = dt.timedelta(minutes=1)
    per_day: int | None = None
    visibility: str | None = None  # Mastodon: public, unlisted
    budget: Money | None = None  # the most that it may cost in a calendar month of the campaign's zone


@dataclass(frozen=True, slots=True)
class Hashtags:
    """Tags of one language, without ``#``: always on, and where there is room."""

    always: tuple[str, ...] = ()
    room: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Campaign:
    """The whole folder as one snapshot.

    ``broken`` holds the files (relative to the root) with an error: what they would deliver is held. A
    post or queue that could be read in spite of its error is still in ``queues``, so that its
    deliveries can be shown as held. ``paused`` as a queue's.
    """

    name: str
    source: Source
    zone: ZoneInfo
    languages: tuple[str, ...]
    starts: dt.date | None = None
    ends: dt.date | None = None  # includes its day
    hashtags: Mapping[str, Hashtags] = dataclasses.field(default_factory=dict)
    # name -> language -> URL
    links: Mapping[str, Mapping[str, str]] = dataclasses.field(default_factory=dict)
    quiet: tuple[dt.time, dt.time] | None = None  # from, to; may span midnight
    blackout: frozenset[dt.date] = frozenset()
    lateness: dt.timedelta = dt.timedelta(minutes=30)
    accounts: Mapping[str, Account] = dataclasses.field(default_factory=dict)  # in the file's order
    queues: Mapping[str, Queue] = dataclasses.field(default_factory=dict)  # in name order
    broken: frozenset[str] = frozenset()
    paused: str | None = None

    def lateness_of(self, queue: Queue) -> dt.timedelta:
        return self.lateness if queue.lateness is None else queue.lateness

    def accounts_of(self, queue: Queue, post: Post) -> tuple[Account, ...]:
        """Where a post goes: the queue's accounts, narrowed by the post's, in the accounts' order."""
        return tuple(
            account
            for name, account in self.accounts.items()
            if (queue.accounts is None or name in queue.accounts)
            and (post.accounts is None or name in post.accounts)
        )

    @property
    def pauses(self) -> tuple[FilePause, ...]:
        """Those that are written in the files, the widest first."""
        found = [_pause("all", "", self)] if self.paused is not None else []
        found += [
            _pause("queue", name, queue) for name, queue in self.queues.items() if queue.paused is not None
        ]
        return tuple(found)

    def without_pauses(self) -> Campaign:
        """The same campaign, as if no file paused anything."""
        queues = {name: replace(queue, paused=None) for name, queue in self.queues.items()}
        return replace(self, paused=None, queues=queues)

    def holding(self, files: frozenset[str]) -> Campaign:
        """The same campaign with more files known to be broken."""
        return replace(self, broken=self.broken | files)


def _pause(scope: Literal["all", "queue"], value: str, where: Campaign | Queue) -> FilePause:
    line, _column = where.source.mark("paused")
    return FilePause(scope, value, where.paused or "", where.source.file, line)


# ---------------------------------------------------------------- what goes out


@dataclass(frozen=True, slots=True)
class Picture:
    """An Image in one language: ``file`` relative to ``posts/``, and its alt text."""

    file: str
    alt: str


@dataclass(frozen=True, slots=True)
class ImageFile:
    """A picture's file, read: its bytes, media type (``image/png``), size in pixels, and alt text."""

    name: str
    data: bytes
    media_type: str
    width: int
    height: int
    alt: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """Byte for byte what one account would show: made by ``campaign_bot.text.render``.

    ``length`` is that of the longest part, in the unit of its platform, of which ``limit`` is the most.
    Pictures stand on the first part. ``languages`` has two entries for a ``together`` text.
    ``fingerprint`` is equal for texts that a reader would call the same.
    """

    parts: tuple[str, ...]
    length: int
    limit: int
    languages: tuple[str, ...]
    fingerprint: str
    images: tuple[Picture, ...] = ()
    warning: str | None = None


class HoldReason(StrEnum):
    """Why a delivery does not go out by itself."""

    FILE = "hold"  # `hold: true` in its file: its clock stands still
    PERSON = "person"  # someone said `hold`
    PROBLEM = "problem"  # its file, its queue's or the configuration has an error
    SAME_TEXT = "same-text"  # this account had the same words already
    PICTURE = "picture"  # its platform refused a picture, or that could not be read when it was needed


@dataclass(frozen=True, slots=True)
class Delivery:
    """One Text to one Account at one Slot, as planned. ``key`` is its DeliveryKey.

    ``slot`` is the slot's wall time as written; ``slot_at`` its instant with the stagger: lateness
    counts from there. ``at`` is when it goes out, spacing included, in the campaign's zone.
    ``after`` names the delivery this one waits for and replies to (``bilingual: thread``).
    """

    key: str
    at: dt.datetime
    slot: dt.datetime
    slot_at: dt.datetime
    deadline: dt.datetime  # slot_at + lateness: missed after this
    queue: str
    post: str
    file: str
    account: str
    platform: str
    language: str
    rendered: Rendered
    demand: str | None = None
    variant: int = 0
    after: str | None = None
    hold: HoldReason | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be delivered, in order of ``at``, and what stands in the way.

    ``kept`` is no part of what will be delivered: the history has it as scheduled or held, and it now goes
    out after the plan's time, or has no room before it is late. It is not to be cancelled: it was moved,
    or its lateness decides.
    """

    deliveries: tuple[Delivery, ...]
    problems: tuple[Problem, ...] = ()
    kept: tuple[Delivery, ...] = ()


# ---------------------------------------------------------------- what happened


class State(StrEnum):
    SCHEDULED = "scheduled"
    PUBLISHING = "publishing"  # the one public call is, or may be, under way
    PUBLISHED = "published"
    RETRACTED = "retracted"
    HELD = "held"
    MISSED = "missed"
    CANCELLED = "cancelled"
    FAILED = "failed"  # the platform refused it
    UNCONFIRMED = "unconfirmed"  # it may be live; nobody guesses


MOVES: Mapping[State, frozenset[State]] = MappingProxyType(
    {
        State.SCHEDULED: frozenset({State.PUBLISHING, State.HELD, State.MISSED, State.CANCELLED}),
        State.HELD: frozenset({State.SCHEDULED, State.MISSED, State.CANCELLED}),
        State.PUBLISHING: frozenset({State.PUBLISHED, State.SCHEDULED, State.FAILED, State.UNCONFIRMED}),
        State.UNCONFIRMED: frozenset({State.PUBLISHED, State.SCHEDULED, State.MISSED, State.FAILED}),
        State.PUBLISHED: frozenset({State.RETRACTED}),
        State.FAILED: frozenset({State.SCHEDULED}),
        State.MISSED: frozenset({State.SCHEDULED}),
        State.CANCELLED: frozenset({State.SCHEDULED}),
        State.RETRACTED: frozenset(),
    }
)
"""Every allowed move. The ledger refuses all others."""

SHOWN = frozenset({State.PUBLISHING, State.UNCONFIRMED, State.PUBLISHED, State.RETRACTED})
"""A rotation's slot was shown when one of its deliveries is in one of these."""

TRIED = SHOWN | {State.FAILED}
"""A dated or sequence delivery in one of these is never planned again."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The platform's answer for one part of a delivery (parts count from 1).

    ``extra`` holds what a reply or a deletion needs besides the id (Bluesky's ``cid``).
    """

    part: int
    id: str
    url: str | None = None
    extra: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """One delivery as the ledger knows it.

    ``due_at`` is when it may go out at the earliest; ``not_before`` postpones a retry; past
    ``deadline`` (None: no end) it is missed. ``parts_done`` counts the parts of a thread that are
    out: from the first on, ``parts`` are frozen. ``reason`` tells why it is in ``state``.
    """

    key: str
    queue: str
    post: str
    file: str
    account: str
    platform: str
    language: str
    slot: dt.datetime
    slot_at: dt.datetime
    due_at: dt.datetime
    deadline: dt.datetime | None
    state: State
    fingerprint: str
    variant: int = 0
    after: str | None = None
    reason: str = ""
    hold: HoldReason | None = None
    attempts: int = 0
    parts_done: int = 0
    parts: tuple[str, ...] = ()
    not_before: dt.datetime | None = None
    published_at: dt.datetime | None = None
    decided_at: dt.datetime | None = None  # a person released, retried or denied it: never before this
    skipped: bool = False  # a person said skip: it never comes back by itself
    receipts: tuple[Receipt, ...] = ()

    @property
    def is_showing(self) -> bool:
        """Whether it is one of a rotation's, whose keys name their slots."""
        return nfc(self.key).startswith(f"{self.queue}@")


@dataclass(frozen=True, slots=True)
class History:
    """What the planner may know of the past.

    ``held`` and ``released`` are people's standing decisions on whole posts (ids): the latest one
    wins, so that a post is in at most one of them. ``joined``: since when (UTC) an account with a language
    (``x-en:en``) is known to be part of the campaign.
    """

    entries: Sequence[Entry] = ()
    held: frozenset[str] = frozenset()
    released: frozenset[str] = dataclasses.field(default_factory=frozenset)
    joined: Mapping[str, dt.datetime] = dataclasses.field(default_factory=dict)
