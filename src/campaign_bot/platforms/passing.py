"""An adapter around another one: what it does not change goes through."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from campaign_bot.model import ImageFile, Receipt
from campaign_bot.platforms.base import Adapter, Engagement, Identity, Media, Outgoing, RemotePost


class Passing:
    """As ``base.Adapter`` wants it. ``reach`` gives what each call goes on to, or raises a PlatformError."""

    def __init__(self, inner: Adapter) -> None:
        self._inner = inner

    def reach(self) -> Adapter:
        return self._inner

    def verify(self) -> Identity:
        return self.reach().verify()

    def upload(self, image: ImageFile) -> Media:
        return self.reach().upload(image)

    def publish(self, outgoing: Outgoing) -> Receipt:
        return self.reach().publish(outgoing)

    def find(self, outgoing: Outgoing) -> Receipt | None:
        return self.reach().find(outgoing)

    def recent(self, since: dt.datetime) -> Sequence[RemotePost]:
        return self.reach().recent(since)

    def source(self, receipt: Receipt) -> str | None:
        return self.reach().source(receipt)

    def retract(self, receipt: Receipt) -> None:
        self.reach().retract(receipt)

    def engagement(self, receipts: Sequence[Receipt]) -> Sequence[Engagement]:
        return self.reach().engagement(receipts)

    def receipt_for(self, url: str) -> Receipt:
        return self.reach().receipt_for(url)
