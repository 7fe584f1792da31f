"""atproto's XRPC: the SDK's client over our HTTP seam.

Sessions and their refreshing are the SDK's; every byte goes through ``http.Session``, so that what goes
wrong is one of the three errors before the SDK sees it. Signing in publishes nothing: its failure is
``NotSent`` or ``Refused``, never ``Unknown``. This module loads the SDK: import it where it is used.

A session is a secret, so it lives in this process only. Signing in is limited to 30 times in 5 minutes and
300 times a day for an account (PDS source, ``createSession``): one ``Server`` serves as long as the worker.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from time import monotonic
from typing import Any
from urllib.parse import urlencode

from atproto_client import Client, Session, SessionEvent
from atproto_client.models.dot_dict import DotDict
from atproto_client.request import RequestBase, Response

from campaign_bot import servers
from campaign_bot.platforms import http, transport
from campaign_bot.platforms.answers import Answer
from campaign_bot.platforms.bluesky import ENTRYWAY
from campaign_bot.platforms.errors import NotSent, Refused, Unknown
from campaign_bot.platforms.values import remote_id

SLOW = "Signing in took too long"
ASTRAY = "The account's server is not one on the net"

_SIGNING_IN = ("com.atproto.server.createSession", "com.atproto.server.refreshSession")
_OVER = frozenset({"ExpiredToken", "InvalidToken"})  # told before anything is done
_BROKEN = frozenset(
    {
        "AccountDeactivated",
        "AccountNotFound",
        "AccountSuspended",
        "AccountTakedown",
        "AuthFactorTokenRequired",
        "InsufficientScope",
        "RepoDeactivated",
        "RepoSuspended",
        "RepoTakendown",
    }
)


class SessionOver(NotSent):
    """The session is no longer good: the call was not executed, and the next one signs in anew."""


class Server:
    """One account on its PDS. With a ``base_url`` the calls stay there, whatever PDS the account names."""

    def __init__(self, identifier: str, password: str, base_url: str | None) -> None:
        self.http = http.Session({password}, account_broken=_account_broken)
        self._identifier = identifier
        self._password = password
        self._base_url = base_url
        self._pds: Pds | None = None
        self._ends = 0.0  # on the monotonic clock

    @contextmanager
    def signed_in(self) -> Iterator[Pds]:
        """The PDS, signed in to. All that is asked of it inside ends by one deadline, signing in included.

        Whatever goes wrong inside leaves as one of the three errors.
        """
        self._ends = monotonic() + transport.DEADLINE
        try:
            self._pds = self._pds or self._sign_in()
            with self.http.outcome():
                yield self._pds
        except SessionOver:
            self._pds = None
            raise

    def _sign_in(self) -> Pds:
        pds = Pds(self._base_url, _Wire(self.http, lambda: self._ends - monotonic()))
        pds.on_session_change(self._accept)
        try:
            with self.http.outcome():
                pds.login(self._identifier, self._password, fetch_bsky_profile=False)
        except Unknown as error:
            raise NotSent(error.reason, status=error.status) from None
        except Refused as error:
            raise Refused(error.reason, account_broken=True, status=error.status) from None
        return pds

    def _accept(self, _: SessionEvent, session: Session) -> None:
        """The SDK would find only at the next call that it cannot use what it was given."""
        if not session.access_jwt_payload.exp or not remote_id(session.did).startswith("did:"):
            raise ValueError("no session")
        self.http.secrets = {self._password, session.access_jwt, session.refresh_jwt}


class Pds(Client):  # type: ignore[misc] # the SDK has no types
    """The SDK's client, with plain JSON in and out: records of other programs are of any shape."""

    def __init__(self, base_url: str | None, wire: _Wire) -> None:
        super().__init__(base_url or ENTRYWAY, request=wire)
        self._stays = base_url is not None
        self._http = wire.http

    @property
    def did(self) -> str:
        return str(self._session.did)

    @property
    def scope(self) -> str:
        """What the session may do; empty where the server does not say."""
        return str(self._session.access_jwt_payload.scope or "")

    def query(self, nsid: str, **params: Any) -> Mapping[str, Any]:
        return _json(self.invoke_query(nsid, params=DotDict(params)))

    def procedure(self, nsid: str, **body: Any) -> Mapping[str, Any]:
        """An explicit None arrives as null (the SDK's own models would drop it)."""
        content = json.dumps(body, ensure_ascii=False)
        return _json(self.invoke_procedure(nsid, content=content, input_encoding="application/json"))

    def upload(self, data: bytes, media_type: str) -> Mapping[str, Any]:
        return _json(
            self.invoke_procedure("com.atproto.repo.uploadBlob", data=data, input_encoding=media_type)
        )

    def _update_pds_endpoint(self, pds_endpoint: str) -> None:
        """The account's own document names its PDS, and the session goes there; from the net never inside."""
        if self._stays:
            return
        if servers.is_public(ENTRYWAY) and not servers.is_public(pds_endpoint):
            raise Refused(f"{ASTRAY}: {pds_endpoint}", account_broken=True)
        super()._update_pds_endpoint(pds_endpoint)

    def _refresh_and_set_session(self) -> Any:
        """The SDK does so before a call when less than a quarter of an hour of its token is left."""
        try:
            with self._http.outcome():
                return super()._refresh_and_set_session()
        except (Refused, Unknown) as error:
            raise SessionOver(error.reason, status=error.status) from None


class _Wire(RequestBase):  # type: ignore[misc] # the SDK has no types
    """What the SDK sends with, in the place of httpx. ``remaining`` tells the seconds that are left."""

    def __init__(self, seam: http.Session, remaining: Callable[[], float]) -> None:
        super().__init__()
        self.http = seam
        self._remaining = remaining

    def get(self, url: str, headers: Mapping[str, str], params: Any = None, **_: Any) -> Response:
        query = f"?{urlencode(params, doseq=True)}" if params else ""
        return self._send("GET", url + query, headers, None)

    def post(
        self, url: str, headers: Mapping[str, str], content: str = "", data: bytes = b"", **_: Any
    ) -> Response:
        return self._send("POST", url, headers, content.encode() or data)

    def _send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Response:
        left = self._remaining()
        if left <= 0:
            raise NotSent(SLOW)
        answer = self.http.call(method, url, self.get_headers(headers), body, deadline=left)
        try:
            self.http.check(answer, new_secrets=url.endswith(_SIGNING_IN))
        except Refused as error:
            error.code = _code(answer)
            if error.code in _OVER and answer.status >= HTTPStatus.BAD_REQUEST:
                raise SessionOver(error.reason, status=error.status) from None
            raise
        return Response(True, answer.status, answer.json(), dict(answer.headers))


def _json(response: Response) -> Mapping[str, Any]:
    if not isinstance(response.content, dict):
        raise TypeError("not a JSON object")
    return response.content


def _code(answer: Answer) -> str:
    found = answer.json()
    return str(found.get("error", "")) if isinstance(found, dict) else ""


def _account_broken(answer: Answer) -> bool:
    return _code(answer) in _BROKEN
