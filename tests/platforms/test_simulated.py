"""Platforms in memory."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from campaign_bot.model import Receipt
from campaign_bot.platforms.base import Outgoing
from campaign_bot.platforms.errors import Refused
from campaign_bot.platforms.simulated import SimulatedPlatforms
from support import platforms as values
from support.campaigns import account
from support.platforms import image

NOW = dt.datetime(2026, 12, 1, 17, 0, tzinfo=dt.UTC)


def outgoing(text: str = "Hello", **more: Any) -> Outgoing:
    return values.outgoing(text, created_at=NOW, **more)


@pytest.fixture
def platforms() -> SimulatedPlatforms:
    return SimulatedPlatforms(lambda: NOW)


def test_what_is_published_is_kept_by_account(platforms: SimulatedPlatforms) -> None:
    adapter = platforms.connect(account("x-en"))
    media = (adapter.upload(image("Alt")),)
    receipt = adapter.publish(outgoing("Hello", media=media))
    (post,) = platforms.posts["x-en"]
    assert (post.outgoing.text, post.outgoing.media, post.created_at) == ("Hello", media, NOW)
    assert receipt.url == f"dry-run://x-en/{receipt.id}"
    assert platforms.connect(account("x-en")).recent(NOW)[0].receipt == receipt
    assert list(platforms.connect(account("x-es")).recent(NOW)) == []


def test_ids_are_the_same_in_every_run_and_differ_within_one() -> None:
    """A dry ledger outlives a run: an id must not come again for another part."""

    def ids() -> list[str]:
        adapter = SimulatedPlatforms(lambda: NOW).connect(account("x-en"))
        return [adapter.publish(outgoing(number=number)).id for number in (1, 2, 2)]

    assert ids() == ids()
    assert len(set(ids())) == 3


def test_a_thread_is_kept_as_one(platforms: SimulatedPlatforms) -> None:
    adapter = platforms.connect(account("x-en"))
    first = adapter.publish(outgoing("One", number=1))
    adapter.publish(outgoing("Two", number=2, reply_to=first, root=first))
    two, one = adapter.recent(NOW)
    assert (two.reply_to, one.reply_to) == (first.id, None)


def test_a_reply_goes_on_after_a_restart(platforms: SimulatedPlatforms) -> None:
    first = platforms.connect(account("x-en")).publish(outgoing("One", number=1))
    later = SimulatedPlatforms(lambda: NOW).connect(account("x-en"))
    assert later.publish(outgoing("Two", number=2, reply_to=first, root=first)).id


def test_a_reply_to_what_is_not_there_is_refused(platforms: SimulatedPlatforms) -> None:
    theirs = platforms.connect(account("x-es")).publish(outgoing())
    adapter = platforms.connect(account("x-en"))
    for parent in (theirs, Receipt(1, "unknown")):
        with pytest.raises(Refused):
            adapter.publish(outgoing(reply_to=parent, root=parent))


def test_too_many_pictures_are_refused(platforms: SimulatedPlatforms) -> None:
    adapter = platforms.connect(account("x-en"))
    with pytest.raises(Refused, match="more than 4 pictures"):
        adapter.publish(outgoing(media=tuple(adapter.upload(image()) for _ in range(5))))


def test_a_post_can_be_found_counted_and_taken_back(platforms: SimulatedPlatforms) -> None:
    adapter = platforms.connect(account("x-en"))
    assert adapter.find(outgoing()) is None
    receipt = adapter.publish(outgoing())
    assert adapter.find(outgoing()) == receipt
    assert [counts.id for counts in adapter.engagement([receipt])] == [receipt.id]
    adapter.retract(receipt)
    adapter.retract(receipt)
    assert (platforms.posts["x-en"], adapter.find(outgoing()), list(adapter.engagement([receipt]))) == (
        [],
        None,
        [],
    )


def test_an_account_is_who_it_says(platforms: SimulatedPlatforms) -> None:
    identity = platforms.connect(account("x-en")).verify()
    assert (identity.id, identity.server_time) == ("x-en", NOW)
    assert platforms.connect(account("x-es")).verify().id != identity.id
