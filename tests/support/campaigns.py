"""Small builders of model values, so that a test shows only what it is about.

    campaign(
        post("launch/letter", en="Read {letter}", es="Lee {letter}", at="2026-12-01 09:00"),
        accounts=[account("x-en"), account("fediverse", "mastodon", ("en", "es"))],
        links={"letter": {"en": "https://example.org/letter", "es": "https://example.org/carta"}},
    )

Posts that stand alone come into a dated queue of their own name; ``queue(…)`` makes any other kind.
Dates and times may be written as text. Whatever a builder does not name goes to the model as it is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from campaign_bot.model import (
    Account,
    Bilingual,
    Campaign,
    Hashtags,
    Image,
    Order,
    Post,
    Prices,
    Queue,
    Rules,
    SlotRule,
    Source,
    Text,
    Unit,
)

PRICES = Prices("USD", Decimal("0.015"), Decimal("0.20"), alt_text=Decimal("0.005"))
X = Rules("x", Unit.X_WEIGHTED, 280, images=4, alt_limit=1000, tags=3, prices=PRICES)
MASTODON = Rules(
    "mastodon", Unit.MASTODON, 500, images=4, alt_limit=1500, warnings=True, many_servers=True,
    image_pixels=33_177_600, gif_pixels=921_600,
)  # fmt: skip
BLUESKY = Rules("bluesky", Unit.GRAPHEMES, 300, byte_limit=3000, images=4)
RULES = {rules.platform: rules for rules in (X, MASTODON, BLUESKY)}

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PART = "\n\n---\n\n"


def account(
    name: str,
    platform: str = "x",
    languages: Sequence[str] = ("en",),
    *,
    bilingual: str = "separate",
    **more: Any,
) -> Account:
    """One login; its Rules are its platform's unless ``rules`` says otherwise."""
    more.setdefault("rules", RULES.get(platform))
    source = Source("config/accounts.yaml", {f"accounts.{name}": (2, 3)})
    return Account(name, source, platform, tuple(languages), bilingual=Bilingual(bilingual), **more)


def text(language: str, words: str, *platforms: str, line: int = 10) -> Text:
    """One section of a post; a line with ``---`` between blank lines parts a thread."""
    parts = tuple(words.split(PART))
    lines = [line]
    for part in parts[:-1]:
        lines.append(lines[-1] + part.count("\n") + PART.count("\n"))
    return Text(language, platforms, parts, tuple(lines))


def image(file: str | Mapping[str, str], alt: Mapping[str, str]) -> Image:
    """A picture; one file name stands for every language that has alt text."""
    return Image(dict.fromkeys(alt, file) if isinstance(file, str) else file, alt)


def post(
    id: str,  # noqa: A002 - the model's own name
    *texts: Text,
    en: str | Sequence[str] = (),
    es: str | Sequence[str] = (),
    at: str | dt.datetime | None = None,
    from_: str | dt.date | None = None,
    until: str | dt.date | None = None,
    weight: int | str | Fraction = 1,
    queue: str | None = None,
    file: str | None = None,
    **more: Any,
) -> Post:
    """A post in the file ``posts/<id>.md``. ``en`` and ``es``: the words, or a list of variants."""
    sections = [*texts]
    for language, words in (("en", en), ("es", es)):
        for variant in [words] if isinstance(words, str) else words:
            sections.append(text(language, variant, line=10 * (len(sections) + 1)))
    return Post(
        id,
        queue or id.split("/")[0],
        more.pop("source", None) or Source(file or f"posts/{id}.md", _marks(more)),
        tuple(sections),
        at=dt.datetime.fromisoformat(at) if isinstance(at, str) else at,
        from_=_date(from_),
        until=_date(until),
        weight=Fraction(weight),
        **more,
    )


def slot(rule: str, index: int = 0) -> SlotRule:
    """``mon-fri 09:30``, ``mon,thu 18:00``, ``daily 12:00``."""
    days, time = rule.split()
    first, _, last = days.partition("-")
    if days == "daily":
        numbers = range(7)
    elif last:
        numbers = range(DAYS.index(first), DAYS.index(last) + 1)
    else:
        numbers = [DAYS.index(day) for day in days.split(",")]
    return SlotRule(frozenset(numbers), dt.time.fromisoformat(time), f"slots.{index}")


def queue(
    name: str,
    *posts: Post,
    order: str = "dated",
    slots: Sequence[str] = (),
    accounts: Sequence[str] | None = None,
    **more: Any,
) -> Queue:
    """A folder of posts; their file order is the order given."""
    return Queue(
        name,
        Source(f"posts/{name}/queue.yaml", {"order": (1, 1), "slots": (2, 1)}),
        Order(order),
        slots=tuple(slot(rule, index) for index, rule in enumerate(slots)),
        accounts=None if accounts is None else tuple(accounts),
        posts=posts,
        **more,
    )


def hashtags(always: str = "", room: str = "") -> Hashtags:
    """Tags separated by spaces."""
    return Hashtags(tuple(always.split()), tuple(room.split()))


def campaign(
    *contents: Queue | Post,
    accounts: Iterable[Account] = (),
    languages: Sequence[str] = ("en", "es"),
    zone: str = "America/Los_Angeles",
    starts: str | dt.date | None = None,
    ends: str | dt.date | None = None,
    **more: Any,
) -> Campaign:
    """The whole folder. Without ``accounts`` there is one on X for each language."""
    accounts = [*accounts] or [account(f"x-{language}", languages=(language,)) for language in languages]
    queues = {item.name: item for item in contents if isinstance(item, Queue)}
    for item in contents:
        if isinstance(item, Post):
            before = queues[item.queue].posts if item.queue in queues else ()
            queues[item.queue] = queue(item.queue, *before, item)
    return Campaign(
        more.pop("name", "Asylum reform now"),
        Source("config/campaign.yaml"),
        ZoneInfo(zone),
        tuple(languages),
        starts=_date(starts),
        ends=_date(ends),
        accounts={one.name: one for one in accounts},
        queues=dict(sorted(queues.items())),
        **more,
    )


def _date(value: str | dt.date | None) -> dt.date | None:
    return dt.date.fromisoformat(value) if isinstance(value, str) else value


def _marks(fields: Iterable[str]) -> dict[str, tuple[int, int]]:
    return {name: (line, 1) for line, name in enumerate(fields, start=2)}
