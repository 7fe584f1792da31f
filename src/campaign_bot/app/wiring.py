"""Puts a worker together: the same parts live, dry and on a virtual clock."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from campaign_bot import files
from campaign_bot.app import ledgers
from campaign_bot.app.adopting import Adopting
from campaign_bot.app.budgets import Budgets
from campaign_bot.app.connections import Connections
from campaign_bot.app.following import Follower
from campaign_bot.app.gate import Gate
from campaign_bot.app.loading import Snapshot, snapshot
from campaign_bot.app.presence import begins
from campaign_bot.app.reconciling import Reconciling
from campaign_bot.app.spending import Meter
from campaign_bot.app.telling.sending import DrySender, Sender
from campaign_bot.app.telling.teller import Teller
from campaign_bot.app.telling.words import Writer
from campaign_bot.app.trust import Trust
from campaign_bot.app.worker import Worker
from campaign_bot.i18n import _
from campaign_bot.i18n.reasons import line
from campaign_bot.i18n.sentences import Unable, sentence
from campaign_bot.ledger import Ledger
from campaign_bot.model import Account, State
from campaign_bot.platforms.base import Adapter
from campaign_bot.platforms.simulated import SimulatedPlatforms
from campaign_bot.publisher import Publisher
from campaign_bot.settings import Settings
from campaign_bot.settings import load as load_settings

log = logging.getLogger(__name__)


@contextlib.contextmanager
def opened(root: Path, settings: Settings, *, live: bool) -> Iterator[Ledger]:
    """The live ledger, or the dry one; a new live one is said loudly, since it knows of no earlier post."""
    ledger = ledgers.opened(root, settings, live=live)
    if live and begins(ledger):
        log.warning("%s", _("THIS BEGINS A NEW LEDGER: what was published before is not known to it."))
    try:
        yield ledger
    finally:
        ledger.close()


def build(
    root: Path,
    settings: Settings,
    ledger: Ledger,
    *,
    live: bool,
    now: Callable[[], dt.datetime],
    submit: Callable[[Callable[[], None]], object],
    spread: Callable[[], float],
    name: str,
) -> tuple[Worker, Follower]:
    """A worker on real or, when dry, on simulated platforms, for whoever has the ledger's lock.

    So no call can be under way: what an earlier worker left ``publishing`` becomes ``unconfirmed``.
    """
    ledger.check()
    trust = Trust(ledger, now, name)
    make = partial(fresh_adapter, root, settings, trust) if live else SimulatedPlatforms(now).connect
    load = partial(snapshot, root, settings, live=live)
    worker = assemble(
        root,
        ledger,
        load=load,
        make=make,
        now=now,
        elapsed=time.monotonic,
        submit=submit,
        spread=spread,
        name=name,
    )
    for key in ledger.orphans(now(), name):
        log.error("%s", line(key, State.UNCONFIRMED, "orphaned"))
    return worker


def assemble(
    root: Path,
    ledger: Ledger,
    *,
    load: Callable[[], Snapshot],
    make: Callable[[Account], Adapter],
    now: Callable[[], dt.datetime],
    elapsed: Callable[[], float],
    submit: Callable[[Callable[[], None]], object],
    spread: Callable[[], float],
    name: str,
) -> tuple[Worker, Follower]:
    """The worker's parts, with the follower that is told of changed files.

    ``elapsed``: seconds that really pass, from any beginning, whatever ``now`` is set to.
    """
    follower = Follower(root, ledger, load, now, name, elapsed)
    gate = Gate(ledger, now, lambda: follower.campaign, follower.is_fresh)
    meter = Meter(ledger, lambda: follower.zone, now)
    connections = Connections(ledger, lambda account: meter.metered(account, make(account)), now, elapsed)
    publisher = Publisher(
        ledger,
        wanted=follower.wanted,
        connect=connections.connect,
        read=partial(files.picture, root),
        now=connections.steady,
        gate=gate,
        spread=spread,
        name=name,
    )
    worker = Worker(
        ledger,
        follower,
        connections,
        publisher,
        gate,
        Budgets(ledger, meter, follower.wanted, now, name),
        Adopting(ledger, follower, now, name),
        Reconciling(ledger, follower, connections.steady, name),
        now=now,
        submit=submit,
        name=name,
    )
    return worker, follower


def teller(
    settings: Settings, ledger: Ledger, follower: Follower, *, live: bool, now: Callable[[], dt.datetime]
) -> Teller:
    """Who tells staff; when dry, it only says in the log what it would tell."""
    send = Sender() if live else DrySender()
    write = Writer(lambda: follower.campaign, settings.without_secrets)
    return Teller(ledger, settings.addresses(), write, send, send.end, now)


def fresh_adapter(root: Path, settings: Settings, trust: Trust, account: Account) -> Adapter:
    """With the credentials of this moment: one that was mended needs no restart."""
    try:
        settings = load_settings(root)
    except Unable as error:
        log.warning("%s", sentence(error.code, error.params))
    return trust.adapter(settings, account)
