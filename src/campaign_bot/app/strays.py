"""What the accounts had when a worker had been away: posts that no receipt names, kept in the ledger.

When a worker starts, each account's posts are unread since a worker was last there, for one whose ledger is
gone may have made them. They are read before the account publishes anything, and kept: whatever goes out
later, however much later, is compared with them. A person's decisions leave that instant as it is: they may
come between a copy of the ledger that was put back and the start.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from http import HTTPStatus

from campaign_bot.app.following import longest_lateness
from campaign_bot.app.presence import last_seen
from campaign_bot.i18n import _
from campaign_bot.i18n.reasons import reason_words
from campaign_bot.ledger import Ledger, Stray
from campaign_bot.model import Account, Campaign, Receipt
from campaign_bot.platforms.base import Adapter, NoEvidence, RemotePost
from campaign_bot.platforms.errors import TOO_MANY, PlatformError, Refused
from campaign_bot.reconciler import BEFORE, readings, untaken

log = logging.getLogger(__name__)

UNREAD = "unread:"
"""A ledger's note for each account: since when its posts are unread; empty when they are not."""

READ_FROM = "read-from:"
"""A ledger's note for each account: its posts before this are unknown; empty when the ledger knows of all."""

ALWAYS = dt.datetime.fromtimestamp(0, dt.UTC)

FAR = dt.timedelta(days=31)
"""How far back a new ledger's accounts are read where the campaign does not say when it starts."""


class Strays:
    """Made at a worker's start, before that writes anything. Instants are in UTC."""

    def __init__(self, ledger: Ledger, now: Callable[[], dt.datetime]) -> None:
        self._ledger = ledger
        self._now = now
        self._since = last_seen(ledger) or ALWAYS
        self._unread = dict(_instants(ledger.notes(UNREAD)))  # by account; None: all was read
        self._read_from = dict(_instants(ledger.notes(READ_FROM)))
        self._noted: set[str] = set()
        self._kept: dict[str, list[RemotePost]] = {}

    def note(self, accounts: Iterable[str]) -> None:
        """From this start on, each account is unread since a worker was last there, or an earlier start.

        So are those that the files lack today, for they may come back. One that this ledger never read is
        unread from the campaign's beginning.
        """
        for name in {*accounts, *self._unread} - self._noted:
            self._noted.add(name)
            since = self._unread.get(name, ALWAYS) or self._since
            if since != self._unread.get(name):
                self._unread[name] = since
                self._ledger.set_meta(UNREAD + name, since.isoformat())

    def read(self, account: Account, adapter: Adapter, campaign: Campaign, ahead: dt.timedelta) -> None:
        """Read an account that is unread. PlatformError where that did not work: then nothing may go out."""
        since = self._unread.get(account.name)
        if since is None:
            return
        began = since if since > ALWAYS else beginning(campaign, self._now())
        try:
            posts = self._posts(account, adapter, began, ahead)
        except PlatformError as error:
            if not error.reason.startswith(TOO_MANY):
                raise
            began = self._now() - longest_lateness(campaign)  # nothing older goes out by itself
            posts = self._posts(account, adapter, began, ahead)
        if posts is None:
            return
        read_from = began if began > since else self._read_from.get(account.name)
        self._keep(account, posts, read_from)

    def read_back(self, account: Account, adapter: Adapter, to: dt.datetime, ahead: dt.timedelta) -> None:
        """Read on to what was due at an older instant than was read so far. PlatformError, also TOO_MANY."""
        read_from = self._read_from.get(account.name)
        if read_from is None or to >= read_from:
            return
        posts = self._posts(account, adapter, to, ahead)
        if posts is not None:
            self._keep(account, posts, to)

    def of(self, account: Account) -> Sequence[RemotePost]:
        """All that is kept of an account, the oldest first; some may have turned out to be ours since."""
        if account.name not in self._kept:
            self._kept[account.name] = [_post(stray) for stray in self._ledger.strays(account.name)]
        return self._kept[account.name]

    def _posts(
        self, account: Account, adapter: Adapter, since: dt.datetime, ahead: dt.timedelta
    ) -> Sequence[RemotePost] | None:
        """None: its credential may write but not read, so it stays unread. One that was read before waits."""
        try:
            return adapter.recent(min(since, self._now()) - BEFORE + ahead)
        except NoEvidence:
            return ()
        except Refused as error:
            if error.status != HTTPStatus.FORBIDDEN or account.name in self._read_from:
                raise  # what is there is read once that is mended
            words = reason_words(error.reason)
            log.warning(_("%s: its posts cannot be read back (%s)"), account.name, words)
            return None

    def _keep(self, account: Account, posts: Sequence[RemotePost], read_from: dt.datetime | None) -> None:
        """What was found, and how far was read, in one transaction."""
        found = [_stray(account, post) for post in untaken(self._ledger, account.name, posts)]
        notes = {
            UNREAD + account.name: "",
            READ_FROM + account.name: read_from.isoformat() if read_from else "",
        }
        self._ledger.keep_strays(found, notes)
        self._unread[account.name], self._read_from[account.name] = None, read_from
        self._kept.pop(account.name, None)


def _instants(notes: Mapping[str, str]) -> Iterator[tuple[str, dt.datetime | None]]:
    for name, written in notes.items():
        yield name, dt.datetime.fromisoformat(written) if written else None


def beginning(campaign: Campaign, now: dt.datetime) -> dt.datetime:
    """From when on a campaign of which nothing is known may have published (UTC)."""
    if campaign.starts is None:
        return now - FAR
    return dt.datetime.combine(campaign.starts, dt.time(), campaign.zone).astimezone(dt.UTC)


def _stray(account: Account, post: RemotePost) -> Stray:
    receipt = post.receipt
    return Stray(
        account.name,
        receipt.id,
        receipt.url,
        receipt.extra,
        readings(post),
        post.created_at,
        post.reply_to,
        post.images,
    )


def _post(stray: Stray) -> RemotePost:
    receipt = Receipt(1, stray.remote_id, stray.url, stray.extra)
    first, *others = stray.readings
    return RemotePost(receipt, first, stray.created_at, stray.reply_to, stray.images, tuple(others))
