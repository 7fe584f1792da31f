"""Platforms on their bad days."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from typing import Any

import pytest

from campaign_bot.platforms import faulty
from campaign_bot.platforms.base import NoEvidence
from campaign_bot.platforms.errors import Duplicate, NotSent, PlatformError, Refused, Unknown
from campaign_bot.platforms.faulty import Fault, Faulty, FaultyPlatforms
from campaign_bot.platforms.showing import Kept
from support import platforms as values
from support.campaigns import account
from support.platforms import image

START = dt.datetime(2026, 12, 1, 17, 0, tzinfo=dt.UTC)
HOURS = 6 * 3600


def dice(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311


class Sky:
    """Platforms on a clock of their own."""

    def __init__(self, rate: float = 0.0, seed: int = 0) -> None:
        self.clock = START
        self.platforms = FaultyPlatforms(rate, dice(seed), lambda: self.clock, self.wait)

    def wait(self, seconds: float) -> None:
        self.clock += dt.timedelta(seconds=seconds)

    def connect(self, platform: str = "mastodon") -> Faulty:
        return self.platforms.connect(account(f"{platform}-en", platform))


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> Callable[[Fault], Sky]:
    """Platforms whose every call meets one fault."""

    def made(fault: Fault) -> Sky:
        for calls in ("READING", "UPLOADING", "PUBLISHING"):
            monkeypatch.setattr(faulty, calls, {fault: 1})
        return Sky(rate=1)

    return made


def outgoing(text: str = "Hello", **more: Any) -> Any:
    return values.outgoing(text, created_at=START, **more)


# ---------------------------------------------------------------- what befalls a call


@pytest.mark.parametrize(
    ("fault", "error", "is_there"),
    [
        (Fault.NOT_REACHED, NotSent, False),
        (Fault.TOO_MANY, NotSent, False),
        (Fault.SERVER_ERROR, Unknown, False),
        (Fault.NO_ANSWER, Unknown, False),
        (Fault.ANSWER_LOST, Unknown, True),
        (Fault.REJECTED, Refused, False),
        (Fault.DOWN, (NotSent, Unknown), False),
        (Fault.EXPIRED, Refused, False),
    ],
)
def test_a_fault_is_one_of_three_errors(
    only: Callable[[Fault], Sky], fault: Fault, error: type[PlatformError], is_there: bool
) -> None:
    """Only a lost answer leaves something behind."""
    sky = only(fault)
    with pytest.raises(error):
        sky.connect().publish(outgoing())
    assert (bool(sky.platforms.posts["mastodon-en"]), sky.platforms.faults) == (is_there, {fault: 1})
    assert sky.clock - START <= dt.timedelta(seconds=faulty.DEADLINE)


@pytest.mark.parametrize("fault", [Fault.TOO_MANY, Fault.DOWN, Fault.EXPIRED])
def test_bad_weather_lasts_and_passes(only: Callable[[Fault], Sky], fault: Fault) -> None:
    """Every call of the account meets it, even asking who we are; another account does not."""
    sky = only(fault)
    with pytest.raises(PlatformError):
        sky.connect().verify()
    sky.platforms.rate = 0
    with pytest.raises(PlatformError):
        sky.connect().publish(outgoing())
    assert sky.connect("x").verify().id == "x-en"
    sky.wait(HOURS)
    assert sky.connect().publish(outgoing())
    assert sky.platforms.faults == {fault: 1}


def test_a_dead_token_breaks_the_account_and_a_429_delays_it(only: Callable[[Fault], Sky]) -> None:
    with pytest.raises(Refused) as dead:
        only(Fault.EXPIRED).connect().publish(outgoing())
    with pytest.raises(NotSent) as limited:
        only(Fault.TOO_MANY).connect().publish(outgoing())
    assert dead.value.account_broken
    assert limited.value.account_wide
    assert limited.value.retry_after and limited.value.retry_after > dt.timedelta(0)


def test_the_same_dice_have_the_same_faults() -> None:
    def met(seed: int) -> list[str]:
        sky, seen = Sky(0.5, seed), []
        for number in range(1, 40):
            try:
                seen.append(sky.connect().publish(outgoing(number=number)).id)
            except PlatformError as error:
                seen.append(f"{type(error).__name__} {error.reason} {sky.clock}")
        return seen

    assert met(1) == met(1) != met(2)


def test_without_faults_all_calls_arrive() -> None:
    sky = Sky()
    adapter = sky.connect()
    media = adapter.upload(image())
    receipt = adapter.publish(outgoing(media=(media,)))
    assert [post.receipt for post in adapter.recent(START - dt.timedelta(hours=1))] == [receipt]
    assert [counts.id for counts in adapter.engagement([receipt])] == [receipt.id]
    adapter.retract(receipt)
    assert (sky.platforms.posts["mastodon-en"], sky.platforms.faults) == ([], {})


# ---------------------------------------------------------------- what they hold, and show


def test_what_is_sent_twice_is_there_twice() -> None:
    """As on a Mastodon server that does not heed an idempotency key."""
    sky = Sky()
    assert sky.connect().publish(outgoing()).id != sky.connect().publish(outgoing()).id


def test_bluesky_has_one_record_at_a_key() -> None:
    adapter = Sky().connect("bluesky")
    assert adapter.publish(outgoing()) == adapter.publish(outgoing()) == adapter.find(outgoing())
    assert adapter.find(outgoing(number=2)) is None


@pytest.mark.parametrize("platform", ["x", "mastodon"])
def test_others_know_nothing_of_our_keys(platform: str) -> None:
    with pytest.raises(NoEvidence):
        Sky().connect(platform).find(outgoing())


def test_x_refuses_most_of_what_it_had_on_the_same_day() -> None:
    sky = Sky()
    adapter = sky.connect("x")
    adapter.publish(outgoing())
    with pytest.raises(Duplicate):
        for number in range(2, 20):
            adapter.publish(outgoing(number=number))
    sky.wait(24 * 3600)
    assert all(adapter.publish(outgoing(f"{number}", number=number)) for number in range(20, 30))


def test_a_post_may_be_seen_only_at_its_calls_deadline(only: Callable[[Fault], Sky]) -> None:
    sky = only(Fault.ANSWER_LOST)
    adapter = sky.connect()
    soon, later = [], []
    for number in range(1, 20):
        began, sky.platforms.rate = sky.clock, 1
        with pytest.raises(Unknown):
            adapter.publish(outgoing(f"{number}", number=number))
        sky.platforms.rate = 0
        soon.append(len(adapter.recent(START - dt.timedelta(hours=1))))
        sky.clock = max(sky.clock, began + dt.timedelta(seconds=faulty.DEADLINE))
        later.append(len(adapter.recent(START - dt.timedelta(hours=1))))
    assert later == list(range(1, 20)) != soon


def test_a_text_comes_back_as_it_is_stored() -> None:
    adapter = Sky().connect()
    adapter.publish(outgoing(" Mi\u0301rame\n\n\n\nya \n"))
    assert adapter.recent(START - dt.timedelta(hours=1))[0].text == "M\u00edrame\n\nya"


def test_some_mastodon_servers_show_a_text_otherwise_by_the_dice() -> None:
    """And say what was sent beside it, or when they are asked, or never."""
    text = '"Ya" ¯\\_(ツ)_/¯ -- Q&amp;A'
    seen: set[Kept] = set()
    for seed in range(30):
        sky = Sky(seed=seed)
        adapter = sky.connect()
        receipt = adapter.publish(outgoing(text))
        (post,) = adapter.recent(START - dt.timedelta(hours=1))
        showing = sky.platforms.showing(account("mastodon-en", "mastodon"))
        assert showing == Sky(seed=seed).platforms.showing(account("mastodon-en", "mastodon"))
        assert post.text == showing(text)
        assert (text in post.also) is (showing.kept is Kept.LISTED)
        assert adapter.source(receipt) == (text if showing.kept is Kept.SOURCE else None)
        seen.add(showing.kept)
    assert seen == set(Kept)


@pytest.mark.parametrize("platform", ["x", "bluesky"])
def test_others_show_it_as_it_was_sent(platform: str) -> None:
    assert all(not Sky(seed=seed).platforms.showing(account("a", platform)).rules for seed in range(30))


def test_their_clock_is_not_ours_but_close() -> None:
    ahead = {Sky(seed=seed).platforms.ahead.total_seconds() for seed in range(9)}
    assert len(ahead) == 9
    assert max(map(abs, ahead)) <= faulty.SKEW
