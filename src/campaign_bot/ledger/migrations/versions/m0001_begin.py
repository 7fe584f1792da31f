"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

INSTANT = sa.BigInteger()
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STATES = (
    "scheduled",
    "publishing",
    "published",
    "retracted",
    "held",
    "missed",
    "cancelled",
    "failed",
    "unconfirmed",
)
HOLDS = ("hold", "person", "problem", "same-text", "picture")


def one_of(words: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=20)


def upgrade() -> None:
    op.create_table(
        "deliveries",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("post", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("slot", sa.String(), nullable=False),
        sa.Column("slot_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("deadline", INSTANT),
        sa.Column("state", one_of(STATES, "state"), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("variant", sa.Integer(), nullable=False),
        sa.Column("after", sa.Text()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("hold", one_of(HOLDS, "hold")),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("parts_done", sa.Integer(), nullable=False),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("not_before", INSTANT),
        sa.Column("published_at", INSTANT),
        sa.Column("decided_at", INSTANT),
        sa.Column("skipped", sa.Boolean(), nullable=False),
        sa.Column("seq", SERIAL, primary_key=True),
        sa.Column(
            "ready_at",
            INSTANT,
            sa.Computed("CASE WHEN not_before > due_at THEN not_before ELSE due_at END", persisted=True),
        ),
        sa.Column("claimed_by", sa.Text()),
        sa.Column("claimed_until", INSTANT),
        sa.UniqueConstraint("key"),
    )
    op.create_index("ix_deliveries_state_ready_at", "deliveries", ["state", "ready_at"])
    op.create_index("ix_deliveries_account_fingerprint", "deliveries", ["account", "fingerprint"])
    op.create_index("ix_deliveries_account_published_at", "deliveries", ["account", "published_at"])
    op.create_index("ix_deliveries_post", "deliveries", ["post"])
    waiting = sa.text("state IN ('scheduled', 'held')")
    op.create_index(
        "ix_deliveries_state_deadline",
        "deliveries",
        ["state", "deadline"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
    partly_out = sa.text("parts_done > 0 AND published_at IS NULL")
    op.create_index(
        "ix_deliveries_parts_done",
        "deliveries",
        ["parts_done"],
        sqlite_where=partly_out,
        postgresql_where=partly_out,
    )
    _calls()
    _history()
    _decisions()


def _calls() -> None:
    op.create_table(
        "parts",
        sa.Column("key", sa.Text(), sa.ForeignKey("deliveries.key"), primary_key=True),
        sa.Column("part", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("record_key", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
    )
    op.create_table(
        "attempts",
        sa.Column("id", SERIAL, primary_key=True),
        sa.Column("key", sa.Text(), sa.ForeignKey("deliveries.key"), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.Column("outcome", sa.Text()),
        sa.Column("error", sa.Text(), nullable=False),
        sa.UniqueConstraint("key", "number"),
    )
    op.create_table(
        "receipts",
        sa.Column("key", sa.Text(), sa.ForeignKey("deliveries.key"), primary_key=True),
        sa.Column("part", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("remote_id", sa.Text(), nullable=False),
        sa.Column("url", sa.Text()),
        sa.Column("extra", sa.JSON(), nullable=False),
        sa.Column("deleted_at", INSTANT),
        sa.UniqueConstraint("account", "remote_id"),
    )


def _history() -> None:
    op.create_table(
        "events",
        sa.Column("id", SERIAL, primary_key=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text()),
        sa.Column("post", sa.Text()),
        sa.Column("from_state", one_of(STATES, "from_state")),
        sa.Column("to_state", one_of(STATES, "to_state")),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
    )
    op.create_index("ix_events_key", "events", ["key"])
    op.create_index("ix_events_post", "events", ["post"])


def _decisions() -> None:
    op.create_table(
        "accounts",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("stopped", sa.Boolean(), nullable=False, server_default=sa.text("false")),
        sa.Column("reason", sa.Text(), nullable=False, server_default=""),
        sa.Column("since", INSTANT),
        sa.Column("not_before", INSTANT),
        sa.Column("last_call_at", INSTANT),
        sa.Column("platform", sa.Text()),
        sa.Column("remote_id", sa.Text()),
        sa.Column("checked_at", INSTANT),
    )
    op.create_table(
        "pauses",
        sa.Column("id", SERIAL, primary_key=True),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT),
    )
    op.create_table(
        "decisions",
        sa.Column("post", sa.Text(), primary_key=True),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
    )
    op.create_table(
        "meta",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("value", sa.Text(), nullable=False),
    )
