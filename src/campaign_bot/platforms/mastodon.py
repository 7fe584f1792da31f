"""Mastodon and servers with its API, through Mastodon.py.

Facts and figures are those of Mastodon's API documentation (docs.joinmastodon.org). A repeated
``Idempotency-Key`` gives the same post for an hour on Mastodon, yet some servers ignore it: it is sent,
and proves nothing.

Other servers with this API may show a text otherwise than it was sent: they take it for Markdown, undo its
entities, make its quotes typographic. They are asked for plain text (``content_type``; who does not know it
ignores it), and what was written is read wherever it is kept.
"""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from html import unescape
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import quote, urlencode

from campaign_bot.model import Account, ImageFile, Receipt, Rules, Unit
from campaign_bot.platforms.addresses import host_of, post_at
from campaign_bot.platforms.answers import sentence
from campaign_bot.platforms.base import Engagement, Identity, Media, NoEvidence, Outgoing, RemotePost, Secrets
from campaign_bot.platforms.errors import READ_ONLY, TOO_MANY, NotSent, PlatformError, Refused, Unknown
from campaign_bot.platforms.values import address, count, instant, line, remote_id, text
from campaign_bot.platforms.words import words

if TYPE_CHECKING:
    from campaign_bot.platforms.http import Session

PAGE = 40  # most statuses in one answer ("accounts/:id/statuses")
PROCESSING = "The server is still processing the picture"
NO_SERVER = "A Mastodon account needs a base_url"
PUBLIC = "public"
DEFAULT_VISIBILITY = "default-visibility"  # a note: what the account's own posts are, with the server's word
_WRITE_STATUSES = frozenset({"write", "write:statuses"})
PAGES = 80
# As Mastodon, GoToSocial and Pleroma write it. An id has a digit; a profile's other pages have none. A person
# with a server (`@name@server`) is someone else's.
_STATUS = re.compile(r".*/(?:@[^/@]+|statuses|notice)/(?=[A-Za-z]*[0-9])([0-9A-Za-z]+)")
_NO_ROUTE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED})
PAUSES = (0.5, 1, 2, 4, 8, 15)  # seconds between looks at a picture that is being processed
# Mastodon.py would ask the server for its version before an upload (and ask for ever where it gets none).
# Any from 3.1.4 makes it use the upload that is current since.
VERSION = "4.3.0"
_LIMITS = (
    ("statuses", "max_characters"),
    ("statuses", "max_media_attachments"),
    ("statuses", "characters_reserved_per_url"),
    ("media_attachments", "description_limit"),
    ("media_attachments", "image_size_limit"),
    ("media_attachments", "image_matrix_limit"),
)


class Mastodon:
    """One account. ``base_url`` names its server and is required."""

    rules: ClassVar[Rules] = Rules(
        platform="mastodon",
        unit=Unit.MASTODON,
        limit=500,  # "Posting to your profile"; a server may allow more
        images=4,  # ibidem, "Attachments"
        image_bytes=16 * 1024 * 1024,  # ibidem
        image_pixels=33_177_600,  # "Instance", image_matrix_limit
        gif_pixels=921_600,  # Mastodon's source, Attachmentable::GIF_MATRIX_LIMIT
        alt_limit=1500,  # ibidem
        warnings=True,
        many_servers=True,
    )
    secret_names: ClassVar = (("ACCESS_TOKEN",),)

    def __init__(self, account: Account, secrets: Secrets) -> None:
        self._account = account
        self._token = secrets.get("ACCESS_TOKEN", "")
        self._id = ""

    def verify(self) -> Identity:
        identity = self._who()
        if (scopes := self._scopes()) and not scopes & _WRITE_STATUSES:
            raise Refused(sentence(f"{READ_ONLY}: {' '.join(sorted(scopes))}"), account_broken=True)
        return replace(identity, limits=self._limits())

    def upload(self, image: ImageFile) -> Media:
        with self._http.outcome():
            anything = image.media_type.replace(
                "/", "."
            )  # some servers show it, and its own may name a person
            media = self._api.media_post(
                image.data, image.media_type, description=image.alt or None, file_name=anything
            )
            media_id, is_ready = remote_id(media["id"]), bool(media.get("url"))
        for pause in PAUSES:  # 202 and then 206, with no address, while it is processed
            if is_ready:
                break
            time.sleep(pause)
            is_ready = self._is_ready(media_id)
        if not is_ready:
            raise NotSent(f"{PROCESSING}: {image.name}")
        return Media(media_id, image.alt)

    def publish(self, outgoing: Outgoing) -> Receipt:
        """The request as the API has it: Mastodon.py takes longer to read the answer than all else does."""
        form = {
            "status": outgoing.text,
            "in_reply_to_id": outgoing.reply_to.id if outgoing.reply_to else None,
            "media_ids[]": [media.id for media in outgoing.media],
            "sensitive": "0" if outgoing.warning is None else "1",
            "visibility": self._account.visibility or PUBLIC,  # the account's own default may be another
            "content_type": "text/plain",
            "spoiler_text": outgoing.warning,
            "language": outgoing.languages[0],
        }
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Idempotency-Key": outgoing.idempotency_key,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        body = urlencode({name: value for name, value in form.items() if value is not None}, doseq=True)
        try:
            with self._http.outcome():
                answer = self._http.call("POST", f"{self._server}/api/v1/statuses", headers, body.encode())
                return _receipt(self._http.check(answer).json())
        except Refused as error:
            if not error.account_broken and self._is_processing(outgoing.media):
                raise NotSent(f"{PROCESSING}: {error.reason}", status=error.status) from None
            raise

    def find(self, outgoing: Outgoing) -> Receipt | None:  # noqa: ARG002
        raise NoEvidence("Mastodon tells nothing of a key without posting")

    def recent(self, since: dt.datetime) -> Sequence[RemotePost]:
        account_id = self._id or self._who().id
        with self._http.outcome():
            return list(self._since(account_id, since))

    def source(self, receipt: Receipt) -> str | None:
        try:
            with self._http.outcome():
                found = self._get(f"/api/v1/statuses/{quote(receipt.id, safe='')}/source")["text"]
                return None if found is None else text(found)
        except PlatformError as error:
            if _is_not_served(error):
                return None
            raise

    def retract(self, receipt: Receipt) -> None:
        try:
            with self._http.outcome():
                self._api.status_delete(receipt.id)
        except Refused as error:
            if not error.gone:
                raise

    def engagement(self, receipts: Sequence[Receipt]) -> Sequence[Engagement]:
        found = (self._counts(receipt.id) for receipt in receipts)
        return [counts for counts in found if counts]

    def receipt_for(self, url: str) -> Receipt:
        post_id = post_at(url, _STATUS, {host_of(self._server)})[1]
        return Receipt(1, post_id, url.strip())

    @property
    def _server(self) -> str:
        if not self._account.base_url:
            raise Refused(NO_SERVER, account_broken=True)
        return self._account.base_url.rstrip("/")

    @cached_property
    def _http(self) -> Session:
        from campaign_bot.platforms.http import Session

        return Session({self._token})

    @cached_property
    def _api(self) -> Any:
        from campaign_bot.platforms.fediverse import Client

        return Client(
            access_token=self._token,
            api_base_url=self._server,
            ratelimit_method="throw",
            mastodon_version=VERSION,
            version_check_mode="created",
            session=self._http,
        )

    def _get(self, route: str) -> Any:
        """A route that Mastodon.py has no method for, or reads otherwise; its JSON."""
        headers = {"Authorization": f"Bearer {self._token}"}
        return self._http.check(self._http.call("GET", f"{self._server}{route}", headers)).json()

    def _who(self) -> Identity:
        with self._http.outcome():
            me = self._api.account_verify_credentials()
            self._id = remote_id(me["id"])
            name, page = line(me["acct"]), address(me["url"])
            return Identity(self._id, name, page, self._http.server_time, notes=_default_visibility(me))

    def _scopes(self) -> frozenset[str]:
        """What the token's application may do, which is the most that the token may; empty where the server
        does not tell."""
        try:
            with self._http.outcome():
                told = self._get("/api/v1/apps/verify_credentials").get("scopes", ())
                names = told.split() if isinstance(told, str) else told
                return frozenset(map(line, names)) if isinstance(names, list) else frozenset()
        except PlatformError:
            return frozenset()

    def _is_processing(self, media: Sequence[Media]) -> bool:
        """Whether a picture is not ready, whatever words a server has for that."""
        try:
            return not all(self._is_ready(one.id) for one in media)
        except PlatformError:
            return False

    def _is_ready(self, media_id: str) -> bool:
        """Whether a picture is processed; some servers tell that only when it is used."""
        try:
            with self._http.outcome():
                return bool(self._api.media(media_id).get("url"))
        except PlatformError as error:
            if error.status in _NO_ROUTE:
                return True
            raise

    def _limits(self) -> Mapping[str, str]:
        """The server's own limits, where it tells them: an account is good without."""
        try:
            with self._http.outcome():
                told = self._api.instance_v2()["configuration"]
                limits = {name: count(told[group].get(name)) for group, name in _LIMITS}
                return {name: str(limit) for name, limit in limits.items() if limit is not None}
        except PlatformError:
            return {}

    def _since(self, account_id: str, since: dt.datetime) -> Iterator[RemotePost]:
        oldest: str | None = None
        for _ in range(PAGES):
            page = self._api.account_statuses(account_id, exclude_reblogs=True, limit=PAGE, max_id=oldest)
            if not isinstance(page, list):
                raise TypeError("not a page of posts")
            posts = [_remote_post(status) for status in page]
            recent = [post for post in posts if post.created_at >= since]
            yield from recent
            further = posts[-1].receipt.id if posts else _further(page)
            if not posts and further in {None, oldest}:
                return
            if posts and not recent:  # some servers let a post say that it is older than those around it
                return
            oldest = further
        raise Unknown(f"{TOO_MANY}: {since:%Y-%m-%d}")

    def _counts(self, status_id: str) -> Engagement | None:
        try:
            with self._http.outcome():
                status = self._api.status(status_id)
                return Engagement(
                    remote_id(status["id"]),
                    likes=count(status["favourites_count"]),
                    reposts=count(status["reblogs_count"]),
                    replies=count(status["replies_count"]),
                    quotes=count(status.get("quotes_count")),
                )
        except Refused as error:
            if error.gone:
                return None
            raise


def _further(page: Any) -> str | None:
    """Where a page goes on that has nothing: some servers take boosts out of what they counted already."""
    next_page = getattr(page, "_pagination_next", None)
    return None if next_page is None else str(next_page["max_id"])


def _receipt(status: Mapping[str, Any]) -> Receipt:
    return Receipt(1, remote_id(status["id"]), address(status["url"] or status["uri"]))


def _remote_post(status: Mapping[str, Any]) -> RemotePost:
    # Some servers have null, 0 or nothing where Mastodon has an empty list or text. What is missing is not
    # understood: it may be a post of ours.
    mentions = {person["url"]: person["acct"] for person in status.get("mentions") or ()}
    parent = status["in_reply_to_id"] or None
    shown = words(status["content"] or "", mentions)
    return RemotePost(
        _receipt(status),
        shown,
        instant(status["created_at"]),
        None if parent is None else remote_id(parent),
        len(status["media_attachments"] or ()),
        tuple(dict.fromkeys(one for one in _kept(status) if one != shown)),
    )


def _kept(status: Mapping[str, Any]) -> Iterator[str]:
    """The words as they were sent, where the listing has them beside the HTML (GoToSocial's ``text``)."""
    if isinstance(kept := status.get("text"), str):
        yield text(kept)
        yield unescape(text(kept))


def _default_visibility(me: Mapping[str, Any]) -> tuple[str, ...]:
    source = me.get("source")
    default = source.get("privacy") if isinstance(source, dict) else None
    is_known = isinstance(default, str) and default.isprintable()
    return (sentence(f"{DEFAULT_VISIBILITY}: {default}"),) if is_known and default != PUBLIC else ()


def _is_not_served(error: PlatformError) -> bool:
    """Whether a server only says that it has no such route, or not this post."""
    if error.status == HTTPStatus.NOT_IMPLEMENTED:
        return True
    return isinstance(error, Refused) and not error.account_broken and error.status != HTTPStatus.FORBIDDEN
