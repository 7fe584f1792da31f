"""Every method of an adapter against hostile answers.

    Fuzz(FakeX(), seed=1).run(500, ATTACKS)  # AssertionError at the first call that does not end well

The same seed has the same answers; ``one(number, attacks)`` is one call alone.
"""

from __future__ import annotations

import copy
import dataclasses
import datetime as dt
import json
import logging
import random
import socket
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from campaign_bot.platforms import mastodon
from campaign_bot.platforms.base import Adapter, NoEvidence
from campaign_bot.platforms.errors import NotSent, PlatformError, Refused, Unknown
from support import wire
from support.fakes import WRONG, FakePlatform, Reply, Request, _head, _matches
from support.fakes_bluesky import REFRESH, FakeBluesky
from support.hostile import Attack, Attempt, Wire
from support.judging import judge_error, judge_value
from support.platforms import image, outgoing
from support.seeds import leaked

METHODS = ("publish", "recent", "verify", "upload", "publish", "find", "retract", "engagement", "receipt_for")
MOVED = (301, 307, 308)
OVER = ("ExpiredToken", "InvalidToken")  # of a session on Bluesky: told before anything is done
NOW = dt.datetime(2026, 12, 1, 9, tzinfo=dt.UTC)
CONNECT = "urllib3.util.connection.create_connection"


@dataclasses.dataclass
class Case:
    """One call: which method, on which of its routes which attack, and what came of it."""

    name: str
    method: str
    route: str
    attack: Attack
    chance: random.Random
    wires: dict[str, Wire] = dataclasses.field(default_factory=dict)  # the last one, by the route it met
    outcome: Any = None

    def __str__(self) -> str:
        call = f"{self.name}: {self.method}, {self.attack.__name__} on {self.route!r}"
        return f"{call} → {self.outcome!r}"[:2000]


class Fuzz:
    """One platform. ``figures`` counts what became of the calls, ``attacked`` those that met an attack
    (some end before that); ``slowest`` is in seconds."""

    def __init__(self, fake: FakePlatform, seed: int) -> None:
        self.fake = fake.enable()
        self.figures: Counter[str] = Counter()
        self.attacked = 0
        self.slowest = 0.0
        self._seed = seed
        self._written = _Written()
        self._case: Case | None = None
        self._ready()

    def run(self, count: int, attacks: Sequence[Attack]) -> None:
        """Until so many calls met an attack. With no network: everything above the socket is real."""
        with self._patched() as patch:
            patch.setattr(CONNECT, wire.connecting(self._answer))
            self._until(count, attacks)

    def run_over_sockets(self, count: int, attacks: Sequence[Attack]) -> None:
        def fault(connection: socket.socket, due: Reply | None) -> None:
            for piece in self._pieces(self.fake.requests[-1], due or WRONG):
                connection.sendall(piece)

        with self.fake, self._patched():
            self.fake.arm(fault, on="", done=True)
            self._until(count, attacks)

    def _until(self, count: int, attacks: Sequence[Attack]) -> None:
        numbers = iter(range(4 * count))
        while self.attacked < count:
            self.one(next(numbers), attacks)

    def one(self, number: int, attacks: Sequence[Attack]) -> None:
        name = f"{self.fake.platform}, seed {self._seed}, number {number}"
        chance = random.Random(name)  # noqa: S311 - the same seed, the same answers
        method = METHODS[number % len(METHODS)]
        routes = self.fake.routes.get("publish" if method == "find" else method) or ("",)
        case = Case(name, method, chance.choice(routes), chance.choice(attacks), chance)
        self._restore()
        if isinstance(self.fake, FakeBluesky):  # a session that soon ends is refreshed
            self.fake.lifetime = dt.timedelta(minutes=1 if case.route == REFRESH else 60)
        call = self._calls(self.fake.adapter())[method]
        self._case, began = case, time.perf_counter()
        try:
            case.outcome = call()
        except (PlatformError, NoEvidence) as error:
            case.outcome = error
        except Exception as error:
            raise AssertionError(str(case)) from error
        finally:
            self._case = None
        self.slowest = max(self.slowest, time.perf_counter() - began)
        self._judge(case)

    # ------------------------------------------------------------ the platform

    def _answer(self, request: Request) -> Iterable[bytes]:
        self.fake.requests.append(request)
        return self._pieces(request, self.fake.serve(request) or WRONG)

    def _pieces(self, request: Request, due: Reply) -> Iterable[bytes]:
        """What comes back: the right answer, or what the case makes of it."""
        case = self._case
        if case is None or not _matches(request.route, case.route):
            return [_head(due) + due.body]
        made = case.attack(Attempt(case.chance, due, request, self._secrets()))
        case.wires[request.route] = made
        return made.pieces

    def _secrets(self) -> tuple[str, ...]:
        return tuple(value for name, value in self.fake.secrets.items() if name != "IDENTIFIER")

    def _ready(self) -> None:
        """One post is there already, with pictures; every case begins with that."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(CONNECT, wire.connecting(self._answer))
            adapter = self.fake.adapter()
            self._media = tuple(adapter.upload(image(alt)) for alt in ("One", "Two"))
            text = "Here already: https://example.org & @ana@social.example"
            self._there = outgoing(text, number=1, media=self._media, created_at=NOW)
            self._receipt = adapter.publish(self._there)
        url = self._receipt.url or ""
        self._url = url.replace("https://mastodon.example", self.fake.url)
        kept = (list, dict, set)
        self._kept = {name: copy.copy(v) for name, v in vars(self.fake).items() if isinstance(v, kept)}

    def _restore(self) -> None:
        armed = self.fake._armed
        for name, value in self._kept.items():
            setattr(self.fake, name, copy.copy(value))
        self.fake._armed = armed
        self.fake.requests.clear()

    def _calls(self, adapter: Adapter) -> Mapping[str, Callable[[], Any]]:
        thread = {"reply_to": self._receipt, "root": self._receipt}
        part = outgoing(media=self._media, created_at=NOW, **thread)
        return {
            "verify": adapter.verify,
            "upload": lambda: adapter.upload(image()),
            "publish": lambda: adapter.publish(part),
            "find": lambda: adapter.find(self._there),
            "recent": lambda: adapter.recent(NOW - dt.timedelta(minutes=1)),
            "retract": lambda: adapter.retract(self._receipt),
            "engagement": lambda: adapter.engagement([self._receipt]),
            "receipt_for": lambda: adapter.receipt_for(self._url),
        }

    @contextmanager
    def _patched(self) -> Iterator[pytest.MonkeyPatch]:
        with pytest.MonkeyPatch.context() as patch, self._written.listening(patch):
            patch.setattr(mastodon, "PAUSES", (0.0, 0.0))
            yield patch

    # ------------------------------------------------------------ what may come of it

    def _judge(self, case: Case) -> None:
        outcome = case.outcome
        failed = isinstance(outcome, Exception)
        self.attacked += bool(case.wires)
        self.figures[type(outcome).__name__ if failed else "a value"] += 1
        try:
            assert self.fake.count(self.fake.public_call) <= 1
            self._judge_secrets(outcome)
            if isinstance(outcome, PlatformError):
                judge_error(outcome)
            elif failed:
                assert case.method == "find"
            else:
                judge_value(outcome, case.method)
            if case.method == "publish":
                self._judge_publication(case)
            if not failed and not any(one.alters for one in case.wires.values()):
                self._judge_truth(case)
        except AssertionError as error:
            raise AssertionError(f"{case}: {error}") from None

    def _judge_secrets(self, outcome: Any) -> None:
        written = [self._written.take(), repr(outcome)]
        if isinstance(outcome, Exception):
            written += traceback.format_exception(outcome)
        sent = (request.headers.get("authorization", "") for request in self.fake.requests)
        tokens = {header.removeprefix("Bearer ") for header in sent if header}
        assert leaked("\n".join(written), {*self._secrets(), *tokens}) == []

    def _judge_publication(self, case: Case) -> None:
        """A post that may be there is never sent again by itself, nor taken for refused."""
        outcome = case.outcome
        if not self.fake.count(self.fake.public_call):
            assert isinstance(outcome, (NotSent, Refused))
            return
        answer = case.wires.get(self.fake.public_call)
        if answer is None:  # the right one; but signing in may have made us another account
            assert case.wires or not isinstance(outcome, (NotSent, Refused))
            return
        status, code = answer.status or 0, _code(answer.says)
        refused = 400 <= status < 500
        if isinstance(outcome, NotSent):
            assert status in (425, 429) or (refused and code in OVER)
        elif isinstance(outcome, Refused):
            assert (refused and status not in (408, 429)) or status in MOVED
        elif not isinstance(outcome, Unknown):
            assert 200 <= status < 300 or (refused and code == "InvalidSwap")

    def _judge_truth(self, case: Case) -> None:
        """What is read from an answer that says the right thing is the right thing."""
        value, there = case.outcome, self._receipt.id
        if case.method == "recent":
            assert [post.receipt.id for post in value] == [there]
        elif case.method in ("find", "receipt_for"):
            assert value
            assert value.id == there
        elif case.method == "publish":
            assert value.id == self.fake.posts[-1].id


def _code(body: bytes) -> str:
    return str(json.loads(body).get("error")) if body else ""


class _Written(logging.Handler):
    """All that any logger says, however little it matters."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(self.format(record))

    def take(self) -> str:
        lines, self._lines = self._lines, []
        return "\n".join(lines)

    @contextmanager
    def listening(self, patch: pytest.MonkeyPatch) -> Iterator[None]:
        root = logging.getLogger()
        for name in (None, *logging.root.manager.loggerDict):
            patch.setattr(logging.getLogger(name), "level", logging.DEBUG)
        patch.setattr(root, "handlers", [self])  # alone: pytest's own would keep megabytes
        logging.root.manager._clear_cache()
        try:
            yield
        finally:
            logging.root.manager._clear_cache()
