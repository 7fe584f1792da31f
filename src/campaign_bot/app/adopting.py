"""Before a delivery goes out, it is compared with what its account had when a worker had been away.

The ledger may have been lost, or a copy of it put back: then a post that no receipt names may be this
delivery, made by a worker whose ledger is gone. One that says the same is adopted as published. One that only
resembles it is neither: the delivery is unconfirmed, and a person decides.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from campaign_bot.app.following import Follower
from campaign_bot.app.strays import ALWAYS, Strays
from campaign_bot.frozen import Frozen, frozen, keys_of, parents
from campaign_bot.i18n.reasons import line
from campaign_bot.ledger import Ledger, MoveRefused, Part
from campaign_bot.model import Account, Campaign, Entry, Post, Queue, Receipt, Rendered, State
from campaign_bot.platforms.base import Adapter, Outgoing, RemotePost, payload_of
from campaign_bot.platforms.errors import TOO_MANY, NotSent, PlatformError
from campaign_bot.reconciler import BEFORE, RESEMBLES, Match, Sought, is_anothers, match, readings, untaken
from campaign_bot.text import fingerprint, render, tongues

log = logging.getLogger(__name__)

FOREVER = dt.datetime.max.replace(tzinfo=dt.UTC) - dt.timedelta(days=1)

DENIED = "not-published"
"""A reason: a person looked, and a delivery was not on its platform."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What an account shows that may be ours. ``ahead``: by how much its platform's clock leads ours."""

    posts: Sequence[RemotePost]
    source: Callable[[Receipt], str | None]
    ahead: dt.timedelta


class Adopting:
    """Made at a worker's start, before that writes anything. One thread at a time per account."""

    def __init__(self, ledger: Ledger, follower: Follower, now: Callable[[], dt.datetime], name: str) -> None:
        self._ledger = ledger
        self._follower = follower
        self._now = now
        self._name = name
        self._strays = Strays(ledger, now)

    def note(self, accounts: Iterable[str]) -> None:
        """From now on these accounts are read before they publish."""
        self._strays.note(accounts)

    def adopt(self, account: Account, adapter: Adapter, ahead: dt.timedelta, due: Sequence[Entry]) -> None:
        """Compare what is due. PlatformError where the account could not be read: then nothing may go out."""
        campaign = self._follower.campaign
        if campaign is None:
            return  # a broken configuration holds everything
        self._strays.read(account, adapter, campaign, ahead)
        for entry in due:
            try:
                self._strays.read_back(account, adapter, entry.slot_at, ahead)
                if posts := self._strays.of(account):
                    self._compare(entry, campaign, Shown(posts, adapter.source, ahead))
            except MoveRefused:
                continue  # someone decided meanwhile: their word stands
            except PlatformError as error:
                if not error.reason.startswith(TOO_MANY):
                    raise
                self._unreadable(entry, error.reason)

    # ------------------------------------------------------------ one delivery

    def _compare(self, entry: Entry, campaign: Campaign, shown: Shown) -> None:
        """Adopt part by part what is there; a thread goes on by itself after the last one that is."""
        said = frozen(self._ledger, entry, self._follower.wanted)
        if said is None:
            return
        receipts = list(entry.receipts)
        first = entry.parts_done + 1
        is_bilingual = len(campaign.accounts[entry.account].languages) > 1
        for number in range(first, len(said.parts) + 1):
            thread = parents(self._ledger, entry, receipts)
            wanted = self._sought(entry, said, number, thread[0], shown, is_bilingual=is_bilingual)
            found = self._match(entry, wanted, shown)
            near = found.alike or (self._instead_of_part(entry, thread[0], shown) if number > 1 else ())
            alike = () if found.equal else self._alike(entry, campaign, near, shown.ahead)
            if not found.equal and not alike and number == 1 and entry.is_showing:
                alike = self._alike(entry, None, self._instead(entry, campaign, shown), shown.ahead)
            if alike:
                self._resembles(self._part(entry, said, number, thread), said, alike[0], shown)
                return
            if not found.equal:
                if number > first:
                    self._leave(entry)
                return
            oldest = min(found.equal, key=lambda post: post.created_at)
            receipts.append(self._adopt(entry, said, number, oldest, thread, shown.ahead))

    def _match(self, entry: Entry, wanted: Sought, shown: Shown) -> Match:
        """A post whose source cannot be told now may be ours: that keeps this delivery, and no other."""
        unread: set[str] = set()

        def source(receipt: Receipt) -> str | None:
            try:
                return shown.source(receipt)
            except NotSent:
                raise
            except PlatformError:
                unread.add(receipt.id)
                return None

        found = match(self._ledger, entry, wanted, shown.posts, source)
        if found.equal or not unread:
            return found
        return Match((), [post for post in shown.posts if post.receipt.id in unread])

    def _sought(
        self,
        entry: Entry,
        said: Frozen,
        number: int,
        parent: Receipt | None,
        shown: Shown,
        *,
        is_bilingual: bool,
    ) -> Sought:
        # In two languages, the second may have replied to the first, whatever becomes of that today.
        # An earlier showing of a highlight is another one.
        since = entry.slot_at - BEFORE + shown.ahead if entry.is_showing else ALWAYS
        return Sought(
            said.parts[number - 1],
            None,  # its file may have got or lost a picture since
            parent.id if parent else None,
            since,
            FOREVER,  # all of them are there already, whatever time they tell
            entry.slot_at - BEFORE + shown.ahead,
            _own(shown.posts) if number == 1 and is_bilingual else frozenset(),
        )

    def _alike(
        self, entry: Entry, campaign: Campaign | None, posts: Iterable[RemotePost], ahead: dt.timedelta
    ) -> Sequence[RemotePost]:
        """Those for a person: not what another post of the files says, nor what a person saw already."""
        denied_at = self._denied_at(entry)
        new = [post for post in posts if denied_at is None or post.created_at > denied_at - BEFORE + ahead]
        return [post for post in new if campaign is None or not _is_in_files(campaign, entry, post)]

    def _instead_of_part(self, entry: Entry, parent: Receipt | None, shown: Shown) -> Sequence[RemotePost]:
        """What follows the part before already: it may be this one, before its file was edited."""
        replies = (post for post in shown.posts if parent and post.reply_to == parent.id)
        free = untaken(self._ledger, entry.account, replies)
        return [post for post in free if not is_anothers(self._ledger, entry, post)]

    def _instead(self, entry: Entry, campaign: Campaign, shown: Shown) -> Sequence[RemotePost]:
        """What its slot may have shown instead, when a ledger that is gone knew whose turn it was.

        Whatever its queue says, from its slot on until the next one's.
        """
        rows = self._ledger.entries(queue=entry.queue, account=entry.account)
        slots = [row.slot_at for row in rows if row.slot_at > entry.slot_at]
        since, until = (at - BEFORE + shown.ahead for at in (entry.slot_at, min(slots, default=FOREVER)))
        words = {fingerprint([part]) for one in _of_queue(campaign, entry) for part in one.parts[:1]}
        close = (post for post in shown.posts if since <= post.created_at < until)
        free = untaken(self._ledger, entry.account, close)
        return [post for post in free if words.intersection(fingerprint([one]) for one in readings(post))]

    def _denied_at(self, entry: Entry) -> dt.datetime | None:
        """When a person last said that it is not on its platform."""
        events = self._ledger.events(key=entry.key)
        return max((event.at for event in events if event.reason == DENIED), default=None)

    def _resembles(self, part: Part, said: Frozen, post: RemotePost, shown: Shown) -> None:
        """It may be this part, or another post: a person has to look."""
        reason = f"{RESEMBLES}: {post.receipt.url or post.receipt.id}"
        self._doubt(part, said, post.created_at - shown.ahead, reason)

    def _unreadable(self, entry: Entry, reason: str) -> None:
        """More was published since it was due than can be read back."""
        said = frozen(self._ledger, entry, self._follower.wanted)
        if said is not None and self._denied_at(entry) is None:
            thread = parents(self._ledger, entry, entry.receipts)
            part = self._part(entry, said, entry.parts_done + 1, thread)
            self._doubt(part, said, entry.slot_at, reason)

    def _doubt(self, part: Part, said: Frozen, tried_at: dt.datetime, reason: str) -> None:
        self._ledger.doubt(part, said.parts, tried_at=tried_at, reason=reason, who=self._name)
        log.error("%s", line(part.key, State.UNCONFIRMED, reason))

    def _leave(self, entry: Entry) -> None:
        """A thread of which some parts were found goes on by itself."""
        now = self._now()
        self._ledger.postpone(entry.key, now, now=now, reason="adopted", who=self._name)

    def _adopt(
        self,
        entry: Entry,
        said: Frozen,
        number: int,
        post: RemotePost,
        thread: tuple[Receipt | None, Receipt | None],
        ahead: dt.timedelta,
    ) -> Receipt:
        """The same journal as for a call of ours, so that a thread goes on after its last part."""
        part = self._part(entry, said, number, thread)
        receipt = dataclasses.replace(post.receipt, part=number)
        published_at = min(part.created_at, post.created_at - ahead)
        entry = self._ledger.adopt(part, said.parts, receipt, published_at=published_at, who=self._name)
        log.warning("%s", line(entry.key, entry.state, "adopted"))
        return receipt

    def _part(
        self, entry: Entry, said: Frozen, number: int, thread: tuple[Receipt | None, Receipt | None]
    ) -> Part:
        """What the call would have used, with the keys that the part has for ever."""
        now = self._now()
        keys = keys_of(self._ledger, entry, number, now)
        outgoing = Outgoing(
            said.parts[number - 1],
            said.languages,
            keys.idempotency_key,
            keys.record_key,
            keys.created_at,
            reply_to=thread[0],
            root=thread[1],
            warning=said.warning,
        )
        return dataclasses.replace(keys, created_at=now, text=outgoing.text, payload=payload_of(outgoing))


def _own(posts: Iterable[RemotePost]) -> frozenset[str]:
    return frozenset(post.receipt.id for post in posts)


def _is_in_files(campaign: Campaign, entry: Entry, post: RemotePost) -> bool:
    """Whether another post of the files says exactly this to the same account."""
    said = {fingerprint([reading]) for reading in readings(post)}
    return any(fingerprint([part]) in said for words in _others(campaign, entry) for part in words.parts)


def _others(campaign: Campaign, entry: Entry) -> Iterator[Rendered]:
    for queue in campaign.queues.values():
        for post in queue.posts:
            if post.id != entry.post:
                yield from _said(campaign, queue, post, campaign.accounts[entry.account])


def _of_queue(campaign: Campaign, entry: Entry) -> Iterator[Rendered]:
    """All that its queue may show on its account, in any of its languages."""
    for queue in campaign.queues.values():
        if queue.name == entry.queue:
            for post in queue.posts:
                yield from _said(campaign, queue, post, campaign.accounts[entry.account])


def _said(campaign: Campaign, queue: Queue, post: Post, account: Account) -> Iterator[Rendered]:
    if account in campaign.accounts_of(queue, post):
        for languages in tongues(account):
            variants = max(len(post.variants(one, account.platform)) for one in languages)
            yield from (render(campaign, post, account, languages, n) for n in range(variants))
