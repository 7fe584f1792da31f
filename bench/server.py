"""A server with as much of Mastodon's API as publishing needs, which answers at once; a process of its own.

``python bench/server.py`` prints the port that it listens on and serves until its input ends.
"""

from __future__ import annotations

import asyncio
import json
import sys
from email.utils import formatdate
from itertools import count
from typing import ClassVar

CREATED = "2026-12-01T09:00:00.000Z"


class Mastodon(asyncio.Protocol):
    """One connection; keeps it open where the client does."""

    numbers: ClassVar = count(109_300_000_000_000_001)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._data = b""

    def data_received(self, data: bytes) -> None:
        self._data += data
        head, end, body = self._data.partition(b"\r\n\r\n")
        lower = head.lower()
        _, _, length = lower.partition(b"\r\ncontent-length:")
        if not end or len(body) < int(length.split(b"\r\n", 1)[0] or 0):
            return
        self._data = b""
        keep = b"\r\nconnection: close" not in lower
        self._answer(head.split(b" ", 2)[:2], head, keep)

    def _answer(self, route: list[bytes], head: bytes, keep: bool) -> None:
        status, found = 200, answer(*route, head)
        if found is None:
            status, found = 404, {"error": "Record not found"}
        body = json.dumps(found).encode()
        headers = (
            f"HTTP/1.1 {status} OK\r\nDate: {formatdate(usegmt=True)}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nConnection: {'keep-alive' if keep else 'close'}\r\n\r\n"
        )
        self._transport.write(headers.encode() + body)
        if not keep:
            self._transport.close()


def answer(method: bytes, path: bytes, head: bytes) -> object:
    if (method, path) == (b"POST", b"/api/v1/statuses"):
        number = str(next(Mastodon.numbers))
        url = f"https://mastodon.example/@staff/{number}"
        return {"id": number, "url": url, "uri": url, "created_at": CREATED, "content": "<p>It is out.</p>"}
    if path.startswith(b"/api/v1/accounts/verify_credentials"):
        # Every token is an account of its own.
        _, _, token = head.lower().partition(b"authorization: bearer ")
        name = token.split(b"\r\n", 1)[0].decode()
        return {"id": name, "username": name, "acct": name, "url": f"https://mastodon.example/@{name}"}
    if path.startswith(b"/api/v1/accounts/") and b"/statuses" in path:
        return []  # what was there before the bench began
    return None


async def serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Mastodon, "127.0.0.1", 0, backlog=128)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve())
