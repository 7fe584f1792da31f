"""Amounts of money: as people read them, in the current language (Babel), and as other programs do."""

from __future__ import annotations

from collections.abc import Mapping

from campaign_bot.i18n import _, language
from campaign_bot.model import Money


def words(money: Money) -> str:
    """``$0.015`` · ``0,015 US$``: in as many digits as it needs, cents are two."""
    from babel.numbers import format_currency

    return format_currency(
        money.amount, money.currency, locale=language(), decimal_quantization=False
    ).replace("\N{NO-BREAK SPACE}", " ")


def spent_words(spent: Money, budget: Money | None) -> str:
    """What was spent this month, and of what."""
    if budget is None:
        return _("{spent} spent this month").format(spent=words(spent))
    return _("{spent} of {budget} spent this month").format(spent=words(spent), budget=words(budget))


def fields(money: Money | None) -> Mapping[str, str] | None:
    """In JSON; the amount is a text, so that no program rounds it."""
    return None if money is None else {"amount": money.digits, "currency": money.currency}
