"""What is Bluesky's own: sessions, the PDS that an account lives on, the key that a record is written at."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from itertools import chain, repeat
from typing import Any

import pytest

from campaign_bot.model import Receipt
from campaign_bot.platforms import transport
from campaign_bot.platforms.errors import NotSent, PlatformError, Refused, Unknown
from support import fakes
from support.fakes import WRONG, Fault, as_json
from support.fakes_bluesky import DID, GET, PUT, REFRESH, SESSION, SIGN_IN, XRPC, FakeBluesky, xrpc_error
from support.platforms import outgoing

LIST = f"GET {XRPC}/com.atproto.repo.listRecords"
COUNTS = f"GET {XRPC}/app.bsky.feed.getPosts"
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def fake() -> Iterator[FakeBluesky]:
    with FakeBluesky() as running:
        yield running.enable()


def failing(act: Callable[[], Any]) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        act()
    return caught.value


# ---------------------------------------------------------------- signing in


def test_one_session_serves_for_all_calls(fake: FakeBluesky):
    adapter = fake.adapter()
    for number in range(3):
        adapter.find(outgoing(number=number))
        adapter.publish(outgoing(number=number))
    assert (fake.count(SIGN_IN), fake.count(REFRESH)) == (1, 0)


def test_a_session_is_refreshed_when_its_token_soon_ends(fake: FakeBluesky):
    fake.lifetime = 10 * MINUTE
    adapter = fake.adapter()
    adapter.publish(outgoing(number=1))
    fake.lifetime = dt.timedelta(hours=2)
    adapter.publish(outgoing(number=2))
    adapter.publish(outgoing(number=3))
    assert (fake.count(SIGN_IN), fake.count(REFRESH), len(fake.posts)) == (1, 2, 3)


def test_a_call_with_a_session_that_is_over_was_not_sent_and_the_next_signs_in_anew(fake: FakeBluesky):
    adapter = fake.adapter()
    adapter.verify()
    fake.revoke()
    assert isinstance(failing(lambda: adapter.publish(outgoing())), NotSent)
    assert not fake.posts
    adapter.publish(outgoing())
    assert (fake.count(SIGN_IN), len(fake.posts)) == (2, 1)


def test_a_session_that_cannot_be_refreshed_is_left_for_a_new_one(fake: FakeBluesky):
    fake.lifetime = MINUTE
    adapter = fake.adapter()
    adapter.verify()
    fake.revoke()
    error = failing(lambda: adapter.publish(outgoing()))
    assert isinstance(error, NotSent)
    assert not fake.count(PUT)
    adapter.publish(outgoing())
    assert fake.count(SIGN_IN) == 2


IN_DOUBT: dict[str, Fault] = {
    "500": fakes.reply(WRONG),
    "503": fakes.reply(as_json({}, 503)),
    "closed": fakes.close,
    "reset": fakes.reset,
    "HTML": fakes.reply(fakes.Reply(200, b"<html>")),
    "no tokens": fakes.reply(as_json({"did": DID})),
    "a token that is none": fakes.reply(
        as_json({"accessJwt": "a", "refreshJwt": "b", "handle": "campaign.example", "did": DID})
    ),
}


@pytest.mark.parametrize("fault", IN_DOUBT.values(), ids=IN_DOUBT)
@pytest.mark.parametrize("route", [SIGN_IN, REFRESH])
def test_nothing_is_in_doubt_when_only_the_signing_in_failed(fake: FakeBluesky, fault: Fault, route: str):
    """The post's own call was never made, so it was not sent, whatever became of the session."""
    fake.lifetime = MINUTE
    fake.arm(fault, on=route)
    adapter = fake.adapter()
    error = failing(lambda: adapter.publish(outgoing()))
    assert isinstance(error, NotSent)
    assert not error.account_wide
    assert not fake.count(PUT)
    fake.disarm()
    adapter.publish(outgoing())
    assert len(fake.posts) == 1


@pytest.mark.parametrize("scope", ["com.atproto.signupQueued", "com.atproto.takendown"])
def test_a_session_that_may_not_write_is_no_good(fake: FakeBluesky, scope: str):
    fake.scope = scope
    error = failing(fake.adapter().verify)
    assert isinstance(error, Refused)
    assert error.account_broken
    assert "may read, but not publish" in error.reason


@pytest.mark.parametrize(
    "scope", ["com.atproto.access", "com.atproto.appPass", "com.atproto.appPassPrivileged"]
)
def test_every_app_password_may_write(fake: FakeBluesky, scope: str):
    fake.scope = scope
    assert fake.adapter().verify().handle == fake.handle


def test_too_many_sign_ins_make_the_account_wait(fake: FakeBluesky):
    fake.arm(fakes.reply(as_json({"error": "RateLimitExceeded"}, 429, **{"Retry-After": "200"})), on=SIGN_IN)
    error = failing(fake.adapter().verify)
    assert isinstance(error, NotSent)
    assert (error.account_wide, error.retry_after) == (True, dt.timedelta(seconds=200))


@pytest.mark.parametrize(
    "answer",
    [
        xrpc_error(401, "AuthenticationRequired", "Invalid identifier or password"),
        xrpc_error(401, "AuthFactorTokenRequired", "A sign in code has been sent to your email address"),
        xrpc_error(400, "InvalidRequest", "Input/identifier must be a string"),
        xrpc_error(403, "Forbidden", "No"),
    ],
    ids=lambda answer: json.loads(answer.body)["error"],
)
def test_whoever_cannot_sign_in_has_a_broken_account(fake: FakeBluesky, answer: fakes.Reply):
    fake.arm(fakes.reply(answer), on=SIGN_IN)
    error = failing(lambda: fake.adapter().publish(outgoing()))
    assert isinstance(error, Refused)
    assert error.account_broken


@pytest.mark.parametrize("name", ["AccountDeactivated", "AccountTakedown", "RepoSuspended"])
def test_an_account_that_is_shut_is_broken(fake: FakeBluesky, name: str):
    fake.arm(fakes.reply(xrpc_error(400, name, "Shut")), on=PUT)
    error = failing(lambda: fake.adapter().publish(outgoing()))
    assert isinstance(error, Refused)
    assert error.account_broken


def test_verify_sees_that_an_account_is_not_active(fake: FakeBluesky):
    shut = {"did": DID, "handle": fake.handle, "active": False, "status": "suspended"}
    fake.arm(fakes.reply(as_json(shut)), on=SESSION)
    error = failing(fake.adapter().verify)
    assert isinstance(error, Refused)
    assert (error.account_broken, "suspended" in error.reason) == (True, True)


def test_a_session_s_tokens_are_secrets_too(fake: FakeBluesky):
    adapter = fake.adapter()
    adapter.verify()
    token = fake.requests[-1].headers["authorization"].removeprefix("Bearer ")
    fake.arm(fakes.reply(xrpc_error(400, "InvalidRequest", f"not good: {token}")), on=PUT)
    reason = failing(lambda: adapter.publish(outgoing())).reason
    assert "not good" in reason
    assert token not in reason


# ---------------------------------------------------------------- one deadline for signing in and the call


def test_what_signing_in_took_is_taken_from_the_call(fake: FakeBluesky, monkeypatch: pytest.MonkeyPatch):
    """The clock at: the beginning, signing in, the call."""
    from campaign_bot.platforms import xrpc

    given: list[float | None] = []
    call = xrpc.http.Session.call

    def spy(*arguments: Any, deadline: float | None = None, **more: Any) -> Any:
        given.append(deadline)
        return call(*arguments, deadline=deadline, **more)

    monkeypatch.setattr(xrpc.http.Session, "call", spy)
    clock = chain([1000.0, 1000.0, 1035.0], repeat(1035.0))
    monkeypatch.setattr(xrpc, "monotonic", lambda: next(clock))
    fake.adapter().publish(outgoing())
    assert given == [transport.DEADLINE, transport.DEADLINE - 35]


def test_a_call_for_which_no_time_is_left_is_not_made(fake: FakeBluesky, monkeypatch: pytest.MonkeyPatch):
    from campaign_bot.platforms import xrpc

    clock = chain([1000.0, 1000.0], repeat(1060.0))
    monkeypatch.setattr(xrpc, "monotonic", lambda: next(clock))
    assert isinstance(failing(lambda: fake.adapter().publish(outgoing())), NotSent)
    assert (fake.count(SIGN_IN), fake.count(PUT)) == (1, 0)


# ---------------------------------------------------------------- which PDS


def document(pds: str) -> dict[str, Any]:
    service = {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": pds}
    return {"didDoc": {"@context": ["https://www.w3.org/ns/did/v1"], "id": DID, "service": [service]}}


def test_with_a_base_url_we_stay_there(fake: FakeBluesky):
    with FakeBluesky() as elsewhere:
        fake.session_more = document(elsewhere.url)
        fake.adapter().publish(outgoing())
        assert not elsewhere.requests
    assert len(fake.posts) == 1


def test_without_one_we_go_to_the_pds_that_the_account_names(
    fake: FakeBluesky, monkeypatch: pytest.MonkeyPatch
):
    from campaign_bot.platforms import xrpc

    with FakeBluesky() as entryway:
        monkeypatch.setattr(xrpc, "ENTRYWAY", entryway.url)
        entryway.enable().session_more = document(fake.url)
        fake.accept_tokens_of(entryway)
        fake.adapter(base_url=None).publish(outgoing())
        assert (entryway.count(SIGN_IN), entryway.count(PUT)) == (1, 0)
    assert (fake.count(SIGN_IN), len(fake.posts)) == (0, 1)


# ---------------------------------------------------------------- the record's key


def test_a_record_is_created_at_our_key_and_never_replaced(fake: FakeBluesky):
    part = outgoing()
    receipt = fake.adapter().publish(part)
    body = fake.requests[-1].json()
    assert (body["repo"], body["collection"], body["rkey"]) == (DID, "app.bsky.feed.post", part.record_key)
    assert "swapRecord" in body
    assert body["swapRecord"] is None
    assert receipt == Receipt(
        1,
        f"at://{DID}/app.bsky.feed.post/{part.record_key}",
        f"https://bsky.app/profile/{DID}/post/{part.record_key}",
        receipt.extra,
    )
    assert receipt.extra["cid"].startswith("bafy")


def test_the_same_part_again_is_the_same_post(fake: FakeBluesky):
    part = outgoing()
    assert fake.adapter().publish(part) == fake.adapter().publish(part)
    assert len(fake.posts) == 1


SWAP = fakes.reply(xrpc_error(400, "InvalidSwap", "Record was at bafy…"))


def test_a_key_that_this_very_post_has_taken_already_is_success(fake: FakeBluesky):
    """A server may refuse even an identical record: what is there decides."""
    fake.arm(SWAP, on=PUT, done=True)
    part = outgoing()
    receipt = fake.adapter().publish(part)
    assert receipt == fake.adapter().find(part)
    assert fake.count(PUT) == 1


def test_a_key_that_another_record_has_is_unknown_and_that_record_stays(fake: FakeBluesky):
    """What is there may be an earlier try of this very post, whose words were edited since."""
    first = outgoing("The first words")
    adapter = fake.adapter()
    adapter.publish(first)
    other = outgoing("Other words", created_at=first.created_at)
    assert isinstance(failing(lambda: adapter.publish(other)), Unknown)
    assert [post.text for post in fake.posts] == ["The first words"]
    assert isinstance(failing(lambda: adapter.find(other)), Unknown)


@pytest.mark.parametrize("fault", [fakes.reply(WRONG), fakes.reply(as_json({}, 429)), fakes.close])
def test_a_key_that_is_taken_by_we_know_not_what_is_unknown(fake: FakeBluesky, fault: Fault):
    fake.arm(SWAP, on=PUT)
    fake.arm(fault, on=GET)
    assert isinstance(failing(lambda: fake.adapter().publish(outgoing())), Unknown)


@pytest.mark.parametrize("fault", [fakes.reply(WRONG), fakes.reply(as_json([])), fakes.close])
def test_a_look_up_that_fails_is_not_taken_for_absence(fake: FakeBluesky, fault: Fault):
    fake.arm(fault, on=GET)
    assert isinstance(failing(lambda: fake.adapter().find(outgoing())), Unknown)


# ---------------------------------------------------------------- reading


def test_records_of_other_programs_are_read_as_far_as_they_go(fake: FakeBluesky):
    """A quoted post with pictures, a gallery; one without a readable time is left out."""
    now = dt.datetime.now(dt.UTC)
    adapter = fake.adapter()
    strange: list[dict[str, Any]] = [
        {"embed": {"media": {"images": [{}, {}]}, "record": {}}},
        {"embed": {"items": [{}, {}, {}]}},
        {"embed": {"$type": "app.bsky.embed.video"}},
        {"createdAt": "yesterday"},
        {"createdAt": None},
    ]
    for number, more in enumerate(strange):
        record = {"text": str(number), "createdAt": now.isoformat()} | more
        fake.records[outgoing(number=number, created_at=now).record_key] = record
    posts = adapter.recent(now - MINUTE)
    assert [(post.text, post.images) for post in posts] == [("2", 0), ("1", 3), ("0", 2)]


def test_no_page_is_read_that_is_too_old(fake: FakeBluesky):
    now = dt.datetime.now(dt.UTC)
    adapter = fake.adapter()
    for day in range(20):
        adapter.publish(outgoing(f"{day} days ago", number=day, created_at=now - dt.timedelta(days=day)))
    assert [post.text for post in adapter.recent(now - dt.timedelta(days=2, hours=1))] == [
        "0 days ago",
        "1 days ago",
        "2 days ago",
    ]
    assert fake.count(LIST) == 1


def test_a_list_without_end_is_given_up(fake: FakeBluesky):
    part = outgoing()
    fake.adapter().publish(part)
    page = {"records": [{"uri": fake.posts[0].id, "cid": "bafy", "value": {}}], "cursor": "again"}
    fake.arm(fakes.reply(as_json(page)), on=LIST)
    assert isinstance(failing(lambda: fake.adapter().recent(part.created_at)), Unknown)


def test_counts_are_asked_for_25_posts_at_a_time(fake: FakeBluesky):
    adapter = fake.adapter()
    receipts = [adapter.publish(outgoing(f"No. {number}", number=number)) for number in range(26)]
    counts = adapter.engagement(receipts)
    assert [one.id for one in counts] == [receipt.id for receipt in receipts]
    assert (counts[0].quotes, fake.count(COUNTS)) == (1, 2)


@pytest.mark.parametrize(
    "answer",
    [
        xrpc_error(404, "XRPCNotSupported", "XRPCNotSupported"),
        xrpc_error(501, "MethodNotImplemented", "Method Not Implemented"),
        xrpc_error(400, "InvalidRequest", "No service configured for app.bsky.feed.getPosts"),
    ],
    ids=lambda answer: str(answer.status),
)
def test_without_an_appview_there_are_no_counts(fake: FakeBluesky, answer: fakes.Reply):
    adapter = fake.adapter()
    receipt = adapter.publish(outgoing())
    fake.arm(fakes.reply(answer), on=COUNTS)
    assert list(adapter.engagement([receipt])) == []
