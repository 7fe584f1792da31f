"""Bodies that are not what they should be, and our own secrets said back to us."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Iterator
from typing import Any

from support.hostile.values import BODIES, RAW, VALUES
from support.hostile.wire import JSON, Attempt, Wire, message

MARK = "\u2063mark\u2063"

MOST_OPENED = 300
"""Brackets of a body that is altered again: to read one that is nested deeper takes all of the stack, and a
finalizer that runs down there fails the test."""


def tree(attempt: Attempt) -> Wire:
    """One to three of its values are others, or gone, or there twice."""
    body = attempt.due.body
    for _ in range(attempt.chance.randint(1, 3)):
        body = _altered(body, attempt.chance)
    return Wire(message(attempt.due.status, body, [JSON]), attempt.due.status, alters=True)


def _altered(body: bytes, chance: random.Random) -> bytes:
    if body.count(b"[") + body.count(b"{") > MOST_OPENED:
        return body
    try:
        value = json.loads(body)
    except ValueError:
        return body
    places = list(_places(value))
    if not places:
        return chance.choice(BODIES)
    holder, key = chance.choice(places)
    kind = chance.randrange(4)
    if kind == 0:
        del holder[key]
    elif kind == 1:
        holder[key] = chance.choice(VALUES)
    elif kind == 2:
        holder[key] = [holder[key]] if chance.random() < 0.5 else {"a": holder[key]}
    else:
        holder[key] = MARK
    written = json.dumps(value).encode()
    return written.replace(json.dumps(MARK).encode(), chance.choice(RAW), 1)


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    children = value.items() if isinstance(value, dict) else enumerate(value)
    for key, child in children:
        yield value, key
        if isinstance(child, (dict, list)):
            yield from _places(child)


def swapped(attempt: Attempt) -> Wire:
    """Another body: none, HTML, a value of another kind."""
    body = attempt.chance.choice(BODIES)
    kind = attempt.chance.choice(
        (b"application/json", b"text/html; charset=base64", b"", b"x" * 500, b"\xff")
    )
    status = attempt.chance.choice((attempt.due.status, 200, 201, 202, 204, 206))
    return Wire(message(status, body, [(b"Content-Type", kind)]), status, alters=True)


def damaged(attempt: Attempt) -> Wire:
    """The right body with some of its bytes changed, cut off, doubled or in another encoding."""
    chance, body = attempt.chance, bytearray(attempt.due.body)
    at = chance.randrange(max(len(body), 1))
    kind = chance.randrange(6)
    if kind == 0:
        body[at : at + 1] = bytes([chance.randrange(256)])
    elif kind == 1:
        body[at:] = b""
    elif kind == 2:
        body[at:at] = chance.choice((b"\xff", b"\x00", b"\xed\xa0\x80", b'"', b"\\", b"{", b"\r\n"))
    elif kind == 3:
        body = bytearray(
            body.decode("utf-8").encode(chance.choice(("utf-16", "utf-32", "utf-7", "utf-8-sig")))
        )
    elif kind == 4:
        body += body
    else:
        chance.shuffle(body)
    return Wire(message(attempt.due.status, bytes(body), [JSON]), attempt.due.status, alters=True)


def big(attempt: Attempt) -> Wire:
    """Megabytes of one thing; now and then tens of them."""
    size = attempt.chance.choice((1_000_000, 4_900_000, 30_000_000))
    unit = attempt.chance.choice(
        (b" ", b"[", b"[],", b"{},", b'{"a":{}},', b"<", b"<a ", b"&", b"\xff", b"9", b"\0")
    )
    before, after = attempt.chance.choice(
        ((b"", b""), (b"[", b"0]"), (b'{"data":[', b'0],"id":"1"}'), (b'"', b'"'))
    )
    pieces = itertools.chain([before], itertools.repeat(unit * (65536 // len(unit)), size // 65536), [after])
    status = attempt.chance.choice((attempt.due.status, 200, 403, 500))
    return Wire(itertools.chain(message(status, b"", [JSON], length=False), pieces), status, alters=True)


def long_values(attempt: Attempt) -> Wire:
    """The right answer, with a text of megabytes in one place."""
    unit = attempt.chance.choice(
        ("a", "<", "<p>", "&amp;", "&#x", "<!--", "<a href='x'>", "@a", "https://t.co/a ", "\n")
    )
    value = json.loads(attempt.due.body or b"{}")
    places = [(holder, key) for holder, key in _places(value) if isinstance(holder[key], str)]
    if places:
        holder, key = attempt.chance.choice(places)
        holder[key] = unit * (attempt.chance.choice((20_000, 900_000)) // len(unit))
    return Wire(
        message(attempt.due.status, json.dumps(value).encode(), [JSON]), attempt.due.status, alters=True
    )


# ---------------------------------------------------------------- our own secrets


def echo(attempt: Attempt) -> Wire:
    """In the words for an error, in headers, in the status line; and as the values that we ask for."""
    chance = attempt.chance
    said = _said(attempt)
    status = chance.choice(
        (attempt.due.status, attempt.due.status, 400, 401, 403, 404, 408, 429, 302, 308, 500)
    )
    body = (
        _repeating(attempt.due.body, said, chance) if status == attempt.due.status else _blaming(said, chance)
    )
    headers = [
        JSON,
        (chance.choice((b"Location", b"Set-Cookie", b"X-Debug", b"Link", b"Date")), said.encode()),
    ]
    reason = said.encode() if chance.random() < 0.3 else b"x"
    return Wire(message(status, body, headers, reason=reason), status, alters=True)


def _said(attempt: Attempt) -> str:
    secret = attempt.chance.choice(attempt.secrets)
    authorization = attempt.request.headers.get("authorization", "x").replace("\n", "")
    return attempt.chance.choice(
        (
            secret,
            secret,
            f"https://example.org/?t={secret}",
            f"at://did:plc:{secret}/app.bsky.feed.post/3k",
            authorization,
        )
    )


def _repeating(body: bytes, said: str, chance: random.Random) -> bytes:
    try:
        value = json.loads(body)
    except ValueError:
        return body
    places = [place for place in _places(value) if not isinstance(place[0][place[1]], (dict, list))]
    for holder, key in chance.sample(places, min(len(places), chance.randint(1, 4))):
        holder[key] = said
    written = json.dumps(value)
    if chance.random() < 0.3:
        written = written.replace(said, "".join(f"\\u{ord(letter):04x}" for letter in said))
    return written.encode()


def _blaming(said: str, chance: random.Random) -> bytes:
    name = chance.choice(("error", "message", "detail", "title", "error_description"))
    long = "x" * chance.choice((0, 290, 5000))
    errors = [{"message": f"{long} {said}"}]
    return json.dumps({name: f"{long} bad: {said} {said}", "errors": errors, "type": said}).encode()
