"""X's API v2, as far as we use it, with X's own changes to a text and its refusal of the same words."""

from __future__ import annotations

import base64
import datetime as dt
import html
import re
from collections.abc import Mapping
from typing import Any, ClassVar

from oauthlib.common import Request as Signed
from oauthlib.oauth1.rfc5849 import signature

from support.fakes import FakePlatform, FakePost, Reply, Request, as_json

USER_ID = "2244994945"
PROBLEMS = "https://api.twitter.com/2/problems/"


def problem(status: int, title: str, detail: str, kind: str = "about:blank") -> Reply:
    return as_json({"title": title, "detail": detail, "type": kind, "status": status}, status)


class FakeX(FakePlatform):
    """``refuses_repeats``: the same words twice are refused, as X does for as long as it likes."""

    platform: ClassVar[str] = "x"
    secrets: ClassVar[Mapping[str, str]] = {
        "API_KEY": "key/with+signs=KLMNOP",
        "API_SECRET": "api-secret-QRSTUV",
        "ACCESS_TOKEN": "2244994945-token-ABCDEF",
        "ACCESS_TOKEN_SECRET": "token secret GHIJKL",
    }
    routes: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "verify": ("GET /2/users/me",),
        "upload": ("POST /2/media/upload", "POST /2/media/metadata"),
        "publish": ("POST /2/tweets",),
        "recent": ("GET /2/users/me", "GET /2/users/*"),
        "retract": ("DELETE /2/tweets/*",),
        "receipt_for": (),
        "engagement": ("GET /2/tweets",),
    }
    public_call: ClassVar[str] = "POST /2/tweets"

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.refuses_repeats = True
        self.media: dict[str, tuple[bytes, str]] = {}

    def work(self, request: Request) -> Reply | None:
        if not self._is_signed(request):
            return problem(401, "Unauthorized", "Unauthorized")
        match request.route.split("/")[2:]:
            case ["users", "me"]:
                return as_json({"data": {"id": USER_ID, "name": "The campaign", "username": self.handle}})
            case ["users", _, "tweets"]:
                return self._timeline(request)
            case ["media", "upload"]:
                return self._upload(request.json())
            case ["media", "metadata"]:
                return self._describe(request.json())
            case ["tweets"] if request.method == "POST":
                return self._create(request.json())
            case ["tweets"]:
                return self._look_up(request.query["ids"][0].split(","))
            case ["tweets", post_id]:
                return self._delete(post_id)
        return None

    def _is_signed(self, request: Request) -> bool:
        """By both secrets, over the very address and parameters that came."""
        header = {"Authorization": request.headers.get("authorization", "")}
        given = dict(signature.collect_parameters(headers=header, exclude_oauth_signature=False))
        signed = Signed(request.url, request.method)
        signed.params = signature.collect_parameters(uri_query=signed.uri_query or "", headers=header)
        signed.signature = given.get("oauth_signature", "")
        ours = (self.secrets["API_KEY"], self.secrets["ACCESS_TOKEN"])
        return (given.get("oauth_consumer_key"), given.get("oauth_token")) == ours and bool(
            signature.verify_hmac_sha1(
                signed, self.secrets["API_SECRET"], self.secrets["ACCESS_TOKEN_SECRET"]
            )
        )

    def _upload(self, body: dict[str, Any]) -> Reply:
        media_id = self.number()
        self.media[media_id] = (base64.b64decode(body["media"], validate=True), "")
        return as_json({"data": {"id": media_id, "media_key": f"3_{media_id}", "expires_after_secs": 86400}})

    def _describe(self, body: dict[str, Any]) -> Reply:
        data, _ = self.media[body["id"]]
        self.media[body["id"]] = (data, body["metadata"]["alt_text"]["text"])
        return as_json({"data": {"id": body["id"]}})

    def _create(self, body: dict[str, Any]) -> Reply:
        text = body["text"]
        media = body.get("media", {}).get("media_ids", [])
        parent = body.get("reply", {}).get("in_reply_to_tweet_id")
        if self.refuses_repeats and any(post.text == text for post in self.posts):
            return problem(403, "Forbidden", "You are not allowed to create a Tweet with duplicate content.")
        if parent and not self.post(parent):
            return problem(400, "Invalid Request", "The post replied to is deleted or not visible to you.")
        if not set(media) <= set(self.media):
            return problem(400, "Invalid Request", "Your media IDs are invalid.")
        pictures = tuple(self.media[one] for one in media)
        post = FakePost(self.number(), text, self.now(), media=pictures, reply_to=parent)
        self.posts.append(post)
        return as_json({"data": {"id": post.id, "text": text, "edit_history_tweet_ids": [post.id]}}, 201)

    def _delete(self, post_id: str) -> Reply:
        post = self.post(post_id)
        if not post:
            return problem(404, "Not Found Error", "Could not find it.", PROBLEMS + "resource-not-found")
        self.posts.remove(post)
        return as_json({"data": {"deleted": True}})

    def _look_up(self, ids: list[str]) -> Reply:
        counts = {
            "retweet_count": 2,
            "reply_count": 3,
            "like_count": 5,
            "quote_count": 1,
            "bookmark_count": 0,
            "impression_count": 8,
        }
        found = [{"id": one, "public_metrics": counts} for one in ids if self.post(one)]
        return as_json({"data": found} if found else {"errors": [{"type": PROBLEMS + "resource-not-found"}]})

    def _timeline(self, request: Request) -> Reply:
        start = dt.datetime.fromisoformat(request.query["start_time"][0])
        first = int(request.query.get("pagination_token", ["0"])[0])
        posts = [post for post in reversed(self.posts) if post.created_at >= start]
        page = posts[first : first + self.page]
        meta: dict[str, Any] = {"result_count": len(page)}
        if first + self.page < len(posts):
            meta["next_token"] = str(first + self.page)
        return as_json({"meta": meta} | ({"data": [_shown(post) for post in page]} if page else {}))


def _shown(post: FakePost) -> dict[str, Any]:
    """As X gives a post back: t.co for links, a link to the pictures at the end, three HTML entities."""
    urls: list[dict[str, str]] = []

    def shorten(found: re.Match[str]) -> str:
        urls.append({"url": f"https://t.co/{post.id[-6:]}{len(urls)}", "expanded_url": found[0]})
        return urls[-1]["url"]

    text = html.escape(re.sub(r"https?://\S+", shorten, post.text), quote=False)
    shown: dict[str, Any] = {
        "id": post.id,
        "created_at": post.created_at.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "edit_history_tweet_ids": [post.id],
    }
    if post.media:
        address = f"https://t.co/pic{post.id[-6:]}"
        keys = [f"3_{number}" for number in range(len(post.media))]
        for key in keys:
            pictures = f"https://x.com/campaign/status/{post.id}/photo/1"
            urls.append({"url": address, "expanded_url": pictures, "media_key": key})
        text += f" {address}"
        shown["attachments"] = {"media_keys": keys}
    if urls:
        shown["entities"] = {"urls": urls}
    if post.reply_to:
        shown["referenced_tweets"] = [{"type": "replied_to", "id": post.reply_to}]
    return shown | {"text": text}
