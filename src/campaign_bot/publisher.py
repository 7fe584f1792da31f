"""One delivery: claim it and upload its pictures, if there are any → freeze → call once → record.

The row says ``publishing``, with everything the call will use, before the one call that makes a part
public; what that call did is recorded right after it. So whatever kills the process, the ledger
never says less than what may be live: an orphan is ``unconfirmed``, and nothing here guesses.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
from collections.abc import Callable, Iterator
from http import HTTPStatus

from campaign_bot.files import PictureError
from campaign_bot.frozen import Frozen, frozen, keys_of, parents
from campaign_bot.i18n import _
from campaign_bot.i18n.reasons import line
from campaign_bot.ledger import Ledger, LedgerError, MoveRefused, ReceiptTaken
from campaign_bot.model import Account, Entry, HoldReason, ImageFile, Picture, Receipt, Rendered, Rules, State
from campaign_bot.platforms.base import Adapter, Media, Outgoing, payload_of
from campaign_bot.platforms.errors import NOT_REACHED, Duplicate, NotSent, PlatformError, Refused, Unknown

log = logging.getLogger(__name__)

LEASE = dt.timedelta(seconds=90)
"""A claim outlasts the deadline of one call (60 s) by 30 s."""

FIRST_RETRY = dt.timedelta(seconds=5)
LAST_RETRY = dt.timedelta(minutes=5)

DUPLICATE = "duplicate"
"""A reason: the platform has these words already, after a call whose outcome nobody saw."""


class Stopped(Exception):
    """The gate is closed: nothing more may go out now. The argument says why."""


class Publisher:
    """Publishes one delivery at a time; the caller sees to one call in flight per account.

    ``wanted`` tells what an entry's file says at this moment (None: it is gone), ``connect`` gives an
    account's adapter (``Refused`` when its credentials are missing), ``read`` a picture's bytes, ``now`` the
    instant in UTC, ``gate`` the reason why an entry must not go on (a pause, a stop; empty: go), ``spread`` a
    factor around 1 for the waits between retries.
    """

    def __init__(
        self,
        ledger: Ledger,
        *,
        wanted: Callable[[Entry], Rendered | None],
        connect: Callable[[Account], Adapter],
        read: Callable[[Picture, Rules], ImageFile],
        now: Callable[[], dt.datetime],
        gate: Callable[[Entry], str],
        spread: Callable[[], float],
        name: str,
    ) -> None:
        self._ledger = ledger
        self._wanted = wanted
        self._connect = connect
        self._read = read
        self._now = now
        self._gate = gate
        self._spread = spread
        self._name = name
        self._stopped: dict[str, str] = {}  # by key: why the gate was closed the last time
        self._waits: dict[str, int] = {}  # by account: how often in a row all of it had to wait
        self._halted: set[str] = set()  # accounts to which nothing more can go now

    def deliver(self, key: str, account: Account) -> bool:
        """Take one due delivery as far as it goes now, as the ledger and its file have it at this moment.

        Every outcome is in the ledger when this returns; platform errors never escape. False: it met what
        keeps the whole account.
        """
        self._halted.discard(account.name)
        entry = self._ledger.entry(key)
        if entry is not None and entry.state is State.SCHEDULED:
            self._deliver(entry, account)
        return account.name not in self._halted

    def _deliver(self, entry: Entry, account: Account) -> None:
        key = entry.key
        try:
            if key in self._stopped:
                self._pass_gate(entry)  # most likely still closed: that spares the words and the turn
            self._parts(entry, self._frozen(entry), account)
            self._stopped.pop(key, None)
        except Stopped as stop:
            if self._stopped.get(key) != str(stop):  # once, however often it is tried
                log.info("%s", line(entry.key, entry.state, str(stop)))
            self._stopped[key] = str(stop)
        except MoveRefused as refused:
            # Someone else has claimed or moved it since we looked: their word stands.
            log.info("%s: left alone (%s)", entry.key, refused)

    # ------------------------------------------------------------ the way of a delivery

    def _frozen(self, entry: Entry) -> Frozen:
        said = frozen(self._ledger, entry, self._wanted)
        if said is None:
            raise Stopped("no-file")
        return said

    def _parts(self, entry: Entry, said: Frozen, account: Account) -> None:
        receipts = list(entry.receipts)
        media: tuple[Media, ...] = ()
        for number in range(entry.parts_done + 1, len(said.parts) + 1):
            try:
                media = self._upload(entry, said, account) if number == 1 else ()
                with self._ledger.turn():
                    obstacle = self._obstacle(entry, number)
                    if not obstacle:
                        adapter = self._connect(account)
                        outgoing = self._begin(entry, said, number, media, receipts)
            except PictureError as error:
                self._hold(entry, f"picture: {error}")
                return
            except PlatformError as error:
                self._not_ready(entry, error)
                return
            if obstacle:
                if media:
                    self._ledger.unclaim(entry.key, self._name)
                raise Stopped(obstacle)
            receipt = self._call(adapter, entry, outgoing, number, last=number == len(said.parts))
            if receipt is None:
                return
            receipts.append(receipt)

    def _pass_gate(self, entry: Entry) -> None:
        if reason := self._gate(entry):
            raise Stopped(reason)

    def _obstacle(self, entry: Entry, number: int) -> str:
        """Looked for again before each call: a pause must be obeyed by the very next one."""
        reason = self._gate(entry)
        if reason and number > entry.parts_done + 1:
            # Between two parts nothing is in flight: it is provably not sent, and goes on later.
            self._ledger.move(entry.key, State.SCHEDULED, now=self._now(), who=self._name, reason=reason)
        return reason

    def _upload(self, entry: Entry, said: Frozen, account: Account) -> tuple[Media, ...]:
        """Its pictures. That may take a while: it is claimed for it, and the gate is asked again after it."""
        if not said.images:
            return ()
        self._pass_gate(entry)
        adapter = self._connect(account)
        now = self._now()
        if self._ledger.claim(entry.key, self._name, now, now + LEASE) is None:
            raise MoveRefused(entry.key, entry.state, State.PUBLISHING)
        try:
            sent = [(adapter.upload(image), hash(image)) for image in self._pictures(said, account)]
            self._still_say(entry, said, account, [seen for _media, seen in sent])
            return tuple(media for media, _seen in sent)
        except BaseException:
            self._ledger.unclaim(entry.key, self._name)
            raise

    def _still_say(self, entry: Entry, said: Frozen, account: Account, sent: list[int]) -> None:
        """Stopped where words or pictures are not what they were before the upload: the snapshot may have
        followed the files meanwhile, and then they look as if nobody edited them."""
        self._pass_gate(entry)
        if self._frozen(entry) != said or sent != [hash(image) for image in self._pictures(said, account)]:
            raise Stopped("edited")

    def _pictures(self, said: Frozen, account: Account) -> Iterator[ImageFile]:
        return (self._read(picture, account.rules) for picture in said.images)

    def _begin(
        self,
        entry: Entry,
        said: Frozen,
        number: int,
        media: tuple[Media, ...],
        receipts: list[Receipt],
    ) -> Outgoing:
        """Commit ``publishing`` with everything the call will use, and give that back."""
        now = self._now()
        keys = keys_of(self._ledger, entry, number, now)
        reply_to, root = parents(self._ledger, entry, receipts)
        outgoing = Outgoing(
            text=said.parts[number - 1],
            languages=said.languages,
            idempotency_key=keys.idempotency_key,
            record_key=keys.record_key,
            created_at=keys.created_at,
            media=media,
            reply_to=reply_to,
            root=root,
            warning=said.warning,
        )
        self._ledger.begin(
            entry.key,
            number,
            keys=(keys.idempotency_key, keys.record_key),
            payload=payload_of(outgoing),
            parts=said.parts,
            now=now,
            who=self._name,
            worker=self._name,
        )
        log.info("%s", line(entry.key, State.PUBLISHING, f"{number}/{len(said.parts)}"))
        return outgoing

    def _call(
        self, adapter: Adapter, entry: Entry, outgoing: Outgoing, number: int, *, last: bool
    ) -> Receipt | None:
        """The one public call, and its outcome in the ledger."""
        try:
            receipt = dataclasses.replace(adapter.publish(outgoing), part=number)
        except NotSent as error:
            self._later(entry, error)
        except Refused as error:
            self._refused(entry, error)
        except Unknown as error:
            self._unconfirmed(entry, error.reason)
        except Exception as error:  # an adapter's own fault says nothing about what was sent
            log.exception("%s: the adapter failed", entry.key)
            self._unconfirmed(entry, f"adapter: {type(error).__name__}")
        else:
            return self._record(entry, receipt, last=last)
        return None

    def _record(self, entry: Entry, receipt: Receipt, *, last: bool) -> Receipt | None:
        self._waits.pop(entry.account, None)
        where = receipt.url or receipt.id
        try:
            self._ledger.record(entry.key, receipt, now=self._now(), last=last, who=self._name)
        except ReceiptTaken:
            # The platform named a post that another delivery is known by: this one may be live or not.
            self._unconfirmed(entry, f"receipt-taken: {receipt.id}")
            return None
        except LedgerError:
            # Nobody will know of this post but from here: its row stays ``publishing``, and so unconfirmed.
            words = _("{key}: it is out ({where}), but the ledger could not be told")
            log.error("%s", words.format(key=entry.key, where=where))
            raise
        log.info("%s", line(entry.key, State.PUBLISHED if last else State.PUBLISHING, where))
        return receipt

    # ------------------------------------------------------------ outcomes

    def _not_ready(self, entry: Entry, error: PlatformError) -> None:
        """Nothing public was called: still ``scheduled``, or between two parts of a thread."""
        if isinstance(error, Refused) and (error.account_broken or error.status == HTTPStatus.FORBIDDEN):
            # No picture is forbidden: whoever may not upload it may not upload any.
            self._ledger.postpone(
                entry.key, self._now(), now=self._now(), reason=error.reason, who=self._name
            )
            self._stop_account(entry, error)
        elif isinstance(error, Refused):
            self._hold(entry, f"picture: {error.reason}")
        else:
            retry = error if isinstance(error, NotSent) else NotSent(error.reason)
            at = self._retry_at(entry, retry, self._put_off(entry, error.reason))
            self._ledger.postpone(entry.key, at, now=self._now(), reason=error.reason, who=self._name)
            log.warning("%s", line(entry.key, State.SCHEDULED, f"again-at: {_clock(at)}: {error.reason}"))

    def _later(self, entry: Entry, error: NotSent) -> None:
        at = self._retry_at(entry, error, entry.attempts)
        self._end(entry, State.SCHEDULED, error.reason, at)
        log.warning("%s", line(entry.key, State.SCHEDULED, f"again-at: {_clock(at)}: {error.reason}"))

    def _refused(self, entry: Entry, error: Refused) -> None:
        self._waits.pop(entry.account, None)
        if error.account_broken or self._is_never_allowed(entry, error):
            self._end(entry, State.SCHEDULED, error.reason)
            self._stop_account(entry, error)
        elif isinstance(error, Duplicate) and self._may_be_there(entry):
            self._unconfirmed(entry, f"{DUPLICATE}: {error.reason}")
        else:
            self._end(entry, State.FAILED, error.reason)
            log.error("%s", line(entry.key, State.FAILED, error.reason))

    def _is_never_allowed(self, entry: Entry, error: Refused) -> bool:
        """Whether it is forbidden, nobody says why, and nothing was ever allowed: any post would be."""
        is_silent = error.status == HTTPStatus.FORBIDDEN and not isinstance(error, Duplicate)
        return is_silent and not self._ledger.ever_published(entry.account)

    def _may_be_there(self, entry: Entry) -> bool:
        """Whether an earlier call may have got through: then a duplicate is evidence, though no proof."""
        return any(attempt.outcome == "unknown" for attempt in self._ledger.attempts(entry.key))

    def _unconfirmed(self, entry: Entry, reason: str) -> None:
        self._waits.pop(entry.account, None)
        self._end(entry, State.UNCONFIRMED, reason)
        log.error("%s", line(entry.key, State.UNCONFIRMED, reason))

    def _end(self, entry: Entry, to: State, reason: str, not_before: dt.datetime | None = None) -> None:
        """Out of ``publishing``, without a receipt."""
        now = self._now()
        self._ledger.fail(entry.key, to, now=now, reason=reason, not_before=not_before, who=self._name)

    def _hold(self, entry: Entry, reason: str) -> None:
        """Until someone releases it: the same picture would be refused again."""
        hold = HoldReason.PICTURE
        self._ledger.move(entry.key, State.HELD, now=self._now(), who=self._name, reason=reason, hold=hold)
        log.error("%s", line(entry.key, State.HELD, reason))

    def _stop_account(self, entry: Entry, error: Refused) -> None:
        self._halted.add(entry.account)
        self._ledger.stop_account(entry.account, error.reason, self._now(), self._name)
        log.error("%s", line(entry.key, State.SCHEDULED, f"account-stopped: {error.reason}"))

    def _put_off(self, entry: Entry, reason: str) -> int:
        """How often it was put off for this before any call."""
        events = self._ledger.events(key=entry.key)
        return sum(event.kind == "postpone" and event.reason == reason for event in events)

    def _retry_at(self, entry: Entry, error: NotSent, tries: int) -> dt.datetime:
        """When the platform says, else after 5 s, doubling to 5 min, ± 20 %."""
        if error.account_wide:
            return self._account_waits(entry.account, error)
        return self._now() + (error.retry_after or self._wait(tries))

    def _account_waits(self, account: str, error: NotSent) -> dt.datetime:
        """All of it, until when: then one delivery tries again, the one that is due the longest."""
        self._halted.add(account)
        waits = self._waits.get(account, 0)
        self._waits[account] = waits + 1
        at = self._now() + (error.retry_after or self._wait(waits))
        reason = error.reason if error.asked else f"{NOT_REACHED} {error.reason}"
        self._ledger.postpone_account(account, at, self._now(), reason)
        return at

    def _wait(self, tries: int) -> dt.timedelta:
        wait: dt.timedelta = min(FIRST_RETRY * 2 ** min(tries, 10), LAST_RETRY)
        return wait * self._spread()


def _clock(at: dt.datetime) -> str:
    return f"{at:%H:%M:%SZ}"
