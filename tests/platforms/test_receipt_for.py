"""A person has found a post on its platform, and gives its address: what is its receipt?"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from campaign_bot.platforms.base import Adapter
from campaign_bot.platforms.errors import NotSent, Refused, Unknown
from campaign_bot.platforms.mastodon import Mastodon
from campaign_bot.platforms.simulated import SimulatedPlatforms
from campaign_bot.platforms.x import X
from support import campaigns, fakes
from support.fakes import FakePlatform
from support.fakes_bluesky import DID, GET, FakeBluesky
from support.platforms import FAKES, outgoing

STATUS = "https://x.com/campaign/status/1860000000000000001"
ULID = "01HXYZ0123456789ABCDEFGHJK"
KEY = "3lcabcdefgh2a"


@pytest.fixture(params=FAKES, ids=lambda fake: fake.platform)
def fake(request: pytest.FixtureRequest) -> Iterator[FakePlatform]:
    with request.param() as running:
        yield running


def x() -> Adapter:
    return X(campaigns.account("x-en", "x", ("en",)), {})


def mastodon() -> Adapter:
    account = campaigns.account("m-en", "mastodon", ("en",), base_url="https://social.example")
    return Mastodon(account, {})


def test_what_was_published_is_known_again_by_its_address(fake: FakePlatform) -> None:
    """And it can be replied to and taken back."""
    base_url = "https://mastodon.example" if fake.platform == "mastodon" else fake.url
    adapter = fake.enable().adapter()
    receipt = adapter.publish(outgoing())
    assert receipt.url
    found = fake.adapter(base_url=base_url).receipt_for(receipt.url)
    assert found == receipt
    adapter.publish(outgoing("Two", number=2, reply_to=found, root=found))
    adapter.retract(found)
    assert [post.text for post in fake.posts] == ["Two"]


def test_platforms_in_memory_know_their_addresses_too() -> None:
    adapter = SimulatedPlatforms(lambda: outgoing().created_at).connect(campaigns.account("x-en"))
    receipt = adapter.publish(outgoing())
    assert adapter.receipt_for(f" {receipt.url} ") == receipt
    for url in ("", "dry-run://x-en/", "dry-run://x-es/1", STATUS):
        with pytest.raises(Refused):
            adapter.receipt_for(url)


@pytest.mark.parametrize(
    "url",
    [
        STATUS,
        f" {STATUS}\n",
        f"{STATUS}/photo/1",
        f"{STATUS}/",
        f"{STATUS}?s=20&t=abc#m",
        STATUS.removeprefix("https://"),
        STATUS.replace("x.com", "mobile.twitter.com"),
        STATUS.replace("https://x.com", "HTTP://WWW.X.COM"),
        STATUS.replace("status", "statuses"),
    ],
)
def test_x(url: str) -> None:
    receipt = x().receipt_for(url)
    assert (receipt.part, receipt.id, receipt.url) == (1, "1860000000000000001", STATUS)


def test_x_without_the_author() -> None:
    assert x().receipt_for("https://x.com/i/web/status/12").url == "https://x.com/i/web/status/12"


@pytest.mark.parametrize(
    ("path", "post_id"),
    [
        ("/@campaign/109300000000000001", "109300000000000001"),
        ("/users/campaign/statuses/109300000000000001", "109300000000000001"),
        ("/ap/users/1093/statuses/109300000000000001", "109300000000000001"),
        ("/deck/@campaign/109300000000000001?x=1", "109300000000000001"),
        (f"/@campaign/statuses/{ULID}", ULID),
        ("/notice/AbCdEf1234567890", "AbCdEf1234567890"),
    ],
)
def test_mastodon(path: str, post_id: str) -> None:
    assert mastodon().receipt_for(f"https://social.example{path}").id == post_id


@pytest.mark.parametrize(
    "url",
    [
        f"https://bsky.app/profile/{DID}/post/{KEY}",
        f"https://bsky.app/profile/campaign.example/post/{KEY}?ref=1",
        f"https://another.client.example/profile/campaign.example/post/{KEY}",
        f"bsky.app/profile/{DID.replace(':', '%3A')}/post/{KEY}",
        f"at://{DID}/app.bsky.feed.post/{KEY}",
        f"at://campaign.example/app.bsky.feed.post/{KEY}",
    ],
)
def test_bluesky(url: str) -> None:
    with FakeBluesky() as fake:
        fake.enable().records[KEY] = {"text": "Found"}
        receipt = fake.adapter().receipt_for(url)
    assert (receipt.id, receipt.url) == (
        f"at://{DID}/app.bsky.feed.post/{KEY}",
        f"https://bsky.app/profile/{DID}/post/{KEY}",
    )
    assert receipt.extra["cid"].startswith("bafy")


NONE_OF_OURS = [
    "",
    " ",
    "hello",
    "1860000000000000001",
    "https://[::1",
    "https://",
    "javascript:alert(1)",
    "file:///etc/status/1",
    "https://example.org/campaign/status/1860000000000000001",
    "https://x.com.example.org/campaign/status/1860000000000000001",
    "https://x.com/campaign",
    "https://x.com/campaign/status/",
    "https://x.com/campaign/status/١٢",
    "https://x.com/campaign/status/12/likes",
    "https://x.com/campaign/status/12abc",
    "https://social.example/@campaign",
    "https://social.example/@campaign/following",
    "https://social.example/@someone@else.example/109300000000000001",
    "https://else.example/@campaign/109300000000000001",
    "https://bsky.app/profile/campaign.example",
    "https://bsky.app/profile/campaign.example/post/",
    f"https://bsky.app/profile/{DID}/post/{KEY}/liked-by",
    f"https://bsky.app/profile/did:plc:another/post/{KEY}",
    f"https://bsky.app/profile/{DID}/post/not-there",
    "https://bsky.app/profile/another.example/post/" + KEY,
    f"at://{DID}/app.bsky.feed.like/{KEY}",
]


@pytest.mark.parametrize("url", NONE_OF_OURS)
def test_what_is_no_address_of_a_post_of_this_account_is_refused(url: str) -> None:
    with FakeBluesky() as fake:
        fake.enable().records[KEY] = {"text": "Another"}
        for adapter in (x(), mastodon(), fake.adapter()):
            with pytest.raises(Refused) as caught:
                adapter.receipt_for(url)
            assert not caught.value.account_broken


def test_only_bluesky_is_asked(fake: FakePlatform) -> None:
    adapter = fake.enable().adapter()
    for url in NONE_OF_OURS:
        with pytest.raises(Refused):
            adapter.receipt_for(url)
    assert bool(fake.requests) is (fake.platform == "bluesky")


@pytest.mark.parametrize(
    ("fault", "kind"), [(fakes.reply(fakes.WRONG), Unknown), (fakes.reply(fakes.as_json({}, 429)), NotSent)]
)
def test_a_pds_that_does_not_answer_is_no_refusal(fault: fakes.Fault, kind: type[Exception]) -> None:
    with FakeBluesky() as fake:
        fake.enable().arm(fault, on=GET)
        with pytest.raises(kind):
            fake.adapter().receipt_for(f"https://bsky.app/profile/{DID}/post/{KEY}")


def test_a_mastodon_account_without_a_server_has_no_addresses() -> None:
    with pytest.raises(Refused) as caught:
        Mastodon(campaigns.account("m-en", "mastodon", ("en",)), {}).receipt_for("https://a.example/@b/1")
    assert caught.value.account_broken
