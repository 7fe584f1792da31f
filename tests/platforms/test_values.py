"""What may be kept of an answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from campaign_bot.platforms import values

UTC = dt.UTC


@pytest.mark.parametrize("value", [7, "7", "at://did:plc:a/b/c", "A" * values.LONGEST])
def test_ids(value: object) -> None:
    assert values.remote_id(value) == str(value)


@pytest.mark.parametrize("value", [None, True, "", " ", "a b", "a\n", [], {}, 1.5, "ñ", "A" * 2001])
def test_what_cannot_be_an_id_is_none(value: object) -> None:
    with pytest.raises(ValueError):
        values.remote_id(value)


def test_a_number_with_thousands_of_digits_is_no_id() -> None:
    with pytest.raises(ValueError):
        values.remote_id(10**9999)


@pytest.mark.parametrize(
    ("kept", "value"),
    [
        (values.line, "Ana Núñez"),
        (values.address, "https://social.example/@ana"),
        (values.address, "http://127.0.0.1/ñ?a=1#b"),
        (values.text, "Two\nlines, and 👩‍👩‍👧"),
        (values.text, ""),
        (values.count, 0),
        (values.count, None),
        (values.count, 2**63 - 1),
    ],
)
def test_what_is_kept_as_it_is(kept: Callable[[object], object], value: object) -> None:
    assert kept(value) == value


@pytest.mark.parametrize(
    ("kept", "value"),
    [
        (values.line, ""),
        (values.line, "two\nlines"),
        (values.line, "\x1b[31mred"),
        (values.line, "\u202ebackwards"),
        (values.line, "\ud800"),
        (values.line, "a" * 2001),
        (values.line, 5),
        (values.line, None),
        (values.address, "social.example"),
        (values.address, "javascript:alert(1)"),
        (values.address, "at://did:plc:a/b/c"),
        (values.address, "https://a b"),
        (values.text, None),
        (values.text, 5),
        (values.text, []),
        (values.count, -1),
        (values.count, 2**63),
        (values.count, True),
        (values.count, 1.0),
        (values.count, "1"),
        (values.instant, None),
        (values.instant, 5),
        (values.instant, "yesterday"),
        (values.instant, "2026-12-01"),
        (values.instant, "2026-12-01T09:00:00"),
        (values.instant, "0001-01-01T00:00:00+23:59"),
        (values.instant, dt.datetime(2026, 12, 1)),  # noqa: DTZ001 - no zone is the point
    ],
)
def test_what_makes_no_sense_is_not_kept(kept: Callable[[object], object], value: object) -> None:
    with pytest.raises(ValueError):
        kept(value)


def test_half_a_character_in_a_text_is_replaced() -> None:
    assert values.text("a\ud83db") == "a\ufffdb"


@pytest.mark.parametrize(
    "value",
    ["2026-12-01T09:00:00Z", "2026-12-01T10:00:00.000+01:00", dt.datetime(2026, 12, 1, 9, tzinfo=UTC)],
)
def test_instants_are_utc(value: object) -> None:
    found = values.instant(value)
    assert (found, found.tzinfo) == (dt.datetime(2026, 12, 1, 9, tzinfo=UTC), UTC)
