"""The one HTTP seam: what libraries leave open is settled here."""

from __future__ import annotations

import datetime as dt
import gzip
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from campaign_bot.platforms import transport
from campaign_bot.platforms.base import NoEvidence
from campaign_bot.platforms.errors import NotSent, PlatformError, Refused, Unknown
from campaign_bot.platforms.http import Session
from support import fakes
from support.fakes import FakeServer, Reply, Request, as_json


class Fine(FakeServer):
    """Answers all with a success, a cookie and a time."""

    def serve(self, request: Request) -> Reply:
        cookie = {"Set-Cookie": "session=1; Path=/", "Date": "Tue, 01 Dec 2026 09:00:00 GMT"}
        return as_json({"path": request.path}, **cookie)


@pytest.fixture
def server() -> Iterator[Fine]:
    with Fine() as running:
        yield running


@pytest.fixture
def listening() -> Iterator[Callable[[Callable[[socket.socket], None]], str]]:
    """Gives the address (host:port) of a bare socket that treats each connection as told."""
    opened: list[socket.socket] = []

    def serve(treat: Callable[[socket.socket], None]) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        opened.append(listener)

        def run() -> None:
            connection, _ = listener.accept()
            with connection:
                treat(connection)

        threading.Thread(target=run, daemon=True).start()
        return f"127.0.0.1:{listener.getsockname()[1]}"

    yield serve
    for listener in opened:
        listener.close()


def error_of(session: Session, url: str, **more: object) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        session.call("POST", url, **more)  # type: ignore[arg-type]
    return caught.value


def test_a_call_gives_the_answer_whatever_its_status(server: Fine) -> None:
    server.arm(fakes.reply(as_json({"error": "no"}, 403)), on="POST /no")
    session = Session()
    assert session.call("POST", f"{server.url}/yes", {"X-A": "b"}, b"body").json() == {"path": "/yes"}
    assert session.call("POST", f"{server.url}/no").status == 403
    first = server.requests[0]
    assert (first.body, first.headers["x-a"]) == (b"body", "b")
    assert first.headers["user-agent"].startswith("campaign-bot/")


def test_a_library_gets_the_error_itself(server: Fine) -> None:
    server.arm(fakes.reply(as_json({"error": "no"}, 403)), on="POST /no")
    with pytest.raises(Refused, match="403 Forbidden: no"):
        Session().post(f"{server.url}/no", json={})


def test_the_platforms_time_is_remembered(server: Fine) -> None:
    session = Session()
    session.call("GET", server.url)
    assert session.server_time == dt.datetime(2026, 12, 1, 9, tzinfo=dt.UTC)


def test_cookies_are_not_kept(server: Fine) -> None:
    session = Session()
    for _ in range(2):
        session.call("GET", server.url)
    assert all("cookie" not in request.headers for request in server.requests)


class Keeping:
    """A server that would keep each connection for ever, and counts the requests that come over each.

    ``status`` of its answers; with ``ends`` it closes after an answer without having said so.
    """

    def __init__(self, status: int = 200, *, ends: bool = False) -> None:
        self._status, self._ends = status, ends
        self.requests: list[int] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/"
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.requests.append(0)
                threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            while connection.recv(65536):
                self.requests[-1] += 1
                connection.sendall(b"HTTP/1.1 %d Well\r\nContent-Length: 2\r\n\r\n{}" % self._status)
                if self._ends:
                    return

    def __enter__(self) -> Keeping:
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()


def test_a_connection_is_used_again_right_after_a_success() -> None:
    with Keeping() as server, Session() as session:
        for _ in range(3):
            session.call("GET", server.url)
        assert server.requests == [3]


def test_a_connection_that_lay_idle_is_not_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be dead by now, and a request written to it would be Unknown for nothing."""
    monkeypatch.setattr(transport, "KEPT", -1.0)
    with Keeping() as server, Session() as session:
        for _ in range(2):
            session.call("GET", server.url)
        assert server.requests == [1, 1]


@pytest.mark.parametrize("status", [429, 500])
def test_after_anything_but_a_success_the_connection_is_closed(status: int) -> None:
    """Whoever refuses, or is in trouble, is about to close it."""
    with Keeping(status) as server, Session() as session:
        for _ in range(2):
            session.call("GET", server.url)
        assert server.requests == [1, 1]


def test_a_connection_that_its_server_has_closed_is_not_used_again() -> None:
    with Keeping(ends=True) as server, Session() as session:
        for _ in range(2):
            assert session.call("GET", server.url).status == 200
            time.sleep(0.05)  # until its end has come to us
        assert server.requests == [1, 1]


def test_a_kept_connection_obeys_the_deadline_too(
    listening: Callable[[Callable[[socket.socket], None]], str],
) -> None:
    def once(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        while connection.recv(65536):
            pass  # and never answers again

    url = f"http://{listening(once)}/"
    with Session() as session:
        session.call("GET", url)
        error = error_of(session, url, deadline=0.2)
    assert isinstance(error, Unknown)
    assert error.reason.endswith("no end after 0.2 s")


def test_netrc_is_not_read(server: Fine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password hunter2hunter2\n")
    monkeypatch.setenv("NETRC", str(netrc))
    Session().call("GET", server.url)
    assert "authorization" not in server.requests[0].headers


def test_a_proxy_of_the_environment_is_used_but_not_for_loopback(
    server: Fine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Fine() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"):
            monkeypatch.setenv(name, proxy.url)
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        Session().call("GET", server.url)
        assert (len(server.requests), len(proxy.requests)) == (1, 0)
        # The proxy cannot tunnel: the request itself has not left us.
        assert isinstance(error_of(Session(), "https://platform.invalid/"), NotSent)


def test_another_server_takes_the_place_of_a_librarys_own(server: Fine) -> None:
    session = Session(base_url=f"{server.url}/api/", instead_of=("https://api.twitter.com",))
    session.call("GET", "https://api.twitter.com/2/users/me?a=1")
    assert (server.requests[0].path, server.requests[0].query) == ("/api/2/users/me", {"a": ["1"]})


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        ("http://platform.example/", {}),
        ("ftp://platform.example/", {}),
        ("platform.example", {}),
        ("http://127.0.0.1/", {"Authorization": "Bearer line\nbreak"}),
        ("http://127.0.0.1/", {"Authorization": "Bearer ñ€"}),
    ],
)
def test_what_cannot_be_sent_breaks_the_account(url: str, headers: dict[str, str]) -> None:
    """No later attempt would be better, and a credential never goes over plain HTTP."""
    error = error_of(Session(), url, headers=headers)
    assert isinstance(error, Refused)
    assert error.account_broken


def test_a_failed_handshake_is_not_sent(
    listening: Callable[[Callable[[socket.socket], None]], str],
) -> None:
    address = listening(lambda connection: connection.sendall(b"not TLS at all, not a bit of it"))
    assert isinstance(error_of(Session(), f"https://{address}/"), NotSent)


def test_a_handshake_that_never_ends_is_ended(
    listening: Callable[[Callable[[socket.socket], None]], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "DEADLINE", 0.2)
    ended = threading.Event()
    address = listening(lambda _: ended.wait(5) and None)
    error = error_of(Session(), f"https://{address}/")
    ended.set()
    assert isinstance(error, NotSent)


def test_a_server_that_does_not_read_is_ended(
    listening: Callable[[Callable[[socket.socket], None]], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "DEADLINE", 0.3)
    ended = threading.Event()
    address = listening(lambda _: ended.wait(5) and None)
    error = error_of(Session(), f"http://{address}/", body=b"x" * 50_000_000)
    ended.set()
    assert isinstance(error, Unknown)


def test_a_connect_timeout_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    def too_slow(*_: object, **__: object) -> None:
        raise TimeoutError("timed out")

    monkeypatch.setattr("urllib3.util.connection.create_connection", too_slow)
    assert isinstance(error_of(Session(), "https://platform.example/"), NotSent)


def test_a_connection_that_comes_after_the_deadline_is_not_used(
    server: Fine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lease may have ended by then: someone else may be sending the same."""
    from urllib3.util import connection

    connect = connection.create_connection
    monkeypatch.setattr(transport, "DEADLINE", 0.05)

    def slow(*args: object, **kwargs: object) -> socket.socket:
        threading.Event().wait(0.2)
        return connect(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(connection, "create_connection", slow)
    assert isinstance(error_of(Session(), server.url), NotSent)
    assert not server.requests


def test_a_call_with_no_time_left_is_not_sent(server: Fine) -> None:
    assert isinstance(error_of(Session(), server.url, deadline=-0.1), NotSent)
    assert not server.requests


def test_a_small_answer_that_unpacks_to_a_huge_one_is_not_kept(server: Fine) -> None:
    bomb = gzip.compress(b"0" * 50_000_000)
    server.arm(fakes.reply(Reply(200, bomb, {"Content-Encoding": "gzip"})), on="POST")
    assert "more than 5000000 bytes" in error_of(Session(), server.url).reason


def test_an_endless_answer_is_not_read_on(server: Fine) -> None:
    server.arm(fakes.endless_body, on="POST")
    assert "more than 5000000 bytes" in error_of(Session(), server.url).reason
    assert server.hung_up.wait(5)


def test_an_answer_that_is_not_what_it_says_is_unknown(server: Fine) -> None:
    server.arm(fakes.reply(Reply(200, b"plain", {"Content-Encoding": "gzip"})), on="POST")
    assert isinstance(error_of(Session(), server.url), Unknown)


def test_a_refusal_stands_though_its_words_are_cut_off(server: Fine) -> None:
    server.arm(fakes.reply(Reply(401, b"{", {"Content-Length": "100"})), on="POST")
    with pytest.raises(Refused, match="401 Unauthorized"):
        Session().post(server.url)


# ---------------------------------------------------------------- what a library makes of it


def test_our_error_is_found_inside_a_librarys(server: Fine) -> None:
    server.arm(fakes.close, on="POST")
    session = Session()
    with pytest.raises(Unknown, match="no answer came"), session.outcome():
        try:
            session.post(server.url)
        except PlatformError:
            raise RuntimeError("network!")  # noqa: B904 - as Mastodon.py does


def test_a_surprise_after_a_request_is_unknown(server: Fine) -> None:
    session = Session()
    with pytest.raises(Unknown, match="could not be read: KeyError"), session.outcome():
        session.post(server.url).json()["data"]


def test_an_error_of_before_is_not_taken_for_this_one(server: Fine) -> None:
    """While one is being handled, the context of every new error leads to it: it is not what happened."""
    session = Session()
    with pytest.raises(Unknown, match="could not be read"):
        try:
            session.call("POST", server.url, deadline=-1)
        except NotSent:
            with session.outcome():
                session.post(server.url).json()["data"]


def test_an_error_that_a_library_got_over_is_not_taken_for_a_later_one(server: Fine) -> None:
    server.arm(fakes.reply(as_json({}, 404)), on="GET /version")
    session = Session()
    with pytest.raises(Unknown, match="could not be read"), session.outcome():
        with pytest.raises(Refused):
            session.get(f"{server.url}/version")
        session.post(server.url).json()["data"]


def test_a_surprise_before_any_request_is_refused() -> None:
    session = Session({"hunter2hunter2"})
    with pytest.raises(Refused, match=r"could not be made: \*\*\* is odd"), session.outcome():
        raise ValueError("hunter2hunter2 is odd")


def test_no_evidence_passes() -> None:
    with pytest.raises(NoEvidence), Session().outcome():
        raise NoEvidence


def test_libraries_that_log_secrets_are_hushed(caplog: pytest.LogCaptureFixture) -> None:
    for name in ("tweepy.client", "oauthlib.oauth1.rfc5849", "requests_oauthlib.oauth1_auth", "httpx"):
        logger = logging.getLogger(name)
        caplog.set_level(logging.DEBUG, logger=name)
        logger.debug("the token is 123")
        logger.warning("something is wrong")
    assert {record.getMessage() for record in caplog.records} == {"something is wrong"}


def test_headers_that_cannot_be_read_are_not_quoted(server: Fine, caplog: pytest.LogCaptureFixture) -> None:
    """urllib3 would warn of them, with all that follows and the address."""
    caplog.set_level(logging.DEBUG)
    server.arm(fakes.reply(Reply(200, b"{}", {"No colon\r\nX": "hunter2hunter2"})), on="POST")
    Session({"hunter2hunter2"}).call("POST", f"{server.url}/?token=hunter2hunter2")
    assert "hunter2" not in caplog.text


def test_an_answer_with_a_secret_of_ours_is_not_read(server: Fine) -> None:
    said = as_json({"id": "t\u00f6ken-hunter2"})
    server.arm(fakes.reply(said), on="POST")
    session = Session({"t\u00f6ken-hunter2"})
    with pytest.raises(Unknown, match="holds a secret"):
        session.post(server.url)
    answer = session.call("POST", server.url)
    assert session.check(answer, new_secrets=True) is answer


def test_a_short_secret_may_stand_in_an_answer_by_chance(server: Fine) -> None:
    assert Session({"path"}).post(server.url).json() == {"path": "/"}


def test_an_answer_of_too_many_values_is_not_read(server: Fine) -> None:
    server.arm(fakes.reply(as_json([{}] * 50_000)), on="POST")
    with pytest.raises(Unknown, match="more than 50000 values"):
        Session().post(server.url)


@pytest.mark.parametrize("deep", ['{"a":[' * 51, '["\\\\",' * 101, "[" * 60 + '"]]]",' + "[" * 41])
def test_an_answer_that_is_too_deep_is_not_read(server: Fine, deep: str) -> None:
    server.arm(fakes.reply(fakes.Reply(200, deep.encode())), on="POST")
    with pytest.raises(Unknown, match="more than 100 values inside one another"):
        Session().post(server.url)


def test_an_answer_in_another_encoding_is_not_read(server: Fine) -> None:
    server.arm(fakes.reply(fakes.Reply(200, '["∀",'.encode("utf-16"))), on="POST")
    with pytest.raises(Unknown, match="not in UTF-8"):
        Session().post(server.url)


def test_brackets_in_words_are_not_deep(server: Fine) -> None:
    art = {"content": '\\"[{' * 3000}
    server.arm(fakes.reply(as_json(art)), on="POST")
    assert Session().post(server.url).json() == art


def test_an_error_does_not_hold_on_to_its_connection(server: Fine) -> None:
    server.arm(fakes.close, on="POST")
    assert error_of(Session(), server.url).__context__ is None
