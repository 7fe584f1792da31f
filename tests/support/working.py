"""A worker on a virtual clock: a folder on disk, a ledger in memory, platforms that obey a script."""

from __future__ import annotations

import datetime as dt
import weakref
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

from campaign_bot.app import wiring
from campaign_bot.app.loading import snapshot
from campaign_bot.ledger import Ledger
from campaign_bot.model import Account, Entry, ImageFile, Receipt, State
from campaign_bot.platforms.base import Adapter, Identity, Media, NoEvidence, Outgoing, RemotePost
from campaign_bot.platforms.errors import Unknown
from campaign_bot.platforms.simulated import SimulatedPlatforms
from campaign_bot.settings import Settings

CAMPAIGN = """\
name: A test
timezone: UTC
starts: 2026-12-01
ends: 2026-12-31
languages: [en, es]
lateness: 30m
"""
ACCOUNTS = """\
accounts:
  x-en: {platform: x, languages: [en]}
  x-es: {platform: x, languages: [es]}
"""
DATED = "order: dated\n"
START = dt.datetime(2026, 12, 1, tzinfo=dt.UTC)


def post(at: str = "", en: str = "Read the letter", es: str = "Lean la carta", **front: str) -> str:
    """A post file. ``en`` and ``es`` are the texts; other words go into the front matter as they are."""
    lines = [f"at: {at}"] if at else []
    lines += [f"{key}: {value}" for key, value in front.items()]
    return "\n".join(["---", *lines, "---", "", "## English", en, "", "## Español", es, ""])


def write(root: Path, files: dict[str, str | bytes | None]) -> None:
    """Write files below ``root``; None deletes one."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            path.unlink()
        elif isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content, encoding="utf-8")


class AnswerLost(Unknown):
    """In a script: the call is accepted, and nobody hears of it."""

    def __init__(self) -> None:
        super().__init__("read timeout")


class Scripted:
    """An adapter that does what its platform's script says: an exception to raise, or nothing special."""

    rules: Any = None
    secret_names: Any = ()

    def __init__(self, inner: Adapter, stage: Stage, account: Account) -> None:
        self._inner = inner
        self._stage = stage
        self._account = account.name

    def verify(self) -> Identity:
        self._stage.play("verify")
        return self._inner.verify()

    def upload(self, image: ImageFile) -> Media:
        self._stage.play("upload")
        return self._inner.upload(image)

    def publish(self, outgoing: Outgoing) -> Receipt:
        self._stage.calls.append((self._account, outgoing))
        try:
            self._stage.play("publish")
        except AnswerLost:
            self._inner.publish(outgoing)
            raise
        return self._inner.publish(outgoing)

    def retract(self, receipt: Receipt) -> None:
        self._stage.play("retract")
        self._stage.deletions.append((self._account, receipt.id))
        self._inner.retract(receipt)

    def find(self, outgoing: Outgoing) -> Receipt | None:
        self._look()
        return self._inner.find(outgoing) if self._stage.finds else no_evidence()

    def recent(self, since: dt.datetime) -> Sequence[RemotePost]:
        self._look()
        posts = self._inner.recent(since)
        return [replace(post, text=self._stage.shows(post.text)) for post in posts]

    def source(self, receipt: Receipt) -> str | None:
        return self._stage.sources.get(receipt.id)

    def _look(self) -> None:
        self._stage.play("look")
        if self._stage.blind:
            no_evidence()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


def no_evidence() -> NoReturn:
    raise NoEvidence("not here")


class Stage:
    """The whole thing. ``run`` lets virtual time pass; ``script`` sets what the next calls meet."""

    def __init__(self, root: Path, files: dict[str, str | bytes | None], start: dt.datetime = START) -> None:
        self.root = root
        write(
            root,
            {
                "config/campaign.yaml": CAMPAIGN,
                "config/accounts.yaml": ACCOUNTS,
                "posts/launch/queue.yaml": DATED,
            }
            | files,
        )
        self.clock = start
        self.ledger = self.new_ledger()
        self.set_by = dt.timedelta(0)  # our clock is this far off the time that has really passed
        self.platforms = SimulatedPlatforms(lambda: self.clock - self.set_by)
        self.shows: Callable[[str], str] = str  # what the platforms make of a text
        self.sources: dict[str, str] = {}  # what they tell of how a post was written, by its id
        self.blind = False  # the platforms show nothing of what they have
        self.finds = False  # they look a post up by our own key, as Bluesky
        self.deletions: list[tuple[str, str]] = []  # account and id
        self._later: list[tuple[dt.datetime, Callable[[], None]]] = []
        self.calls: list[tuple[str, Outgoing]] = []
        self._script: dict[str, Iterator[Exception | None]] = {}
        self.settings = Settings()
        self.restart()

    def new_ledger(self) -> Ledger:
        """One that is closed with the stage, whether it ever is this stage's or not."""
        made = Ledger.open("sqlite://")
        weakref.finalize(self, made.close)  # when the test lets go of the stage
        return made

    def lose_ledger(self) -> None:
        """The ledger is gone; another worker starts with a new one."""
        self.ledger.close()
        self.ledger = self.new_ledger()
        self.restart()

    def copy_of_ledger(self, of: Ledger | None = None) -> Ledger:
        """What SQLite's online backup gives at any moment, of the ledger in use or of an earlier copy."""
        copy = self.new_ledger()
        with (of or self.ledger)._read() as source, copy._read() as target:
            source.connection.driver_connection.backup(  # type: ignore[union-attr]
                target.connection.driver_connection
            )
        return copy

    def restart(self) -> None:
        """A new worker process on the same ledger."""
        for _key in self.ledger.orphans(self.clock, "restart"):
            pass
        self.worker, self.follower = wiring.assemble(
            self.root,
            self.ledger,
            load=lambda: snapshot(self.root, self.settings),
            make=self.adapter,
            now=lambda: self.clock,
            elapsed=self.elapsed,
            submit=lambda call: call(),
            spread=lambda: 1.0,
            name="test-worker",
        )

    def script(self, call: str, outcomes: Sequence[Exception | None]) -> None:
        """The next calls of ``publish``, ``upload`` or ``verify`` meet these, one each; then all is well."""
        self._script[call] = iter(outcomes)

    def play(self, call: str) -> None:
        outcome = next(self._script.get(call, iter(())), None)
        if outcome is not None:
            raise outcome

    def edit(self, files: dict[str, str | bytes | None]) -> None:
        write(self.root, files)
        self.follower.reload()

    def run(self, until: str | dt.datetime, *, each: Callable[[], None] = lambda: None) -> None:
        """Let time pass until then (``HH:MM`` on the first day, or an instant)."""
        end = at(until) if isinstance(until, str) else until
        while True:
            self.worker.tick()
            each()
            if self.clock >= end:
                return
            self.clock = min(end, max(self.worker.next_wake(), self.clock + dt.timedelta(seconds=1)))

    def adapter(self, account: Account) -> Adapter:
        return Scripted(self.platforms.connect(account), self, account)

    def elapsed(self) -> float:
        """Seconds that have really passed, whatever our clock was set to."""
        return (self.clock - self.set_by).timestamp()

    def account(self, name: str) -> Account:
        campaign = self.follower.campaign
        assert campaign is not None
        return campaign.accounts[name]

    def later(self, delay: dt.timedelta, call: Callable[[], None]) -> None:
        """Let something happen while someone waits (``pass_time``)."""
        self._later.append((self.clock + delay, call))

    def pass_time(self, delay: dt.timedelta) -> None:
        """Time passes without the worker."""
        self.clock += delay
        due = [call for moment, call in self._later if moment <= self.clock]
        self._later = [one for one in self._later if one[0] > self.clock]
        for call in due:
            call()

    def entries(self) -> dict[str, Entry]:
        return {entry.key: entry for entry in self.ledger.entries()}

    def states(self) -> dict[str, State]:
        return {key: entry.state for key, entry in self.entries().items()}

    def texts(self, account: str) -> list[str]:
        """What is to be seen on an account, oldest first."""
        return [post.outgoing.text for post in self.platforms.posts.get(account, [])]


def at(time: str, day: int = 1) -> dt.datetime:
    """``HH:MM`` or ``HH:MM:SS`` on a day of December 2026, UTC."""
    return dt.datetime.combine(dt.date(2026, 12, day), dt.time.fromisoformat(time), dt.UTC)
