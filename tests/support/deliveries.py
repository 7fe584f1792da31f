"""Builders of deliveries and ledger entries, for tests of what happens between plan and ledger."""

from __future__ import annotations

import datetime as dt
from typing import Any

from campaign_bot.model import Delivery, Entry, HoldReason, Rendered, State

NOON = dt.datetime(2026, 12, 1, 20, 0, tzinfo=dt.UTC)  # 12:00 in Los Angeles
HALF_HOUR = dt.timedelta(minutes=30)


def rendered(text: str = "Hello", *more: str, **fields: Any) -> Rendered:
    parts = (text, *more)
    values: dict[str, Any] = {
        "parts": parts,
        "length": max(map(len, parts)),
        "limit": 280,
        "languages": ("en",),
        "fingerprint": "|".join(parts),
    }
    return Rendered(**values | fields)


def delivery(key: str = "launch/letter:x-en:en", at: dt.datetime = NOON, **fields: Any) -> Delivery:
    """A dated delivery of ``key`` (post:account:language) at ``at``."""
    post, account, language = key.rsplit(":", 2)
    values: dict[str, Any] = {
        "at": at,
        "slot": at.replace(tzinfo=None),
        "slot_at": at,
        "deadline": at + HALF_HOUR,
        "queue": post.partition("/")[0],
        "post": post,
        "file": f"posts/{post}.md",
        "account": account,
        "platform": account.partition("-")[0],
        "language": language,
        "rendered": rendered(),
    }
    return Delivery(key, **values | fields)


def entry(planned: Delivery | None = None, state: State = State.SCHEDULED, **fields: Any) -> Entry:
    """The ledger's row of a delivery."""
    planned = planned or delivery()
    values: dict[str, Any] = {
        "queue": planned.queue,
        "post": planned.post,
        "file": planned.file,
        "account": planned.account,
        "platform": planned.platform,
        "language": planned.language,
        "slot": planned.slot,
        "slot_at": planned.slot_at,
        "due_at": planned.at,
        "deadline": planned.deadline,
        "state": state,
        "fingerprint": planned.rendered.fingerprint,
        "hold": HoldReason.FILE if state is State.HELD else None,
    }
    return Entry(planned.key, **values | fields)
