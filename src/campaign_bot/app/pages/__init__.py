"""HTML that shows posts as their platforms would: one self-contained page, with no script and no network.

Templates escape everything by themselves (Jinja2); pictures go in as data URIs.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from campaign_bot import i18n
from campaign_bot.model import Delivery, Entry, Rendered, State
from campaign_bot.text import entities

if TYPE_CHECKING:
    from jinja2 import Environment


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a text: plain (``kind`` empty), a ``link``, a ``hashtag`` or a ``mention``."""

    text: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """One delivery as a reader would see it, or a text that has no time yet (``at`` None).

    ``pictures`` are pairs of data URI and alt text. ``story``: what stood in its way, a line each.
    """

    key: str
    platform: str
    account: str
    language: str
    at: dt.datetime | None
    parts: tuple[tuple[Segment, ...], ...]
    length: int
    limit: int
    warning: str | None
    pictures: tuple[tuple[str, str], ...]
    state: State | None = None
    reason: str = ""
    story: tuple[str, ...] = ()


def card(
    at: dt.datetime,
    of: Delivery | Entry,
    rendered: Rendered,
    pictures: tuple[tuple[str, str], ...],
    reason: str = "",
    story: tuple[str, ...] = (),
) -> Card:
    """The card of a delivery, planned or from the ledger; ``at`` in the campaign's zone."""
    return Card(
        key=of.key,
        platform=of.platform,
        account=of.account,
        language=of.language,
        at=at,
        parts=tuple(segments(part) for part in rendered.parts),
        length=rendered.length,
        limit=rendered.limit,
        warning=rendered.warning,
        pictures=pictures,
        state=of.state if isinstance(of, Entry) else None,
        reason=reason,
        story=story,
    )


def segments(text: str) -> tuple[Segment, ...]:
    """A text cut at its links, hashtags and mentions; joined again it is the text, byte for byte."""
    found: list[Segment] = []
    end = 0
    for entity in entities(text):
        if entity.start > end:
            found.append(Segment(text[end : entity.start]))
        found.append(Segment(text[entity.start : entity.end], str(entity.kind)))
        end = entity.end
    if end < len(text):
        found.append(Segment(text[end:]))
    return tuple(found)


def render(template: str, values: Mapping[str, Any]) -> str:
    """A template of this folder or of ``rehearsal/``, as one HTML page in the language in use."""
    lang = i18n.language()
    page = _environment().get_template(template)
    return page.render(lang=lang, day=functools.partial(_day, lang), clock=_clock, **values)


@functools.cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("campaign_bot.app", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_callables(i18n._, i18n.ngettext, newstyle=True)  # type: ignore[attr-defined]
    return made


def _day(lang: str, day: dt.date, form: str = "full") -> str:
    from babel.dates import format_date

    return format_date(day, form, locale=lang)


def _clock(moment: dt.datetime) -> str:
    return moment.strftime("%H:%M")


def weeks(first: dt.date, last: dt.date) -> Sequence[Sequence[dt.date]]:
    """Whole weeks, Monday first, that cover both days."""
    monday = first - dt.timedelta(days=first.weekday())
    count = (last - monday).days // 7 + 1
    return [[monday + dt.timedelta(days=7 * w + d) for d in range(7)] for w in range(count)]
