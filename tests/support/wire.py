"""A connection that leads nowhere: what is written to it goes to a function, whose bytes are what is read.

Everything above the socket is the real thing (http.client, urllib3, requests, the libraries), with no port
and no thread in the way:

    monkeypatch.setattr("urllib3.util.connection.create_connection", wire.connecting(answer))
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import parse_qs, urlsplit

from support.fakes import Request

Answering = Callable[[Request], Iterable[bytes]]
"""What comes back for a request, piece by piece. It may raise OSError in the middle."""


def connecting(answer: Answering) -> Callable[..., Socket]:
    return lambda *_, **__: Socket(answer)


class Socket:
    """As much of ``socket.socket`` as a client of HTTP uses. Its duplicates are itself."""

    def __init__(self, answer: Answering) -> None:
        self.shut = False
        self._answer = answer
        self._written = bytearray()

    def sendall(self, data: bytes) -> None:
        self._written += data

    def makefile(self, *_: object, **__: object) -> io.BufferedReader:
        return io.BufferedReader(_Reading(self, iter(self._answer(_request(bytes(self._written))))))

    def dup(self) -> Socket:
        return self

    def shutdown(self, _how: int) -> None:
        self.shut = True

    def settimeout(self, _seconds: float | None) -> None: ...

    def close(self) -> None: ...


class _Reading(io.RawIOBase):
    def __init__(self, socket: Socket, pieces: Iterator[bytes]) -> None:
        self._socket = socket
        self._pieces = pieces
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._left:
            piece = None if self._socket.shut else next(self._pieces, None)
            if piece is None:
                return 0
            self._left = piece
        size = min(len(buffer), len(self._left))
        buffer[:size], self._left = self._left[:size], self._left[size:]
        return size


def _request(written: bytes) -> Request:
    head, _, body = written.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    url = urlsplit(target)
    query = parse_qs(url.query, keep_blank_values=True)
    return Request(method, url.path, query, headers, body, f"http://{headers['host']}{target}")
