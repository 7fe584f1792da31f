"""Answers that no platform should give: each made of the right answer to that very request, and a chance.

``ATTACKS`` are functions of an ``Attempt`` (chance, the answer that is due, the request, our secrets) and
give a ``Wire``: the pieces of bytes that come back, and the status that a client reads in them.
"""

from __future__ import annotations

from collections.abc import Sequence

from support.hostile.bodies import big, damaged, echo, long_values, swapped, tree
from support.hostile.framing import (
    clocks,
    cut,
    dead,
    early,
    first_line,
    framed,
    odd_headers,
    packed,
    reason_phrase,
    redirecting,
    refusing,
)
from support.hostile.slow import (
    dripping_body,
    dripping_head,
    dripping_packed,
    endless_body,
    endless_chunks,
    endless_head,
    endless_interim,
    endless_line,
    silent,
)
from support.hostile.wire import Attack, Attempt, Wire

__all__ = ["ATTACKS", "HEAVY", "SLOW", "Attack", "Attempt", "Wire"]

ATTACKS: Sequence[Attack] = (
    *(tree,) * 8,
    *(refusing,) * 5,
    *(swapped, echo, clocks, framed, damaged) * 3,
    *(odd_headers, redirecting, packed, cut) * 2,
    *(first_line, reason_phrase, early, dead),
)
"""The likelier the more there is to find. They come as fast as they are made."""

HEAVY: Sequence[Attack] = (big, long_values)
"""Megabytes: a few of them do."""

SLOW: Sequence[Attack] = (
    dripping_body,
    dripping_head,
    dripping_packed,
    endless_body,
    endless_chunks,
    endless_head,
    endless_interim,
    endless_line,
    silent,
)
"""Each takes until the deadline."""
