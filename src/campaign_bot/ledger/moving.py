"""The guarded move: one UPDATE that must change exactly one row, and its event, in one transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import cache
from typing import Any, Unpack

from sqlalchemy import Connection, bindparam, insert, select, true, update

from campaign_bot.ledger.errors import MoveRefused
from campaign_bot.ledger.prepared import prepared
from campaign_bot.ledger.reading import ENTRY, D, Reading, entry_of
from campaign_bot.ledger.schema import attempts, deliveries, events
from campaign_bot.ledger.store import AnyRow
from campaign_bot.ledger.values import Columns
from campaign_bot.model import MOVES, Entry, State

SEEN = select(D.state, D.post, D.account, D.attempts, D.parts_done, D.claimed_by, D.claimed_until).where(
    D.key == bindparam("key")
)
"""What a transaction has to know of a row that it is about to change; nobody else changes it meanwhile."""

OUTCOMES = {
    State.PUBLISHED: "published",
    State.SCHEDULED: "not-sent",
    State.FAILED: "refused",
    State.UNCONFIRMED: "unknown",
}

_SEEN = prepared(SEEN.with_for_update())
_EVENT = prepared(insert(events))
_UNDER_WAY = prepared(
    select(attempts.c.id).where(attempts.c.key == bindparam("key"), attempts.c.ended_at.is_(None))
)
_END = prepared(
    update(attempts)
    .where(attempts.c.key == bindparam("of"), attempts.c.ended_at.is_(None))
    .values(ended_at=bindparam("at"), outcome=bindparam("result"), error=bindparam("reason"))
)
_CLAIM = prepared(
    update(deliveries)
    .where(
        D.key == bindparam("of"),
        D.state == State.SCHEDULED,
        D.claimed_by.is_(None) | (D.claimed_until < bindparam("now")) | (D.claimed_by == bindparam("worker")),
    )
    .values(claimed_by=bindparam("worker"), claimed_until=bindparam("until"))
    .returning(*ENTRY)
)
_UNCLAIM = prepared(
    update(deliveries)
    .where(D.key == bindparam("of"), D.claimed_by == bindparam("worker"))
    .values(claimed_by=None, claimed_until=None)
)
_POSTPONE = prepared(
    update(deliveries)
    .where(D.key == bindparam("of"), D.state == State.SCHEDULED)
    .values(not_before=bindparam("at"), reason=bindparam("why"), claimed_by=None, claimed_until=None)
    .returning(D.post)
)


WHOLE = frozenset({State.HELD, State.MISSED, State.CANCELLED})
"""A thread of which a part is out never gets into one of these."""


@cache
def move_statement(columns: frozenset[str], *, whole: bool, returning: bool = True) -> Any:
    """The guarded UPDATE that sets these columns (bound by their own names); ``of`` and ``frm`` guard it.

    ``whole``: only while no part is out.
    """
    statement = (
        update(deliveries)
        .where(
            D.key == bindparam("of"),
            D.state == bindparam("frm"),
            # A person's skip is for good.
            ~((D.state == State.CANCELLED) & D.skipped),
            (D.parts_done == 0) if whole else true(),
            # One part after the other.
            (D.parts_done + 1 == bindparam("parts_done")) if "parts_done" in columns else true(),
        )
        .values({name: bindparam(name, type_=D[name].type) for name in columns})
    )
    return prepared(statement.returning(*ENTRY) if returning else statement)


def move_values(key: str, frm: State, to: State, reason: str, columns: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a ``move_statement``; MoveRefused where no such move is allowed."""
    if to not in MOVES[frm]:
        raise MoveRefused(key, frm, to)
    values = {"hold": None, **columns, "of": key, "frm": frm, "state": to, "reason": reason}
    if to is not State.PUBLISHING:
        values |= {"claimed_by": None, "claimed_until": None}
    return values


def seen(conn: Connection, key: str, to: State) -> AnyRow:
    """The row as it stands, locked; MoveRefused where there is none."""
    row = conn.execute(_SEEN, {"key": key}).first()
    if row is None:
        raise MoveRefused(key, None, to)
    return row


def guarded(
    conn: Connection,
    key: str,
    frm: State,
    to: State,
    *,
    now: dt.datetime,
    who: str,
    reason: str = "",
    error: str | None = None,
    columns: Mapping[str, Any],
) -> AnyRow:
    """Move one row, write the event, end the attempt under way. Gives the new row's ``ENTRY`` columns."""
    values = move_values(key, frm, to, reason, columns)
    statement = move_statement(frozenset(values) - {"of", "frm"}, whole=to in WHOLE)
    rows = conn.execute(statement, values).all()
    if len(rows) != 1:
        raise MoveRefused(key, frm, to)
    if frm is State.PUBLISHING:
        end_attempt(conn, key, now, OUTCOMES[to], reason if error is None else error)
    write_event(conn, now, "move", who, key=key, post=rows[0].post, frm=frm, to=to, reason=reason)
    return rows[0]


def call_under_way(conn: Connection, key: str) -> bool:
    """Whether a call of this delivery has begun of which no outcome is written."""
    return conn.execute(_UNDER_WAY, {"key": key}).first() is not None


def end_attempt(conn: Connection, key: str, now: dt.datetime, outcome: str, error: str) -> None:
    conn.execute(_END, {"of": key, "at": now, "result": outcome, "reason": error})


def event_values(
    at: dt.datetime,
    kind: str,
    who: str,
    *,
    key: str | None = None,
    post: str | None = None,
    frm: State | None = None,
    to: State | None = None,
    reason: str = "",
    **detail: Any,
) -> dict[str, Any]:
    return {
        "at": at,
        "kind": kind,
        "key": key,
        "post": post,
        "from_state": frm,
        "to_state": to,
        "reason": reason,
        "who": who,
        "detail": detail,
    }


def write_event(conn: Connection, at: dt.datetime, kind: str, who: str, **values: Any) -> None:
    conn.execute(_EVENT, event_values(at, kind, who, **values))


class Moving(Reading):
    def move(
        self,
        key: str,
        to: State,
        *,
        frm: State | None = None,
        now: dt.datetime,
        who: str = "worker",
        reason: str = "",
        **columns: Unpack[Columns],
    ) -> Entry:
        """Move a delivery (from ``frm``, if given) and change these columns of it. MoveRefused."""
        with self._write() as conn:
            before = frm or seen(conn, key, to).state
            row = guarded(conn, key, before, to, now=now, who=who, reason=reason, columns=columns)
            return entry_of(conn, row)

    def claim(self, key: str, worker: str, now: dt.datetime, until: dt.datetime) -> Entry | None:
        """A scheduled delivery, if it is this worker's until then: no other has it, or no longer."""
        with self._write(durable=False) as conn:
            values = {"of": key, "worker": worker, "now": now, "until": until}
            row = conn.execute(_CLAIM, values).first()
            return entry_of(conn, row) if row else None

    def unclaim(self, key: str, worker: str) -> None:
        """Give a claim back, if it is still this worker's. Every move and delay has done so already."""
        with self._write(durable=False) as conn:
            conn.execute(_UNCLAIM, {"of": key, "worker": worker})

    def postpone(
        self, key: str, until: dt.datetime, *, now: dt.datetime, reason: str, who: str = "worker"
    ) -> None:
        """Not before ``until``: it stays ``scheduled``, or goes back there between two parts of a thread."""
        with self._write() as conn:
            before: State = seen(conn, key, State.SCHEDULED).state
            between_parts = before is State.PUBLISHING and not call_under_way(conn, key)
            if before is State.SCHEDULED:
                values = {"of": key, "at": until, "why": reason}
                post = conn.execute(_POSTPONE, values).scalar_one()
                write_event(conn, now, "postpone", who, key=key, post=post, reason=reason)
            elif not between_parts:
                raise MoveRefused(key, before, State.SCHEDULED)
            else:
                columns: Columns = {"not_before": until}
                guarded(conn, key, before, State.SCHEDULED, now=now, who=who, reason=reason, columns=columns)

    def orphans(self, now: dt.datetime, who: str) -> list[str]:
        """Every ``publishing`` row becomes ``unconfirmed``: for whoever has just got the worker's lock.

        So nobody else has a claim either.
        """
        with self._write() as conn:
            conn.execute(update(deliveries).where(D.claimed_by.is_not(None)).values(claimed_by=None))
            query = select(D.key).where(D.state == State.PUBLISHING).order_by(D.seq).with_for_update()
            keys = list(conn.execute(query).scalars())
            for key in keys:
                guarded(
                    conn,
                    key,
                    State.PUBLISHING,
                    State.UNCONFIRMED,
                    now=now,
                    who=who,
                    reason="orphaned",
                    columns={},
                )
            return keys
