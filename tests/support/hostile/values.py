"""What hostile answers are made of."""

from __future__ import annotations

import json
from typing import Any

DEEP = 50_000
PROBLEM = "https://api.twitter.com/2/problems/"

VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 1.5, 1e308, 10**30, 2**63, "", " ", "0", "x", "\n", "\0", "\ud800",
    "\u202e", "\x1b[31m", "null", "9" * 400, "a" * 100_000, "2026-13-45T99:99:99Z",
    "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-12-01", "at://", "at://did:plc:x/y/z",
    "javascript:alert(1)", "https://[::1", "//x", "<p>&#xD800;&#0;&bogus;</p>", "<" * 2000, "<a href", [],
    {}, [[]], [{}], [None], {"a": 1}, {"id": 1}, [1, 2, 3], {"$link": 5}, [{"type": "replied_to"}],
    {"urls": [{}]},
)  # fmt: skip
"""In the place of one value of an answer: other kinds, too long, on the edge of what is allowed."""

RAW = (
    b"NaN", b"-Infinity", b"1e999", b"9" * 5000, b"-0", b"01", b"'x'", b"undefined", b'"\\ud83d"',
    b'"\xff\xfe"', b'"\\x"', b'"\x00"', b"[" * DEEP, b'{"a":' * DEEP, b"[" * 500 + b"]" * 500,
    b'"unended', b"{", b",", b"", b'{"id":"1","id":{}}',
)  # fmt: skip
"""The same, written as JSON that is none, or that no writer of JSON would write."""

BODIES = (
    b"", b" ", b"null", b"true", b"0", b'"fine"', b"[]", b"{}", b"[[]]", b"[{}]", b'{"data": null}',
    b'{"data": []}', b'{"data": {}}', b'{"id": ""}', b'{"errors": [{}]}', b'{"errors": {"a": 1}}',
    b"<html>Hi</html>", b"<?xml version='1.0'?><a/>", b"ok", b"\xff\xfe\x00", b"\xef\xbb\xbf{}",
    b"\x00" * 100, b"[" * DEEP, b'{"a":' * DEEP, b"\x1f\x8b\x08", b"id=1&ok=true", b'{"a": 1}{"b": 2}',
    b'{"meta": {}}', b'{"records": [1]}',
)  # fmt: skip
"""In the place of the whole body."""

ERRORS = tuple(
    json.dumps(value).encode()
    for value in (
        {"error": "ExpiredToken", "message": "Token has expired"},
        {"error": "InvalidToken", "message": "no"},
        {"error": "InvalidSwap", "message": "Record was at bafy"},
        {"error": "RecordNotFound", "message": "Could not locate record"},
        {"error": "AccountTakedown", "message": "x" * 2000},
        {"error": {"a": 1}, "message": ["x"]},
        {"error": "This action is outside the authorized scopes", "error_description": 5},
        {"title": "Forbidden", "detail": "duplicate content", "type": "about:blank"},
        {"title": "Forbidden", "detail": "No", "type": f"{PROBLEM}client-forbidden", "errors": "x"},
        {"title": 1, "detail": None, "type": [], "errors": [{"errors": [{"errors": [{"detail": "deep"}]}]}]},
        {"errors": [{"message": f"No. {n}"} for n in range(1000)]},
        {"errors": [{"type": f"{PROBLEM}resource-not-found"}]},
        {"error": "\ud800 \x1b[31m \u202e \n\n", "message": "\0"},
    )
)
"""Words for what is wrong, some of them with a meaning on one platform."""

FIRST_LINES = (
    b"", b"\r\n", b"HTTP/1.1", b"HTTP/1.1 ", b"HTTP/1.1 abc x", b"HTTP/1.1 0 x", b"HTTP/1.1 000 x",
    b"HTTP/1.1 99 x", b"HTTP/1.1 1000 x", b"HTTP/1.1 -200 x", b"HTTP/1.1 2e2 x", b"HTTP/1.1 999 x",
    b"HTTP/0.9 200", b"HTTP/9.9 200 x", b"ICY 200 OK", b"GET / HTTP/1.1", b"SSH-2.0-x", b"\x16\x03\x01",
    b"HTTP/1.1 " + b"2" * 70_000,
)  # fmt: skip
"""In the place of a status line."""

CLOCKS = (b"Retry-After", b"x-rate-limit-reset", b"X-RateLimit-Reset", b"ratelimit-reset", b"Date", b"Age")
TIMES = (
    b"0", b"1", b"-1", b"7.5", b"1e9", b"1e400", b"NaN", b"inf", b"9" * 400, b"99999999999",
    b"4102444800", b"soon", b"", b" ", b"Tue, 01 Dec 2026 09:00:00 GMT",
    b"Mon, 01 Jan 0001 00:00:00 +2300", b"Fri, 31 Dec 9999 23:59:59 -2300",
    b"Mon, 99 Foo 2026 99:99:99 GMT", b"2026-12-01T09:00:00Z", b"0001-01-01T00:00:00+23:59", b"\xff\xfe",
    b"1, 2", b"9999-12-31T23:59:59-23:59", b"2026-W01", b"00:00", b"1" * 20_000, b"1 " * 10_000,
    b"Mon, 1 Jan 99999999999 0:0",
)  # fmt: skip
"""How long to wait, and what time it is."""

ODD = (
    (b"Set-Cookie", b"session=1; Domain=127.0.0.1; Path=/"), (b"Set-Cookie", b"\xff" * 300),
    (b"Link", b'<http://127.0.0.1/?max_id=9>; rel="next"'), (b"Link", b"<>;;;,,<"),
    (b"Link", b"x" * 60_000), (b"Location", b"/again"), (b"Refresh", b"0; url=/again"),
    (b"WWW-Authenticate", b"Bearer error=insufficient_scope"),
    (b"Content-Type", b"text/html; charset=idna"), (b"X-RateLimit-Remaining", b"x"),
    (b"X-RateLimit-Limit", b"9" * 5000), (b"Mastodon-Async-Refresh", b"retry=x,=,id"),
    (b"Connection", b"keep-alive"), (b"Upgrade", b"h2c"), (b"X-Empty", b""), (b"X-Null", b"\0"),
    (b"X-Folded", b"a\r\n b"), (b"Trailer", b"X"), (b"atproto-repo-rev", b"\xff"),
    (b"Alt-Svc", b'h3=":1"'), (b"DPoP-Nonce", b"x"), (b"Content-Length", b"5"),
)  # fmt: skip
"""Headers that a library may trip over."""
