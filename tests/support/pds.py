"""A real PDS on loopback, started for the tests marked ``real`` (``tests/real/setup.py`` installs it).

    with RealPds.start() as pds:
        adapter = pds.new_account("campaign").adapter()

It keeps its data in a folder that goes with it, and ends when we do: its standard input is ours.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import requests

from campaign_bot.platforms import registry
from campaign_bot.platforms.base import Adapter
from real import setup
from support import campaigns
from support.fakes import FakePost, FakeServer, Reply, Request

SERVER = Path(__file__).parents[1] / "real" / "pds" / "server.mjs"
SLOWEST = 30  # seconds for any one answer
STOPPING = 10  # seconds
HANDED_ON = ("authorization", "content-type")


@dataclass(frozen=True)
class RealAccount:
    """An account that was made for a test, with an app password like those of our users."""

    url: str
    did: str
    handle: str
    app_password: str
    token: str  # of a session with the main password, which may do what an app password may not

    def adapter(self, **secrets: str) -> Adapter:
        rules = registry.rules("bluesky")
        account = campaigns.account("real", "bluesky", ("en", "es"), rules=rules, base_url=self.url)
        mine = {"IDENTIFIER": self.handle, "PASSWORD": self.app_password}
        return registry.connect(account, mine | secrets)

    def through(self, url: str) -> RealAccount:
        """The same account, reached over another address."""
        return replace(self, url=url)

    def record(self, key: str) -> Mapping[str, Any]:
        """A post's record, as anyone may read it."""
        query = {"repo": self.did, "collection": "app.bsky.feed.post", "rkey": key}
        answer = requests.get(f"{self.url}/xrpc/com.atproto.repo.getRecord", query, timeout=SLOWEST)
        value: Mapping[str, Any] = answer.json()["value"]
        return value

    def records(self) -> Sequence[Mapping[str, Any]]:
        """The records of all posts (up to 100), as anyone may read them."""
        query = {"repo": self.did, "collection": "app.bsky.feed.post", "limit": "100"}
        answer = requests.get(f"{self.url}/xrpc/com.atproto.repo.listRecords", query, timeout=SLOWEST)
        records: Sequence[Mapping[str, Any]] = answer.json()["records"]
        return records

    def count(self) -> int:
        """How many posts there are (up to 100)."""
        return len(self.records())

    def blob(self, cid: str) -> bytes:
        query = {"did": self.did, "cid": cid}
        return requests.get(f"{self.url}/xrpc/com.atproto.sync.getBlob", query, timeout=SLOWEST).content


class Between(FakeServer):
    """Stands before a real server and hands everything on, so that a test can arm faults."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def serve(self, request: Request) -> Reply:
        kept = {name: request.headers[name] for name in HANDED_ON if name in request.headers}
        url = self._url + request.url.removeprefix(self.url)
        answer = requests.request(request.method, url, headers=kept, data=request.body, timeout=SLOWEST)
        return Reply(answer.status_code, answer.content, {"Content-Type": answer.headers["content-type"]})


class RealPlatform(Between):
    """An account on a real PDS, as the tests' own platforms are."""

    platform = "bluesky"

    def __init__(self, account: RealAccount) -> None:
        super().__init__(account.url)
        self.account = account
        self.secrets = {"IDENTIFIER": account.handle, "PASSWORD": account.app_password}

    @property
    def posts(self) -> list[FakePost]:
        return [self._post(one["uri"], one["value"]) for one in self.account.records()]

    def _post(self, uri: str, value: Mapping[str, Any]) -> FakePost:
        images = value.get("embed", {}).get("images", [])
        return FakePost(
            uri,
            value["text"],
            dt.datetime.fromisoformat(value["createdAt"]),
            tuple(value["langs"]),
            tuple((self.account.blob(one["image"]["ref"]["$link"]), one["alt"]) for one in images),
            value["reply"]["parent"]["uri"] if "reply" in value else None,
        )


class RealPds:
    def __init__(self, url: str) -> None:
        self.url = url

    @classmethod
    @contextmanager
    def start(cls) -> Iterator[Self]:
        with tempfile.TemporaryDirectory() as data:
            server = subprocess.Popen(
                [setup.node_home() / "bin" / "node", SERVER, setup.pds_home(), data],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={"PATH": os.defpath, "HOME": data, "LOG_ENABLED": "false"},
            )
            try:
                yield cls(_started(server))
            finally:
                with suppress(subprocess.TimeoutExpired):
                    server.communicate(timeout=STOPPING)
                server.kill()
                server.wait()

    def new_account(self, name: str) -> RealAccount:
        made = self._post(
            "createAccount",
            handle=f"{name}.test",
            email=f"{name}@example.org",
            password="the-main-password",
        )
        password = self._post("createAppPassword", made["accessJwt"], name="campaign")["password"]
        return RealAccount(self.url, made["did"], made["handle"], password, made["accessJwt"])

    def deactivate(self, account: RealAccount) -> None:
        self._post("deactivateAccount", account.token)

    def _post(self, method: str, token: str = "", **body: str) -> Any:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        url = f"{self.url}/xrpc/com.atproto.server.{method}"
        answer = requests.post(url, json=body, headers=headers, timeout=SLOWEST)
        answer.raise_for_status()
        return answer.json() if answer.content else None


def _started(server: subprocess.Popen[bytes]) -> str:
    assert server.stdout
    line = server.stdout.readline()
    if not line:
        raise RuntimeError("the real PDS did not start")
    return str(json.loads(line)["pds"])
