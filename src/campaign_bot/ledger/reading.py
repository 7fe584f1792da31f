"""Questions to the ledger. None of them writes, and each sees one moment."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, func, select

from campaign_bot.ledger.prepared import prepared
from campaign_bot.ledger.schema import (
    IN_FLIGHT,
    PARTLY_OUT,
    WAITING,
    accounts,
    attempts,
    decisions,
    deliveries,
    events,
    parts,
    pauses,
    receipts,
    strays,
)
from campaign_bot.ledger.store import AnyRow, Store
from campaign_bot.ledger.values import AccountState, Attempt, Event, Part, Pause, Standing, Stray
from campaign_bot.model import Entry, History, Receipt, State
from campaign_bot.names import spellings

ENTRY = tuple(deliveries.c)[: len(Entry.__dataclass_fields__) - 1]
"""An Entry's arguments, in order, but for its receipts."""

D = deliveries.c
OPEN = (State.PUBLISHING, State.UNCONFIRMED)

_ENTRY = prepared(select(*ENTRY).where(D.key == bindparam("key")))
_RECEIPTS = prepared(select(receipts).where(receipts.c.key == bindparam("key")).order_by(receipts.c.part))
_PART = prepared(select(*parts.c).where(parts.c.key == bindparam("key"), parts.c.part == bindparam("part")))
_STATE = prepared(select(D.state).where(D.key == bindparam("key")))
_IN_FORCE = prepared(select(*pauses.c).where(pauses.c.ended_at.is_(None)).order_by(pauses.c.id))
_ACCOUNT = prepared(select(*accounts.c).where(accounts.c.name == bindparam("name")))
_VERSION = prepared(select(func.coalesce(func.max(events.c.id), 0)))
_NEXT = prepared(
    select(func.min(D.ready_at)).where(D.state == State.SCHEDULED, D.ready_at > bindparam("now"))
)
_EXPIRED = (
    select(*ENTRY)
    .where(WAITING, D.deadline < bindparam("now"), D.parts_done == 0)
    .order_by(D.deadline, D.seq)
)
_NEXT_DEADLINE = prepared(
    select(D.deadline)
    .where(WAITING, D.state == bindparam("state"), D.deadline >= bindparam("now"), D.parts_done == 0)
    .order_by(D.deadline)
    .limit(1)
)
_SAME_TEXT = prepared(
    select(D.key)
    .where(
        D.account == bindparam("account"),
        D.fingerprint == bindparam("fingerprint"),
        D.key != bindparam("but"),
        IN_FLIGHT,
    )
    .limit(1)
)
_SHOWN = prepared(
    select(D.published_at).where(D.account == bindparam("account"), D.published_at >= bindparam("since"))
)
_LAST_CALL = select(func.max(attempts.c.started_at)).where(attempts.c.key == D.key).scalar_subquery()
_LAST_CALLS = select(D.account, _LAST_CALL.label("at"))
# Of these there are few on all accounts together, and for each an index that finds just them.
_OPEN = (
    prepared(_LAST_CALLS.where(IN_FLIGHT)),
    prepared(_LAST_CALLS.where(PARTLY_OUT, *(D.state != state for state in OPEN))),
)


def entry_of(conn: Connection, row: AnyRow) -> Entry:
    """An Entry from a row of ``ENTRY``'s columns."""
    entry = Entry(*row)
    if not entry.parts_done:
        return entry
    return Entry(*(*row, tuple(map(_receipt, conn.execute(_RECEIPTS, {"key": entry.key})))))


def in_force(conn: Connection) -> list[Pause]:
    """The pauses that have not ended, the oldest first."""
    return [Pause(*row) for row in conn.execute(_IN_FORCE)]


def account_of(conn: Connection, name: str) -> AccountState:
    row = conn.execute(_ACCOUNT, {"name": name}).first()
    return AccountState(*row) if row else AccountState(name)


class Reading(Store):
    # ------------------------------------------------------------ deliveries

    def entry(self, key: str) -> Entry | None:
        """A delivery by its key, in whichever form an older version kept that."""
        with self._read() as conn:
            found = (
                conn.execute(_ENTRY, {"key": one}).first() for one in dict.fromkeys((key, *spellings(key)))
            )
            row = next(filter(None, found), None)
            return entry_of(conn, row) if row else None

    def entries(
        self,
        *,
        states: Collection[State] | None = None,
        post: str | None = None,
        account: str | None = None,
        queue: str | None = None,
        keys: Collection[str] | None = None,
        code: str | None = None,
        limit: int | None = None,
    ) -> list[Entry]:
        """Those that fit all filters given, by ``due_at``.

        ``keys``: at most 30,000. ``code``: that of a reason with a detail.
        """
        wanted: list[ColumnElement[bool]] = [
            column == value
            for column, value in ((D.post, post), (D.account, account), (D.queue, queue))
            if value is not None
        ]
        wanted += [
            column.in_(values) for column, values in ((D.state, states), (D.key, keys)) if values is not None
        ]
        if code is not None:
            wanted.append(D.reason.startswith(f"{code}:", autoescape=True))
        with self._read() as conn:
            return _entries(conn, select(*ENTRY).where(*wanted).order_by(D.due_at, D.seq).limit(limit))

    def due(self, now: dt.datetime, limit: int = 200, *, without: Collection[str] = ()) -> list[Entry]:
        """What may go out now, the longest due first: at most ``limit`` for each account, so that none
        keeps others waiting. ``without``: accounts that cannot take any."""
        rank = func.row_number().over(partition_by=D.account, order_by=(D.due_at, D.seq)).label("rank")
        ranked = (
            select(D.seq, rank)
            .where(D.state == State.SCHEDULED, D.ready_at <= now, D.account.not_in(without))
            .subquery()
        )
        query = select(*ENTRY).join(ranked, ranked.c.seq == D.seq).where(ranked.c.rank <= limit)
        with self._read() as conn:
            return _entries(conn, query.order_by(D.due_at, D.seq))

    def next_due(self, now: dt.datetime) -> dt.datetime | None:
        """The first instant after ``now`` at which a scheduled delivery becomes due."""
        with self._read() as conn:
            found: dt.datetime | None = conn.execute(_NEXT, {"now": now}).scalar()
            return found

    def next_deadline(self, now: dt.datetime) -> dt.datetime | None:
        """The first instant from ``now`` on that is the deadline of one that waits."""
        states = (State.SCHEDULED, State.HELD)
        with self._read() as conn:
            found = [conn.execute(_NEXT_DEADLINE, {"state": state, "now": now}).scalar() for state in states]
            return min((at for at in found if at is not None), default=None)

    def expired(self, now: dt.datetime) -> list[Entry]:
        """Scheduled or held past their deadline; a thread of which a part is out has none any more."""
        with self._read() as conn:
            return _entries(conn, _EXPIRED, {"now": now})

    def history(self) -> History:
        """Everything the planner may know."""
        with self._read() as conn:
            said = conn.execute(select(decisions.c.post, decisions.c.decision)).all()
            return History(
                _entries(conn, select(*ENTRY).order_by(D.due_at, D.seq)),
                frozenset(post for post, word in said if word == "hold"),
                frozenset(post for post, word in said if word == "release"),
            )

    def counts(self) -> dict[State, int]:
        """How many there are in each state; all states are there."""
        with self._read() as conn:
            found = conn.execute(select(D.state, func.count()).group_by(D.state)).all()
            return dict.fromkeys(State, 0) | dict(found)

    def standing(self, entry: Entry) -> Standing:
        """What may stand in a delivery's way, of one moment."""
        same = {"account": entry.account, "fingerprint": entry.fingerprint, "but": entry.key}
        with self._read() as conn:
            return Standing(
                in_force(conn),
                account_of(conn, entry.account),
                conn.execute(_STATE, {"key": entry.after}).scalar() if entry.after else None,
                conn.execute(_SAME_TEXT, same).scalar(),
            )

    def shown(self, account: str, since: dt.datetime) -> list[dt.datetime]:
        """When each delivery that is or may be public went to this account, from ``since`` on, in order.

        One instant for each delivery, a thread too (of which a part is enough): when it was published, else
        its last call's start.
        """
        with self._read() as conn:
            shown = list(conn.execute(_SHOWN, {"account": account, "since": since}).scalars())
            for query in _OPEN:
                shown += [row.at for row in conn.execute(query) if row.account == account and row.at >= since]
            return sorted(shown)

    # ------------------------------------------------------------ what was written on the way

    def part(self, key: str, part: int) -> Part | None:
        with self._read() as conn:
            row = conn.execute(_PART, {"key": key, "part": part}).first()
            return Part(*row) if row else None

    def attempts(self, key: str) -> list[Attempt]:
        with self._read() as conn:
            rows = conn.execute(select(attempts).where(attempts.c.key == key).order_by(attempts.c.number))
            return [Attempt(*row) for row in rows]

    def deleted(self, key: str) -> frozenset[int]:
        """The parts that were deleted again."""
        query = select(receipts.c.part).where(receipts.c.key == key, receipts.c.deleted_at.is_not(None))
        with self._read() as conn:
            return frozenset(conn.execute(query).scalars())

    def events(
        self,
        key: str | None = None,
        post: str | None = None,
        after: int = 0,
        limit: int | None = None,
        but: Collection[str] = (),
    ) -> list[Event]:
        """Those with a higher id than ``after``, in order; of one delivery or of one post.

        ``but``: kinds that are left out.
        """
        query = select(
            *(events.c[name] for name in Event.__dataclass_fields__),
        ).where(events.c.id > after)
        if key is not None:
            query = query.where(events.c.key == key)
        if post is not None:
            query = query.where(events.c.post == post)
        if but:
            query = query.where(events.c.kind.not_in(but))
        with self._read() as conn:
            return [Event(*row) for row in conn.execute(query.order_by(events.c.id).limit(limit))]

    def version(self) -> int:
        """The highest event's id: another number means that something happened."""
        with self._read() as conn:
            highest: int = conn.execute(_VERSION).scalar_one()
            return highest

    def known_by(self, account: str, remote_id: str) -> str | None:
        """The key of the delivery whose receipt names this post."""
        query = select(receipts.c.key).where(receipts.c.account == account, receipts.c.remote_id == remote_id)
        with self._read() as conn:
            found: str | None = conn.execute(query).scalar()
            return found

    def ever_published(self, account: str) -> bool:
        """Whether anything ever went out to this account, as far as this ledger knows."""
        query = select(receipts.c.key).where(receipts.c.account == account).limit(1)
        with self._read() as conn:
            return conn.execute(query).first() is not None

    def taken(self, account: str, remote_ids: Iterable[str]) -> frozenset[str]:
        """Those of these posts that a receipt names already."""
        query = select(receipts.c.remote_id).where(
            receipts.c.account == account, receipts.c.remote_id.in_(list(remote_ids))
        )
        with self._read() as conn:
            return frozenset(conn.execute(query).scalars())

    def strays(self, account: str) -> list[Stray]:
        """What an account had that no receipt names to this day, the oldest first."""
        is_taken = (receipts.c.account == strays.c.account) & (receipts.c.remote_id == strays.c.remote_id)
        query = (
            select(*strays.c)
            .outerjoin(receipts, is_taken)
            .where(strays.c.account == account, receipts.c.key.is_(None))
            .order_by(strays.c.created_at, strays.c.remote_id)
        )
        with self._read() as conn:
            return [Stray(*row) for row in conn.execute(query)]

    def says(self, account: str, texts: Collection[str], fingerprints: Collection[str], *, but: str) -> bool:
        """Whether another delivery to this account says one of these, whatever became of it. None that was
        cancelled counts: it may be this one under a former name.

        ``texts`` as a part that was begun has them; ``fingerprints`` are those of whole deliveries.
        """
        others = (D.account == account, D.key != but, D.state != State.CANCELLED)
        part = select(D.key).join(parts, parts.c.key == D.key).where(*others, parts.c.text.in_(texts))
        whole = select(D.key).where(*others, D.fingerprint.in_(fingerprints))
        with self._read() as conn:
            return any(conn.execute(query.limit(1)).first() is not None for query in (whole, part))


def _entries(conn: Connection, query: Select[Any], values: dict[str, Any] | None = None) -> list[Entry]:
    """Two queries for any number of rows; the second only if one of them may have a receipt."""
    rows = conn.execute(query, values).all()
    if not any(row.parts_done for row in rows):
        return [Entry(*row) for row in rows]
    found = receipts_of(conn, query, values)
    return [Entry(*(*row, found.get(row.key, ()))) for row in rows]


def receipts_of(
    conn: Connection, query: Select[Any], values: dict[str, Any] | None
) -> dict[str, tuple[Receipt, ...]]:
    keys = query.with_only_columns(D.key).subquery()
    rows: Sequence[Any] = conn.execute(
        select(receipts).where(receipts.c.key.in_(select(keys.c.key))).order_by(receipts.c.part), values
    ).all()
    found: dict[str, tuple[Receipt, ...]] = defaultdict(tuple)
    for row in rows:
        found[row.key] += (_receipt(row),)
    return found


def _receipt(row: Any) -> Receipt:
    return Receipt(row.part, row.remote_id, row.url, row.extra)
