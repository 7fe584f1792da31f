"""The types of the folder's scalars: each takes the text that stands in the file.

A text that does not fit raises ``PydanticCustomError``, whose type is the code of our Problem.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

from pydantic import PlainValidator
from pydantic_core import PydanticCustomError

from campaign_bot import servers
from campaign_bot.files.words import did_you_mean, fold, shown
from campaign_bot.model import Money, SlotRule
from campaign_bot.names import nfc
from campaign_bot.servers import Fault

_DURATION = re.compile(r"(\d{1,7})\s?([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_LONGEST = dt.timedelta(days=366)
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_TIME = re.compile(r"(\d{1,2}):(\d\d)")
_AT = re.compile(r"(\d{4}-\d\d-\d\d)[ T]+(\d{1,2}:\d\d)")
_DAY = re.compile(r"(?:day|dia)\s+([+-]?\d{1,4})\s+(\d{1,2}:\d\d)")
_WEIGHT = re.compile(r"\d{1,4}(?:\.\d{1,4})?")
_COUNT = re.compile(r"[1-9]\d{0,5}")
_BUDGET = re.compile(r"(-?\d{1,7}(?:[.,]\d{1,2})?) ?([a-z]{3}) ?/ ?(?:month|mes)")
_TAG = re.compile(r"#?(\w+)")
MOST_NAME = 200  # characters of an id

_YES_NO = {"true": True, "yes": True, "on": True, "si": True, "false": False, "no": False, "off": False}

_WEEKDAYS = (
    ("mon", "monday", "lun", "lunes"),
    ("tue", "tues", "tuesday", "mar", "martes"),
    ("wed", "wednesday", "mie", "miercoles"),
    ("thu", "thur", "thurs", "thursday", "jue", "jueves"),
    ("fri", "friday", "vie", "viernes"),
    ("sat", "saturday", "sab", "sabado"),
    ("sun", "sunday", "dom", "domingo"),
)
_DAYS = {name: number for number, names in enumerate(_WEEKDAYS) for name in names}
_EVERY_DAY = {"daily", "diario", "diariamente", "cada dia", "every day", "todos los dias"}


class CampaignDay(NamedTuple):
    """``day 3 09:00``: so many days after the campaign's start."""

    day: int
    time: dt.time


def wrong(code: str, value: object, **params: object) -> PydanticCustomError:
    return PydanticCustomError(code, "{value}", {"value": shown(value), **params})


def text(value: Any) -> str:
    """Words on one line or several; not blank."""
    if not isinstance(value, str):
        raise PydanticCustomError("expected-text", "text")
    if not value.strip():
        raise PydanticCustomError("empty-value", "blank")
    return value


def line(value: Any) -> str:
    """Words on one line, however they were typed."""
    return " ".join(text(value).split())


def name(value: Any) -> str:
    """The name of something: one form, however it was typed."""
    return nfc(text(value))


def date(value: Any) -> dt.date:
    """``2026-12-01``"""
    try:
        if _DATE.fullmatch(text(value)):
            return dt.date.fromisoformat(value)
    except ValueError:
        pass
    raise wrong("bad-date", value)


def time(value: str) -> dt.time | None:
    """``09:30``; None when it is no time of day."""
    found = _TIME.fullmatch(value)
    if not found or int(found[1]) > 23 or int(found[2]) > 59:
        return None
    return dt.time(int(found[1]), int(found[2]))


def at(value: Any) -> dt.datetime | CampaignDay:
    """``2026-12-01 09:00``, ``day 0 09:00``, ``día 0 09:00``"""
    words = text(value).strip()
    if found := _AT.fullmatch(words):
        clock = time(found[2])
        if clock is not None:
            return dt.datetime.combine(date(found[1]), clock)
    elif (found := _DAY.fullmatch(fold(words))) and (clock := time(found[2])) is not None:
        return CampaignDay(int(found[1]), clock)
    raise wrong("bad-at", value)


def duration(value: Any) -> dt.timedelta:
    """``0s 3s 5m 2h 1d``"""
    found = _DURATION.fullmatch(text(value).strip())
    if found and (length := dt.timedelta(**{_UNITS[found[2]]: int(found[1])})) <= _LONGEST:
        return length
    raise wrong("bad-duration", value)


def quiet(value: Any) -> tuple[dt.time, dt.time]:
    """``22:00-07:00``"""
    first, dash, last = text(value).replace(" ", "").replace("–", "-").partition("-")
    begins, ends = time(first), time(last)
    if not dash or begins is None or ends is None or begins == ends:
        raise wrong("bad-quiet", value)
    return begins, ends


def slot(value: Any) -> SlotRule:
    """``daily 18:00``, ``mon-fri 09:30``, ``lun,jue 11:00``"""
    names, _, clock = fold(text(value).strip()).rpartition(" ")
    at_time, days = time(clock), _days(names.strip())
    if at_time is None or not days:
        raise wrong("bad-slot", value)
    return SlotRule(days, at_time)


def _days(names: str) -> frozenset[int]:
    """Weekdays, Monday 0; none when a name is not known."""
    if names in _EVERY_DAY:
        return frozenset(range(7))
    days: set[int] = set()
    for item in names.split(","):
        first, dash, last = (part.strip() for part in item.partition("-"))
        if first not in _DAYS or (dash and last not in _DAYS):
            return frozenset()
        begins, ends = _DAYS[first], _DAYS[last or first]
        days |= {(begins + step) % 7 for step in range((ends - begins) % 7 + 1)}
    return frozenset(days)


def weight(value: Any) -> Fraction:
    """``2``, ``0.5``: more than nothing"""
    if _WEIGHT.fullmatch(text(value)) and (parsed := Fraction(value)) > 0:
        return parsed
    raise wrong("bad-weight", value)


def count(value: Any) -> int:
    """``20``: a whole number, at least 1"""
    if _COUNT.fullmatch(text(value)):
        return int(value)
    raise wrong("bad-count", value)


def budget(value: Any) -> Money:
    """``25 USD/month``, ``25.50 USD/month``, ``25,50 USD/mes``: more than nothing"""
    found = _BUDGET.fullmatch(fold(text(value).strip()))
    if not found:
        raise wrong("bad-budget", value)
    most = Money(Decimal(found[1].replace(",", ".")), found[2].upper())
    if most.amount <= 0:
        raise wrong("budget-of-nothing", value)
    return most


def yes_no(value: Any) -> bool:
    """``true``, ``no``, ``sí``"""
    parsed = _YES_NO.get(fold(text(value).strip()))
    if parsed is None:
        raise wrong("bad-yes-no", value)
    return parsed


def paused(value: Any) -> str:
    """Why everything waits; ``yes`` and its like give no reason."""
    words = line(value)
    answer = _YES_NO.get(fold(words))
    if answer is False:
        raise wrong("paused-no", value)
    return "" if answer else words


def hashtag(value: Any) -> str:
    """``DefendAsylum``; a ``#`` before it is taken off."""
    found = _TAG.fullmatch(name(value).strip())
    if found and not found[1].isdigit():
        return found[1]
    raise wrong("bad-hashtag", value)


def key_safe(name: str) -> bool:
    """Whether a name can stand in a DeliveryKey, which parts its pieces with ``:`` and ``@``."""
    whole = 0 < len(name) <= MOST_NAME and name == name.strip() and name.isprintable()
    return whole and ":" not in name and "@" not in name


def ident(value: Any) -> str:
    if key_safe(known := name(value)):
        return known
    raise wrong("bad-id", value)


def url(value: Any) -> str:
    """A whole address of the web, with its ``https://``."""
    address = text(value).strip()
    try:
        parts = urlsplit(address)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname)
        sound = sound and parts.port != 0 and parts.username is None
    except ValueError:
        sound = False
    if not sound or len(address.split()) != 1 or not address.isprintable():
        raise wrong("bad-url", address.rpartition("@")[2])
    return address


def base_url(value: Any) -> str:
    """A server on the net, or this very machine; only there plain ``http`` will do."""
    address = nfc(url(value))
    found = servers.fault(address)
    if found is Fault.LOOK_ALIKE:
        raise wrong(found, address, host=servers.server(address))
    if found:
        raise wrong(found, re.split("[?#]", address)[0])  # what follows may be a secret
    scheme, _, rest = address.partition(":")
    return f"{scheme.lower()}:{rest}"


Kind = TypeVar("Kind", bound=StrEnum)


def choice(kind: type[Kind]) -> PlainValidator:
    """One of the values of ``kind``."""
    names = [member.value for member in kind]

    def parse(value: Any) -> Kind:
        if text(value) in names:
            return kind(value)
        raise wrong("bad-choice", value, choices=", ".join(names), **did_you_mean(value, names))

    return PlainValidator(parse)


Words = Annotated[str, PlainValidator(text)]
Line = Annotated[str, PlainValidator(line)]
Name = Annotated[str, PlainValidator(name)]
Date = Annotated[dt.date, PlainValidator(date)]
At = Annotated[dt.datetime | CampaignDay, PlainValidator(at)]
Duration = Annotated[dt.timedelta, PlainValidator(duration)]
Hours = Annotated[tuple[dt.time, dt.time], PlainValidator(quiet)]
Slot = Annotated[SlotRule, PlainValidator(slot)]
Weight = Annotated[Fraction, PlainValidator(weight)]
Count = Annotated[int, PlainValidator(count)]
Budget = Annotated[Money, PlainValidator(budget)]
YesNo = Annotated[bool, PlainValidator(yes_no)]
Paused = Annotated[str, PlainValidator(paused)]
Tag = Annotated[str, PlainValidator(hashtag)]
Ident = Annotated[str, PlainValidator(ident)]
Url = Annotated[str, PlainValidator(url)]
BaseUrl = Annotated[str, PlainValidator(base_url)]
