"""Mastodon's API, as far as we use it, with its documented keys and its HTML."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Mapping
from typing import Any, ClassVar

from campaign_bot.platforms.showing import Kept, Showing
from support.fakes import FakePlatform, FakePost, Reply, Request, as_json

ACCOUNT_ID = "109300000000000001"
KEY_KEPT = dt.timedelta(hours=1)


def error(status: int, words: str) -> Reply:
    return as_json({"error": words}, status)


class FakeMastodon(FakePlatform):
    """``honours_keys``: a repeated Idempotency-Key gives the same post (some servers ignore it).
    ``processing``: how many looks a picture takes until it is ready. ``showing``: what becomes of a text
    where it is shown; ``reads_blocks``: it is read as Markdown, lists and headings too, by an account whose
    posts are that unless told otherwise (``obeys``: it listens to a content type). ``scopes``: the token's;
    ``default``: the visibility of a post that says nothing of it."""

    platform: ClassVar[str] = "mastodon"
    secrets: ClassVar[Mapping[str, str]] = {"ACCESS_TOKEN": "token-ABCDEF-ghijkl"}
    routes: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "verify": (
            "GET /api/v1/accounts/verify_credentials",
            "GET /api/v1/apps/verify_credentials",
            "GET /api/v2/instance/",
        ),
        "upload": ("POST /api/v2/media", "GET /api/v1/media/*"),
        "publish": ("POST /api/v1/statuses",),
        "recent": (
            "GET /api/v1/accounts/verify_credentials",
            f"GET /api/v1/accounts/{ACCOUNT_ID}/statuses",
        ),
        "source": ("GET /api/v1/statuses/*",),
        "retract": ("DELETE /api/v1/statuses/*",),
        "receipt_for": (),
        "engagement": ("GET /api/v1/statuses/*",),
    }
    public_call: ClassVar[str] = "POST /api/v1/statuses"

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.honours_keys = True
        self.processing = 0
        self.showing = Showing(kept=Kept.SOURCE)
        self.reads_blocks = False
        self.obeys = True
        self.scopes: Any = ["read", "write"]
        self.default = "public"
        self.media: dict[str, tuple[bytes, str]] = {}
        self._unready: dict[str, int] = {}
        self._keys: dict[str, tuple[str, dt.datetime]] = {}
        self._plain: set[str] = set()  # ids of what was sent as plain text

    def work(self, request: Request) -> Reply | None:
        if request.headers.get("authorization") != f"Bearer {self.secrets['ACCESS_TOKEN']}":
            return error(401, "The access token is invalid")
        match request.route.rstrip("/").split("/")[3:]:
            case [("accounts" | "apps") as whose, "verify_credentials"]:
                return self._credentials(whose)
            case ["accounts", _, "statuses"]:
                return self._timeline(request)
            case ["instance"]:
                return as_json(INSTANCE)
            case ["media"]:
                return self._upload(request)
            case ["media", media_id]:
                return self._media(media_id)
            case ["statuses"]:
                return self._create(request)
            case ["statuses", post_id, *source]:
                return self._source(post_id) if source else self._status(request.method, post_id)
        return None

    def _credentials(self, whose: str) -> Reply:
        if whose == "apps":
            return as_json({"name": "campaign-bot", "website": None, "scopes": self.scopes})
        person = {"id": ACCOUNT_ID, "username": self.handle, "acct": self.handle}
        person["url"] = f"https://mastodon.example/@{self.handle}"
        return as_json(person | {"source": {"privacy": self.default, "note": ""}})

    def _upload(self, request: Request) -> Reply:
        parts = request.multipart()
        media_id = self.number()
        self.media[media_id] = (parts["file"], parts.get("description", b"").decode())
        self._unready[media_id] = self.processing
        return self._media(media_id, unready=202)

    def _media(self, media_id: str, unready: int = 206) -> Reply:
        waiting = self._unready[media_id] > 0
        self._unready[media_id] -= 1
        media = {"id": media_id, "type": "image", "preview_url": None, "description": self.media[media_id][1]}
        address = None if waiting else f"https://mastodon.example/media/{media_id}.png"
        return as_json(media | {"url": address}, unready if waiting else 200)

    def _create(self, request: Request) -> Reply:
        key = request.headers.get("idempotency-key", "")
        before, kept_until = self._keys.get(key, ("", self.now()))
        if self.honours_keys and key and self.now() < kept_until:
            post = self.post(before)
            return as_json(self._shown(post)) if post else error(404, "Record not found")
        refusal, post = self._made({name: values[-1] for name, values in request.form().items()}, request)
        if refusal:
            return refusal
        if self.obeys and request.form().get("content_type") == ["text/plain"]:
            self._plain.add(post.id)
        self.posts.append(post)
        self._keys[key] = (post.id, self.now() + KEY_KEPT)  # after the post is stored, as Mastodon does
        return as_json(self._shown(post))

    def _made(self, form: dict[str, str], request: Request) -> tuple[Reply | None, FakePost]:
        media = request.form().get("media_ids[]", [])
        post = FakePost(
            self.number(),
            form.get("status", ""),
            self.now(),
            languages=(form["language"],) if "language" in form else (),
            media=tuple(self.media[one] for one in media if one in self.media),
            reply_to=form.get("in_reply_to_id"),
            warning=form.get("spoiler_text") or None,
            visibility=form.get("visibility", self.default),
        )
        refusal = None
        if not post.text or len(post.text + (post.warning or "")) > 500:
            refusal = error(422, "Validation failed: Text character limit of 500 exceeded")
        elif len(post.media) < len(media) or any(self._unready[one] > 0 for one in media):
            refusal = error(422, "Cannot attach files that have not finished processing.")
        elif post.reply_to and not self.post(post.reply_to):
            refusal = error(404, "Record not found")
        return refusal, post

    def _status(self, method: str, post_id: str) -> Reply:
        post = self.post(post_id)
        if not post:
            return error(404, "Record not found")
        if method == "DELETE":
            self.posts.remove(post)
        return as_json(self._shown(post))

    def _source(self, post_id: str) -> Reply:
        post = self.post(post_id)
        if not post or self.showing.kept is not Kept.SOURCE:
            return error(404, "Record not found")
        return as_json({"id": post.id, "text": post.text, "spoiler_text": post.warning or ""})

    def _timeline(self, request: Request) -> Reply:
        below = request.query.get("max_id", ["9" * 30])[0]
        posts = [post for post in reversed(self.posts) if int(post.id) < int(below)]
        return as_json([self._shown(post) for post in posts[: self.page]])

    def _shown(self, post: FakePost) -> dict[str, Any]:
        blocks = self.reads_blocks and post.id not in self._plain
        content = _html(self.showing(post.text))
        kept = {"text": post.text} if self.showing.kept is Kept.LISTED else {}
        return _shown(post) | {"content": _blocks(content) if blocks else content} | kept


INSTANCE = {
    "domain": "mastodon.example",
    "version": "4.5.0",
    "configuration": {
        "statuses": {
            "max_characters": 500,
            "max_media_attachments": 4,
            "characters_reserved_per_url": 23,
        },
        "media_attachments": {
            "description_limit": 1500,
            "image_size_limit": 16777216,
            "image_matrix_limit": 33177600,
        },
    },
}


def _shown(post: FakePost) -> dict[str, Any]:
    address = f"https://mastodon.example/@campaign/{post.id}"
    return {
        "id": post.id,
        "created_at": post.created_at.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
        "in_reply_to_id": post.reply_to,
        "url": address,
        "uri": address,
        "language": next(iter(post.languages), None),
        "spoiler_text": post.warning or "",
        "visibility": post.visibility or "public",
        "replies_count": 3,
        "reblogs_count": 2,
        "favourites_count": 5,
        "quotes_count": 1,
        "mentions": [
            {"id": "7", "username": name, "acct": f"{name}@{server}", "url": f"https://{server}/@{name}"}
            for name, server in re.findall(r"@(\w+)@([\w.]+)", post.text)
        ],
        "media_attachments": [{"id": str(number), "type": "image"} for number in range(len(post.media))],
    }


def _html(text: str) -> str:
    """Paragraphs and breaks; of a link, the scheme and all but 30 characters are hidden by style."""
    text = re.sub(
        r"(https?://)([^\s<]{1,30})([^\s<]*)",
        r'<a href="\1\2\3"><span class="invisible">\1</span><span class="ellipsis">\2</span>'
        r'<span class="invisible">\3</span></a>',
        html.escape(text, quote=False),
    )
    text = re.sub(r"(?<![\w&])#(\w+)", r'<a href="/tags/\1" class="hashtag">#<span>\1</span></a>', text)
    text = re.sub(r"@(\w+)@([\w.]+)", r'<a href="https://\2/@\1" class="mention">@<span>\1</span></a>', text)
    paragraphs = (part.replace("\n", "<br />") for part in text.split("\n\n"))
    return "".join(f"<p>{part}</p>" for part in paragraphs)


def _blocks(content: str) -> str:
    """Markdown's blocks: what a line begins with becomes how it looks."""
    paragraphs = re.findall("<p>(.*?)</p>", content, re.DOTALL)
    return "".join("".join(map(_block, one.split("<br />"))) for one in paragraphs)


def _block(line: str) -> str:
    for mark, (before, after) in BLOCKS.items():
        if found := re.match(mark, line):
            return before + line[found.end() :] + after
    return f"<p>{line}</p>"


BLOCKS = {
    r"\d+[.)] ": ("<ol><li>", "</li></ol>"),
    r"[-*+] ": ("<ul><li>", "</li></ul>"),
    r"# ": ("<h1>", "</h1>"),
    r"&gt; ": ("<blockquote><p>", "</p></blockquote>"),
}
