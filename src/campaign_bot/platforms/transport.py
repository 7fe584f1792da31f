"""How one request travels: over a connection that is surely alive, ended by a deadline, its answer read to
the end.

A kept connection may have died unseen, and a request written to it would be ``Unknown`` for nothing. So one
is used again only within a second of a success that came over it, as between two parts of a thread, and only
if nothing has come since, not even its end. ``http.Session`` is the door to this.
"""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from contextvars import ContextVar
from http.client import HTTPResponse
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3.connection
import urllib3.connectionpool
from requests.adapters import HTTPAdapter

from campaign_bot.platforms.errors import NotSent, PlatformError, Refused, Unknown
from campaign_bot.platforms.watchdog import Watchdog

CONNECT = 10.0  # seconds to reach one address of a host
KEPT = 1.0  # seconds after a success: servers wait at least five for another request
DEADLINE = 60.0  # seconds for a whole call, connecting included
LARGEST_BODY = 5_000_000  # bytes of an answer, unpacked

# The phrases that a reason of ours begins with; what follows the colon is detail.
UNREACHABLE = "The platform could not be reached"
NO_ANSWER = "The request was sent, but no answer came"
UNREADABLE = "The platform's answer could not be read"
IMPOSSIBLE = "The request could not be made"

_watchdog = Watchdog()


class _Call:
    """One request under way: whether any of it has left us, and the watchdog that ends it.

    The watchdog shuts a duplicate of the socket down, which ends every read and write on it, in a TLS
    handshake too: the timeouts of requests are for each read, and a server that drips would hold us for ever.
    """

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self.ends_at = time.monotonic() + deadline
        self.sent = False
        self.expired = False
        self.succeeded = False
        self.answer: HTTPResponse | None = None
        self.connection: _Watched | None = None
        self._socket: socket.socket | None = None

    def __enter__(self) -> _Call:
        _watchdog.guard(self)
        return self

    def __exit__(self, *_: object) -> None:
        _watchdog.release(self)
        if self.answer:  # urllib3 drops it unclosed where its headers make no sense
            self.answer.close()
        if self.connection and not self.succeeded:
            self.connection.close()
        if self._socket:
            self._socket.close()

    def watch(self, connection: socket.socket) -> None:
        self._socket = connection.dup()
        self.check()  # it may have expired while we connected: `expire` had no socket then

    def check(self) -> None:
        if self.expired:
            raise TimeoutError(f"no end after {self.deadline:.3g} s")

    def expire(self) -> None:
        self.expired = True
        if self._socket:
            with suppress(OSError):  # it is closed already
                self._socket.shutdown(socket.SHUT_RDWR)


_CALL: ContextVar[_Call] = ContextVar("call")


class _Answer(HTTPResponse):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _CALL.get().answer = self


class _Watched(urllib3.connection.HTTPConnection):
    """A connection that tells the call under way what it does."""

    response_class = _Answer
    _kept_until = 0.0  # by time.monotonic()

    def request(self, *args: Any, **kwargs: Any) -> None:
        if self.sock is not None and time.monotonic() > self._kept_until:
            self.close()
        if self.sock is not None:
            _CALL.get().connection = self
            _CALL.get().watch(self.sock)
        super().request(*args, **kwargs)

    def getresponse(self) -> Any:
        answer = super().getresponse()
        self._kept_until = time.monotonic() + KEPT
        return answer

    def _new_conn(self) -> socket.socket:
        made = super()._new_conn()
        try:
            _CALL.get().watch(made)
        except TimeoutError:
            made.close()
            raise
        return made

    def connect(self) -> None:
        _CALL.get().connection = self
        try:
            super().connect()
        finally:
            _CALL.get().sent = False  # what a proxy was told is not the request

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        _CALL.get().check()
        _CALL.get().sent = True
        super().send(data)


class _WatchedTLS(_Watched, urllib3.connection.HTTPSConnection):
    """The same over TLS."""


class OneCall(HTTPAdapter):
    """Sends one request, and reads the answer to its end."""

    def __init__(self) -> None:
        super().__init__(pool_maxsize=1)
        self._pools: dict[Any, Any] = {}  # finding the way through requests takes as long as the call

    def get_connection_with_tls_context(
        self, request: requests.PreparedRequest, verify: Any, proxies: Any = None, cert: Any = None
    ) -> Any:
        key = (*urlsplit(request.url)[:2], str(verify), str(proxies), str(cert))
        if key not in self._pools:
            self._pools[key] = self._pool(request, verify, proxies, cert)
        return self._pools[key]

    def _pool(self, *way: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*way)
        secure = isinstance(pool, urllib3.connectionpool.HTTPSConnectionPool)
        pool.ConnectionCls = _WatchedTLS if secure else _Watched
        return pool

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        given = kwargs.pop("deadline", None)
        deadline = DEADLINE if given is None else given
        if deadline <= 0:
            raise NotSent(f"{UNREACHABLE}: no time was left")
        # A read may take as long as it likes: the watchdog ends it.
        kwargs |= {"stream": True, "timeout": (min(CONNECT, deadline), deadline + 1)}
        with _Call(deadline) as call:
            token = _CALL.set(call)
            try:
                response = super().send(request, **kwargs)
                response._content = _body(response, call)
            except (OSError, ValueError, urllib3.exceptions.HTTPError) as error:
                failure = _transport_error(error, call, urlsplit(request.url or "").hostname)
            else:
                call.succeeded = response.status_code < 300
                return response
            finally:
                _CALL.reset(token)
        raise failure  # here, where it does not hold on to the connection by its context


def _body(response: requests.Response, call: _Call) -> bytes:
    """The whole body. A refusal stands without it; a success that cannot be read does not."""
    body = b""
    try:
        for chunk in response.iter_content(65536):
            body += chunk
            if len(body) > LARGEST_BODY:
                break
        call.check()
    except (OSError, urllib3.exceptions.HTTPError):
        if response.status_code < 400:
            raise
    finally:
        response.close()
    if len(body) > LARGEST_BODY and response.status_code < 400:
        raise Unknown(f"{UNREADABLE}: more than {LARGEST_BODY} bytes", status=response.status_code)
    return body


def _transport_error(error: Exception, call: _Call, host: str | None) -> PlatformError:
    detail = f"no end after {call.deadline:.3g} s" if call.expired else _innermost(error)
    if call.sent:
        return Unknown(f"{NO_ANSWER}: {host}: {detail}")
    if isinstance(error, ValueError):  # a header or address that cannot be: no later attempt is better
        return Refused(f"{IMPOSSIBLE}: {type(error).__name__}", account_broken=True)
    return NotSent(f"{UNREACHABLE}: {host}: {detail}")


def _innermost(error: BaseException) -> str:
    """What happened: libraries wrap it several times."""
    for _ in range(10):
        inside = (error.__cause__, error.__context__, *error.args)
        error = next((one for one in inside if isinstance(one, BaseException)), error)
    return str(error) or type(error).__name__
