"""What people and platforms decide: pauses, held posts, stopped accounts, and the ledger's own notes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal

from sqlalchemy import BigInteger, Connection, Text, cast, insert, select, update

from campaign_bot.ledger.moving import event_values, write_event
from campaign_bot.ledger.reading import account_of, in_force
from campaign_bot.ledger.schema import accounts, decisions, events, meta, pauses, strays
from campaign_bot.ledger.store import Store
from campaign_bot.ledger.values import AccountState, Pause, Scope, Stray

A = accounts.c


class Deciding(Store):
    # ------------------------------------------------------------ pauses

    def pauses(self) -> list[Pause]:
        """Those in force, the oldest first."""
        with self._read() as conn:
            return in_force(conn)

    def pause(self, scope: Scope, value: str, reason: str, who: str, now: dt.datetime) -> Pause:
        """A new pause takes the place of an older one of the same scope and value."""
        with self._write() as conn:
            _end_pauses(conn, scope, value, now)
            row = {"scope": scope, "value": value, "reason": reason, "who": who, "at": now}
            made = conn.execute(insert(pauses).values(row).returning(*pauses.c)).one()
            _pause_event(conn, now, "pause", who, scope, value, reason)
            return Pause(*made)

    def resume(self, scope: Scope, value: str, who: str, now: dt.datetime) -> int:
        """How many pauses of just this scope and value it ended (one or none)."""
        with self._write() as conn:
            ended = _end_pauses(conn, scope, value, now)
            if ended:
                _pause_event(conn, now, "resume", who, scope, value, "")
            return ended

    def decide(self, post: str, decision: Literal["hold", "release"], who: str, now: dt.datetime) -> None:
        """A person's word on a whole post, until the next one."""
        with self._write() as conn:
            self._put(conn, decisions, {"post": post, "decision": decision, "who": who, "at": now})
            write_event(conn, now, decision, who, post=post)

    def decision(self, post: str) -> str | None:
        """A person's standing word on a whole post: ``hold``, ``release`` or none."""
        with self._read() as conn:
            query = select(decisions.c.decision).where(decisions.c.post == post)
            found: str | None = conn.execute(query).scalar()
            return found

    # ------------------------------------------------------------ accounts

    def account(self, name: str) -> AccountState:
        with self._read() as conn:
            return account_of(conn, name)

    def accounts(self) -> list[AccountState]:
        """Those of which something is known, by name."""
        with self._read() as conn:
            return [AccountState(*row) for row in conn.execute(select(accounts).order_by(A.name))]

    def stop_account(self, name: str, reason: str, now: dt.datetime, who: str = "worker") -> bool:
        """Whether it was well until now. Its deliveries wait until ``mend_account``."""
        with self._write() as conn:
            if account_of(conn, name).stopped:
                return False
            self._stop(conn, name, reason, now, who)
            return True

    def distrust_account(self, name: str, reason: str, now: dt.datetime, who: str) -> bool:
        """Stop it, whatever it may be stopped for already; whether this reason is new."""
        with self._write() as conn:
            before = account_of(conn, name)
            if before.stopped and before.reason == reason:
                return False
            self._stop(conn, name, reason, now, who)
            return True

    def _stop(self, conn: Connection, name: str, reason: str, now: dt.datetime, who: str) -> None:
        self._put(conn, accounts, {"name": name, "stopped": True, "reason": reason, "since": now})
        write_event(conn, now, "account-stopped", who, reason=reason, account=name)

    def mend_account(self, name: str, now: dt.datetime, who: str = "worker") -> bool:
        """Whether it was stopped until now."""
        with self._write() as conn:
            return self._mend(conn, name, now, who)

    def _mend(self, conn: Connection, name: str, now: dt.datetime, who: str) -> bool:
        before = account_of(conn, name)
        if not before.stopped:
            return False
        self._put(conn, accounts, {"name": name, "stopped": False, "reason": "", "since": None})
        write_event(conn, now, "account-mended", who, account=name, was=before.reason)
        return True

    def postpone_account(self, name: str, until: dt.datetime, now: dt.datetime, reason: str) -> None:
        """Nothing goes to it before ``until`` (a 429). The reason of a stopped account stays the stop's."""
        with self._write() as conn:
            before = account_of(conn, name)
            why = before.reason if before.stopped else reason
            self._put(conn, accounts, {"name": name, "not_before": until, "reason": why})
            write_event(conn, now, "account-waits", "worker", reason=reason, account=name)

    def tell_waiting(self, name: str, reason: str, *, now: dt.datetime, who: str) -> None:
        """Only an event: deliveries to this account wait, for a reason of its own."""
        with self._write() as conn:
            write_event(conn, now, "account-waits", who, reason=reason, account=name)

    def touch_account(self, name: str, at: dt.datetime) -> None:
        """Its last call was then."""
        with self._write(durable=False) as conn:
            self._put(conn, accounts, {"name": name, "last_call_at": at})

    def bind_account(
        self, name: str, platform: str, server: str, remote_id: str, now: dt.datetime, who: str
    ) -> AccountState:
        """Note where its secrets belong, as far as nobody knew; what is known stays. What holds now."""
        found = {"platform": platform, "server": server, "remote_id": remote_id}
        with self._write() as conn:
            known = account_of(conn, name)
            new = {field: value for field, value in found.items() if getattr(known, field) is None}
            if not new:
                return known
            self._put(conn, accounts, {"name": name, **new})
            write_event(conn, now, "account-bound", who, account=name, **new)
            return account_of(conn, name)

    def trust_account(
        self,
        name: str,
        platform: str,
        server: str,
        remote_id: str | None,
        now: dt.datetime,
        who: str,
        *,
        reason: str,
    ) -> None:
        """Its secrets belong there from now on; without a ``remote_id``, to whoever they are found to be. A
        stop is over."""
        place = {"platform": platform, "server": server, "remote_id": remote_id}
        with self._write() as conn:
            self._put(conn, accounts, {"name": name, **place, "trusted_at": now})
            write_event(conn, now, "account-trusted", who, reason=reason, account=name, **place)
            self._mend(conn, name, now, who)

    def identify_account(
        self,
        name: str,
        platform: str,
        remote_id: str,
        now: dt.datetime,
        *,
        among: Collection[str],
        server: str = "",
    ) -> str | None:
        """Note whom an account's credential belongs to. The name of another one ``among`` today's accounts
        that is the same: the former name of one that was renamed is no other account."""
        others = [other for other in among if other != name]
        with self._write() as conn:
            same = select(A.name).where(
                A.platform == platform, A.server == server, A.remote_id == remote_id, A.name.in_(others)
            )
            other: str | None = conn.execute(same.order_by(A.name).limit(1)).scalar()
            values = {"platform": platform, "server": server, "remote_id": remote_id, "checked_at": now}
            self._put(conn, accounts, {"name": name, **values})
            return other

    def keep_strays(self, found: Sequence[Stray], notes: Mapping[str, str]) -> None:
        """What an account was found to have, and the notes that say how far it was read: all or nothing."""
        with self._write() as conn:
            for stray in found:
                self._put(conn, strays, {c.name: getattr(stray, c.name) for c in strays.c})
            for name, value in notes.items():
                self._put(conn, meta, {"name": name, "value": value})

    # ------------------------------------------------------------ notes

    def meta(self, name: str) -> str | None:
        with self._read() as conn:
            found: str | None = conn.execute(select(meta.c.value).where(meta.c.name == name)).scalar()
            return found

    def notes(self, prefix: str) -> dict[str, str]:
        """All notes whose names begin so, by the rest of their names."""
        query = select(meta.c.name, meta.c.value).where(meta.c.name.startswith(prefix, autoescape=True))
        with self._read() as conn:
            return {name.removeprefix(prefix): value for name, value in conn.execute(query)}

    def set_meta(self, name: str, value: str) -> None:
        with self._write(durable=False) as conn:
            self._put(conn, meta, {"name": name, "value": value})

    def add_to_meta(self, name: str, number: int) -> None:
        """Add to a note that is a whole number, and 0 before it is there. Others may add at the same time."""
        statement = self._insert(meta).values(name=name, value=str(number))
        added = cast(cast(meta.c.value, BigInteger) + number, Text)
        with self._write(durable=False) as conn:
            conn.execute(statement.on_conflict_do_update(index_elements=[meta.c.name], set_={"value": added}))

    def note_problems(
        self, problems: Sequence[Mapping[str, Any]], notes: Mapping[str, str], *, now: dt.datetime, who: str
    ) -> None:
        """An event for each problem that is new (its ``code`` is the reason), and the notes that say so."""
        rows = [event_values(now, "problem", who, reason=one["code"], **one) for one in problems]
        with self._write(durable=False) as conn:
            if rows:
                conn.execute(insert(events), rows)
            for name, value in notes.items():
                self._put(conn, meta, {"name": name, "value": value})


def _end_pauses(conn: Connection, scope: Scope, value: str, now: dt.datetime) -> int:
    mine = (pauses.c.scope == scope, pauses.c.value == value, pauses.c.ended_at.is_(None))
    return conn.execute(update(pauses).where(*mine).values(ended_at=now)).rowcount


def _pause_event(
    conn: Connection, now: dt.datetime, kind: str, who: str, scope: Scope, value: str, reason: str
) -> None:
    post = value if scope == "post" else None
    write_event(conn, now, kind, who, post=post, reason=reason, scope=scope, value=value)
