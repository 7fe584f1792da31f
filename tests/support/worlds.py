"""A world in which everything happens to a campaign, and an audit of the three promises after each thing.

``World`` is a stage (``support.working``) whose platforms are fickle and whose worker may die at any step.
The audit believes the platforms: they keep all that they ever accepted, deleted or not.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from campaign_bot.app import platforms, retracting
from campaign_bot.app.deciding import Desk
from campaign_bot.i18n.sentences import Unable
from campaign_bot.ledger import Ledger
from campaign_bot.model import MOVES, Account, Entry, HoldReason, Receipt, State
from campaign_bot.platforms.base import Outgoing, RemotePost
from campaign_bot.platforms.errors import NotSent, Refused, Unknown
from support.working import Scripted, Stage, no_evidence

ZONE = ZoneInfo("America/Los_Angeles")
START = dt.datetime(2026, 10, 31, 15, tzinfo=dt.UTC)  # 08:00; the clocks change in the night that follows
LATENESS = dt.timedelta(minutes=30)
SKEW = dt.timedelta(minutes=2)
SECOND = dt.timedelta(seconds=1)
SETTLING = dt.timedelta(minutes=15)
"""A worker that is well has settled by then what can be settled."""

CAMPAIGN = """\
name: A world
timezone: America/Los_Angeles
languages: [en, es]
lateness: 30m
"""
ACCOUNTS = """\
accounts:
  x-en: {platform: x, languages: [en]}
  fedi:
    {platform: mastodon, languages: [en, es], bilingual: thread, base_url: "https://a.example", spacing: 3m}
  blue: {platform: bluesky, languages: [es], per_day: 5}
"""
SPACING = {"x-en": dt.timedelta(minutes=1), "fedi": dt.timedelta(minutes=3), "blue": dt.timedelta(minutes=1)}
PER_DAY = 5

STEPS = (
    "orphans",
    "apply",
    "claim",
    "unclaim",
    "begin",
    "record",
    "fail",
    "move",
    "postpone",
    "looked",
)
"""The ledger's methods before and after which a worker may die."""

WAITING = {State.SCHEDULED, State.HELD}
OPEN = {State.PUBLISHING, State.UNCONFIRMED}
NEEDS_A_REASON = {State.HELD, State.MISSED, State.CANCELLED, State.FAILED, State.UNCONFIRMED}
FOR_A_PERSON = {"several", "no-evidence"}


class Death(BaseException):
    """SIGKILL."""


@dataclasses.dataclass(frozen=True)
class Accepted:
    """What a platform took. ``ours`` is the instant by our clock."""

    account: str
    id: str
    key: str
    part: int
    text: str
    ours: dt.datetime


class Fickle(Scripted):
    """An account on a platform of this world."""

    def __init__(self, inner: Any, world: World, account: Account) -> None:
        super().__init__(inner, world, account)
        self._world = world
        self._finds = account.platform == "bluesky"

    def verify(self) -> Any:
        if self._world.offline:
            raise NotSent("no such host")
        if self._account in self._world.broken:
            raise Refused("401 Unauthorized", account_broken=True, status=401)
        return super().verify()

    def publish(self, outgoing: Outgoing) -> Receipt:
        world = self._world
        entry = world.audit.call(self._account)
        outcome = "offline" if world.offline else world.outcomes.popleft() if world.outcomes else "ok"
        _before(world, self._account, outcome)
        world.step()
        receipt = self._inner.publish(outgoing)
        if outcome == "late":
            self._appears_later(dt.timedelta(seconds=40))
        world.audit.accept(self._account, entry, outgoing, receipt)
        world.step()
        if outcome in ("late", "lost"):
            raise Unknown("read timeout")
        return receipt

    def _appears_later(self, delay: dt.timedelta) -> None:
        """The server is still at work when its answer is given up."""
        posts = self._world.platforms.posts[self._account]
        posts[-1] = dataclasses.replace(posts[-1], created_at=posts[-1].created_at + delay)

    def find(self, outgoing: Outgoing) -> Receipt | None:
        self._readable()
        if not self._finds:
            no_evidence()
        found = self._inner.find(outgoing)
        return found if found and found.id in self._shown(dt.timedelta(0)) else None

    def recent(self, since: dt.datetime) -> Sequence[RemotePost]:
        self._readable()
        shown = self._shown(self._world.shows_after)
        return [post for post in self._inner.recent(since) if post.receipt.id in shown]

    def _readable(self) -> None:
        if self._world.offline:
            raise NotSent("no such host")
        if self._world.blind:
            no_evidence()

    def _shown(self, after: dt.timedelta) -> set[str]:
        world = self._world
        posts = world.platforms.posts[self._account]
        return {post.id for post in posts if post.created_at + after <= world.real}


def _before(world: World, account: str, outcome: str) -> None:
    """The outcomes in which nothing is accepted."""
    if outcome == "offline":
        raise NotSent("no such host")
    if outcome == "429":
        raise NotSent("429 Too Many Requests", dt.timedelta(minutes=4), account_wide=True, status=429)
    if outcome == "refused":
        raise Refused("422 Unprocessable", status=422)
    if outcome == "broken":
        world.broken.add(account)
        raise Refused("401 Unauthorized", account_broken=True, status=401)
    if outcome == "reset":
        raise Unknown("connection reset")


class World(Stage):
    """``outcomes``: what the next calls meet. ``fuse``: at which step the worker dies."""

    def __init__(self, root: Path, files: dict[str, str | bytes | None]) -> None:
        self.outcomes: deque[str] = deque()
        self.offline = False
        self.broken: set[str] = set()
        self.shows_after = dt.timedelta(0)
        self.fuse = 0
        self.deaths = 0
        self._at_work = self._dead = False
        config = {"config/campaign.yaml": CAMPAIGN, "config/accounts.yaml": ACCOUNTS}
        super().__init__(root, config | files, START)
        self.audit = Audit(self)
        for name in STEPS:
            setattr(self.ledger, name, self._deadly(getattr(self.ledger, name)))

    @property
    def real(self) -> dt.datetime:
        return self.clock - self.set_by

    def adapter(self, account: Account) -> Any:
        return Fickle(self.platforms.connect(account), self, account)

    def set_clock(self, by: dt.timedelta) -> None:
        self.clock += by
        self.set_by += by
        self.audit.jumped()

    # ------------------------------------------------------------ the worker's life

    def step(self) -> None:
        if not self._at_work:
            return
        if self.fuse:
            self.fuse -= 1
            self._dead = not self.fuse
        if self._dead:
            raise Death

    def _deadly(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def deadly(*args: Any, **named: Any) -> Any:
            self.step()
            result = method(*args, **named)
            self.step()
            return result

        return deadly

    @contextmanager
    def _mortal(self) -> Iterator[None]:
        """What dies in here is started again."""
        self._at_work = True
        try:
            yield
        except Death:
            self.deaths += 1
            self._dead, self.fuse, self._at_work = False, 0, False
            self.restart()
        finally:
            self._at_work = False

    def pass_by(self, time: dt.timedelta, looks: int = 60) -> None:
        """Time passes, with a worker. After so many looks it sleeps until the end."""
        end = self.clock + time
        while True:
            with self._mortal():
                self.worker.tick()
            self.audit.review()
            if self.clock >= end:
                return
            looks -= 1
            wake = max(self.worker.next_wake(), self.clock + SECOND) if looks > 0 else end
            self.clock = min(end, wake)

    # ------------------------------------------------------------ people

    def person(self, act: Callable[[Desk], object]) -> None:
        """Someone decides; what makes no sense is refused, and changes nothing."""
        with suppress(Unable):
            act(Desk(self.follower.campaign, self.ledger, self.clock, self._receipt_for))
        self.audit.review()

    def _receipt_for(self, account: Account, url: str) -> Receipt:
        return self.platforms.connect(account).receipt_for(url)

    def confirm(self, entry: Entry) -> None:
        """Someone looks on the platform, and says what is so."""
        part = entry.parts_done + 1
        found = [one for one in self.audit.accepted if (one.key, one.part) == (entry.key, part)]
        shown = {post.id: post for post in self.platforms.posts[entry.account]}
        posts = [shown[one.id] for one in found if one.id in shown]
        if posts:
            self.person(lambda desk: desk.confirm_published(entry.key, posts[0].url))
        elif not found:
            self.person(lambda desk: desk.confirm_not_published(entry.key))

    def retract(self, post: str) -> None:
        reach = platforms.Platforms(self.adapter)
        of, retracting.platforms.of = retracting.platforms.of, lambda *_args, **_named: reach  # type: ignore[assignment]
        try:
            with suppress(Unable):
                retracting.retract(
                    self.root,
                    self.settings,
                    self.ledger,
                    post,
                    lambda: self.clock,
                    dry=True,
                    wait=lambda seconds: self.pass_time(dt.timedelta(seconds=seconds)),
                )
        finally:
            retracting.platforms.of = of
        self.audit.review()


# ---------------------------------------------------------------- the promises


class Audit:
    """Asserts that no promise is broken; every message says which."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._ledger: Ledger = world.ledger
        self.accepted: list[Accepted] = []
        self._states: dict[str, State] = {}
        self._seen = 0
        self._last: dict[str, dt.datetime] = {}
        self._breaches: list[str] = []

    def jumped(self) -> None:
        """Distances by our clock say nothing across this."""
        self._last.clear()

    # ------------------------------------------------------------ at a call

    def call(self, account: str) -> Entry:
        """A worker is about to make something public. Gives the delivery that it is for."""
        found = self._ledger.entries(states=[State.PUBLISHING], account=account)
        entry = found[-1]
        # An assertion that fails here would look like an adapter's fault to the worker.
        if len(found) > 1:
            self._breaches.append(f"two at once: {found}")
        self._breaches += [words for words, is_so in self._objections(entry) if is_so]
        return entry

    def _objections(self, entry: Entry) -> Iterator[tuple[str, bool]]:
        world, now = self._world, self._world.clock
        others = [one for one in self._ledger.entries(states=OPEN, account=entry.account) if one != entry]
        pauses = [pause for pause in self._ledger.pauses() if _concerns(pause.scope, pause.value, entry)]
        yield f"by a clock that is {world.set_by} off: {entry}", abs(world.set_by) > SKEW
        yield f"to a stopped account: {entry}", self._ledger.account(entry.account).stopped
        yield f"in spite of {pauses}: {entry}", bool(pauses)
        yield "equal text may be live", entry.fingerprint in [one.fingerprint for one in others]
        if entry.parts_done:
            return
        starts = max(entry.slot_at, entry.decided_at or entry.slot_at)
        yield f"too late, at {now}: {entry}", now > starts + LATENESS
        yield f"too early, at {now}: {entry}", now < entry.slot_at
        last = self._last.get(entry.account)
        yield f"{last} and {now} are too close: {entry}", bool(last and now - last < SPACING[entry.account])
        mine = {one.key for one in self.accepted if one.account == "blue" and _day(one.ours) == _day(now)}
        yield f"too many in a day: {entry}", entry.account == "blue" and len(mine - {entry.key}) >= PER_DAY

    def accept(self, account: str, entry: Entry, outgoing: Outgoing, receipt: Receipt) -> None:
        part, now = entry.parts_done + 1, self._world.clock
        self.accepted.append(Accepted(account, receipt.id, entry.key, part, outgoing.text, now))
        if part == 1:
            self._last[account] = now

    # ------------------------------------------------------------ after everything

    def review(self) -> None:
        assert not self._breaches, self._breaches
        entries = {entry.key: entry for entry in self._ledger.entries()}
        self._history(entries)
        self._never_twice(entries)
        for one in self.accepted:
            self._is_explained(one, entries[one.key])
        for entry in entries.values():
            self._is_told(entry)

    def _history(self, entries: dict[str, Entry]) -> None:
        """The events say what the states are, and only allowed moves."""
        for event in self._ledger.events(after=self._seen):
            self._seen = event.id
            if event.key is None or event.to_state is None:
                continue
            before = self._states.get(event.key)
            assert event.from_state == before, f"{event} comes from {before}"
            assert before is None or event.to_state in MOVES[before], f"no such move: {event}"
            self._states[event.key] = event.to_state
            if event.to_state is State.MISSED:
                self._was_late(entries[event.key])
        assert self._states == {key: entry.state for key, entry in entries.items()}

    def _was_late(self, entry: Entry) -> None:
        if self._world.offline or self._world.follower.campaign is None:
            return  # no platform could contradict our clock
        late = entry.deadline is not None and entry.deadline < self._world.real + SKEW
        assert late or entry.reason == "no-file", f"missed too early: {entry}"

    def _never_twice(self, entries: dict[str, Entry]) -> None:
        parts = Counter((one.key, one.part) for one in self.accepted)
        assert not [what for what, times in parts.items() if times > 1], f"twice: {parts}"
        said: dict[tuple[str, tuple[str, ...]], str] = {}
        for one in self.accepted:
            if entries[one.key].queue == "demands":
                continue
            first = said.setdefault((one.account, entries[one.key].parts), one.key)
            assert first == one.key or self._was_released(one.key), f"the same words: {first}, {one.key}"

    def _was_released(self, key: str) -> bool:
        events = self._ledger.events(key=key)
        return any(event.reason in ("released", "retried", "not-published") for event in events)

    def _is_explained(self, one: Accepted, entry: Entry) -> None:
        """What is on a platform has a receipt, or is known to be unknown."""
        has_receipt = any((r.part, r.id) == (one.part, one.id) for r in entry.receipts)
        unclear = entry.state in OPEN and entry.parts_done < one.part
        assert has_receipt or unclear, f"nobody knows that {one} is live: {entry}"

    def _is_told(self, entry: Entry) -> None:
        assert entry.reason or entry.state not in NEEDS_A_REASON, f"without a reason: {entry}"
        ids = {one.id for one in self.accepted if one.key == entry.key}
        assert {receipt.id for receipt in entry.receipts} <= ids, f"receipts of nothing: {entry}"
        if entry.state is State.PUBLISHED:
            assert len(entry.receipts) == len(entry.parts), f"published, but for some parts: {entry}"

    def settled(self) -> None:
        """All is well and a worker was there for a while: nothing is left lying."""
        now = self._world.clock
        for entry in self._ledger.entries():
            late = entry.deadline is not None and entry.deadline + SETTLING < now
            waits = entry.state in WAITING and (late or bool(entry.parts_done))
            assert not waits, f"waits for ever: {entry}"
            assert entry.state is not State.PUBLISHING, entry
            if entry.state is State.UNCONFIRMED:
                assert entry.reason in FOR_A_PERSON, f"nobody settles it: {entry}"

    def has_all(self, keys: Sequence[str]) -> None:
        """Deliveries that were wanted all the time, which has passed: not one is lost without a word."""
        for key in keys:
            entry = self._ledger.entry(key)
            assert entry is not None, f"lost without a word: {key}"
            held = entry.state is State.HELD and entry.hold is HoldReason.FILE
            assert held or entry.state not in WAITING, f"lost without a word: {entry}"


def _concerns(scope: str, value: str, entry: Entry) -> bool:
    if scope == "language":
        return value in entry.language.split("+")
    return (
        scope == "all" or value == {"account": entry.account, "queue": entry.queue, "post": entry.post}[scope]
    )


def _day(at: dt.datetime) -> dt.date:
    return at.astimezone(ZONE).date()
