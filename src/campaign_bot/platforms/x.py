"""X, through tweepy's v2 client with OAuth 1.0a.

Facts and figures are those of X's API documentation (docs.x.com, "X API v2"). X has no key against double
posting; it refuses the same words twice (403), which is raised as ``Duplicate``.
"""

from __future__ import annotations

import base64
import datetime as dt
import html
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from campaign_bot.model import Account, ImageFile, Prices, Receipt, Rules, Unit
from campaign_bot.names import nfc
from campaign_bot.platforms.addresses import post_at
from campaign_bot.platforms.answers import Answer
from campaign_bot.platforms.base import Engagement, Identity, Media, NoEvidence, Outgoing, RemotePost, Secrets
from campaign_bot.platforms.errors import READ_ONLY, TOO_MANY, Duplicate, Refused, Unknown
from campaign_bot.platforms.values import count, instant, line, remote_id, text

if TYPE_CHECKING:
    import tweepy

    from campaign_bot.platforms.http import Session

API = "https://api.x.com"
TWEEPYS = "https://api.twitter.com"  # hard-coded there; signatures cover the address, so it goes before
ACCESS = "x-access-level"  # read, read-write or read-write-directmessages
NOT_DELETED = "X does not say that the post is deleted"
PAGES = 8  # of 100 posts: each post that is read costs money
_LOOKUP = 100  # most ids in one look-up ("Posts lookup")
_SHORT = re.compile(r"https://t\.co/\w+")
_HOSTS = frozenset(
    f"{prefix}{host}" for host in ("x.com", "twitter.com") for prefix in ("", "www.", "mobile.", "m.")
)
_HANDLE = re.compile(r"[A-Za-z0-9_]{1,50}")  # 15 today; old ones are longer
_STATUS = re.compile(  # a post's own page, or one of its pictures
    r"/(i/web|i|[A-Za-z0-9_]{1,15})/status(?:es)?/([0-9]{1,20})(?:/(?:photo|video)/[0-9]+)?"
)
# Problem types that concern the app or its access, not the post (OpenAPI description, "Problem").
_APP_WIDE = ("client-forbidden", "oauth1-permissions", "unsupported-authentication")


class X:
    """One account on X. Reads cost money there, so nothing is read that was not asked for."""

    rules: ClassVar[Rules] = Rules(
        platform="x",
        server=API,
        unit=Unit.X_WEIGHTED,
        limit=280,  # "Counting characters"
        images=4,  # "Media best practices"
        image_bytes=5_000_000,  # ibidem
        image_formats=("PNG", "JPEG", "WEBP"),  # "Media upload": a GIF takes the chunked upload
        alt_limit=1000,  # "Media metadata"
        tags=3,
        settles=dt.timedelta(minutes=5),  # its timelines lag behind
        prices=Prices(  # "Pricing" (pay-per-use)
            currency="USD",
            post=Decimal("0.015"),
            post_with_link=Decimal("0.20"),
            alt_text=Decimal("0.005"),
            delete=Decimal("0.010"),
            read_post=Decimal("0.005"),  # 0.001 for the account of the app's owner: we cannot know which is
            read_user=Decimal("0.010"),
        ),
    )
    secret_names: ClassVar = (("API_KEY", "API_SECRET", "ACCESS_TOKEN", "ACCESS_TOKEN_SECRET"),)

    def __init__(self, account: Account, secrets: Secrets) -> None:
        self._account = account
        self._secrets = {name: secrets.get(name, "") for name in self.secret_names[0]}
        self._identity: Identity | None = None

    def verify(self) -> Identity:
        with self._http.outcome():
            user = self._api.get_me(user_auth=True)["data"]
            if (level := self._http.headers_of_last.get(ACCESS, "")).lower() == "read":
                raise Refused(f"{READ_ONLY}: {level}", account_broken=True)
            handle = _handle(user["username"])
            self._identity = Identity(
                remote_id(user["id"]), handle, f"https://x.com/{handle}", server_time=self._http.server_time
            )
            return self._identity

    def upload(self, image: ImageFile) -> Media:
        picture = {
            "media": base64.b64encode(image.data).decode(),
            "media_category": "tweet_image",
            "media_type": image.media_type,
        }
        with self._http.outcome():
            media_id = remote_id(self._post("/2/media/upload", picture)["data"]["id"])
            if image.alt:
                alt = {"id": media_id, "metadata": {"alt_text": {"text": image.alt}}}
                self._post("/2/media/metadata", alt)
            return Media(media_id, image.alt)

    def publish(self, outgoing: Outgoing) -> Receipt:
        try:
            with self._http.outcome():
                made = self._api.create_tweet(
                    text=outgoing.text,
                    media_ids=[media.id for media in outgoing.media] or None,
                    in_reply_to_tweet_id=outgoing.reply_to.id if outgoing.reply_to else None,
                )
                return self._receipt(remote_id(made["data"]["id"]))
        except Refused as error:
            if error.status == 403 and "duplicate" in error.reason.lower():
                raise Duplicate(error.reason, status=403) from None
            raise

    def find(self, outgoing: Outgoing) -> Receipt | None:  # noqa: ARG002
        raise NoEvidence("X keeps no key of ours")

    def recent(self, since: dt.datetime) -> Sequence[RemotePost]:
        identity = self._identity or self.verify()
        posts: list[RemotePost] = []
        token: str | None = None
        with self._http.outcome():
            for _ in range(PAGES):
                page = self._api.get_users_tweets(
                    identity.id,
                    start_time=since,
                    exclude=["retweets"],
                    max_results=100,
                    pagination_token=token,
                    tweet_fields=["attachments", "created_at", "entities", "referenced_tweets"],
                    user_auth=True,
                )
                posts += map(self._remote_post, _all(page))
                token = page["meta"].get("next_token") and line(page["meta"]["next_token"])
                if not token:
                    return [post for post in posts if post.created_at >= since.replace(microsecond=0)]
        raise Unknown(f"{TOO_MANY}: {since:%Y-%m-%d}")

    def source(self, receipt: Receipt) -> str | None:  # noqa: ARG002
        return None

    def retract(self, receipt: Receipt) -> None:
        try:
            with self._http.outcome():
                if not _gone(self._api.delete_tweet(receipt.id)):
                    raise Unknown(NOT_DELETED)
        except Refused as error:
            if not error.gone:
                raise

    def engagement(self, receipts: Sequence[Receipt]) -> Sequence[Engagement]:
        ids = [receipt.id for receipt in receipts]
        with self._http.outcome():
            return [
                _counts(post)
                for start in range(0, len(ids), _LOOKUP)
                for post in self._api.get_tweets(
                    ids[start : start + _LOOKUP], tweet_fields=["public_metrics"], user_auth=True
                ).get("data", ())
            ]

    def receipt_for(self, url: str) -> Receipt:
        author, post_id = post_at(url, _STATUS, _HOSTS).groups()
        return Receipt(1, post_id, f"https://x.com/{author}/status/{post_id}")

    @cached_property
    def _http(self) -> Session:
        from campaign_bot.platforms.http import Session

        return Session(
            self._secrets.values(),
            base_url=self._account.base_url or API,
            instead_of=(TWEEPYS,),
            account_broken=_account_broken,
        )

    @cached_property
    def _api(self) -> tweepy.Client:
        import tweepy

        client = tweepy.Client(
            consumer_key=self._secrets["API_KEY"],
            consumer_secret=self._secrets["API_SECRET"],
            access_token=self._secrets["ACCESS_TOKEN"],
            access_token_secret=self._secrets["ACCESS_TOKEN_SECRET"],
            return_type=dict,
        )
        client.session = self._http
        return client

    def _post(self, route: str, body: Mapping[str, Any]) -> Any:
        """A v2 route that tweepy has no method for."""
        return self._api.request("POST", route, json=body, user_auth=True).json()

    def _receipt(self, post_id: str) -> Receipt:
        author = self._identity.handle if self._identity else "i/web"  # leads to the author's as well
        return Receipt(1, post_id, f"https://x.com/{author}/status/{post_id}")

    def _remote_post(self, post: Mapping[str, Any]) -> RemotePost:
        parents = [
            remote_id(one["id"]) for one in post.get("referenced_tweets", ()) if one["type"] == "replied_to"
        ]
        return RemotePost(
            self._receipt(remote_id(post["id"])),
            _as_written(post),
            instant(post["created_at"]),
            parents[0] if parents else None,
            len(post.get("attachments", {}).get("media_keys", ())),
        )


def _handle(value: object) -> str:
    if not isinstance(value, str) or not _HANDLE.fullmatch(value):
        raise ValueError("not a handle")
    return value


def _all(page: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The posts of a page, which are as many as it says: one that we miss would count as not made."""
    found: Sequence[Mapping[str, Any]] = page.get("data", ())
    if len(found) != page["meta"]["result_count"]:
        raise ValueError("not all posts of the page")
    return found


def _as_written(post: Mapping[str, Any]) -> str:
    """The text with X's changes undone: HTML entities, its own short links, the link to the pictures."""
    links = {
        link["url"]: "" if "media_key" in link else link.get("expanded_url", link["url"])
        for link in post.get("entities", {}).get("urls", ())
    }
    written = _SHORT.sub(lambda short: links.get(short[0], short[0]), html.unescape(text(post["text"])))
    return nfc(text(written)).rstrip()


def _gone(answer: Mapping[str, Any]) -> bool:
    problems = answer.get("errors", ())
    return answer.get("data", {}).get("deleted") is True or any(
        str(problem.get("type")).endswith("resource-not-found") for problem in problems
    )


def _counts(post: Mapping[str, Any]) -> Engagement:
    counts = post["public_metrics"]
    return Engagement(
        remote_id(post["id"]),
        likes=count(counts["like_count"]),
        reposts=count(counts["retweet_count"]),
        replies=count(counts["reply_count"]),
        quotes=count(counts.get("quote_count")),
    )


def _account_broken(answer: Answer) -> bool:
    problem = answer.json()
    return isinstance(problem, dict) and str(problem.get("type")).rpartition("/")[2] in _APP_WIDE
