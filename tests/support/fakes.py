"""A platform's server that a test can trust to be hostile: it listens on loopback, in a thread.

What a test has not enabled answers 500 with HTML. Every request is kept. A test arms faults:

    with FakeX() as fake:
        fake.enable("publish")
        fake.arm(reset, on="POST /2/tweets", done=True)     # the post is made, then the connection dies
        adapter = fake.adapter()

The fakes for single platforms (``fakes_x.py`` and the like) subclass ``FakePlatform``: they keep what they
accept in ``posts``. They serve a worker in another process as well.
"""

from __future__ import annotations

import datetime as dt
import email.policy
import email.utils
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Self
from urllib.parse import parse_qs, urlsplit

from campaign_bot.model import Account
from campaign_bot.platforms import registry
from campaign_bot.platforms.base import Adapter
from support import campaigns


@dataclass(frozen=True)
class Request:
    """One request as it came. Header names are in lower case; ``query`` has each name's values."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes
    url: str

    @property
    def route(self) -> str:
        return f"{self.method} {self.path}"

    def json(self) -> Any:
        return json.loads(self.body)

    def form(self) -> dict[str, list[str]]:
        return parse_qs(self.body.decode(), keep_blank_values=True)

    def multipart(self) -> dict[str, bytes]:
        """The content of each part, by its name."""
        head = f"Content-Type: {self.headers['content-type']}\r\n\r\n".encode()
        whole = BytesParser(policy=email.policy.HTTP).parsebytes(head + self.body)
        return {
            str(part.get_param("name", header="content-disposition")): bytes(part.get_payload(decode=True))
            for part in whole.iter_parts()
        }


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


WRONG = Reply(500, b"<html><body>Something went wrong</body></html>", {"Content-Type": "text/html"})


def as_json(value: Any, status: int = 200, **headers: str) -> Reply:
    return Reply(status, json.dumps(value).encode(), {"Content-Type": "application/json"} | headers)


# ---------------------------------------------------------------- faults: they own the connection

Fault = Callable[[socket.socket, Reply | None], None]


def reply(answer: Reply) -> Fault:
    """Another answer than the one that is due."""

    def fault(connection: socket.socket, _due: Reply | None) -> None:
        connection.sendall(_head(answer) + answer.body)

    return fault


def close(_connection: socket.socket, _due: Reply | None) -> None:
    """The connection ends with no answer."""


def reset(connection: socket.socket, _due: Reply | None) -> None:
    """The connection is reset with no answer."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def cut_short(connection: socket.socket, due: Reply | None) -> None:
    """A success whose body ends in the middle."""
    due = due or as_json({"id": "1" * 100})
    connection.sendall(_head(due) + due.body[: len(due.body) // 2])


def hang(seconds: float) -> Fault:
    """No answer for that long, then the one that is due."""

    def fault(connection: socket.socket, due: Reply | None) -> None:
        time.sleep(seconds)
        connection.sendall(_head(due or WRONG) + (due or WRONG).body)

    return fault


def drip_headers(connection: socket.socket, _due: Reply | None) -> None:
    """Headers, a few bytes at a time, for two seconds."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    _drip(connection, b"X-Slow: 1\r\n")


def drip_body(connection: socket.socket, _due: Reply | None) -> None:
    """A body, a byte at a time, for two seconds."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
    _drip(connection, b" ")


def endless_body(connection: socket.socket, _due: Reply | None) -> None:
    """A body that goes on for as long as someone reads it."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
    while True:
        connection.sendall(b" " * 65536)


def _drip(connection: socket.socket, piece: bytes) -> None:
    for _ in range(40):
        connection.sendall(piece)
        time.sleep(0.05)


def _head(answer: Reply) -> bytes:
    headers = {
        "Date": email.utils.formatdate(usegmt=True),
        "Content-Length": str(len(answer.body)),
        "Connection": "close",
    } | dict(answer.headers)
    lines = [f"HTTP/1.1 {answer.status} x", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


@dataclass
class _Armed:
    fault: Fault
    on: str
    done: bool
    times: int
    late: float


# ---------------------------------------------------------------- the server


class FakeServer:
    """Keeps every request in ``requests``; ``serve`` gives the answer that is due (None: the wrong one)."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.hung_up = threading.Event()  # a client went away in the middle of a fault
        self._armed: list[_Armed] = []
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        poll = {"poll_interval": 0.002}
        threading.Thread(target=self._server.serve_forever, kwargs=poll, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def serve(self, request: Request) -> Reply | None:  # noqa: ARG002
        return None

    def arm(
        self, fault: Fault, *, on: str, done: bool = False, times: int = 1_000_000, late: float = 0
    ) -> None:
        """Let requests whose route begins with ``on`` fail, ``late`` by so many seconds.

        ``done``: after the work.
        """
        self._armed.append(_Armed(fault, on, done, times, late))

    @property
    def exhausted(self) -> bool:
        """Whether every fault that was armed has been met as often as it was to be."""
        return not any(armed.times for armed in self._armed)

    def disarm(self) -> None:
        self._armed.clear()

    def quiet(self) -> None:
        """Return once every request that had been sent is answered, whether its sender still lives or not."""
        with socket.create_connection(self._server.server_address[:2]) as probe:
            probe.shutdown(socket.SHUT_WR)
            probe.recv(1)  # connections are accepted in turn: all before this one have been by now
        with self._server.changed:
            self._server.changed.wait_for(lambda: not self._server.open)

    def count(self, route: str) -> int:
        """How many requests came whose route begins so (``POST /2/tweets``)."""
        return sum(request.route.startswith(route) for request in self.requests)

    def answer(self, request: Request, connection: socket.socket) -> Reply | None:
        """The reply to send; None where a fault has seen to it."""
        self.requests.append(request)
        armed = next((a for a in self._armed if request.route.startswith(a.on) and a.times > 0), None)
        if armed is None:
            return self.serve(request) or WRONG
        armed.times -= 1
        time.sleep(armed.late)
        try:
            armed.fault(connection, self.serve(request) if armed.done else None)
        except OSError:
            self.hung_up.set()
        return None


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, *args: Any) -> None:
        self.changed = threading.Condition()
        self.open = 0  # connections that are being served
        super().__init__(*args)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self.changed:
            self.open += 1
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        with self.changed:
            self.open -= 1
            self.changed.notify_all()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away, in the middle of a fault: nothing to print."""


def _handler(fake: FakeServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            url = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            query = parse_qs(url.query, keep_blank_values=True)
            body = self.rfile.read(length)
            request = Request(self.command, url.path, query, headers, body, fake.url + self.path)
            answer = fake.answer(request, self.connection)
            self.close_connection = True
            if answer:
                self.connection.sendall(_head(answer) + answer.body)

        do_GET = do_POST = do_PUT = do_DELETE = _any  # noqa: N815

        def log_message(self, *_: Any) -> None:
            pass

    return Handler


# ---------------------------------------------------------------- a platform


@dataclass
class FakePost:
    """What a platform keeps of a post. ``media``: the bytes and alt text of each picture."""

    id: str
    text: str
    created_at: dt.datetime
    languages: tuple[str, ...] = ()
    media: tuple[tuple[bytes, str], ...] = ()
    reply_to: str | None = None
    warning: str | None = None
    visibility: str | None = None


class FakePlatform(FakeServer):
    """One account on a fake platform. ``routes``: by action, what a test has to enable for it."""

    platform: ClassVar[str]
    secrets: ClassVar[Mapping[str, str]]
    routes: ClassVar[Mapping[str, tuple[str, ...]]]
    """By the adapter's method. Routes end in ``*`` for any rest."""
    public_call: ClassVar[str]
    """The route of the one call that makes a post public."""
    handle: ClassVar[str] = "campaign"

    def __init__(self, now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC)) -> None:
        super().__init__()
        self.now = now
        self.posts: list[FakePost] = []  # oldest first; deleted ones are gone
        self.page = 5  # most posts in one answer, whatever is asked for: so that paging is used
        self._enabled: set[str] = set()
        self._numbers = 0

    def enable(self, *actions: str) -> Self:
        """Serve these actions; none named: all."""
        self._enabled |= {route for action in actions or self.routes for route in self.routes[action]}
        return self

    def account(self, **more: Any) -> Account:
        more = {"base_url": self.url, "rules": registry.rules(self.platform)} | more
        return campaigns.account("fake", self.platform, ("en",), **more)

    def adapter(self, **more: Any) -> Adapter:
        return registry.connect(self.account(**more), self.secrets)

    def serve(self, request: Request) -> Reply | None:
        if not any(_matches(request.route, route) for route in self._enabled):
            return None
        return self.work(request)

    def work(self, request: Request) -> Reply | None:
        raise NotImplementedError

    def number(self) -> str:
        """The next id."""
        self._numbers += 1
        return str(1_860_000_000_000_000_000 + self._numbers)

    def post(self, post_id: str | None) -> FakePost | None:
        return next((post for post in self.posts if post.id == post_id), None)


def _matches(route: str, pattern: str) -> bool:
    return route.startswith(pattern[:-1]) if pattern.endswith("*") else route == pattern
