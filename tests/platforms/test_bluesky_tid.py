"""TIDs: against atproto's own examples, and the properties that publishing leans on."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaign_bot.platforms import tid

EXAMPLES = Path(__file__).parents[2] / "../shared/specs/atproto/interop-test-files/syntax"
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
CENTURIES = 300 * 365 * 86_400 * 1_000_000  # µs
SYNTAX = re.compile(r"[2-7a-j][2-7a-z]{12}")  # as the specification of TIDs puts it

instants = st.integers(0, 2**53 - 1).map(lambda us: EPOCH + dt.timedelta(microseconds=us % CENTURIES))
clocks = st.integers(0, 1023)


def test_a_tid_is_microseconds_and_a_clock_in_an_alphabet_that_sorts():
    """By hand: 1 µs is 1 << 10; the clock fills the lowest ten bits, two characters."""
    assert tid.new(EPOCH, 0) == "2222222222222"
    assert tid.new(EPOCH, 1023) == "22222222222zz"
    assert tid.new(EPOCH + dt.timedelta(microseconds=1), 0) == "2222222222322"
    assert tid.new(dt.datetime(2026, 12, 1, 17, tzinfo=dt.UTC), 0) == tid.new(
        dt.datetime(2026, 12, 1, 9, tzinfo=dt.timezone(dt.timedelta(hours=-8))), 0
    )


@given(instants, clocks)
def test_every_tid_has_the_form_of_one(instant: dt.datetime, clock: int):
    assert SYNTAX.fullmatch(tid.new(instant, clock))


@given(st.tuples(instants, clocks), st.tuples(instants, clocks))
def test_tids_sort_as_their_instants_do_and_differ_where_the_clock_does(
    one: tuple[dt.datetime, int], other: tuple[dt.datetime, int]
):
    assert (tid.new(*one) < tid.new(*other)) == (one < other)
    assert (tid.new(*one) == tid.new(*other)) == (one == other)


@pytest.mark.parametrize("clock", [-1, 1024])
def test_a_clock_has_ten_bits(clock: int):
    with pytest.raises(ValueError, match="clock"):
        tid.new(dt.datetime(2026, 12, 1, tzinfo=dt.UTC), clock)


def test_nothing_was_before_1970():
    with pytest.raises(ValueError, match="1969"):
        tid.new(dt.datetime(1969, 12, 31, tzinfo=dt.UTC), 0)


def examples(name: str) -> list[str]:
    path = EXAMPLES / name
    if not path.exists():
        return []
    lines = path.read_text("utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]


@pytest.mark.skipif(not EXAMPLES.exists(), reason="atproto's examples (shared/specs/atproto) are not here")
def test_the_form_is_the_one_of_the_protocol_s_own_examples():
    valid, invalid = examples("tid_syntax_valid.txt"), examples("tid_syntax_invalid.txt")

    assert valid
    assert invalid
    assert [one for one in valid if not SYNTAX.fullmatch(one)] == []
    assert [one for one in invalid if SYNTAX.fullmatch(one)] == []
