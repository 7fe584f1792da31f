"""When staff are told: once, together, never in a storm, and again later where it could not be sent.

The ledger's events are the only source, and how far they were told is a note in the ledger: so nothing is
told twice after a restart, and nothing is forgotten.
"""

from __future__ import annotations

import contextvars
import datetime as dt
import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable

from campaign_bot.app.telling.addresses import NO_TIME, Address
from campaign_bot.app.telling.news import NOT_NEWS, PAGE, PATIENCE, News, gather, is_doubt, is_news
from campaign_bot.app.telling.sending import Message, Outcome, Sent
from campaign_bot.i18n import N_, _
from campaign_bot.ledger import Ledger, LedgerError

log = logging.getLogger(__name__)

A_MOMENT = 1.0
"""Seconds in which a sending that was ended comes back."""

SAID = {Outcome.SENT: N_("Staff were told: {title}"), Outcome.DRY: N_("Staff would be told: {title}")}


class Teller:
    """``tick`` it every second or so, in one thread; it returns at once.

    ``send`` and ``make`` (news into a Message) are called in a thread that ``submit`` begins; ``end`` ends
    a sending that is under way.
    """

    def __init__(
        self,
        ledger: Ledger,
        urls: Iterable[str],
        make: Callable[[News], Message],
        send: Callable[[str, Message], Sent],
        end: Callable[[], None],
        now: Callable[[], dt.datetime],
        submit: Callable[[Callable[[], None]], object] | None = None,
    ) -> None:
        self._ledger = ledger
        self._addresses = [Address(number, url, ledger) for number, url in enumerate(urls, 1)]
        self._make = make
        self._send = send
        self._end = end
        self._now = now
        self._submit = submit or _in_a_thread
        self._read = min((one.told.unconfirmed for one in self._addresses), default=0)
        self._doubts: deque[dt.datetime] = deque()
        self._free = threading.Event()
        self._free.set()
        self._ended = False
        self._dropped: list[int] = []

    def begin(self) -> None:
        """Say which addresses cannot be read, before there is anything to tell."""
        if self._addresses:
            self._start(self._check)

    @property
    def untold(self) -> tuple[int, ...]:
        """The addresses, by their numbers, at which nobody could be told the last time, or ever."""
        if not self._free.is_set():  # what is just being sent counts as failed until it was
            return tuple(self._dropped)
        failing = [one.number for one in self._addresses if one.is_failing]
        return tuple(sorted([*self._dropped, *failing]))

    def tick(self) -> None:
        """Look for news; tell it at the first address where it is time to."""
        if not self._addresses or not self._free.is_set():
            return
        self._look()
        now = self._now()
        due = [one for one in self._addresses if one.is_due(now)]
        if due:
            self._start(lambda: self._tell(due[:1], PATIENCE))

    def finish(self, seconds: float) -> None:
        """Tell at once what there is, since nobody will be here later; for no longer than that."""
        if self._free.wait(seconds):
            now = self._now()
            self._start(
                lambda: self._tell([one for one in self._addresses if not one.is_quiet(now)], NO_TIME)
            )
        self.close(seconds)

    def close(self, seconds: float) -> None:
        """Tell nothing more. What is under way has that long; what was not sent then is told another time."""
        if not self._free.wait(seconds):
            self.stop()
            self._free.wait(A_MOMENT)

    def stop(self) -> None:
        """End what is under way; whoever waits for it need not wait any longer."""
        self._ended = True
        self._end()

    # ------------------------------------------------------------ news

    def _look(self) -> None:
        """Whether anything happened that has to be told; which, and whether it still holds, comes later."""
        now, seen = self._now(), self._ledger.version()
        is_any = False
        if seen != self._read:
            page = self._ledger.events(after=self._read, limit=PAGE, but=NOT_NEWS)
            is_any = any(map(is_news, page))
            self._doubts += (event.at + PATIENCE for event in page if is_doubt(event))
            self._read = page[-1].id if len(page) == PAGE else seen
        while self._doubts and self._doubts[0] <= now:
            self._doubts.popleft()
            is_any = True
        for one in self._addresses:
            if one.news_since is None and is_any:
                one.news_since = now
            elif one.news_since is None and not self._doubts:
                one.pass_over(self._read)

    # ------------------------------------------------------------ in the other thread

    def _start(self, call: Callable[[], object]) -> None:
        self._free.clear()
        self._submit(lambda: self._run(call))

    def _run(self, call: Callable[[], object]) -> None:
        try:
            call()
        except LedgerError as error:
            log.debug("%s", error.code)  # the worker meets the same, and says it
        except Exception:
            log.exception("telling staff failed; it goes on in a while")
        finally:
            self._free.set()

    def _check(self) -> None:
        for one in list(self._addresses):
            if self._send(one.url, Message()).outcome is Outcome.UNREADABLE:
                self._drop(one)

    def _drop(self, address: Address) -> None:
        self._addresses.remove(address)
        self._dropped.append(address.number)
        words = _("Address {number} in CAMPAIGN_BOT_NOTIFY cannot be read: nobody is told there.")
        log.error("%s", words.format(number=address.number))

    def _tell(self, addresses: Iterable[Address], patience: dt.timedelta) -> None:
        for one in addresses:
            again = one.failed(self._now())  # whatever may go wrong from here on
            news, told = gather(self._ledger, one.told, self._now(), patience)
            message = self._make(news) if news else None
            sent = self._send(one.url, message) if message else None
            if sent and sent.outcome is Outcome.FAILED:
                self._say_once(one, sent, again=again)
            elif sent and sent.outcome is Outcome.UNREADABLE:
                self._drop(one)
            else:
                one.succeeded(told, self._now(), sent=sent is not None)
            if message and sent and sent.outcome in SAID:
                log.info("%s", _(SAID[sent.outcome]).format(title=message.title))

    def _say_once(self, address: Address, sent: Sent, *, again: bool) -> None:
        if again or self._ended:
            return
        why = f"HTTP {sent.status}" if sent.status else _("no answer, or a refusal")
        words = _("Staff could not be told at address {number} ({why}): it is tried again later.")
        log.warning("%s", words.format(number=address.number, why=why))


def _in_a_thread(call: Callable[[], None]) -> None:
    """One that does not keep the worker from ending. It speaks the language of whoever begins it."""
    threading.Thread(target=contextvars.copy_context().run, args=(call,), name="telling", daemon=True).start()
