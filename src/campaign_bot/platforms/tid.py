"""TIDs: the keys of atproto's records (AT Protocol, "Timestamp Identifiers").

64 bits as 13 characters that sort by time: a zero, 53 bits of microseconds since 1970 (UTC), and 10 bits
that tell apart the clocks which make them.
"""

from __future__ import annotations

import datetime as dt

_ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"  # base32 whose order is that of ASCII
_LENGTH = 13
_CLOCKS = 1 << 10
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)


def new(instant: dt.datetime, clock_id: int) -> str:
    """The TID of an instant (aware, from 1970 on) on a clock (0 to 1023). ValueError for any other."""
    microseconds = (instant - _EPOCH) // _MICROSECOND
    if not 0 <= clock_id < _CLOCKS or microseconds < 0:
        raise ValueError(f"no TID for {instant} on the clock {clock_id}")
    value = microseconds * _CLOCKS + clock_id
    return "".join(_ALPHABET[value >> 5 * place & 31] for place in reversed(range(_LENGTH)))
