"""What an attack is given, what it gives, and how an answer is written."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from support.fakes import Reply, Request

Headers = Sequence[tuple[bytes, bytes]]
JSON = (b"Content-Type", b"application/json; charset=utf-8")
CLOSE = (b"Connection", b"close")


@dataclass(frozen=True)
class Attempt:
    chance: random.Random
    due: Reply
    request: Request
    secrets: Sequence[str]


@dataclass(frozen=True)
class Wire:
    """``status``: None where no client can read one. ``says``: the body, where it is one of ``ERRORS``.
    ``alters``: a client may well read another value than the right one."""

    pieces: Iterable[bytes]
    status: int | None
    says: bytes = b""
    alters: bool = False


def message(
    status: int | bytes, body: bytes, headers: Headers = (), *, reason: bytes = b"x", length: bool = True
) -> Iterator[bytes]:
    code = status if isinstance(status, bytes) else str(status).encode()
    lines = [b"HTTP/1.1 %b %b" % (code, reason), CLOSE[0] + b": " + CLOSE[1]]
    lines += [b"%b: %b" % header for header in headers]
    if length:
        lines.append(b"Content-Length: %d" % len(body))
    yield b"\r\n".join(lines) + b"\r\n\r\n"
    yield body


Attack = Callable[[Attempt], Wire]
