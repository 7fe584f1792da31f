"""The Bluesky adapter against a real PDS: what its lexicons, limits and repository make of our calls."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
from PIL import Image

from campaign_bot.model import ImageFile
from campaign_bot.platforms.base import Adapter, Outgoing
from campaign_bot.platforms.bluesky import Bluesky
from campaign_bot.platforms.errors import NotSent, PlatformError, Refused, Unknown
from support import fakes
from support.fakes import Fault
from support.pds import Between, RealAccount, RealPds
from support.platforms import outgoing

pytestmark = pytest.mark.real

FAMILY = "👨‍👩‍👧‍👦"  # one grapheme of 25 bytes
_NUMBERS = count(1)


@pytest.fixture
def account(pds: RealPds) -> RealAccount:
    return pds.new_account(f"campaign-{next(_NUMBERS)}")


@pytest.fixture
def adapter(account: RealAccount) -> Adapter:
    return account.adapter()


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is 110 minutes later for the SDK: an access token has ten of its 120 left."""
    from atproto_client.client.methods_mixin.time import TimeMethodsMixin

    now = TimeMethodsMixin.get_current_time
    monkeypatch.setattr(
        TimeMethodsMixin, "get_current_time", lambda self: now(self) + dt.timedelta(minutes=110)
    )


def picture(width: int = 30, height: int = 20, alt: str = "La primera página.") -> ImageFile:
    data = io.BytesIO()
    Image.new("RGB", (width, height), "navy").save(data, "PNG")
    return ImageFile("media/letter-es.png", data.getvalue(), "image/png", width, height, alt)


def refusal(adapter: Adapter, part: Outgoing) -> Refused:
    with pytest.raises(Refused) as caught:
        adapter.publish(part)
    assert not caught.value.account_broken
    return caught.value


# ---------------------------------------------------------------- what is stored


def test_a_text_is_stored_as_it_is_and_found_by_its_key(account: RealAccount, adapter: Adapter):
    part = outgoing("¡Léela! «Año 1» 👩🏽‍⚖️\n\nPunto.", languages=("es",))
    before = adapter.find(part)
    receipt = adapter.publish(part)

    stored = account.record(part.record_key)
    assert (stored["text"], stored["langs"]) == (part.text, ["es"])
    assert dt.datetime.fromisoformat(stored["createdAt"]) == part.created_at
    assert receipt.id == f"at://{account.did}/app.bsky.feed.post/{part.record_key}"
    assert (before, adapter.find(part)) == (None, receipt)


def test_links_and_hashtags_are_clickable_by_bytes(account: RealAccount, adapter: Adapter):
    part = outgoing(
        "👩🏽‍⚖️ Año: example.org/carta y https://example.org/ñ?a=1#b #ReformaDeAsiloYA ¡#DefenderAsilo!"
    )
    adapter.publish(part)

    written = part.text.encode()
    facets = account.record(part.record_key)["facets"]
    shown = [written[f["index"]["byteStart"] : f["index"]["byteEnd"]].decode() for f in facets]
    meant = [f["features"][0].get("uri") or f["features"][0]["tag"] for f in facets]
    assert shown == [
        "example.org/carta",
        "https://example.org/ñ?a=1#b",
        "#ReformaDeAsiloYA",
        "#DefenderAsilo",
    ]
    assert meant == [
        "https://example.org/carta",
        "https://example.org/ñ?a=1#b",
        "ReformaDeAsiloYA",
        "DefenderAsilo",
    ]


def test_a_thread_hangs_together(account: RealAccount, adapter: Adapter):
    first = adapter.publish(outgoing("One", number=1))
    second = adapter.publish(outgoing("Dos", number=2, languages=("es",), reply_to=first, root=first))
    third = outgoing("Three", number=3, reply_to=second, root=first)
    adapter.publish(third)

    reply = account.record(third.record_key)["reply"]
    assert reply["root"] == {"uri": first.id, "cid": first.extra["cid"]}
    assert reply["parent"] == {"uri": second.id, "cid": second.extra["cid"]}


def test_a_picture_is_stored_with_alt_text_and_shape(account: RealAccount, adapter: Adapter):
    image = picture()
    part = outgoing("With a picture", media=(adapter.upload(image), adapter.upload(picture(alt=""))))
    receipt = adapter.publish(part)

    one, two = account.record(part.record_key)["embed"]["images"]
    assert account.blob(one["image"]["ref"]["$link"]) == image.data
    assert (one["alt"], one["aspectRatio"]) == ("La primera página.", {"width": 30, "height": 20})
    assert two["alt"] == ""
    assert adapter.find(part) == receipt


# ---------------------------------------------------------------- once only


def test_a_part_that_is_published_twice_is_one_post(account: RealAccount, adapter: Adapter):
    part = outgoing()
    assert adapter.publish(part) == adapter.publish(part)
    assert account.count() == 1


def test_a_part_that_is_published_eight_times_at_once_is_one_post(account: RealAccount):
    part = outgoing()
    adapters = [account.adapter() for _ in range(8)]
    with ThreadPoolExecutor(8) as threads:
        receipts = list(threads.map(lambda adapter: adapter.publish(part), adapters))
    assert len({receipt.extra["cid"] for receipt in receipts}) == 1
    assert account.count() == 1


@pytest.mark.parametrize("fault", [fakes.reset, fakes.close, fakes.cut_short, fakes.reply(fakes.WRONG)])
@pytest.mark.parametrize("done", [True, False], ids=["made", "not made"])
def test_what_became_of_a_lost_answer_is_seen_at_the_key(account: RealAccount, fault: Fault, done: bool):
    part = outgoing()
    with Between(account.url) as between:
        adapter = account.through(between.url).adapter()
        between.arm(fault, on="POST /xrpc/com.atproto.repo.putRecord", done=done, times=1)
        with pytest.raises(Unknown):
            adapter.publish(part)
        found = adapter.find(part)
        assert bool(found) == done
        again = adapter.publish(part)
    assert found in (None, again)
    assert account.count() == 1


def test_another_text_never_takes_the_place_of_a_post(account: RealAccount, adapter: Adapter):
    first = outgoing("The first words")
    adapter.publish(first)
    other = outgoing("Other words", created_at=first.created_at)
    assert other.record_key == first.record_key

    for act in (adapter.publish, adapter.find):
        with pytest.raises(Unknown, match="Another post"):
            act(other)
    assert account.record(first.record_key)["text"] == "The first words"


# ---------------------------------------------------------------- limits


def test_300_graphemes_and_3000_bytes_are_the_most(adapter: Adapter):
    longest = FAMILY * 112 + "ñ" * 12 + "n" * 176
    assert (len(longest.encode()), 112 + 12 + 176) == (3000, 300)

    adapter.publish(outgoing(longest, number=1))
    assert "grapheme" in refusal(adapter, outgoing("n" * 301, number=2)).reason
    assert "3000" in refusal(adapter, outgoing(FAMILY * 121, number=3)).reason


def test_a_picture_of_more_than_2_000_000_bytes_is_refused(account: RealAccount, adapter: Adapter):
    image = picture()
    large = ImageFile(image.name, image.data.ljust(2_000_001, b"\0"), image.media_type, 30, 20, "")
    most = ImageFile(image.name, image.data.ljust(2_000_000, b"\0"), image.media_type, 30, 20, "")

    adapter.publish(outgoing(number=1, media=(adapter.upload(most),)))
    refusal(adapter, outgoing(number=2, media=(adapter.upload(large),)))
    assert account.count() == 1


def test_signing_in_is_limited_and_told_as_not_sent(account: RealAccount):
    """30 times in five minutes: so an adapter keeps its session, and a worker its adapters."""
    busy = account.adapter()
    for number in range(40):
        busy.find(outgoing(number=number))

    def sign_ins() -> Iterator[PlatformError]:
        for _ in range(35):
            try:
                account.adapter().verify()
            except PlatformError as error:
                yield error

    limited = next(sign_ins())
    assert isinstance(limited, NotSent)
    assert limited.account_wide
    assert limited.retry_after
    assert dt.timedelta(0) < limited.retry_after <= dt.timedelta(minutes=5)
    assert busy.verify().id == account.did


# ---------------------------------------------------------------- who we are


def test_verify_says_who_we_are_and_what_time_it_is_there(account: RealAccount, adapter: Adapter):
    identity = adapter.verify()
    assert (identity.id, identity.handle) == (account.did, account.handle)
    assert identity.server_time
    assert abs(identity.server_time - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=1)


def test_a_wrong_password_breaks_the_account(account: RealAccount):
    for act in (Bluesky.verify, lambda adapter: adapter.publish(outgoing())):
        with pytest.raises(Refused) as caught:
            act(account.adapter(PASSWORD="wrong-wrong-wrong"))
        assert caught.value.account_broken
    assert account.count() == 0


def test_an_account_that_is_deactivated_is_broken(pds: RealPds, account: RealAccount, adapter: Adapter):
    adapter.verify()
    pds.deactivate(account)
    for act in (Bluesky.verify, lambda adapter: adapter.publish(outgoing())):
        with pytest.raises(Refused) as caught:
            act(adapter)
        assert caught.value.account_broken


@pytest.mark.usefixtures("later")
def test_a_session_is_refreshed_without_signing_in_anew(account: RealAccount, adapter: Adapter):
    for number in range(33):  # more than one may sign in
        adapter.publish(outgoing(f"No. {number}", number=number))
    assert account.count() == 33


# ---------------------------------------------------------------- reading back, taking back


def test_recent_posts_are_read_to_the_end_and_no_further(adapter: Adapter):
    """More than one page of a hundred."""
    start = dt.datetime.now(dt.UTC)
    parts = [
        outgoing(f"No. {number}", number=number, created_at=start + number * dt.timedelta(milliseconds=1))
        for number in range(105)
    ]
    ids = [adapter.publish(part).id for part in parts]

    assert [post.receipt.id for post in adapter.recent(start)] == ids[::-1]
    assert [post.receipt.id for post in adapter.recent(parts[100].created_at)] == ids[:99:-1]


def test_a_recent_post_is_told_as_it_was_written(adapter: Adapter):
    first = adapter.publish(outgoing("One\n", number=1, media=(adapter.upload(picture()),)))
    part = outgoing("Dos https://example.org/carta", number=2, reply_to=first, root=first)
    receipt = adapter.publish(part)
    two, one = adapter.recent(part.created_at - dt.timedelta(minutes=1))

    assert (two.receipt, two.text, two.created_at) == (receipt, part.text, part.created_at)
    assert (two.reply_to, two.images) == (first.id, 0)
    assert (one.text, one.reply_to, one.images) == ("One\n", None, 1)


def test_what_is_retracted_is_gone_and_may_be_retracted_again(account: RealAccount, adapter: Adapter):
    part = outgoing()
    receipt = adapter.publish(part)
    adapter.retract(receipt)
    adapter.retract(receipt)
    assert (account.count(), adapter.find(part)) == (0, None)


def test_a_pds_without_an_appview_tells_no_counts(adapter: Adapter):
    assert list(adapter.engagement([adapter.publish(outgoing())])) == []
