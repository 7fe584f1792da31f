"""A single run: publish what is due now, and end. For cron and the like."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable
from pathlib import Path

from campaign_bot.app import wiring
from campaign_bot.app.gate import stopped
from campaign_bot.app.liveness import SignOfLife
from campaign_bot.engines.process import holder_of, name, spread, stop_on_signals, trouble_of, utc_now
from campaign_bot.i18n import _
from campaign_bot.ledger import Event, Ledger
from campaign_bot.model import Campaign, State
from campaign_bot.settings import Settings

log = logging.getLogger(__name__)

TELLING = 60.0
"""Seconds in which it may tell staff what it met."""

CLOSING = 5.0
"""Seconds that it waits for what is just being told, when it is stopped."""

BAD_ENDS = frozenset({State.FAILED, State.UNCONFIRMED, State.MISSED})
CROWDED = frozenset({"spacing", "per-day"})


def run(root: Path, settings: Settings, *, live: bool) -> int:
    """Publish what is due now, and return. 1 when another worker has the ledger, or something went wrong."""
    with wiring.opened(root, settings, live=live) as ledger:
        lock = ledger.lock()
        if not lock.acquire():
            words = _("another worker has this ledger ({holder})")
            log.error("%s", words.format(holder=holder_of(lock)))
            return 1
        life = SignOfLife(settings.state_of(root), live=live, now=utc_now, once=True)
        life.begin()
        try:
            return _work(root, settings, ledger, life, live=live)
        except Exception as error:
            life.look(trouble_of(error), {}, {}, "", ())
            raise
        finally:
            life.end()
            lock.release()


def _work(root: Path, settings: Settings, ledger: Ledger, life: SignOfLife, *, live: bool) -> int:
    """All that is due now, one account after the other; an exit code."""

    def turn(call: Callable[[], None]) -> None:
        life.look(None, worker.in_flight, worker.troubles, worker.clock, ())
        call()

    before = ledger.version()
    worker, follower = wiring.build(
        root, settings, ledger, live=live, now=utc_now, submit=turn, spread=spread, name=name()
    )
    teller = wiring.teller(settings, ledger, follower, live=live, now=utc_now)
    teller.begin()
    received = stop_on_signals(lambda: [one.stop() for one in (worker, teller)])
    seen = -1
    while ledger.version() != seen and not received:  # until a tick changes nothing more
        seen = ledger.version()
        worker.tick()
    failed = any(map(_is_bad, ledger.events(after=before))) or _is_left(ledger, follower.campaign)
    teller.close(CLOSING) if received else teller.finish(TELLING)
    life.look(None, {}, worker.troubles, worker.clock, teller.untold)
    if received == [signal.SIGINT]:
        return 130
    return 1 if failed or follower.snapshot.has_errors else 0


def _is_bad(event: Event) -> bool:
    """Whether something did not end well, or has to be tried again."""
    not_sent = event.from_state is State.PUBLISHING and event.to_state is State.SCHEDULED
    put_off = event.kind == "postpone" and event.reason not in CROWDED
    return event.to_state in BAD_ENDS or not_sent or put_off


def _is_left(ledger: Ledger, campaign: Campaign | None) -> bool:
    """Whether something that is due still waits, though nobody stopped it."""
    pauses = ledger.pauses()
    return any(not stopped(entry, campaign, pauses) for entry in ledger.due(utc_now()))
