"""Every platform's fake, and the values that the suites of the platforms publish."""

from __future__ import annotations

import datetime as dt
from typing import Any

from campaign_bot.model import ImageFile
from campaign_bot.platforms import tid
from campaign_bot.platforms.base import Outgoing
from support.fakes import FakePlatform
from support.fakes_bluesky import FakeBluesky
from support.fakes_mastodon import FakeMastodon
from support.fakes_x import FakeX

FAKES: tuple[type[FakePlatform], ...] = (FakeX, FakeMastodon, FakeBluesky)

TEXT = "Read & share the «letter» <today>: https://example.org/letter?a=1&b=2 #AsylumReformNOW\n\n¡Ya!"

PNG = bytes.fromhex(  # one white pixel
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a49444154789c63f80f0001010100fa2d16370000000049454e44ae426082"
)


def outgoing(text: str = TEXT, *, number: int = 0, **more: Any) -> Outgoing:
    """One part; another ``number`` (up to 1023) has other keys."""
    more.setdefault("languages", ("en",))
    created_at = more.setdefault("created_at", dt.datetime.now(dt.UTC))
    key = f"00000000-0000-4000-8000-{number:012}"
    return Outgoing(text, idempotency_key=key, record_key=tid.new(created_at, number), **more)


def image(alt: str = "The first page of the letter. Año 1.") -> ImageFile:
    return ImageFile("media/letter-en.png", PNG, "image/png", 1, 1, alt)
