"""How one request travels: over a connection that is surely alive, ended by a deadline, its answer read to
the end.

A kept connection may have died unseen, and a request written to it would be ``Unknown`` for nothing. So one
is used again only within a second of a success that came over it, as between two parts of a thread, and only
if nothing has come since, not even its end. ``http.Session`` is the door to this.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from contextvars import ContextVar
from http.client import HTTPResponse
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
import urllib3.connection
import urllib3.connectionpool
from requests.adapters import HTTPAdapter
from urllib3.util import Timeout

from campaign_bot.platforms.answers import Answer
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

Got = TypeVar("Got", requests.Response, Answer)


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
    fp: Any = None  # it gets none where its socket is gone already, and is closed all the same

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
    """Sends one request, and reads the answer to its end: ``send`` for libraries, ``exchange`` for us."""

    def __init__(self) -> None:
        super().__init__(pool_maxsize=1)
        self._pools: dict[Any, Any] = {}  # finding the way through requests takes as long as the call

    def get_connection_with_tls_context(
        self, request: requests.PreparedRequest, verify: Any, proxies: Any = None, cert: Any = None
    ) -> Any:
        return self._pool(str(request.url), verify, proxies, cert)

    def _pool(self, url: str, *way: Any) -> Any:
        key = (*urlsplit(url)[:2], *map(str, way))
        if key not in self._pools:
            request = requests.PreparedRequest()
            request.url = url
            pool: Any = super().get_connection_with_tls_context(request, *way)
            secure = isinstance(pool, urllib3.connectionpool.HTTPSConnectionPool)
            pool.ConnectionCls = _WatchedTLS if secure else _Watched
            self._pools[key] = pool
        return self._pools[key]

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        def exchange(call: _Call) -> requests.Response:
            # A read may take as long as it likes: the watchdog ends it.
            timeout = (min(CONNECT, call.deadline), call.deadline + 1)
            response = HTTPAdapter.send(self, request, **{**kwargs, "stream": True, "timeout": timeout})
            try:
                response._content = _body(response.iter_content(65536), response.status_code, call)
            finally:
                response.close()
            return response

        return _under_way(request.url, None, exchange)

    def exchange(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        *,
        deadline: float | None,
        way: Mapping[str, Any],
    ) -> Answer:
        """The same without what requests does for browsers: that takes longer than the call.

        ``way``: the environment's ``verify`` and ``proxies``. What they lead through is a tunnel: a request
        that is not private goes to this machine alone, and to that without a proxy.
        """
        to = urlsplit(url)

        def exchange(call: _Call) -> Answer:
            answer = self._pool(url, way["verify"], way["proxies"], None).urlopen(
                method,
                f"{to.path or '/'}?{to.query}" if to.query else to.path or "/",
                body=body,
                headers=headers,
                redirect=False,
                retries=False,
                assert_same_host=False,
                preload_content=False,
                decode_content=False,
                timeout=Timeout(connect=min(CONNECT, call.deadline), read=call.deadline + 1),
            )
            try:
                found = _body(answer.stream(65536, decode_content=True), answer.status, call)
            finally:
                answer.release_conn()
            return Answer(
                answer.status, {name.lower(): value for name, value in answer.headers.items()}, found
            )

        return _under_way(url, deadline, exchange)


def _under_way(url: str | None, deadline: float | None, exchange: Callable[[_Call], Got]) -> Got:
    """One request: what goes wrong in it leaves as one of the three errors."""
    deadline = DEADLINE if deadline is None else deadline
    if deadline <= 0:
        raise NotSent(f"{UNREACHABLE}: no time was left")
    with _Call(deadline) as call:
        token = _CALL.set(call)
        try:
            return exchange(call)
        except (OSError, ValueError, urllib3.exceptions.HTTPError) as error:
            failure = _transport_error(error, call, urlsplit(url or "").hostname)
        finally:
            _CALL.reset(token)
    raise failure  # here, where it does not hold on to the connection by its context


def _body(chunks: Iterable[bytes], status: int, call: _Call) -> bytes:
    """The whole body. A refusal stands without it; a success that cannot be read does not."""
    body = b""
    try:
        for chunk in chunks:
            body += chunk
            if len(body) > LARGEST_BODY:
                break
        call.check()
    except (OSError, urllib3.exceptions.HTTPError):
        if status < 400:
            raise
    else:
        call.succeeded = status < 300 and len(body) <= LARGEST_BODY
    if len(body) > LARGEST_BODY and status < 400:
        raise Unknown(f"{UNREADABLE}: more than {LARGEST_BODY} bytes", status=status)
    return body


def _transport_error(error: Exception, call: _Call, host: str | None) -> PlatformError:
    detail = f"no end after {call.deadline:.3g} s" if call.expired else _innermost(error)
    if call.sent:
        return Unknown(f"{NO_ANSWER}: {host}: {detail}")
    if isinstance(error, ValueError):  # a header or address that cannot be: no later attempt is better
        return Refused(f"{IMPOSSIBLE}: {type(error).__name__}", account_broken=True)
    return NotSent(f"{UNREACHABLE}: {host}: {detail}", account_wide=True)


def _innermost(error: BaseException) -> str:
    """What happened: libraries wrap it several times."""
    for _ in range(10):
        inside = (error.__cause__, error.__context__, *error.args)
        error = next((one for one in inside if isinstance(one, BaseException)), error)
    return str(error) or type(error).__name__
