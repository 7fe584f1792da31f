"""A PDS, as far as we use it: sessions, a repository of posts by their keys, blobs; and an AppView's counts.

``records`` are what was written, by key. ``lifetime`` is how long an access token lasts, ``session_more``
goes into the answer to signing in (it has no ``didDoc`` of itself), and ``revoke()`` ends every session.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import time
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from support.fakes import FakePlatform, FakePost, Reply, Request, as_json

DID = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
POSTS = "app.bsky.feed.post"
XRPC = "/xrpc"
SIGN_IN = f"POST {XRPC}/com.atproto.server.createSession"
REFRESH = f"POST {XRPC}/com.atproto.server.refreshSession"
SESSION = f"GET {XRPC}/com.atproto.server.getSession"
PUT = f"POST {XRPC}/com.atproto.repo.putRecord"
GET = f"GET {XRPC}/com.atproto.repo.getRecord"


def xrpc_error(status: int, name: str, message: str) -> Reply:
    return as_json({"error": name, "message": message}, status)


def cid(data: bytes, prefix: str = "bafyrei") -> str:
    digest = base64.b32encode(hashlib.sha256(data).digest()).decode()
    return prefix + digest.lower().rstrip("=")


class FakeBluesky(FakePlatform):
    platform: ClassVar[str] = "bluesky"
    secrets: ClassVar[Mapping[str, str]] = {
        "IDENTIFIER": "campaign.example",
        "PASSWORD": "app-password-ABCD-EFGH",
    }
    routes: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "verify": (SESSION, SIGN_IN, REFRESH),
        "upload": (f"POST {XRPC}/com.atproto.repo.uploadBlob", SIGN_IN, REFRESH),
        "publish": (PUT, GET, SIGN_IN, REFRESH),
        "recent": (SIGN_IN, REFRESH, f"GET {XRPC}/com.atproto.repo.listRecords"),
        "retract": (f"POST {XRPC}/com.atproto.repo.deleteRecord", SIGN_IN, REFRESH),
        "receipt_for": (GET, f"GET {XRPC}/com.atproto.identity.resolveHandle", SIGN_IN, REFRESH),
        "engagement": (f"GET {XRPC}/app.bsky.feed.getPosts", SIGN_IN, REFRESH),
    }
    public_call: ClassVar[str] = PUT
    handle: ClassVar[str] = "campaign.example"

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.records: dict[str, dict[str, Any]] = {}
        self.blobs: dict[str, bytes] = {}
        self.lifetime = dt.timedelta(hours=2)
        self.scope = "com.atproto.appPass"
        self.session_more: dict[str, Any] = {}
        self._access: set[str] = set()
        self._refresh: set[str] = set()
        self._methods: dict[str, Callable[[Request], Reply]] = {
            "refreshSession": lambda _: self._session(),
            "getSession": lambda _: as_json({"did": DID, "handle": self.handle, "active": True}),
            "uploadBlob": self._upload,
            "putRecord": self._put,
            "getRecord": self._get,
            "listRecords": self._list,
            "resolveHandle": self._resolve,
            "deleteRecord": self._delete,
            "getPosts": self._count,
        }

    def revoke(self) -> None:
        """Every session is over, the refreshing of it too."""
        self._access.clear()
        self._refresh.clear()

    def accept_tokens_of(self, entryway: FakeBluesky) -> None:
        """Be the PDS of accounts that sign in over there."""
        self._access, self._refresh = entryway._access, entryway._refresh

    def work(self, request: Request) -> Reply | None:
        if request.route == SIGN_IN:
            return self._sign_in(request.json())
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token not in (self._refresh if request.route == REFRESH else self._access):
            return xrpc_error(400, "ExpiredToken", "Token has expired")
        return self._methods[request.path.rpartition(".")[2]](request)

    def _sign_in(self, body: dict[str, str]) -> Reply:
        if (body["identifier"], body["password"]) != tuple(self.secrets.values()):
            return xrpc_error(401, "AuthenticationRequired", "Invalid identifier or password")
        return self._session()

    def _session(self) -> Reply:
        access, refresh = self._token(self.scope), self._token("com.atproto.refresh")
        self._access.add(access)
        self._refresh.add(refresh)
        tokens = {"accessJwt": access, "refreshJwt": refresh}
        return as_json(tokens | {"handle": self.handle, "did": DID} | self.session_more)

    def _token(self, scope: str) -> str:
        claims = {"sub": DID, "scope": scope, "jti": self.number()}
        claims["exp"] = int(time.time() + self.lifetime.total_seconds())
        parts = ({"alg": "HS256", "typ": "at+jwt"}, claims, "signature")
        return ".".join(
            base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts
        )

    def _upload(self, request: Request) -> Reply:
        name = cid(request.body, "bafkrei")
        self.blobs[name] = request.body
        kind = request.headers["content-type"]
        blob = {"$type": "blob", "ref": {"$link": name}, "mimeType": kind, "size": len(request.body)}
        return as_json({"blob": blob})

    def _put(self, request: Request) -> Reply:
        body = request.json()
        key, record = body["rkey"], body["record"]
        if (body["repo"], body["collection"]) != (DID, POSTS):
            return xrpc_error(401, "AuthenticationRequired", "Authentication Required")
        images = record.get("embed", {}).get("images", [])
        if missing := {one["image"]["ref"]["$link"] for one in images} - set(self.blobs):
            return xrpc_error(400, "BlobNotFound", f"Could not find blob: {missing.pop()}")
        stored = self.records.get(key)
        if stored == record:
            return as_json(self._reference(key))
        if stored is not None and "swapRecord" in body and body["swapRecord"] is None:
            return xrpc_error(400, "InvalidSwap", "Record was at another version")
        self._store(key, record)
        return as_json(self._reference(key) | {"validationStatus": "valid"})

    def _store(self, key: str, record: dict[str, Any]) -> None:
        self.records[key] = record
        images = record.get("embed", {}).get("images", [])
        self.posts.append(
            FakePost(
                self._uri(key),
                record["text"],
                dt.datetime.fromisoformat(record["createdAt"]),
                tuple(record["langs"]),
                tuple((self.blobs[one["image"]["ref"]["$link"]], one["alt"]) for one in images),
                record["reply"]["parent"]["uri"] if "reply" in record else None,
            )
        )

    def _uri(self, key: str) -> str:
        return f"at://{DID}/{POSTS}/{key}"

    def _reference(self, key: str) -> dict[str, str]:
        content = json.dumps(self.records[key], sort_keys=True).encode()
        return {"uri": self._uri(key), "cid": cid(content)}

    def _get(self, request: Request) -> Reply:
        key = request.query["rkey"][0]
        if key not in self.records:
            return xrpc_error(400, "RecordNotFound", f"Could not locate record: {self._uri(key)}")
        return as_json(self._reference(key) | {"value": self.records[key]})

    def _resolve(self, request: Request) -> Reply:
        if request.query["handle"] == [self.handle]:
            return as_json({"did": DID})
        return xrpc_error(400, "InvalidRequest", "Unable to resolve handle")

    def _list(self, request: Request) -> Reply:
        before = request.query.get("cursor", ["~"])[0]
        keys = sorted((key for key in self.records if key < before), reverse=True)[: self.page]
        records = [self._reference(key) | {"value": self.records[key]} for key in keys]
        return as_json({"records": records} | ({"cursor": keys[-1]} if keys else {}))

    def _delete(self, request: Request) -> Reply:
        key = request.json()["rkey"]
        self.records.pop(key, None)
        self.posts = [post for post in self.posts if post.id != self._uri(key)]
        return as_json({})

    def _count(self, request: Request) -> Reply:
        uris = request.query["uris"]
        if len(uris) > 25:
            return xrpc_error(400, "InvalidRequest", "uris must not have more than 25 elements")
        counts = {"likeCount": 5, "repostCount": 2, "replyCount": 3, "quoteCount": 1}
        return as_json({"posts": [{"uri": one} | counts for one in uris if self.post(one)]})
