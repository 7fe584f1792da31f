"""What only X does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from campaign_bot.platforms.errors import Duplicate, NotSent, Refused, Unknown
from support import fakes
from support.fakes import as_json
from support.fakes_x import PROBLEMS, USER_ID, FakeX, problem
from support.platforms import TEXT, image, outgoing

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def fake() -> Iterator[FakeX]:
    with FakeX() as running:
        yield running.enable()


def test_the_same_words_again_are_a_duplicate(fake: FakeX) -> None:
    """After an unclear attempt that is evidence of success, and no proof."""
    adapter = fake.adapter()
    adapter.publish(outgoing())
    with pytest.raises(Duplicate, match="duplicate content") as caught:
        adapter.publish(outgoing())
    assert not caught.value.account_broken


@pytest.mark.parametrize("kind", ["oauth1-permissions", "client-forbidden", "unsupported-authentication"])
def test_an_app_without_access_breaks_the_account(fake: FakeX, kind: str) -> None:
    fake.arm(fakes.reply(problem(403, "Forbidden", "Not yours.", PROBLEMS + kind)), on="POST /2/tweets")
    with pytest.raises(Refused) as caught:
        fake.adapter().publish(outgoing())
    assert caught.value.account_broken


@pytest.mark.parametrize(
    ("level", "good"), [("read", False), ("Read", False), ("read-write", True), ("", True)]
)
def test_an_app_that_may_only_read_is_no_good(fake: FakeX, level: str, good: bool) -> None:
    user = {"data": {"id": USER_ID, "name": "The campaign", "username": fake.handle}}
    fake.arm(fakes.reply(as_json(user, **{"X-Access-Level": level})), on="GET /2/users/me")
    if good:
        assert fake.adapter().verify().id == USER_ID
        return
    with pytest.raises(Refused, match="may read, but not publish") as caught:
        fake.adapter().verify()
    assert caught.value.account_broken


@pytest.mark.parametrize(
    "words",
    [
        "media processing state InProgress",
        "The media is not ready.",
        "Media is being processed",
        "state: in_progress",
    ],
)
def test_a_picture_that_x_is_not_done_with_is_tried_again(fake: FakeX, words: str) -> None:
    fake.arm(fakes.reply(problem(400, "Invalid Request", words)), on="POST /2/tweets")
    with pytest.raises(NotSent):
        fake.adapter().publish(outgoing())


def test_a_refused_reply_is_a_refusal_of_the_post_alone(fake: FakeX) -> None:
    fake.arm(fakes.reply(problem(403, "Forbidden", "Reply not allowed.")), on="POST /2/tweets")
    with pytest.raises(Refused) as caught:
        fake.adapter().publish(outgoing())
    assert not caught.value.account_broken
    assert not isinstance(caught.value, Duplicate)


def test_every_request_is_signed_for_the_server_that_gets_it(fake: FakeX) -> None:
    """The fake checks the signature over its own address; tweepy would sign for api.twitter.com."""
    adapter = fake.adapter()
    adapter.publish(outgoing())
    adapter.recent(dt.datetime.now(dt.UTC) - MINUTE)
    assert {request.headers["host"] for request in fake.requests} == {fake.url.removeprefix("http://")}


def test_the_address_of_a_post_has_the_handle_once_it_is_known(fake: FakeX) -> None:
    adapter = fake.adapter()
    before = adapter.publish(outgoing("One", number=1))
    adapter.verify()
    after = adapter.publish(outgoing("Two", number=2))
    assert before.url == f"https://x.com/i/web/status/{before.id}"
    assert after.url == f"https://x.com/campaign/status/{after.id}"


def test_no_alt_text_is_not_told(fake: FakeX) -> None:
    fake.adapter().upload(image(""))
    assert fake.count("POST /2/media/metadata") == 0


def test_links_and_pictures_are_undone_in_what_is_read(fake: FakeX) -> None:
    adapter = fake.adapter()
    adapter.publish(outgoing(media=(adapter.upload(image()),)))
    (post,) = adapter.recent(dt.datetime.now(dt.UTC) - MINUTE)
    assert post.text == TEXT
    shown = fake.serve(fake.requests[-1])
    assert shown
    assert b"t.co" in shown.body  # so it was not what X showed
    assert b"&amp;" in shown.body


def test_a_count_that_does_not_fit_its_list_is_not_an_empty_list(fake: FakeX) -> None:
    adapter = fake.adapter()
    adapter.verify()
    fake.arm(fakes.reply(as_json({"meta": {"result_count": 2}})), on=f"GET /2/users/{USER_ID}")
    with pytest.raises(Unknown):
        adapter.recent(dt.datetime.now(dt.UTC))


def test_pages_cost_money_so_they_have_an_end_and_are_not_taken_for_all(fake: FakeX) -> None:
    adapter = fake.adapter()
    adapter.verify()
    endless = as_json({"meta": {"result_count": 0, "next_token": "again"}})
    fake.arm(fakes.reply(endless), on=f"GET /2/users/{USER_ID}")
    with pytest.raises(Unknown, match="too many posts"):
        adapter.recent(dt.datetime.now(dt.UTC))
    assert fake.count(f"GET /2/users/{USER_ID}") == 8


@pytest.mark.parametrize(
    ("answer", "done"),
    [
        ({"data": {"deleted": True}}, True),
        ({"errors": [{"type": PROBLEMS + "resource-not-found"}]}, True),
        ({"data": {"deleted": False}}, False),
        ({"data": {}}, False),
        ({"data": None}, False),
    ],
)
def test_a_deletion_is_done_when_x_says_so(fake: FakeX, answer: object, done: bool) -> None:
    adapter = fake.adapter()
    receipt = adapter.publish(outgoing())
    fake.arm(fakes.reply(as_json(answer)), on="DELETE")
    if done:
        adapter.retract(receipt)
    else:
        with pytest.raises(Unknown):
            adapter.retract(receipt)


def test_counts_are_asked_for_a_hundred_at_a_time(fake: FakeX) -> None:
    adapter = fake.adapter()
    receipts = [adapter.publish(outgoing(f"No. {number}", number=number)) for number in range(101)]
    assert len(adapter.engagement(receipts)) == 101
    assert fake.count("GET /2/tweets") == 2
