"""The ledger follows the plan: thousands of changes in one transaction."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from campaign_bot.ledger import schema
from campaign_bot.ledger.moving import WHOLE, Moving, event_values, move_statement, move_values
from campaign_bot.ledger.reading import D
from campaign_bot.ledger.schema import deliveries, events
from campaign_bot.ledger.values import Add, Change, Follow, Move
from campaign_bot.model import MOVES, Delivery, State

WAITING = (State.SCHEDULED, State.HELD)
LOCK = 0x63616D72  # on PostgreSQL, one plan at a time: two would wait for each other's rows
CHUNK = 1_000


@dataclass(slots=True)
class Seen:
    """A row's columns that decide what is possible, kept up to date change by change."""

    state: State
    parts_done: int
    skipped: bool
    post: str
    due_at: dt.datetime
    fingerprint: str

    def allows(self, to: State) -> bool:
        # A call may be under way in a row that is ``publishing``: only its publisher moves it.
        return (
            self.state is not State.PUBLISHING
            and to in MOVES[self.state]
            and not (self.state is State.CANCELLED and self.skipped)
            and not (self.parts_done and to in WHOLE)
        )


@dataclass(slots=True)
class Batch:
    """Changes of as many rows, each at most once: what is executed together."""

    adds: list[dict[str, Any]] = field(default_factory=list)
    follows: list[dict[str, Any]] = field(default_factory=list)
    moves: dict[tuple[frozenset[str], bool], list[dict[str, Any]]] = field(
        default_factory=lambda: defaultdict(list)
    )


class Following(Moving):
    def apply(self, changes: Iterable[Change], *, now: dt.datetime, who: str) -> list[Change]:
        """Make these changes, in this order. Those that are no longer possible are skipped and returned.

        All of them in one transaction, but only some at a time in memory.
        """
        skipped: list[Change] = []
        rest = iter(changes)
        with self._write() as conn:
            if not self._sqlite:
                conn.execute(select(func.pg_advisory_xact_lock(LOCK)))
            while some := list(islice(rest, CHUNK)):
                work = Work(now, who, _rows(conn, {change.key for change in some}))
                skipped += [change for change in some if not work.take(change)]
                work.execute(conn)
        return skipped


class Work:
    """Sorts changes into batches, with what each does to its row in mind, then executes them."""

    def __init__(self, now: dt.datetime, who: str, rows: dict[str, Seen]) -> None:
        self._now = now
        self._who = who
        self._rows = rows
        self._batches: defaultdict[int, Batch] = defaultdict(Batch)
        self._changed: Counter[str] = Counter()
        self._events: list[dict[str, Any]] = []

    def take(self, change: Change) -> bool:
        """Whether the change is possible; if so, it is in a batch after those of its row's earlier ones."""
        row = self._rows.get(change.key)
        batch = self._batches[self._changed[change.key]]
        match change:
            case Add() if row is None and change.state in WAITING:
                self._add(batch, change)
            case Follow() if row is not None and row.state in WAITING and not row.parts_done:
                self._follow(batch, change, row)
            case Move() if row is not None and row.allows(change.to):
                self._move(batch, change, row)
            case _:
                return False
        self._changed[change.key] += 1
        return True

    def execute(self, conn: Connection) -> None:
        for _, batch in sorted(self._batches.items()):
            if batch.adds:
                conn.execute(insert(deliveries), batch.adds)
            if batch.follows:
                _all(conn.execute(_FOLLOW, batch.follows).rowcount, batch.follows)
            for (columns, whole), values in batch.moves.items():
                statement = move_statement(columns, whole=whole, returning=False)
                _all(conn.execute(statement, values).rowcount, values)
        if self._events:
            conn.execute(insert(events), self._events)

    def _add(self, batch: Batch, change: Add) -> None:
        planned = plan_columns(change.delivery, change.due_at, change.deadline)
        batch.adds.append(
            planned
            | {"key": change.key, "state": change.state, "reason": change.reason, "hold": change.hold}
            | {"attempts": 0, "parts_done": 0, "parts": (), "skipped": False}
        )
        rendered = change.delivery.rendered
        self._rows[change.key] = Seen(
            change.state, 0, False, change.delivery.post, change.due_at, rendered.fingerprint
        )
        self._event("add", change.key, change.delivery.post, to=change.state, reason=change.reason)

    def _follow(self, batch: Batch, change: Follow, row: Seen) -> None:
        planned = plan_columns(change.delivery, change.due_at, change.deadline)
        batch.follows.append(planned | {"of": change.key})
        moved, edited = row.due_at != change.due_at, row.fingerprint != planned["fingerprint"]
        if moved or edited or row.post != planned["post"]:
            detail = {"due_at": change.due_at.isoformat()} if moved else {}
            reason = "edited" if edited or row.post != planned["post"] else "moved"
            self._event("follow", change.key, planned["post"], reason=reason, **detail)
        row.due_at, row.fingerprint, row.post = change.due_at, planned["fingerprint"], planned["post"]

    def _move(self, batch: Batch, change: Move, row: Seen) -> None:
        columns: dict[str, Any] = {"hold": change.hold, **change.columns}
        values = move_values(change.key, row.state, change.to, change.reason, columns)
        batch.moves[frozenset(values) - {"of", "frm"}, change.to in WHOLE].append(values)
        self._event("move", change.key, row.post, frm=row.state, to=change.to, reason=change.reason)
        row.state = change.to
        row.skipped = change.columns.get("skipped", row.skipped)

    def _event(self, kind: str, key: str, post: str, **values: Any) -> None:
        self._events.append(event_values(self._now, kind, self._who, key=key, post=post, **values))


def plan_columns(delivery: Delivery, due_at: dt.datetime, deadline: dt.datetime | None) -> dict[str, Any]:
    """What a row says of its plan; all of it follows the plan while nothing is out."""
    return {
        "queue": delivery.queue,
        "post": delivery.post,
        "file": delivery.file,
        "account": delivery.account,
        "platform": delivery.platform,
        "language": delivery.language,
        "slot": delivery.slot,
        "slot_at": delivery.slot_at,
        "due_at": due_at,
        "deadline": deadline,
        "fingerprint": delivery.rendered.fingerprint,
        "variant": delivery.variant,
        "after": delivery.after,
    }


_FOLLOW = (
    update(deliveries)
    .where(D.key == bindparam("of"), schema.WAITING, D.parts_done == 0)
    .values(
        {
            name: bindparam(name, type_=D[name].type)
            for name in (
                "queue",
                "post",
                "file",
                "account",
                "platform",
                "language",
                "slot",
                "slot_at",
                "due_at",
                "deadline",
                "fingerprint",
                "variant",
                "after",
            )
        }
    )
)

_ROWS = (
    select(D.key, D.state, D.parts_done, D.skipped, D.post, D.due_at, D.fingerprint)
    .where(D.key.in_(bindparam("keys", expanding=True)))
    .order_by(D.key)
    .with_for_update()
)


def _rows(conn: Connection, keys: Iterable[str]) -> dict[str, Seen]:
    """The rows as they stand, locked until the end of the transaction."""
    return {key: Seen(*columns) for key, *columns in conn.execute(_ROWS, {"keys": sorted(keys)})}


def _all(changed: int, values: Sequence[dict[str, Any]]) -> None:
    if changed != len(values):  # the rows are locked: this is a fault, and nothing of it is kept
        raise RuntimeError(f"{changed} rows changed, not {len(values)}")
