"""What a delivery says, replies to and is known by: from its first call on, once and for ever."""

from __future__ import annotations

import datetime as dt
import uuid
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from campaign_bot.ledger import Ledger, Part
from campaign_bot.model import Entry, Picture, Receipt, Rendered, State
from campaign_bot.platforms import tid


@dataclass(frozen=True, slots=True)
class Frozen:
    """What all parts of one delivery say."""

    parts: tuple[str, ...]
    languages: tuple[str, ...]
    images: tuple[Picture, ...]
    warning: str | None


def frozen(ledger: Ledger, entry: Entry, wanted: Callable[[Entry], Rendered | None]) -> Frozen | None:
    """What an entry says: what its first part's call froze, else what its file says at this moment.

    ``wanted`` tells the latter. None: its file is gone.
    """
    first = ledger.part(entry.key, 1) if entry.parts_done else None
    if first is not None:
        return Frozen(entry.parts, tuple(first.payload["languages"]), (), first.payload["warning"])
    rendered = wanted(entry)
    if rendered is None:
        return None
    return Frozen(rendered.parts, rendered.languages, rendered.images, rendered.warning)


def parents(
    ledger: Ledger, entry: Entry, receipts: Sequence[Receipt]
) -> tuple[Receipt | None, Receipt | None]:
    """What an entry's next part replies to, and the first post of the whole thread.

    ``receipts`` are those of its parts so far.
    """
    before: Sequence[Receipt] = ()
    if entry.after:
        first = ledger.entry(entry.after)
        # It goes alone if the first language ended otherwise than published.
        if first is not None and first.state is State.PUBLISHED:
            before = first.receipts
    chain = [*before, *receipts]
    return (chain[-1], chain[0]) if chain else (None, None)


def keys_of(ledger: Ledger, entry: Entry, part: int, now: dt.datetime) -> Part:
    """A delivery's part with the keys that it has for ever from its first call on: an idempotency key (UUID)
    and a record key (TID).

    The TID's clock id comes from the delivery, so that two deliveries begun in the same microsecond differ.
    """
    known = ledger.part(entry.key, part) if entry.attempts or part > 1 else None
    record_key = tid.new(now, zlib.crc32(f"{entry.key}#{part}".encode()) & 0x3FF)
    return known or Part(entry.key, part, str(uuid.uuid4()), record_key, now, "", {})
