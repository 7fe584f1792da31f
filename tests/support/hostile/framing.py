"""Statuses, headers, lengths and packings that are not what they should be, and connections that die."""

from __future__ import annotations

import gzip
import itertools
import zlib
from collections.abc import Iterator
from functools import cache

from support.hostile.values import BODIES, CLOCKS, ERRORS, FIRST_LINES, ODD, TIMES
from support.hostile.wire import JSON, Attempt, Headers, Wire, message

# ---------------------------------------------------------------- how it is framed and packed


def framed(attempt: Attempt) -> Wire:
    """A length that is wrong, or chunks that are none."""
    chance, status, body = attempt.chance, attempt.due.status, attempt.due.body
    size = len(body)
    lengths = (size + 1, size * 2, size - 1, 0, 10**18, b"-1", b"0x10", b"1, 2", b"", b"abc", b"9" * 5000)
    frames: tuple[Headers, ...] = (
        *([(b"Content-Length", str(n).encode() if isinstance(n, int) else n)] for n in lengths),
        [(b"Content-Length", b"%d" % size), (b"Content-Length", b"1")],
        [(b"Transfer-Encoding", b"chunked")],
        [(b"Transfer-Encoding", b"chunked"), (b"Content-Length", b"%d" % size)],
        [(b"Transfer-Encoding", b"gzip, chunked")],
        [(b"Transfer-Encoding", b"x")],
    )
    bodies = (
        body, _chunks(body), _chunks(body)[:-4], b"%x\r\n" % size + body, b"zz\r\n" + body, b"-5\r\n" + body,
        b"f" * 30 + b"\r\n", b"1\r\n" * 1000, b"9" * 70_000, b"%x;%b\r\n" % (size, b"e" * 70_000) + body,
    )  # fmt: skip
    sent = chance.choice(bodies)
    pieces = message(status, sent, [JSON, *chance.choice(frames)], length=False)
    return Wire(pieces, status, alters=True)


def _chunks(body: bytes) -> bytes:
    middle = len(body) // 2
    halves = [half for half in (body[:middle], body[middle:]) if half]
    return b"".join(b"%x\r\n%b\r\n" % (len(half), half) for half in halves) + b"0\r\n\r\n"


@cache
def _bomb(layers: int) -> bytes:
    """Megabytes of spaces in few bytes."""
    packed = b" " * 30_000_000
    for _ in range(layers):
        packed = _zipped(packed)
    return packed


def _zipped(body: bytes) -> bytes:
    return gzip.compress(body, 6, mtime=0)


def packed(attempt: Attempt) -> Wire:
    """A compression that is another, or damaged, or a bomb."""
    chance, body = attempt.chance, attempt.due.body
    zipped = _zipped(body)
    encodings = (
        b"gzip", b"deflate", b"br", b"zstd", b"x-gzip", b"identity", b"gzip, gzip", b"nonsense", b"\xff",
    )  # fmt: skip
    bodies = (
        body, zipped, zipped[:-9], zipped + b"more", zipped * 2, _zipped(zipped), b"\x1f\x8b", b"",
        zlib.compress(body), zlib.compress(body)[2:-4],
    )  # fmt: skip
    encoding, sent = chance.choice(encodings), chance.choice(bodies)
    if chance.random() < 0.02:
        layers = chance.choice((1, 2))
        encoding, sent = b", ".join([b"gzip"] * layers), _bomb(layers)
    elif chance.random() < 0.05:
        encoding = b", ".join([b"gzip"] * chance.choice((5, 6, 1000)))
    headers = [JSON, (b"Content-Encoding", encoding)]
    return Wire(message(attempt.due.status, sent, headers), attempt.due.status, alters=True)


# ---------------------------------------------------------------- statuses


def refusing(attempt: Attempt) -> Wire:
    """Any status there is, with the body that is due, another, or words for what is wrong."""
    chance = attempt.chance
    status = chance.choice((*range(100, 600), *(400, 401, 403, 404, 408, 410, 429, 500, 502, 503) * 15))
    body = chance.choice((attempt.due.body, chance.choice(BODIES), *ERRORS))
    headers = [JSON, *(chance.choice(ODD) for _ in range(chance.randrange(4)))]
    pieces = message(status, body, headers)
    if status == 100:  # "go on": the client waits for what comes after it
        return Wire(pieces, None, alters=True)
    return Wire(pieces, status, says=body if body in ERRORS else b"", alters=True)


def first_line(attempt: Attempt) -> Wire:
    """No status that could be read, or an odd one."""
    line = attempt.chance.choice(FIRST_LINES)
    return Wire([line + b"\r\nContent-Length: 0\r\n\r\n", attempt.due.body], None, alters=True)


def reason_phrase(attempt: Attempt) -> Wire:
    reason = attempt.chance.choice(
        (b"", b"\xff\xfe", b"x" * 60_000, b"\x1b[31m", " ".join(attempt.secrets).encode())
    )
    status = attempt.chance.choice((attempt.due.status, 400, 401, 500))
    body = attempt.due.body if status == attempt.due.status else b"{}"
    return Wire(message(status, body, [JSON], reason=reason), status)


def early(attempt: Attempt) -> Wire:
    """Interim answers before the right one."""
    status = attempt.chance.choice((100, 100, 102, 103))
    interim = b"HTTP/1.1 %d x\r\nLink: </x>\r\n\r\n" % status
    count = attempt.chance.choice((1, 3, 1000))
    due = message(attempt.due.status, attempt.due.body, [JSON])
    pieces = itertools.chain(itertools.repeat(interim, count), due)
    return Wire(pieces, attempt.due.status if status == 100 else status, alters=status != 100)


# ---------------------------------------------------------------- headers


def clocks(attempt: Attempt) -> Wire:
    """Times to wait, and times of day, of every kind, on a refusal or the right answer."""
    chance = attempt.chance
    status = chance.choice((429, 429, 503, attempt.due.status))
    headers = [(chance.choice(CLOCKS), chance.choice(TIMES)) for _ in range(chance.randint(1, 3))]
    body = attempt.due.body if status == attempt.due.status else chance.choice(ERRORS)
    says = body if body in ERRORS else b""
    return Wire(message(status, body, [JSON, *headers]), status, says=says)


def odd_headers(attempt: Attempt) -> Wire:
    """The right answer under headers that are too many, too long, or none."""
    chance = attempt.chance
    headers: list[tuple[bytes, bytes]] = [chance.choice(ODD) for _ in range(chance.randint(1, 5))]
    if chance.random() < 0.3:
        headers += [
            (b"X-%d" % n, b"y" * chance.choice((1, 500))) for n in range(chance.choice((90, 101, 5000)))
        ]
    if chance.random() < 0.2:
        headers.append((b"X-Long", b"z" * chance.choice((60_000, 70_000, 1_000_000))))
    if chance.random() < 0.2:
        name = chance.choice((b"No colon\r\nX", b"", b" ", b"\xff", b":", b"X\0"))
        headers += [(name, b"1"), (b"X-Debug", attempt.secrets[0].encode())]
    chance.shuffle(headers)
    return Wire(
        message(attempt.due.status, attempt.due.body, [JSON, *headers]), attempt.due.status, alters=True
    )


def redirecting(attempt: Attempt) -> Wire:
    """To itself, to elsewhere, to nowhere. Every request meets it, so following would never end."""
    chance, request = attempt.chance, attempt.request
    to = chance.choice(
        (request.url.encode(), request.path.encode(), b"", b"//", b"http://", b"https://[::1",
         b"javascript:x", b"file:///etc/passwd", b"\xff\xfe", b"a" * 60_000, b"http://127.0.0.1:1/",
         b"?" + attempt.secrets[0].encode())
    )  # fmt: skip
    status = chance.choice((300, 301, 302, 303, 304, 305, 307, 308))
    body = chance.choice((attempt.due.body, b"", b"{}"))
    return Wire(message(status, body, [JSON, (b"Location", to)]), status)


# ---------------------------------------------------------------- connections that die


def cut(attempt: Attempt) -> Wire:
    """The right answer ends anywhere, in its head or its body."""
    whole = b"".join(message(attempt.due.status, attempt.due.body, [JSON]))
    at = attempt.chance.randrange(len(whole))
    return Wire([whole[:at]], attempt.due.status if at > len("HTTP/1.1 200 x\r\n") else None)


def dead(attempt: Attempt) -> Wire:
    """A reset, at once or after a part."""
    whole = b"".join(message(attempt.due.status, attempt.due.body, [JSON]))
    at = attempt.chance.choice((0, 0, attempt.chance.randrange(len(whole))))

    def pieces() -> Iterator[bytes]:
        yield whole[:at]
        raise ConnectionResetError(104, "Connection reset by peer")

    return Wire(pieces(), attempt.due.status)
