"""Journal, act, record: what is written around the one call that makes a part public."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from campaign_bot.ledger.errors import MoveRefused, ReceiptTaken
from campaign_bot.ledger.moving import Moving, call_under_way, end_attempt, guarded, seen, write_event
from campaign_bot.ledger.prepared import prepared
from campaign_bot.ledger.reading import ENTRY, D, entry_of
from campaign_bot.ledger.schema import attempts, deliveries, parts, receipts
from campaign_bot.ledger.store import AnyRow
from campaign_bot.ledger.values import Part
from campaign_bot.model import Entry, Receipt, State

_NEW_PART = prepared(insert(parts))
_NEW_ATTEMPT = prepared(insert(attempts))
_NEW_RECEIPT = prepared(insert(receipts))
_PART_BEGUN = prepared(
    update(parts)
    .where(
        parts.c.key == bindparam("of"),
        parts.c.part == bindparam("number"),
        parts.c.idempotency_key == bindparam("idempotency"),
        parts.c.record_key == bindparam("record"),
    )
    .values(text=bindparam("words"), payload=bindparam("call", type_=parts.c.payload.type))
    .returning(*parts.c)
)
_ANOTHER_CALL = prepared(
    update(deliveries)
    .where(D.key == bindparam("of"), D.state == State.PUBLISHING, D.parts_done == bindparam("done"))
    .values(attempts=D.attempts + 1)
    .returning(*ENTRY)
)
_PART_DONE = prepared(
    update(deliveries)
    .where(D.key == bindparam("of"), D.state == State.PUBLISHING, D.parts_done == bindparam("before"))
    .values(parts_done=bindparam("done"))
    .returning(*ENTRY)
)


class Publishing(Moving):
    def begin(
        self,
        key: str,
        part: int,
        *,
        keys: tuple[str, str],
        payload: Mapping[str, Any],
        parts: Sequence[str],
        now: dt.datetime,
        who: str = "worker",
        worker: str | None = None,
    ) -> Part:
        """Commit ``publishing`` with everything the call will use: the last thing before it.

        From ``scheduled``, or between two parts of a thread. ``keys`` (an idempotency key and a record key)
        are the part's for ever from its first call on. ``parts`` are all texts; from the first receipt on
        they are frozen. MoveRefused, also where another ``worker`` has claimed it.
        """
        with self._write() as conn:
            return _begun(conn, Part(key, part, *keys, now, parts[part - 1], payload), parts, who, worker)

    def record(
        self,
        key: str,
        receipt: Receipt,
        *,
        now: dt.datetime,
        last: bool,
        who: str = "worker",
        reason: str = "",
        published_at: dt.datetime | None = None,
    ) -> Entry:
        """A part is public: from the call itself, or by evidence while it was ``unconfirmed``.

        The last one makes the delivery ``published`` (at ``published_at``, else now); after another it
        stays ``publishing``, or goes back to ``scheduled`` to go on. MoveRefused, ReceiptTaken.
        """
        with self._write() as conn:
            return _recorded(conn, key, receipt, now, who, reason, published_at or now if last else None)

    def adopt(
        self,
        part: Part,
        parts: Sequence[str],
        receipt: Receipt,
        *,
        published_at: dt.datetime,
        who: str = "worker",
    ) -> Entry:
        """A part that is public already: ``begin`` and ``record`` in one transaction, for no call is made.

        Whoever died between the two would leave a call that never was, to be looked for at the wrong time.
        ``part`` is what the call would have used, made now (``created_at``). MoveRefused, ReceiptTaken.
        """
        done = published_at if part.part == len(parts) else None
        with self._write() as conn:
            _begun(conn, part, parts, who, None)
            return _recorded(conn, part.key, receipt, part.created_at, who, "adopted", done)

    def doubt(
        self, part: Part, parts: Sequence[str], *, tried_at: dt.datetime, reason: str, who: str = "worker"
    ) -> Entry:
        """A part that may be public already, by a call that this ledger does not know of: ``unconfirmed``.

        That call is written down as if it had begun at ``tried_at``, all in one transaction. ``part`` as for
        ``adopt``. MoveRefused.
        """
        key, now = part.key, part.created_at
        unclear = partial(guarded, frm=State.PUBLISHING, to=State.UNCONFIRMED, columns={})
        with self._write() as conn:
            _begun(conn, part, parts, who, None, tried_at)
            return entry_of(conn, unclear(conn, key, now=now, who=who, reason=reason))

    def fail(
        self,
        key: str,
        to: State,
        *,
        now: dt.datetime,
        reason: str,
        not_before: dt.datetime | None = None,
        who: str = "worker",
    ) -> Entry:
        """The call did not succeed: ``scheduled`` again (surely not sent), ``failed``, or ``unconfirmed``."""
        if to is State.PUBLISHED:  # only a receipt makes it so
            raise MoveRefused(key, State.PUBLISHING, to)
        columns = {"not_before": not_before}
        with self._write() as conn:
            row = guarded(conn, key, State.PUBLISHING, to, now=now, who=who, reason=reason, columns=columns)
            return entry_of(conn, row)

    def looked(self, key: str, reason: str, *, now: dt.datetime, who: str) -> None:
        """What a look for an unconfirmed delivery found (``absent``, ``several``, …): now its reason."""
        of = (D.key == key, D.state == State.UNCONFIRMED)
        with self._write() as conn:
            post = conn.execute(
                update(deliveries).where(*of).values(reason=reason).returning(D.post)
            ).scalar()
            if post is not None:
                write_event(conn, now, "look", who, key=key, post=post, reason=reason)

    def abandon(self, key: str, *, now: dt.datetime, who: str, reason: str) -> Entry:
        """A thread under way ends: ``scheduled`` with parts that were out → ``failed``, and nothing follows.

        Two moves in one transaction, for no call is made.
        """
        with self._write() as conn:
            for frm, to in ((State.SCHEDULED, State.PUBLISHING), (State.PUBLISHING, State.FAILED)):
                row = guarded(conn, key, frm, to, now=now, who=who, reason=reason, columns={})
            return entry_of(conn, row)

    def receipt_deleted(self, key: str, part: int, *, now: dt.datetime, who: str = "worker") -> None:
        """A part was deleted again (or was gone already). The receipt stays, so that it is never adopted."""
        with self._write() as conn:
            mine = (receipts.c.key == key, receipts.c.part == part, receipts.c.deleted_at.is_(None))
            changed = conn.execute(update(receipts).where(*mine).values(deleted_at=now)).rowcount
            if changed:
                post = conn.execute(select(D.post).where(D.key == key)).scalar()
                write_event(conn, now, "deleted", who, key=key, post=post, part=part)


def _begun(
    conn: Connection,
    new: Part,
    texts: Sequence[str],
    who: str,
    worker: str | None,
    tried_at: dt.datetime | None = None,
) -> Part:
    """``tried_at``: when its call began, where that was not now."""
    key, now = new.key, new.created_at
    row = seen(conn, key, State.PUBLISHING)
    is_taken = row.claimed_by not in (None, worker) and row.claimed_until >= now
    if row.parts_done != new.part - 1 or is_taken:
        raise MoveRefused(key, row.state, State.PUBLISHING)
    if row.state is State.PUBLISHING:
        _go_on(conn, key, new.part)
    else:
        columns: dict[str, Any] = {"attempts": row.attempts + 1, "not_before": None}
        if new.part == 1:
            columns["parts"] = texts
        guarded(conn, key, row.state, State.PUBLISHING, now=now, who=who, columns=columns)
    saved = _save_part(conn, new, is_first=row.attempts == 0)
    attempt = {"key": key, "part": new.part, "number": row.attempts + 1, "started_at": tried_at or now}
    conn.execute(_NEW_ATTEMPT, attempt | {"error": ""})
    return saved


def _recorded(
    conn: Connection,
    key: str,
    receipt: Receipt,
    now: dt.datetime,
    who: str,
    reason: str,
    published_at: dt.datetime | None,
) -> Entry:
    """``published_at``: None where another part follows."""
    to = State.SCHEDULED if published_at is None else State.PUBLISHED
    move = partial(guarded, conn, key, to=to, now=now, who=who, reason=reason, error="")
    columns: dict[str, Any] = {"parts_done": receipt.part}
    if published_at is not None:
        columns["published_at"] = published_at
    try:
        if published_at is None:
            row = _part_done(conn, key, receipt.part, now, who)
        else:
            row = move(frm=State.PUBLISHING, columns=columns)
    except MoveRefused:
        if seen(conn, key, to).state is not State.UNCONFIRMED:
            raise
        row = move(frm=State.UNCONFIRMED, columns=columns)
    _insert_receipt(conn, key, row.account, receipt)
    return Entry(*(*row, (receipt,))) if receipt.part == 1 else entry_of(conn, row)


def _save_part(conn: Connection, new: Part, *, is_first: bool) -> Part:
    """What a part's call uses, kept: with its keys of an earlier call, or else with these."""
    known = None if is_first else _known_part(conn, new)
    if known is not None:
        return known
    try:
        conn.execute(_NEW_PART, {column.name: getattr(new, column.name) for column in parts.c})
    except IntegrityError as error:
        raise MoveRefused(new.key, State.PUBLISHING, State.PUBLISHING) from error
    return new


def _known_part(conn: Connection, new: Part) -> Part | None:
    call = {
        "words": new.text,
        "call": new.payload,
        "idempotency": new.idempotency_key,
        "record": new.record_key,
    }
    known = conn.execute(_PART_BEGUN, {"of": new.key, "number": new.part, **call}).first()
    return Part(*known) if known is not None else None


def _go_on(conn: Connection, key: str, part: int) -> None:
    """The next part of a thread: refused while the call of the one before may be under way."""
    go = {"of": key, "done": part - 1}
    if call_under_way(conn, key) or conn.execute(_ANOTHER_CALL, go).first() is None:
        raise MoveRefused(key, State.PUBLISHING, State.PUBLISHING)


def _part_done(conn: Connection, key: str, part: int, now: dt.datetime, who: str) -> AnyRow:
    row = conn.execute(_PART_DONE, {"of": key, "before": part - 1, "done": part}).first()
    if row is None:
        raise MoveRefused(key, State.PUBLISHING, State.PUBLISHING)
    end_attempt(conn, key, now, "published", "")
    write_event(conn, now, "part", who, key=key, post=row.post, part=part)
    return row


def _insert_receipt(conn: Connection, key: str, account: str, receipt: Receipt) -> None:
    values = {
        "key": key,
        "part": receipt.part,
        "account": account,
        "remote_id": receipt.id,
        "url": receipt.url,
        "extra": dict(receipt.extra),
    }
    try:
        conn.execute(_NEW_RECEIPT, values)
    except IntegrityError as error:
        raise ReceiptTaken(key, receipt.part, receipt.id) from error
