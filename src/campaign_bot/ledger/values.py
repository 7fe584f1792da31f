"""The values that go into the ledger and come out, beside those of ``model``. Instants are UTC."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypedDict

from campaign_bot.model import Delivery, HoldReason, State

Scope = Literal["all", "account", "queue", "post", "language"]


class Columns(TypedDict, total=False):
    """What a move may change in its row beside the state. A move that does not name ``hold`` clears it."""

    due_at: dt.datetime
    deadline: dt.datetime | None
    not_before: dt.datetime | None
    hold: HoldReason | None
    decided_at: dt.datetime | None
    skipped: bool


# ---------------------------------------------------------------- following the plan


@dataclass(frozen=True, slots=True)
class Add:
    """A delivery that the ledger does not have yet; ``state`` is ``scheduled`` or ``held``."""

    delivery: Delivery
    state: State
    due_at: dt.datetime
    deadline: dt.datetime | None
    reason: str = ""
    hold: HoldReason | None = None

    @property
    def key(self) -> str:
        return self.delivery.key


@dataclass(frozen=True, slots=True)
class Follow:
    """The plan's fields, anew: only while it is ``scheduled`` or ``held`` and no part is out."""

    key: str
    delivery: Delivery
    due_at: dt.datetime
    deadline: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Move:
    """A move, from whatever state its row is in; ``columns`` as in ``Ledger.move``."""

    key: str
    to: State
    reason: str = ""
    hold: HoldReason | None = None
    columns: Columns = field(default_factory=Columns)


Change = Add | Follow | Move


# ---------------------------------------------------------------- what was written


@dataclass(frozen=True, slots=True)
class Event:
    """One line of history. ``id`` rises; ``post`` is the one that the delivery said at that moment.

    ``kind``: ``add``, ``move``, ``follow``, ``postpone``, ``part`` (one of a thread is out), ``deleted``,
    ``look`` (for one that is unconfirmed), ``problem`` (one that is new in the files; ``detail`` has it),
    ``pause``, ``resume``, ``hold``, ``release``, ``account-stopped``, ``account-mended``, ``account-waits``,
    ``account-bound`` (its secrets belong where they were used first), ``account-trusted`` (the operator lets
    them go elsewhere).
    """

    id: int
    at: dt.datetime
    kind: str
    key: str | None
    post: str | None
    from_state: State | None
    to_state: State | None
    reason: str
    who: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a delivery (they count from 1): its keys for ever, and its last begun call's payload.

    ``created_at`` is that of the first attempt. ``text`` and ``payload`` are empty before the first call.
    """

    key: str
    part: int
    idempotency_key: str
    record_key: str
    created_at: dt.datetime
    text: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call. ``number`` counts a delivery's calls from 1.

    ``outcome``: ``published``, ``not-sent``, ``refused``, ``unknown``; None while it is under way.
    """

    id: int
    key: str
    part: int
    number: int
    started_at: dt.datetime
    ended_at: dt.datetime | None
    outcome: str | None
    error: str


@dataclass(frozen=True, slots=True)
class Stray:
    """A post that an account had, and that no receipt named when it was read.

    ``readings``: its words, in each exact way to read them. ``created_at`` is the platform's (UTC),
    ``reply_to`` its parent's remote id, ``images`` the number of its pictures.
    """

    account: str
    remote_id: str
    url: str | None
    extra: Mapping[str, str]
    readings: Sequence[str]
    created_at: dt.datetime
    reply_to: str | None
    images: int


@dataclass(frozen=True, slots=True)
class AccountState:
    """What the ledger knows of an account; one it never heard of is well.

    ``stopped`` (with ``reason`` and ``since``): it waits until it is mended. ``not_before``: a platform
    asked it to wait. ``platform``, ``server`` (``https://mastodon.example``; empty: one that only its adapter
    knows) and ``remote_id`` are where its secrets belong, and whose they are; None: not yet known.
    ``trusted_at``: when the operator last let them go elsewhere.
    """

    name: str
    stopped: bool = False
    reason: str = ""
    since: dt.datetime | None = None
    not_before: dt.datetime | None = None
    last_call_at: dt.datetime | None = None
    platform: str | None = None
    remote_id: str | None = None
    checked_at: dt.datetime | None = None
    server: str | None = None
    trusted_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Pause:
    """``value`` is the account's, queue's or post's name or the language; empty for ``all``."""

    id: int
    scope: Scope
    value: str
    reason: str
    who: str
    at: dt.datetime
    ended_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What may stand in the way of one delivery, all of one moment.

    ``first`` is the state of the delivery that it comes after (None: there is none), ``same_text`` the key
    of another one of equal text that is on its way to the same account, or may be.
    """

    pauses: Sequence[Pause]
    account: AccountState
    first: State | None
    same_text: str | None
