"""What every adapter keeps to, seen from the other side of the wire.

The fakes answer 500 with HTML to whatever a test has not enabled.
"""

from __future__ import annotations

import datetime as dt
import logging
import socket
import traceback
from collections.abc import Iterator

import pytest

from campaign_bot.model import Receipt
from campaign_bot.platforms import registry, transport
from campaign_bot.platforms.base import Adapter, NoEvidence, Outgoing
from campaign_bot.platforms.errors import NotSent, PlatformError, Refused, Unknown
from support import fakes
from support.fakes import WRONG, FakePlatform, Fault, Reply, as_json
from support.platforms import FAKES, PNG, TEXT, image, outgoing

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture(params=FAKES, ids=lambda fake: fake.platform)
def fake(request: pytest.FixtureRequest) -> Iterator[FakePlatform]:
    with request.param() as running:
        yield running


def failing(adapter: Adapter, part: Outgoing | None = None) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        adapter.publish(part or outgoing())
    return caught.value


# ---------------------------------------------------------------- what arrives


def test_a_text_arrives_as_it_is_and_in_one_call(fake: FakePlatform) -> None:
    receipt = fake.enable("publish").adapter().publish(outgoing())
    (post,) = fake.posts
    assert (post.text, post.id, receipt.id, receipt.part) == (TEXT, receipt.id, post.id, 1)
    assert receipt.url
    assert receipt.url.startswith("https://")
    assert fake.count(fake.public_call) == 1


def test_a_platform_that_takes_a_language_is_told(fake: FakePlatform) -> None:
    fake.enable("publish").adapter().publish(outgoing(languages=("es",)))
    assert fake.posts[0].languages in ((), ("es",))
    assert fake.posts[0].languages or fake.platform == "x"


def test_a_part_replies_to_the_part_before(fake: FakePlatform) -> None:
    adapter = fake.enable("publish").adapter()
    first = adapter.publish(outgoing("One", number=1))
    second = adapter.publish(outgoing("Two", number=2, reply_to=first, root=first))
    adapter.publish(outgoing("Three", number=3, reply_to=second, root=first))
    assert [post.reply_to for post in fake.posts] == [None, first.id, second.id]


def test_a_reply_to_a_post_that_is_gone_is_refused(fake: FakePlatform) -> None:
    adapter = fake.enable("publish", "retract").adapter()
    first = adapter.publish(outgoing("One", number=1))
    adapter.retract(first)
    if fake.platform == "bluesky":
        pytest.skip("a PDS does not look whether a reply's parent is there")
    assert isinstance(failing(adapter, outgoing("Two", number=2, reply_to=first, root=first)), Refused)


def test_pictures_arrive_byte_for_byte_with_their_alt_texts(fake: FakePlatform) -> None:
    adapter = fake.enable("upload", "publish").adapter()
    media = (adapter.upload(image()), adapter.upload(image("")))
    adapter.publish(outgoing(media=media))
    assert fake.posts[0].media == ((PNG, image().alt), (PNG, ""))
    assert [one.alt for one in media] == [image().alt, ""]


def test_a_picture_is_not_public_before_its_post(fake: FakePlatform) -> None:
    fake.enable("upload").adapter().upload(image())
    assert not fake.posts
    assert not fake.count(fake.public_call)


def test_we_say_who_we_are(fake: FakePlatform) -> None:
    fake.enable("publish").adapter().publish(outgoing())
    assert {request.headers["user-agent"].split("/")[0] for request in fake.requests} == {"campaign-bot"}


# ---------------------------------------------------------------- what fails, and how


def answers(status: int, **headers: str) -> Fault:
    return fakes.reply(as_json({"error": "No.", "title": "No.", "message": "No."}, status, **headers))


def says(body: bytes, status: int = 200) -> Fault:
    return fakes.reply(Reply(status, body, {"Content-Type": "application/json"}))


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 410, 413, 422])
def test_a_refusal_is_refused(fake: FakePlatform, status: int) -> None:
    fake.enable().arm(answers(status), on=fake.public_call)
    error = failing(fake.adapter())
    assert isinstance(error, Refused)
    assert not error.account_broken
    assert (error.status, "No." in error.reason) == (status, True)
    assert fake.count(fake.public_call) == 1


@pytest.mark.parametrize("status", [401, 402])
def test_a_dead_credential_or_no_money_breaks_the_account(fake: FakePlatform, status: int) -> None:
    fake.enable().arm(answers(status), on=fake.public_call)
    error = failing(fake.adapter())
    assert isinstance(error, Refused)
    assert error.account_broken
    assert fake.count(fake.public_call) == 1


@pytest.mark.parametrize("headers", [{"Retry-After": "7"}, {}], ids=["says when", "does not say"])
def test_too_many_requests_were_not_sent_and_concern_the_account(
    fake: FakePlatform, headers: dict[str, str]
) -> None:
    fake.enable().arm(answers(429, **headers), on=fake.public_call)
    error = failing(fake.adapter())
    assert isinstance(error, NotSent)
    assert error.account_wide
    assert error.retry_after == (dt.timedelta(seconds=7) if headers else None)
    assert fake.count(fake.public_call) == 1


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (403, "Forbidden: token has insufficient scope permission"),  # GoToSocial
        (403, "This action is outside the authorized scopes"),  # Mastodon
        (403, "Insufficient permissions: write:statuses."),  # Pleroma
        (403, "Read-only application cannot POST."),  # X
        (403, "insufficient_scope"),
    ],
)
def test_a_credential_that_may_not_write_breaks_the_account(
    fake: FakePlatform, status: int, words: str
) -> None:
    says_so = fakes.reply(as_json({"error": words, "message": words, "detail": words}, status))
    fake.enable().arm(says_so, on="POST")
    adapter = fake.adapter()
    for call in (lambda: adapter.publish(outgoing()), lambda: adapter.upload(image())):
        with pytest.raises(Refused) as caught:
            call()
        assert caught.value.account_broken


@pytest.mark.parametrize("status", [400, 409, 422, 425])
def test_what_will_do_in_a_moment_was_not_sent(fake: FakePlatform, status: int) -> None:
    words = "Cannot attach files that have not finished processing. Try again in a moment!"
    fake.enable().arm(
        fakes.reply(as_json({"error": words, "detail": words, "message": words}, status)), on=fake.public_call
    )
    error = failing(fake.adapter())
    assert isinstance(error, NotSent)
    assert (error.account_wide, error.status) == (False, status)


UNCLEAR: dict[str, Fault] = {
    "500 with HTML": fakes.reply(WRONG),
    "502": answers(502),
    "503": answers(503),
    "503 that names a time": answers(503, **{"Retry-After": "1"}),
    "504": answers(504),
    "408": answers(408),
    "303": answers(303, Location="/elsewhere"),
    "closed": fakes.close,
    "reset": fakes.reset,
    "HTML": says(b"<html>Welcome</html>"),
    "empty": says(b""),
    "null": says(b"null"),
    "a list": says(b"[]"),
    "a text": says(b'"fine"'),
    "no id": says(b'{"data": {}}'),
    "an id that is none": says(b'{"id": {"a": 1}, "data": {"id": []}, "uri": 5, "cid": 5}'),
    "not UTF-8": says(b'{"id": "\xff\xfe"}'),
    "deeply nested": says(b"[" * 100_000),
    "huge": says(b" " * (transport.LARGEST_BODY + 1)),
}


@pytest.mark.parametrize("fault", UNCLEAR.values(), ids=UNCLEAR)
def test_what_may_be_live_is_unknown_and_never_sent_again(fake: FakePlatform, fault: Fault) -> None:
    """And here it is live: the post was made before the answer went wrong."""
    fake.enable().arm(fault, on=fake.public_call, done=True)
    assert isinstance(failing(fake.adapter()), Unknown)
    assert (fake.count(fake.public_call), len(fake.posts)) == (1, 1)
    assert not fake.count("GET /elsewhere")


def test_an_answer_cut_short_is_unknown(fake: FakePlatform) -> None:
    fake.enable().arm(fakes.cut_short, on=fake.public_call, done=True)
    assert isinstance(failing(fake.adapter()), Unknown)
    assert fake.count(fake.public_call) == 1


@pytest.mark.parametrize("fault", [fakes.drip_headers, fakes.drip_body])
def test_a_call_ends_by_its_deadline_and_not_by_the_servers_leave(
    fake: FakePlatform, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    adapter = fake.enable().adapter()
    adapter.verify()
    monkeypatch.setattr(transport, "DEADLINE", 0.2)
    fake.arm(fault, on=fake.public_call)
    error = failing(adapter)
    assert isinstance(error, Unknown)
    assert "no end after" in error.reason
    assert fake.hung_up.wait(5)
    assert fake.count(fake.public_call) == 1


def test_an_answer_that_comes_too_late_is_unknown(
    fake: FakePlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    adapter = fake.enable().adapter()
    adapter.verify()
    monkeypatch.setattr(transport, "DEADLINE", 0.2)
    fake.arm(fakes.hang(0.5), on=fake.public_call, done=True)
    assert isinstance(failing(adapter), Unknown)
    assert (fake.count(fake.public_call), len(fake.posts)) == (1, 1)


@pytest.mark.parametrize("status", [301, 307, 308])
def test_an_address_that_moved_breaks_the_account_and_is_not_followed(
    fake: FakePlatform, status: int
) -> None:
    fake.enable().arm(answers(status, Location="/elsewhere"), on=fake.public_call)
    error = failing(fake.adapter())
    assert isinstance(error, Refused)
    assert error.account_broken
    assert "/elsewhere" in error.reason
    assert [request for request in fake.requests if request.path == "/elsewhere"] == []


def test_nobody_listening_is_not_sent_and_concerns_the_account(fake: FakePlatform) -> None:
    with socket.socket() as bound:  # bound and not listening: refused, and nobody else gets the port
        bound.bind(("127.0.0.1", 0))
        adapter = fake.adapter(base_url=f"http://127.0.0.1:{bound.getsockname()[1]}")
        error = failing(adapter)
    assert isinstance(error, NotSent)
    assert error.account_wide
    assert not error.asked


def test_a_name_that_cannot_be_resolved_is_not_sent(
    fake: FakePlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    error = failing(fake.adapter(base_url="https://platform.invalid"))
    assert isinstance(error, NotSent)
    assert error.account_wide
    assert "platform.invalid" in error.reason


@pytest.mark.parametrize("fault", [fakes.reply(WRONG), fakes.close, says(b"[]"), answers(400)])
def test_a_picture_that_fails_leaves_nothing_public(fake: FakePlatform, fault: Fault) -> None:
    fake.enable().arm(fault, on=fake.routes["upload"][0])
    with pytest.raises(PlatformError):
        fake.adapter().upload(image())
    assert not fake.posts


# ---------------------------------------------------------------- secrets


@pytest.mark.parametrize("status", [200, 308, 400, 401, 429, 500])
def test_no_secret_is_in_an_error_or_a_log(
    fake: FakePlatform, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Not even when the platform says it back, and every library logs all it has."""
    caplog.set_level(logging.DEBUG)
    for name in logging.root.manager.loggerDict:
        caplog.set_level(logging.DEBUG, logger=name)
    secrets = [value for name, value in fake.secrets.items() if name != "IDENTIFIER"]
    echo = as_json({"error": f"wrong: {secrets}", "detail": " ".join(secrets)}, status)
    echo = Reply(status, echo.body, {"Location": f"https://example.org/?t={secrets[0]}", **echo.headers})
    fake.enable().arm(fakes.reply(echo), on=fake.public_call)
    adapter = fake.adapter()
    adapter.verify()
    error = failing(adapter)
    logging.getLogger("test").error("it failed", exc_info=error)
    told = "\n".join([repr(error), error.reason, caplog.text, *traceback.format_exception(error)])
    assert [secret for secret in secrets if secret in told] == []
    assert "Bearer " not in told
    assert len(error.reason) <= 300


def test_an_adapter_does_not_show_its_secrets(fake: FakePlatform) -> None:
    assert [secret for secret in fake.secrets.values() if secret in repr(fake.adapter())] == []


# ---------------------------------------------------------------- reading


def test_verify_says_who_we_are_and_what_time_it_is_there(fake: FakePlatform) -> None:
    identity = fake.enable("verify").adapter().verify()
    assert identity.id
    assert fake.handle in identity.handle
    assert identity.server_time
    assert abs(identity.server_time - dt.datetime.now(dt.UTC)) < MINUTE


def test_a_dead_credential_is_seen_by_verify(fake: FakePlatform) -> None:
    stranger = registry.connect(fake.account(), dict.fromkeys(fake.secrets, "wrong-secret"))
    fake.enable("verify")
    with pytest.raises(Refused) as caught:
        stranger.verify()
    assert caught.value.account_broken


def test_recent_posts_are_told_as_they_were_written(fake: FakePlatform) -> None:
    adapter = fake.enable("publish", "recent", "upload").adapter()
    start = dt.datetime.now(dt.UTC)
    media = (adapter.upload(image()), adapter.upload(image()))
    first = adapter.publish(outgoing(number=1, media=media, created_at=start))
    adapter.publish(outgoing("Two\nlines", number=2, reply_to=first, root=first, created_at=start))
    two, one = adapter.recent(start - MINUTE)
    assert (one.text, one.images, one.reply_to, one.receipt.id) == (TEXT, 2, None, first.id)
    assert (two.text, two.images, two.reply_to) == ("Two\nlines", 0, first.id)
    assert abs(one.created_at - start) < MINUTE


def test_recent_posts_are_paged_to_the_end(fake: FakePlatform) -> None:
    adapter = fake.enable("publish", "recent").adapter()
    start = dt.datetime.now(dt.UTC)
    ids = [
        adapter.publish(
            outgoing(f"No. {n}", number=n, created_at=start + n * dt.timedelta(milliseconds=1))
        ).id
        for n in range(13)
    ]
    assert [post.receipt.id for post in adapter.recent(start - MINUTE)] == ids[::-1]


def test_what_is_older_is_not_recent(fake: FakePlatform) -> None:
    adapter = fake.enable("publish", "recent").adapter()
    adapter.publish(outgoing())
    assert list(adapter.recent(dt.datetime.now(dt.UTC) + MINUTE)) == []


@pytest.mark.parametrize("body", [b"{}", b"null", b'"no"', b"[[]]", b"<html>", b'{"meta": {}}'])
def test_a_list_that_cannot_be_read_is_never_an_empty_one(fake: FakePlatform, body: bytes) -> None:
    """No post seen would be evidence that none was made."""
    adapter = fake.enable().adapter()
    adapter.verify()
    fake.arm(says(body), on=fake.routes["recent"][-1].rstrip("*"))
    with pytest.raises(Unknown):
        adapter.recent(dt.datetime.now(dt.UTC) - MINUTE)


def test_a_post_whose_answer_was_lost_is_found(fake: FakePlatform) -> None:
    fake.enable().arm(fakes.reset, on=fake.public_call, done=True)
    adapter = fake.adapter()
    part = outgoing()
    failing(adapter, part)
    found = [post for post in adapter.recent(part.created_at - MINUTE) if post.text == part.text]
    assert [post.receipt.id for post in found] == [fake.posts[0].id]


def test_a_post_is_found_by_its_key_or_there_is_no_evidence(fake: FakePlatform) -> None:
    adapter = fake.enable().adapter()
    part = outgoing()
    try:
        assert adapter.find(part) is None
    except NoEvidence:
        assert fake.platform in ("x", "mastodon")
        return
    receipt = adapter.publish(part)
    found = adapter.find(part)
    assert found
    assert found.id == receipt.id


# ---------------------------------------------------------------- taking back, counting


def test_a_retracted_post_is_gone_and_may_be_retracted_again(fake: FakePlatform) -> None:
    adapter = fake.enable("publish", "retract").adapter()
    receipt = adapter.publish(outgoing())
    adapter.retract(receipt)
    assert not fake.posts
    adapter.retract(receipt)


@pytest.mark.parametrize(
    ("fault", "kind"), [(fakes.reply(WRONG), Unknown), (fakes.reset, Unknown), (answers(403), Refused)]
)
def test_a_retraction_that_fails_is_not_taken_for_done(
    fake: FakePlatform, fault: Fault, kind: type[PlatformError]
) -> None:
    adapter = fake.enable().adapter()
    receipt = adapter.publish(outgoing())
    fake.arm(fault, on=fake.routes["retract"][0].rstrip("*"))
    with pytest.raises(kind):
        adapter.retract(receipt)
    assert fake.posts


def test_engagement_is_told_of_the_posts_that_still_exist(fake: FakePlatform) -> None:
    adapter = fake.enable("publish", "retract", "engagement").adapter()
    kept, gone = (adapter.publish(outgoing(f"No. {n}", number=n)) for n in range(2))
    adapter.retract(gone)
    (counts,) = adapter.engagement([kept, gone])
    assert (counts.id, counts.likes, counts.reposts, counts.replies) == (kept.id, 5, 2, 3)


def test_engagement_of_nothing_asks_nothing(fake: FakePlatform) -> None:
    assert list(fake.adapter().engagement([])) == []
    assert not fake.requests


def test_making_an_adapter_asks_nothing(fake: FakePlatform) -> None:
    fake.adapter()
    registry.connect(fake.account(), {})
    assert not fake.requests


def test_a_receipt_needs_nothing_of_this_process(fake: FakePlatform) -> None:
    """The ledger keeps a receipt; another process replies to it and deletes it."""
    first = fake.enable().adapter().publish(outgoing("One", number=1))
    kept = Receipt(first.part, first.id, first.url, dict(first.extra))
    other = fake.adapter()
    other.publish(outgoing("Two", number=2, reply_to=kept, root=kept))
    other.retract(kept)
    assert [post.text for post in fake.posts] == ["Two"]
