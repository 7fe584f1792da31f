"""The one HTTP seam: every byte to and from a platform goes through a ``Session``.

What libraries leave open is settled here. A call makes one request: nothing is retried, no redirect is
followed, cookies and netrc are ignored (a proxy of the environment is used, but not for loopback).
A call ends by its deadline even if the server drips; an answer is read to its end, and only so far.
What goes wrong is raised as one of the three errors, with every secret taken out:

- nothing of the request had left us: ``NotSent`` (DNS, refused, connect timeout, TLS handshake, proxy),
  which concerns the whole account;
- it had, and no answer could be read: ``Unknown``;
- an answer came: ``answers.error`` says.

A Session is a ``requests.Session``, so tweepy and Mastodon.py take it; ``call`` is for everything else.
This module loads requests: adapters import it where they make their Session.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests

from campaign_bot import __version__
from campaign_bot.platforms import answers
from campaign_bot.platforms.answers import Answer
from campaign_bot.platforms.base import NoEvidence
from campaign_bot.platforms.errors import PlatformError, Refused, Unknown
from campaign_bot.platforms.transport import IMPOSSIBLE, UNREADABLE, Got, OneCall
from campaign_bot.servers import is_loopback

USER_AGENT = f"campaign-bot/{__version__}"
OURS = {"User-Agent": USER_AGENT, "Accept": "application/json"}  # or some servers answer with a page
_TALKATIVE = (  # their DEBUG and INFO records hold tokens, signatures, bodies or URLs
    "tweepy.client",
    "tweepy.api",
    "tweepy.auth",
    "oauthlib",
    "oauthlib.oauth1.rfc5849",
    "oauthlib.oauth1.rfc5849.signature",
    "requests_oauthlib.oauth1_auth",
    "requests_oauthlib.oauth1_session",
    "httpx",
)
_SILENT = (  # their warnings too, which quote headers that cannot be read; what matters is raised as well
    "urllib3.connection",
    "urllib3.connectionpool",
    "urllib3.poolmanager",
    "urllib3.response",
    "urllib3.util.retry",
)


def _hush() -> None:
    """Filters, not levels: they hold even where someone turns DEBUG on."""
    for name in _TALKATIVE:
        logging.getLogger(name).addFilter(_warnings_only)
    for name in _SILENT:
        logging.getLogger(name).addFilter(_nothing)


def _warnings_only(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING


def _nothing(_record: logging.LogRecord) -> bool:
    return False


_hush()


class Session(requests.Session):
    """One account's way to its platform. Not thread-safe.

    ``secrets`` never appear in an error. ``base_url`` takes the place of each address in ``instead_of``
    (before a request is signed). ``account_broken`` tells a platform's own account-wide refusals.
    """

    def __init__(
        self,
        secrets: Collection[str] = (),
        *,
        base_url: str | None = None,
        instead_of: Sequence[str] = (),
        account_broken: Callable[[Answer], bool] = lambda _: False,
    ) -> None:
        super().__init__()
        self.secrets = set(secrets)
        self._date = ""  # of the last answer that has one
        self.headers_of_last: Mapping[str, str] = {}  # answer, names in lower case
        self._requests = 0  # made so far
        self._failure: PlatformError | None = None  # of the last request
        self._base_url = base_url.rstrip("/") if base_url else None
        self._instead_of = tuple(instead_of)
        self._account_broken = account_broken
        self._ways: dict[Any, Mapping[str, Any]] = {}
        self.auth = _no_netrc
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._wire = OneCall()
        for scheme in ("http://", "https://"):
            self.mount(scheme, self._wire)

    def call(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        *,
        deadline: float | None = None,
    ) -> Answer:
        """One request; the answer whatever its status. Raises NotSent or Unknown where none came.

        ``deadline``: seconds, for a call that has less than ``transport.DEADLINE`` left.
        """
        with self._possible():
            url = _encoded(self._address(url))
        self._see_that_it_is_private(url)
        headers = {**(headers or {}), **OURS}
        return self._exchange(
            partial(self._wire.exchange, method, url, headers, body, deadline=deadline, way=self._way(url))
        )

    def _way(self, url: str) -> Mapping[str, Any]:
        """The proxy and the certificates for a host, as the environment has them: it does not change."""
        host = urlsplit(url)[:2]
        if host not in self._ways:
            self._ways[host] = self.merge_environment_settings(url, {}, None, None, None)
        return self._ways[host]

    def check(self, answer: Answer, *, new_secrets: bool = False) -> Answer:
        """The same answer if it is a success, else the error it stands for.

        A success that says one of our secrets back is not to be read on, unless it is there to give us
        ``new_secrets``.
        """
        broken = self._account_broken(answer)
        error = answers.error(answer, dt.datetime.now(dt.UTC), account_broken=broken)
        unreadable = "" if error else self._unreadable(answer, new_secrets)
        if unreadable:
            error = Unknown(f"{UNREADABLE}: {unreadable}", status=answer.status)
        if error:
            raise self._scrubbed(error)
        return answer

    def _unreadable(self, answer: Answer, new_secrets: bool) -> str:
        said_back = not new_secrets and answers.repeats(answer, self.secrets)
        return answer.illegible or ("it holds a secret of ours" if said_back else "")

    @contextmanager
    def outcome(self) -> Iterator[None]:
        """Around a library's calls: whatever it makes of a failure leaves as one of the three errors."""
        before, self._failure = self._requests, None
        try:
            yield
        except (PlatformError, NoEvidence):
            raise
        except Exception as error:  # noqa: BLE001 - any surprise after a request was made may hide a success
            # Not by the surprise's context: an error that was being handled before may stand there.
            if self._failure:
                raise self._failure from None
            if self._requests == before:
                raise self._scrubbed(Refused(f"{IMPOSSIBLE}: {error}")) from None
            raise Unknown(f"{UNREADABLE}: {type(error).__name__}") from None

    def _scrubbed(self, error: PlatformError) -> PlatformError:
        """The error, fit to be shown; kept, for a library may hide it in one of its own."""
        error.reason = answers.sentence(error.reason, self.secrets)
        error.args = (error.reason,)
        self._failure = error
        return error

    # What requests would do otherwise

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        request.url = self._address(request.url)
        request.headers = {**(request.headers or {}), **OURS}
        with self._possible():
            prepared = super().prepare_request(request)
        self._see_that_it_is_private(str(prepared.url))
        return prepared

    def _address(self, url: str) -> str:
        for address in self._instead_of if self._base_url else ():
            if url.startswith(f"{address}/"):
                return f"{self._base_url}{url[len(address) :]}"
        return url

    @contextmanager
    def _possible(self) -> Iterator[None]:
        """Around what makes a request of what we were given, such as a token with a line break."""
        try:
            yield
        except ValueError as error:
            refused = Refused(f"{IMPOSSIBLE}: {type(error).__name__}", account_broken=True)
            raise self._scrubbed(refused) from None

    def _see_that_it_is_private(self, url: str) -> None:
        to = urlsplit(url)
        if to.scheme != "https" and not is_loopback(to.hostname or ""):
            raise self._scrubbed(Refused(f"{IMPOSSIBLE}: {to.hostname} needs https", account_broken=True))

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        response = self._exchange(partial(super().send, request, **kwargs))
        headers = {name.lower(): value for name, value in response.headers.items()}
        self.check(Answer(response.status_code, headers, response.content))
        return response

    def get_redirect_target(self, resp: requests.Response) -> str | None:  # noqa: ARG002
        return None  # never followed: a redirected POST is another request

    def merge_environment_settings(self, url: Any, *args: Any) -> Any:
        if is_loopback(urlsplit(url).hostname or ""):
            url = ""  # which has no proxy: looking for one in the environment takes longer than the call
        return super().merge_environment_settings(url, *args)

    @property
    def server_time(self) -> dt.datetime | None:
        """The last answer's Date, UTC."""
        return answers.date(self._date)

    def _exchange(self, exchange: Callable[[], Got]) -> Got:
        self._requests, self._failure = self._requests + 1, None
        try:
            got = exchange()
        except PlatformError as error:
            raise self._scrubbed(error) from None
        self.headers_of_last = {name.lower(): value for name, value in got.headers.items()}
        self._date = self.headers_of_last.get("date", self._date)
        return got


@lru_cache(64)
def _encoded(url: str) -> str:
    """As it travels. ValueError where it is none."""
    request = requests.PreparedRequest()
    request.prepare_url(url, None)
    return str(request.url)


def _no_netrc(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
