"""The ledger's tables, the same on SQLite and PostgreSQL.

A change here needs a migration, and ``REVISION`` its name: a test compares both.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from enum import StrEnum

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Computed,
    Dialect,
    Enum,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import TypeDecorator

from campaign_bot.ledger import triggers
from campaign_bot.model import HoldReason, State

REVISION = "0005"

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
MICROSECOND = dt.timedelta(microseconds=1)


class Instant(TypeDecorator[dt.datetime]):
    """An aware datetime, stored as microseconds since the epoch. A naive one is a TypeError."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, _: Dialect) -> int | None:
        return None if value is None else (value - EPOCH) // MICROSECOND

    def process_result_value(self, value: int | None, _: Dialect) -> dt.datetime | None:
        return None if value is None else EPOCH + dt.timedelta(microseconds=value)


class WallTime(TypeDecorator[dt.datetime]):
    """A wall time as staff wrote it, in ISO 8601 without an offset."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, _: Dialect) -> str | None:
        return None if value is None else value.isoformat()

    def process_result_value(self, value: str | None, _: Dialect) -> dt.datetime | None:
        return None if value is None else dt.datetime.fromisoformat(value)


class Texts(TypeDecorator[tuple[str, ...]]):
    """The texts of a delivery's parts."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: Sequence[str] | None, _: Dialect) -> list[str]:
        return list(value or ())

    def process_result_value(self, value: list[str] | None, _: Dialect) -> tuple[str, ...]:
        return tuple(value or ())


def one_of(words: type[StrEnum], name: str) -> Enum:
    """A column that the database itself lets hold nothing but these words."""
    return Enum(
        words,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=20,
        values_callable=lambda members: [member.value for member in members],
    )


Serial = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers only an INTEGER by itself

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

deliveries = Table(
    "deliveries",
    metadata,
    # Those of model.Entry, in its order: a row is an Entry's arguments.
    Column("key", Text, nullable=False, unique=True),
    Column("queue", Text, nullable=False),
    Column("post", Text, nullable=False),
    Column("file", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("platform", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("slot", WallTime, nullable=False),
    Column("slot_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("deadline", Instant),
    Column("state", one_of(State, "state"), nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("variant", Integer, nullable=False),
    Column("after", Text),
    Column("reason", Text, nullable=False),
    Column("hold", one_of(HoldReason, "hold")),
    Column("attempts", Integer, nullable=False),
    Column("parts_done", Integer, nullable=False),
    Column("parts", Texts, nullable=False),
    Column("not_before", Instant),
    Column("published_at", Instant),
    Column("decided_at", Instant),
    Column("skipped", Boolean, nullable=False),
    # The ledger's own.
    Column("seq", Serial, primary_key=True),  # in the order they were added
    Column(
        "ready_at",
        Instant,
        Computed("CASE WHEN not_before > due_at THEN not_before ELSE due_at END", persisted=True),
    ),
    Column("claimed_by", Text),
    Column("claimed_until", Instant),
    Index(None, "state", "ready_at"),
    Index(None, "account", "published_at"),
    Index(None, "post"),
)
triggers.attach(deliveries)

WAITING = text("state IN ('scheduled', 'held')")
Index(None, deliveries.c.state, deliveries.c.deadline, sqlite_where=WAITING, postgresql_where=WAITING)

IN_FLIGHT = text("state IN ('publishing', 'unconfirmed')")
Index(
    None, deliveries.c.account, deliveries.c.fingerprint, sqlite_where=IN_FLIGHT, postgresql_where=IN_FLIGHT
)

PARTLY_OUT = text("parts_done > 0 AND published_at IS NULL")
Index(None, deliveries.c.parts_done, sqlite_where=PARTLY_OUT, postgresql_where=PARTLY_OUT)

parts = Table(
    "parts",
    metadata,
    Column("key", ForeignKey(deliveries.c.key), primary_key=True),
    Column("part", Integer, primary_key=True, autoincrement=False),
    Column("idempotency_key", Text, nullable=False),
    Column("record_key", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("text", Text, nullable=False),
    Column("payload", JSON, nullable=False),
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("key", ForeignKey(deliveries.c.key), nullable=False),
    Column("part", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("outcome", Text),
    Column("error", Text, nullable=False),
    UniqueConstraint("key", "number"),
)

receipts = Table(
    "receipts",
    metadata,
    Column("key", ForeignKey(deliveries.c.key), primary_key=True),
    Column("part", Integer, primary_key=True, autoincrement=False),
    Column("account", Text, nullable=False),
    Column("remote_id", Text, nullable=False),
    Column("url", Text),
    Column("extra", JSON, nullable=False),
    Column("deleted_at", Instant),
    UniqueConstraint("account", "remote_id"),
)

# Posts that an account had when a worker read it after it had been away, and that no receipt named.
strays = Table(
    "strays",
    metadata,
    # Those of values.Stray, in its order.
    Column("account", Text, primary_key=True),
    Column("remote_id", Text, primary_key=True),
    Column("url", Text),
    Column("extra", JSON, nullable=False),
    Column("readings", Texts, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("reply_to", Text),
    Column("images", Integer, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("kind", Text, nullable=False),
    Column("key", Text, index=True),
    Column("post", Text, index=True),
    Column("from_state", one_of(State, "from_state")),
    Column("to_state", one_of(State, "to_state")),
    Column("reason", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("detail", JSON, nullable=False),
)

accounts = Table(
    "accounts",
    metadata,
    # Those of values.AccountState, in its order.
    Column("name", Text, primary_key=True),
    Column("stopped", Boolean, nullable=False, server_default=text("false")),
    Column("reason", Text, nullable=False, server_default=""),
    Column("since", Instant),
    Column("not_before", Instant),
    Column("last_call_at", Instant),
    Column("platform", Text),
    Column("remote_id", Text),
    Column("checked_at", Instant),
    Column("server", Text),
    Column("trusted_at", Instant),
)

pauses = Table(
    "pauses",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("scope", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("ended_at", Instant),
)

decisions = Table(
    "decisions",
    metadata,
    Column("post", Text, primary_key=True),
    Column("decision", Text, nullable=False),  # hold, release: the latest wins
    Column("who", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

meta = Table(
    "meta",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

# Alembic's own table under a name of ours, since a PostgreSQL database may be shared. It is not in
# ``metadata``: Alembic looks after it.
version = Table(
    "ledger_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="ledger_version_pkc"),
)
