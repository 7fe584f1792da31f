"""Dates as people read them, in the current language (Babel); 24 hours in both."""

from __future__ import annotations

import datetime as dt

from campaign_bot.i18n import language


def moment(at: dt.datetime) -> str:
    """``Tue, Dec 1, 2026, 09:00`` · ``mar, 1 dic 2026, 09:00``: in the zone that the instant has."""
    return f"{day(at)}, {at:%H:%M}"


def day(of: dt.date) -> str:
    """A date with its weekday, short."""
    from babel.dates import format_skeleton

    noon = dt.datetime(of.year, of.month, of.day, 12, tzinfo=dt.UTC)  # as no zone moves it to another day
    return format_skeleton("yMMMEd", noon, locale=language())
