"""What may be kept of an answer: each a value of the right kind, or ValueError where it makes no sense.

What comes out fits into the ledger and onto a screen: it has a bounded length and, but for the text of a
post, one line of characters that can be printed.
"""

from __future__ import annotations

import datetime as dt
import re

LONGEST = 2000  # characters; the longest are Mastodon's addresses and Bluesky's DIDs
LARGEST = 2**63 - 1  # what the ledger's numbers hold

_ID = re.compile(r"[!-~]+")  # printable ASCII
_ADDRESS = re.compile(r"https?://\S+")
_SURROGATE = re.compile("[\ud800-\udfff]")


def remote_id(value: object) -> str:
    """A platform's id: ASCII without spaces. Some servers give numbers."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    found = line(value)
    if not _ID.fullmatch(found):
        raise ValueError("not an id")
    return found


def line(value: object) -> str:
    """A name, or other words on one line."""
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST or not value.isprintable():
        raise ValueError(f"not a line of text: {type(value).__name__}")
    return value


def address(value: object) -> str:
    """A page's address, with its scheme."""
    found = line(value)
    if not _ADDRESS.fullmatch(found):
        raise ValueError("not the address of a page")
    return found


def text(value: object) -> str:
    """A post's text, of any length. Halves of characters become U+FFFD."""
    if not isinstance(value, str):
        raise ValueError(f"not a text: {type(value).__name__}")  # noqa: TRY004 - one error for all of these
    return _SURROGATE.sub("\ufffd", value)


def count(value: object) -> int | None:
    """A number of things; None where the platform does not tell."""
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= LARGEST:
        raise ValueError(f"not a count: {type(value).__name__}")
    return value


def instant(value: object) -> dt.datetime:
    """UTC, of an aware datetime or its ISO 8601."""
    moment = dt.datetime.fromisoformat(value) if isinstance(value, str) else value
    if not isinstance(moment, dt.datetime) or moment.tzinfo is None:
        raise ValueError("not an instant")
    try:
        return moment.astimezone(dt.UTC)
    except OverflowError as error:
        raise ValueError("not an instant") from error
