"""After a lost or restored ledger: what is on the platform already is adopted, not published again.

When a worker starts, each account's posts since the ledger's last event are unread: a worker whose ledger
is gone may have made them. They are read before the account publishes anything (at most the longest
lateness back, since nothing older goes out), and what was due by then and is among them is adopted. They are
read once more before what was held then, or had a file that could not be read, goes out after all.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterable, Sequence
from http import HTTPStatus

from campaign_bot.app.following import Follower, longest_lateness
from campaign_bot.i18n import _
from campaign_bot.i18n.reasons import line, reason_words
from campaign_bot.ledger import Ledger
from campaign_bot.model import Account, Entry, Receipt, Rendered, State
from campaign_bot.platforms.base import Adapter, NoEvidence, Outgoing, RemotePost, payload_of
from campaign_bot.platforms.errors import Refused
from campaign_bot.publisher import keys_of
from campaign_bot.reconciler import BEFORE, Sought, untaken

log = logging.getLogger(__name__)

UNREAD = "unread:"
"""A ledger's note for each account: since when its posts are unread; empty when they are not."""


class Adopting:
    """Made at a worker's start, before that writes anything."""

    def __init__(self, ledger: Ledger, follower: Follower, now: Callable[[], dt.datetime], name: str) -> None:
        self._ledger = ledger
        self._follower = follower
        self._now = now
        self._name = name
        self._since: dt.datetime | None = ledger.last_event_at()
        self._noted: set[str] = set()
        self._until: dict[str, dt.datetime] = {}  # by account: what was due by then may be out
        self._compared: set[str] = set()

    def note(self, accounts: Iterable[str]) -> None:
        """These accounts are unread since the ledger's last event, or since an earlier start."""
        for name in accounts:
            if name in self._noted:
                continue
            self._noted.add(name)
            if not self._ledger.meta(UNREAD + name):
                since = self._since or dt.datetime.fromtimestamp(0, dt.UTC)
                self._ledger.set_meta(UNREAD + name, since.isoformat())

    def adopt(self, account: Account, adapter: Adapter, ahead: dt.timedelta) -> None:
        """Read an account that is unread. PlatformError where that did not work: then nothing may go out."""
        noted = self._ledger.meta(UNREAD + account.name)
        if not noted:
            return
        now, longest = self._now(), longest_lateness(self._follower.campaign)
        until = self._until.get(account.name, now)
        since = max(dt.datetime.fromisoformat(noted), until - longest)
        waiting = self._in_question(account, until)
        if since < now and any(entry.due_at <= now for entry in waiting):
            posts = self._read(account, adapter, since - BEFORE + ahead)
            for entry in waiting if posts else ():
                self._match(entry, posts, ahead)
            self._compared |= {entry.key for entry in waiting}
        self._until[account.name] = until
        if now > until + longest or not self._may_come(account, until):
            self._ledger.set_meta(UNREAD + account.name, "")

    def _in_question(self, account: Account, until: dt.datetime) -> Sequence[Entry]:
        """What may go out, but may be out."""
        entries = self._ledger.entries(states=[State.SCHEDULED], account=account.name)
        old = (entry for entry in entries if entry.slot_at <= until and not entry.parts_done)
        return [entry for entry in old if entry.key not in self._compared]

    def _may_come(self, account: Account, until: dt.datetime) -> bool:
        """Whether some of what was to be out by then does not wait to go out, but may do so later."""
        campaign = self._follower.campaign
        held = self._ledger.entries(states=[State.HELD], account=account.name)
        return campaign is None or bool(campaign.broken) or any(entry.slot_at <= until for entry in held)

    def _read(self, account: Account, adapter: Adapter, since: dt.datetime) -> Sequence[RemotePost]:
        try:
            return adapter.recent(since)
        except NoEvidence:
            return ()
        except Refused as error:
            if error.status != HTTPStatus.FORBIDDEN:
                raise  # what is there is read once that is mended
            # A credential that may write, but not read.
            words = reason_words(error.reason)
            log.warning(_("%s: its posts cannot be read back (%s)"), account.name, words)
            return ()

    # ------------------------------------------------------------ one delivery

    def _match(self, entry: Entry, posts: Sequence[RemotePost], ahead: dt.timedelta) -> None:
        rendered = self._follower.wanted(entry)
        if rendered is None:
            return
        parent = self._parent(entry)
        root: Receipt | None = parent
        since = dt.datetime.fromtimestamp(0, dt.UTC)
        if entry.is_showing:  # an earlier showing of the highlight is another one
            since = entry.slot_at - BEFORE + ahead
        for number, text in enumerate(rendered.parts, 1):
            images = len(rendered.images) if number == 1 else 0
            until = self._now() + BEFORE + ahead
            wanted = Sought(text, images, parent.id if parent else None, since, until)
            found = untaken(self._ledger, entry.account, filter(wanted.fits, posts))
            if not found:
                self._leave(entry, number)
                return
            oldest = min(found, key=lambda post: post.created_at)
            parent = self._adopt(entry, rendered, number, oldest, (parent, root), ahead)
            root = root or parent

    def _leave(self, entry: Entry, number: int) -> None:
        """A thread of which some parts are out goes on by itself with this one."""
        if number > 1:
            now = self._now()
            self._ledger.postpone(entry.key, now, now=now, reason="adopted", who=self._name)

    def _parent(self, entry: Entry) -> Receipt | None:
        first = self._ledger.entry(entry.after) if entry.after else None
        return first.receipts[-1] if first is not None and first.state is State.PUBLISHED else None

    def _adopt(
        self,
        entry: Entry,
        rendered: Rendered,
        number: int,
        post: RemotePost,
        thread: tuple[Receipt | None, Receipt | None],
        ahead: dt.timedelta,
    ) -> Receipt:
        """The same journal as for a call of ours, so that a thread goes on after its last part."""
        now, last = self._now(), number == len(rendered.parts)
        keys = keys_of(self._ledger, entry, number, now)
        outgoing = Outgoing(
            rendered.parts[number - 1],
            rendered.languages,
            keys.idempotency_key,
            keys.record_key,
            keys.created_at,
            reply_to=thread[0],
            root=thread[1],
            warning=rendered.warning,
        )
        receipt = Receipt(number, post.receipt.id, post.receipt.url, post.receipt.extra)
        self._ledger.adopt(
            entry.key,
            receipt,
            keys=(keys.idempotency_key, keys.record_key),
            payload=payload_of(outgoing),
            parts=rendered.parts,
            now=now,
            who=self._name,
            published_at=min(now, post.created_at - ahead),
        )
        log.warning("%s", line(entry.key, State.PUBLISHED if last else State.PUBLISHING, "adopted"))
        return receipt
