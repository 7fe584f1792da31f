"""Staff who listen: what a Teller sends them on a virtual clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

from campaign_bot.app.telling.sending import Message, Outcome, Sent
from campaign_bot.app.telling.teller import Teller
from campaign_bot.app.telling.words import Writer
from campaign_bot.ledger import Ledger
from campaign_bot.model import Campaign

SENT = Sent(Outcome.SENT)
FAILED = Sent(Outcome.FAILED, "503")
UNREADABLE = Sent(Outcome.UNREADABLE)
STEP = dt.timedelta(seconds=10)


class Staff:
    """``heard``: the address, the time and the message of all that was sent. ``script`` sets what the next
    sendings to an address come to; then all is well."""

    def __init__(
        self,
        ledger: Ledger,
        now: Callable[[], dt.datetime],
        campaign: Callable[[], Campaign | None] = lambda: None,
        *urls: str,
        clean: Callable[[str], str] = str,
    ) -> None:
        self.heard: list[tuple[str, dt.datetime, Message]] = []
        self.tried = 0
        self._ledger = ledger
        self._now = now
        self._write = Writer(campaign, clean)
        self._urls = urls or ("json://staff",)
        self._script: dict[str, Iterator[Sent]] = {}
        self.restart()

    def restart(self) -> None:
        """The worker ends, and another one begins."""
        self.teller = Teller(
            self._ledger,
            self._urls,
            self._write,
            self._send,
            lambda: None,
            self._now,
            submit=lambda call: call(),
        )

    def script(self, *outcomes: Sent, url: str = "json://staff") -> None:
        self._script[url] = iter(outcomes)

    def _send(self, url: str, message: Message) -> Sent:
        self.tried += 1
        sent = next(self._script.get(url, iter(())), SENT)
        if sent == SENT and message.bodies:
            self.heard.append((url, self._now(), message))
        return sent

    @property
    def titles(self) -> list[str]:
        return [message.title for _, _, message in self.heard]

    @property
    def last(self) -> str:
        """The last message, with as much as it ever says."""
        return self.heard[-1][2].bodies[0]
