"""What accounts spend on platforms that charge for calls: counted call by call, in notes of the ledger.

A call that changes something is counted before it is made, so that no crash forgets it, and given back where
it surely was not made. Reads are counted by what they brought. So the sum errs on the high side, as far as
the prices are known (``Rules.prices``).
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from campaign_bot.i18n.sentences import sentence
from campaign_bot.ledger import LedgerError
from campaign_bot.model import Account, Campaign, ImageFile, Money, Prices, Receipt
from campaign_bot.platforms.base import Adapter, Engagement, Identity, Media, Outgoing, RemotePost
from campaign_bot.platforms.errors import NotSent, Refused
from campaign_bot.platforms.passing import Passing
from campaign_bot.text import part_price

if TYPE_CHECKING:
    from campaign_bot.ledger import Ledger  # it loads SQLAlchemy

MILLIONTHS = 1_000_000
"""A note counts these of the currency: whole numbers add up exactly."""

OURSELVES = "ourselves"
"""The user that ``verify`` reads."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What an account has cost in some time, such as this calendar month."""

    account: Account
    amount: Money


def month_of(at: dt.datetime, zone: dt.tzinfo) -> str:
    """``2026-12``: the calendar month of an instant in a campaign's zone."""
    return f"{at.astimezone(zone):%Y-%m}"


def next_month(at: dt.datetime, zone: dt.tzinfo) -> dt.datetime:
    """The instant (UTC) at which the calendar month after that of ``at`` begins in ``zone``."""
    in_it = at.astimezone(zone).date().replace(day=1) + dt.timedelta(days=31)
    return dt.datetime.combine(in_it.replace(day=1), dt.time(), zone).astimezone(dt.UTC)


def spent(ledger: Ledger | None, account: Account, month: str) -> Money | None:
    """What an account has cost in a month; None where its platform is free."""
    prices = account.rules.prices
    if prices is None:
        return None
    counted = ledger.meta(_note(account, prices, month)) if ledger else None
    return Money(Decimal(counted or 0) / MILLIONTHS, prices.currency)


def spent_this_month(ledger: Ledger | None, campaign: Campaign, now: dt.datetime) -> tuple[Spent, ...]:
    """Of each account on a platform that charges."""
    month = month_of(now, campaign.zone)
    return tuple(
        Spent(account, amount)
        for account in campaign.accounts.values()
        if (amount := spent(ledger, account, month)) is not None
    )


def spent_between(
    ledger: Ledger, campaign: Campaign, first: dt.datetime, last: dt.datetime
) -> tuple[Spent, ...]:
    """The same for all calendar months from that of ``first`` to that of ``last``."""
    whole: tuple[Spent, ...] = ()
    while first <= last:
        month = spent_this_month(ledger, campaign, first)
        whole = tuple(map(_add, whole, month)) if whole else month
        first = next_month(first, campaign.zone)
    return whole


def _add(one: Spent, more: Spent) -> Spent:
    return Spent(one.account, Money(one.amount.amount + more.amount.amount, one.amount.currency))


def _note(account: Account, prices: Prices, month: str) -> str:
    return f"spent:{account.name}:{month}:{prices.currency}"


class Meter:
    """Counts on one ledger. ``zone`` is the campaign's, in which a month begins; ``now`` is in UTC.

    One thread at a time per account.
    """

    def __init__(self, ledger: Ledger, zone: Callable[[], dt.tzinfo], now: Callable[[], dt.datetime]) -> None:
        self._ledger = ledger
        self._zone = zone
        self._now = now
        self._known: dict[str, tuple[dt.date, set[str]]] = {}  # by account: what was read on a day

    def metered(self, account: Account, adapter: Adapter) -> Adapter:
        """The adapter, counted where its platform charges."""
        prices = account.rules.prices
        return adapter if prices is None else Metered(adapter, account, prices, self)

    def spent(self, account: Account) -> Money | None:
        """In this month; None where its platform is free."""
        return spent(self._ledger, account, month_of(self._now(), self._zone()))

    def add(self, account: Account, prices: Prices, price: Decimal) -> None:
        """Count a call; a negative price gives it back. LedgerError."""
        if price:
            note = _note(account, prices, month_of(self._now(), self._zone()))
            self._ledger.add_to_meta(note, int(price * MILLIONTHS))

    def unread(self, account: Account, ids: Iterable[str]) -> int:
        """How many of these were not read today: X charges once for each in a day of UTC ("Pricing",
        deduplication)."""
        today = self._now().astimezone(dt.UTC).date()
        day, known = self._known.get(account.name, (today, set()))
        before = known if day == today else set()
        after = before | set(ids)
        self._known[account.name] = (today, after)
        return len(after) - len(before)


class Metered(Passing):
    """An account's adapter whose calls are counted."""

    def __init__(self, inner: Adapter, account: Account, prices: Prices, meter: Meter) -> None:
        super().__init__(inner)
        self._account = account
        self._prices = prices
        self._meter = meter

    def verify(self) -> Identity:
        identity = super().verify()
        self._read(self._prices.read_user, [OURSELVES])
        return identity

    def upload(self, image: ImageFile) -> Media:
        with self._written(self._prices.alt_text if image.alt else Decimal(0)):
            return super().upload(image)

    def publish(self, outgoing: Outgoing) -> Receipt:
        with self._written(part_price(outgoing.text, self._prices)):
            return super().publish(outgoing)

    def recent(self, since: dt.datetime) -> Sequence[RemotePost]:
        posts = super().recent(since)
        self._read(self._prices.read_post, (post.receipt.id for post in posts))
        return posts

    def retract(self, receipt: Receipt) -> None:
        with self._written(self._prices.delete):
            super().retract(receipt)

    def engagement(self, receipts: Sequence[Receipt]) -> Sequence[Engagement]:
        counts = super().engagement(receipts)
        self._read(self._prices.read_post, (one.id for one in counts))
        return counts

    def _read(self, price: Decimal, ids: Iterable[str]) -> None:
        self._add(self._meter.unread(self._account, ids) * price)

    @contextlib.contextmanager
    def _written(self, price: Decimal) -> Iterator[None]:
        """Writes are charged by request, and nobody says that one which is refused is free: it counts."""
        try:
            self._add(price)
        except LedgerError as error:  # before any call
            raise NotSent(sentence(error.code, error.params)) from error
        try:
            yield
        except NotSent:
            self._give_back(price)
            raise
        except Refused as error:
            if error.account_broken:  # no access, so nothing that could be charged
                self._give_back(price)
            raise

    def _give_back(self, price: Decimal) -> None:
        with contextlib.suppress(LedgerError):  # then it stays counted, which does no harm
            self._add(-price)

    def _add(self, price: Decimal) -> None:
        self._meter.add(self._account, self._prices, price)
