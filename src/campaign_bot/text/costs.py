"""What a text costs where its platform charges for posts. Pure."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from campaign_bot.model import Money, Prices, Rendered, Rules
from campaign_bot.names import nfc
from campaign_bot.text.entities import EntityKind, entities


def cost(rendered: Rendered, rules: Rules) -> Money | None:
    """What it takes to publish it all, its pictures' alt texts too; None where that is free."""
    if rules.prices is None:
        return None
    parts = sum((part_price(part, rules.prices) for part in rendered.parts), Decimal(0))
    described = sum(1 for picture in rendered.images if picture.alt)
    return Money(parts + described * rules.prices.alt_text, rules.prices.currency)


def part_price(part: str, prices: Prices) -> Decimal:
    """That of one post, which costs more with a link."""
    return prices.post_with_link if has_link(part) else prices.post


@lru_cache(maxsize=4096)  # a highlight is shown again and again
def has_link(part: str) -> bool:
    """Whether a platform makes a link of any of it: a bare ``example.org`` or ``notes.md`` too, as X does."""
    return any(entity.kind is EntityKind.LINK for entity in entities(nfc(part)))
