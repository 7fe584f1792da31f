"""Bluesky, through the atproto SDK.

Facts and figures are those of atproto's lexicons and of the PDS's source (bluesky-social/atproto).

A post's record has a key of our own (``Outgoing.record_key``), and its content is frozen with it,
``createdAt`` included: so it can be written again without a second post, and looked up by that key. It is
written with ``swapRecord: null``, which says "create": a PDS answers an identical record with success and
changes nothing, and does not put it over a different one (``InvalidSwap``); a plain ``putRecord`` would.

A mention stays plain text: its facet would need a look-up of the handle's DID, which may fail or change
between check and publication. There are no link cards either: they would need the page's title.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar

from campaign_bot.model import Account, ImageFile, Receipt, Rules, Unit
from campaign_bot.names import nfc
from campaign_bot.platforms import tid
from campaign_bot.platforms.addresses import post_at
from campaign_bot.platforms.base import Engagement, Identity, Media, Outgoing, RemotePost, Secrets
from campaign_bot.platforms.errors import (
    ANOTHER,
    NO_POST,
    READ_ONLY,
    TOO_MANY,
    PlatformError,
    Refused,
    Unknown,
)
from campaign_bot.platforms.values import count, instant, line, remote_id, text
from campaign_bot.text.entities import Entity, EntityKind, entities

if TYPE_CHECKING:
    from campaign_bot.platforms.xrpc import Pds, Server

# The phrases that a reason of ours begins with; what follows the colon is detail.
TAKEN = "The key of this post is taken, and what has it could not be read"
SHUT = "The account is not active"

ENTRYWAY = "https://bsky.social"  # Bluesky's own: it tells the account's PDS when we sign in
POSTS = "app.bsky.feed.post"
PAGE = 100  # most records in one answer (com.atproto.repo.listRecords)
PAGES = 40
# Scopes of a session that may not write (PDS source, "AuthScope"); every app password may.
_NO_WRITING = frozenset({"com.atproto.signupQueued", "com.atproto.takendown"})
_LOOKUP = 25  # most posts in one look-up (app.bsky.feed.getPosts)
_LANGUAGES = 3  # app.bsky.feed.post
_TAG = 64  # characters: safely within 64 graphemes and 640 bytes (app.bsky.richtext.facet#tag)
_RECORD = re.compile(r"at://([^/\s]+)/app\.bsky\.feed\.post/([^/\s]+)")
_URI = re.compile(r"at://(did:[^/\s]+)/([^/\s]+)/([^/\s]+)")
_PAGE = re.compile(r"/profile/([\w.:%-]+)/post/([\w.~:-]+)")  # in any client: they all took Bluesky's own
_NOT_SERVED = (HTTPStatus.NOT_FOUND, HTTPStatus.NOT_IMPLEMENTED)
_SKEW = dt.timedelta(hours=1)  # between a record's key and its own time, where another program wrote it
_FROZEN = ("text", "createdAt", "reply", "embed")  # what tells a record of ours from any other


class Bluesky:
    """One account. ``IDENTIFIER`` is its handle (or e-mail), ``PASSWORD`` an app password."""

    rules: ClassVar[Rules] = Rules(
        platform="bluesky",
        server=ENTRYWAY,
        unit=Unit.GRAPHEMES,
        limit=300,  # app.bsky.feed.post
        byte_limit=3000,  # ibidem
        images=4,  # app.bsky.embed.images
        image_bytes=2_000_000,  # ibidem
        image_formats=("PNG", "JPEG", "WEBP"),  # a GIF would stand still
        asked_for_receipts=True,
    )
    secret_names: ClassVar = (("IDENTIFIER", "PASSWORD"),)

    def __init__(self, account: Account, secrets: Secrets) -> None:
        self._account = account
        self._secrets = secrets

    def verify(self) -> Identity:
        with self._server.signed_in() as pds:
            me = pds.query("com.atproto.server.getSession")
            if me.get("active") is False:
                raise Refused(f"{SHUT}: {me.get('status', '?')}", account_broken=True)
            if pds.scope in _NO_WRITING:
                raise Refused(f"{READ_ONLY}: {pds.scope}", account_broken=True)
            did, handle = remote_id(me["did"]), line(me["handle"])
            return Identity(did, handle, _profile(did), self._server.http.server_time)

    def upload(self, image: ImageFile) -> Media:
        with self._server.signed_in() as pds:
            blob = pds.upload(image.data, image.media_type)["blob"]
            extra = {
                "mime_type": line(blob["mimeType"]),
                "size": str(count(int(blob["size"]))),
                "width": str(image.width),
                "height": str(image.height),
            }
            return Media(remote_id(blob["ref"]["$link"]), image.alt, extra)

    def publish(self, outgoing: Outgoing) -> Receipt:
        with self._server.signed_in() as pds:
            try:
                made = pds.procedure(
                    "com.atproto.repo.putRecord",
                    repo=pds.did,
                    collection=POSTS,
                    rkey=outgoing.record_key,
                    record=record(outgoing),
                    swapRecord=None,
                )
                return _receipt(made)
            except Refused as error:
                if error.code != "InvalidSwap":
                    raise
            return _already_there(pds, outgoing)

    def find(self, outgoing: Outgoing) -> Receipt | None:
        with self._server.signed_in() as pds:
            found = _stored(pds, outgoing.record_key)
            if found is None:
                return None
            if not _is_same(found, outgoing):
                raise Unknown(ANOTHER)
            return _receipt(found)

    def recent(self, since: dt.datetime) -> Sequence[RemotePost]:
        return [post for post in self._posts(since) if post.created_at >= since]

    def source(self, receipt: Receipt) -> str | None:  # noqa: ARG002
        return None

    def retract(self, receipt: Receipt) -> None:
        with self._server.signed_in() as pds:  # deleting what is not there is a success (deleteRecord)
            did, collection, key = _address(receipt.id)
            pds.procedure("com.atproto.repo.deleteRecord", repo=did, collection=collection, rkey=key)

    def engagement(self, receipts: Sequence[Receipt]) -> Sequence[Engagement]:
        """Empty where the PDS has no AppView behind it, which does the counting."""
        ids = [receipt.id for receipt in receipts]
        try:
            return [
                counts
                for start in range(0, len(ids), _LOOKUP)
                for counts in self._counts(ids[start : start + _LOOKUP])
            ]
        except PlatformError as error:
            if error.status in _NOT_SERVED or "No service configured" in error.reason:
                return []
            raise

    def receipt_for(self, url: str) -> Receipt:
        """Asks for the post's CID: without it, nobody can reply."""
        actor, key = _post_at(url)
        with self._server.signed_in() as pds:
            found = _stored(pds, key) if _did(pds, actor) == pds.did else None
            if found is None:
                raise Refused(NO_POST)
            return _receipt(found)

    @cached_property
    def _server(self) -> Server:
        from campaign_bot.platforms.xrpc import Server

        identifier, password = (self._secrets.get(name, "") for name in self.secret_names[0])
        return Server(identifier, password, self._account.base_url)

    def _posts(self, since: dt.datetime) -> Iterator[RemotePost]:
        """The newest first, by their keys, which are TIDs."""
        oldest = tid.new(since - _SKEW, 0)
        cursor: dict[str, str] = {}
        for _ in range(PAGES):
            with self._server.signed_in() as pds:
                page = pds.query(
                    "com.atproto.repo.listRecords", repo=pds.did, collection=POSTS, limit=PAGE, **cursor
                )
                records = page["records"]
                last = _address(records[-1]["uri"])[2] if records else ""
                posts = [_remote_post(one) for one in records]
                more = page.get("cursor")
                cursor = {"cursor": line(more)} if more else {}
            yield from filter(None, posts)
            if last < oldest or not cursor:
                return
        raise Unknown(f"{TOO_MANY}: {since:%Y-%m-%d}")

    def _counts(self, uris: list[str]) -> list[Engagement]:
        with self._server.signed_in() as pds:
            posts = pds.query("app.bsky.feed.getPosts", uris=uris)["posts"]
            return [
                Engagement(
                    remote_id(post["uri"]),
                    likes=count(post.get("likeCount")),
                    reposts=count(post.get("repostCount")),
                    replies=count(post.get("replyCount")),
                    quotes=count(post.get("quoteCount")),
                )
                for post in posts
            ]


# ---------------------------------------------------------------- the record: pure


def record(outgoing: Outgoing) -> dict[str, Any]:
    """What is written (``app.bsky.feed.post``): the same for the same Outgoing, byte for byte."""
    made: dict[str, Any] = {
        "$type": POSTS,
        "text": outgoing.text,
        "createdAt": outgoing.created_at.astimezone(dt.UTC).isoformat().replace("+00:00", "Z"),
        "langs": list(outgoing.languages[:_LANGUAGES]),
    }
    if marks := facets(outgoing.text):
        made["facets"] = marks
    if parent := outgoing.reply_to:
        made["reply"] = {"root": _strong_ref(outgoing.root or parent), "parent": _strong_ref(parent)}
    if outgoing.media:
        images = [_image(media) for media in outgoing.media]
        made["embed"] = {"$type": "app.bsky.embed.images", "images": images}
    return made


def facets(text: str) -> list[dict[str, Any]]:
    """What is to be clickable: links and hashtags, by the bytes of the text in UTF-8."""
    found = []
    for entity in entities(text):
        if feature := _feature(entity):
            start = len(text[: entity.start].encode())
            end = start + len(text[entity.start : entity.end].encode())
            found.append({"index": {"byteStart": start, "byteEnd": end}, "features": [feature]})
    return found


def _feature(entity: Entity) -> dict[str, str] | None:
    if entity.kind is EntityKind.LINK:
        return {"$type": "app.bsky.richtext.facet#link", "uri": entity.value}
    if entity.kind is EntityKind.HASHTAG and len(entity.value) <= _TAG:
        return {"$type": "app.bsky.richtext.facet#tag", "tag": nfc(entity.value)}
    return None


def _image(media: Media) -> dict[str, Any]:
    blob = {
        "$type": "blob",
        "ref": {"$link": media.id},
        "mimeType": media.extra["mime_type"],
        "size": int(media.extra["size"]),
    }
    ratio = {"width": int(media.extra["width"]), "height": int(media.extra["height"])}
    return {"alt": media.alt, "image": blob, "aspectRatio": ratio}


def _strong_ref(receipt: Receipt) -> dict[str, str]:
    return {"uri": receipt.id, "cid": receipt.extra["cid"]}


# ---------------------------------------------------------------- what the PDS says


def _stored(pds: Pds, key: str) -> Mapping[str, Any] | None:
    try:
        return pds.query("com.atproto.repo.getRecord", repo=pds.did, collection=POSTS, rkey=key)
    except Refused as error:
        if error.code == "RecordNotFound":
            return None
        raise


def _already_there(pds: Pds, outgoing: Outgoing) -> Receipt:
    """Our key is taken: by this very post, which an earlier call made, or by another, which stays.

    That other may be what an earlier call made of this post, before its words were edited.
    """
    try:
        found = _stored(pds, outgoing.record_key)
    except PlatformError as error:
        raise Unknown(f"{TAKEN}: {error.reason}", status=error.status) from None
    if found is None or not _is_same(found, outgoing):
        raise Unknown(ANOTHER)
    return _receipt(found)


def _is_same(found: Mapping[str, Any], outgoing: Outgoing) -> bool:
    ours, theirs = record(outgoing), found["value"]
    return all(ours.get(name) == theirs.get(name) for name in _FROZEN)


def _receipt(found: Mapping[str, Any]) -> Receipt:
    """The link has the DID, not the handle, so that it holds when the account is renamed."""
    uri = remote_id(found["uri"])
    did, _, key = _address(uri)
    return Receipt(1, uri, f"{_profile(did)}/post/{key}", {"cid": remote_id(found["cid"])})


def _remote_post(found: Mapping[str, Any]) -> RemotePost | None:
    """None for a record that cannot be read, such as one without a time: no program of ours made it."""
    receipt, value = _receipt(found), found["value"]
    try:
        reply = value.get("reply")
        parent = remote_id(reply["parent"]["uri"]) if reply else None
        return RemotePost(
            receipt, text(value.get("text", "")), instant(value["createdAt"]), parent, _pictures(value)
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def _pictures(value: Mapping[str, Any]) -> int:
    embed = value.get("embed") or {}
    embed = embed.get("media", embed)  # with a quoted post, the pictures are one level down
    return len(embed.get("images") or embed.get("items") or ())


def _address(uri: str) -> Sequence[str]:
    """DID, collection and key of a record; an error for what is no ``at://`` address."""
    match = _URI.fullmatch(uri)
    if match is None:
        raise ValueError("not the address of a record")
    return match.groups()


def _post_at(url: str) -> Sequence[str]:
    """Actor (DID or handle) and key of a post, by its page or its ``at://`` address."""
    match = _RECORD.fullmatch(url.strip())
    return (match or post_at(url, _PAGE)).groups()


def _did(pds: Pds, actor: str) -> str:
    if actor.startswith("did:"):
        return actor
    return str(pds.query("com.atproto.identity.resolveHandle", handle=actor)["did"])


def _profile(did: str) -> str:
    return f"https://bsky.app/profile/{did}"
