"""Answers that never end: only over a real connection, and only with a deadline."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator

from support.hostile.wire import Attempt, Wire

HEAD = b"HTTP/1.1 %d x\r\nContent-Type: application/json\r\n"
PAUSE = 0.01  # seconds
PIECES = 300


def dripping_head(attempt: Attempt) -> Wire:
    return Wire(_slowly(HEAD % attempt.due.status, b"X"), attempt.due.status, alters=True)


def dripping_body(attempt: Attempt) -> Wire:
    """White space: JSON may yet follow."""
    status = attempt.chance.choice((attempt.due.status, 403, 500))
    return Wire(_slowly(HEAD % status + b"\r\n", b" "), status, alters=True)


def dripping_packed(attempt: Attempt) -> Wire:
    head = HEAD % attempt.due.status + b"Content-Encoding: gzip\r\n\r\n\x1f\x8b\x08\0\0\0\0\0\0\3"
    return Wire(_slowly(head, b"\0"), attempt.due.status, alters=True)


def silent(attempt: Attempt) -> Wire:
    """Not a byte, or none after the head."""
    head = attempt.chance.choice((b"", HEAD % attempt.due.status + b"Content-Length: 9\r\n\r\n"))
    return Wire(_slowly(head, b""), attempt.due.status if head else None, alters=True)


def endless_body(attempt: Attempt) -> Wire:
    head = HEAD % attempt.due.status + b"\r\n"
    return Wire(itertools.chain([head], itertools.repeat(b" " * 65536)), attempt.due.status, alters=True)


def endless_chunks(attempt: Attempt) -> Wire:
    head = HEAD % attempt.due.status + b"Transfer-Encoding: chunked\r\n\r\n"
    return Wire(
        itertools.chain([head], itertools.repeat(b"1\r\n \r\n" * 5000)), attempt.due.status, alters=True
    )


def endless_head(attempt: Attempt) -> Wire:
    head = HEAD % attempt.due.status
    return Wire(
        itertools.chain([head], itertools.repeat(b"X-A: b\r\n" * 1000)), attempt.due.status, alters=True
    )


def endless_line(_attempt: Attempt) -> Wire:
    return Wire(itertools.chain([b"HTTP/1.1 "], itertools.repeat(b"2" * 65536)), None, alters=True)


def endless_interim(_attempt: Attempt) -> Wire:
    """The client is to go on, again and again."""
    return Wire(itertools.repeat(b"HTTP/1.1 100 x\r\n\r\n" * 1000), None, alters=True)


def _slowly(head: bytes, piece: bytes) -> Iterator[bytes]:
    yield head
    for _ in range(PIECES):
        time.sleep(PAUSE)
        yield piece
