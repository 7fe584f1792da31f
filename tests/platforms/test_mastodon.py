"""What only Mastodon does."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator

import pytest
from mastodon import Mastodon

from campaign_bot.model import Receipt
from campaign_bot.platforms import mastodon
from campaign_bot.platforms.errors import NotSent, PlatformError, Refused, Unknown
from campaign_bot.platforms.words import words
from support import fakes
from support.fakes import WRONG, Reply, Request, as_json
from support.fakes_mastodon import ACCOUNT_ID, FakeMastodon, error
from support.platforms import image, outgoing


@pytest.fixture
def fake() -> Iterator[FakeMastodon]:
    with FakeMastodon() as running:
        yield running.enable()


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mastodon, "PAUSES", (0.0,) * 3)


def test_the_same_part_again_is_the_same_post(fake: FakeMastodon) -> None:
    adapter = fake.adapter()
    first, again = adapter.publish(outgoing()), adapter.publish(outgoing())
    assert (first, len(fake.posts)) == (again, 1)


def test_a_server_may_ignore_the_key(fake: FakeMastodon) -> None:
    """So the key alone is no proof of anything."""
    fake.honours_keys = False
    adapter = fake.adapter()
    assert adapter.publish(outgoing()).id != adapter.publish(outgoing()).id


def test_a_key_is_kept_for_an_hour() -> None:
    now = [dt.datetime(2026, 12, 1, 9, 0, tzinfo=dt.UTC)]
    with FakeMastodon(lambda: now[0]) as fake:
        adapter = fake.enable().adapter()
        first = adapter.publish(outgoing())
        now[0] += dt.timedelta(minutes=59)
        assert adapter.publish(outgoing()).id == first.id
        now[0] += dt.timedelta(minutes=1)
        assert adapter.publish(outgoing()).id != first.id


def test_visibility_and_content_warning_are_told(fake: FakeMastodon) -> None:
    fake.adapter(visibility="unlisted").publish(outgoing(warning="Detention"))
    (post,) = fake.posts
    assert (post.visibility, post.warning) == ("unlisted", "Detention")
    assert fake.requests[-1].form()["sensitive"] == ["1"]


@pytest.mark.parametrize("default", ["public", "unlisted", "private", "direct"])
def test_what_is_not_said_to_be_otherwise_is_public(fake: FakeMastodon, default: str) -> None:
    """Whatever the account's own default on its server is."""
    fake.default = default
    fake.adapter().publish(outgoing())
    assert fake.posts[0].visibility == "public"
    assert "spoiler_text" not in fake.requests[-1].form()


@pytest.mark.parametrize("default", ["unlisted", "private", "direct", "local"])
def test_another_default_of_the_account_is_told(fake: FakeMastodon, default: str) -> None:
    fake.default = default
    assert fake.adapter().verify().notes == (f"default-visibility: {default}",)


@pytest.mark.parametrize("source", ["public", None, {"a": 1}, "\n", ["private"]])
def test_no_default_that_makes_sense_is_told_but_the_others(fake: FakeMastodon, source: object) -> None:
    fake.default = source  # type: ignore[assignment]
    assert fake.adapter().verify().notes == ()


READ_ONLY = [
    ["read"],
    "read",
    ["read", "follow", "push"],
    ["profile"],
    ["read:statuses", "write:media"],
    ["writers"],
]


@pytest.mark.parametrize("scopes", READ_ONLY)
def test_a_token_that_may_not_write_is_no_good(fake: FakeMastodon, scopes: object) -> None:
    fake.scopes = scopes
    with pytest.raises(Refused, match="may read, but not publish") as caught:
        fake.adapter().verify()
    assert caught.value.account_broken


def test_posts_can_be_read_with_a_token_that_may_not_write(fake: FakeMastodon) -> None:
    fake.scopes = ["read"]
    assert fake.adapter().recent(dt.datetime.now(dt.UTC)) == []


@pytest.mark.parametrize(
    "scopes",
    [
        ["read", "write"],
        "read write follow",
        ["write:statuses"],
        None,
        [],
        "",
        [None],
        {"a": 1},
        5,
        [["write"]],
    ],
)
def test_a_token_is_good_that_may_write_or_of_which_nothing_is_told(
    fake: FakeMastodon, scopes: object
) -> None:
    fake.scopes = scopes
    assert fake.adapter().verify().id == ACCOUNT_ID


@pytest.mark.parametrize(
    "answer", [WRONG, as_json([]), error(404, "Not found"), error(403, "No"), error(429, "No")]
)
def test_a_token_is_good_though_its_server_tells_no_scopes(fake: FakeMastodon, answer: fakes.Reply) -> None:
    fake.arm(fakes.reply(answer), on="GET /api/v1/apps")
    assert fake.adapter().verify().id == ACCOUNT_ID


def test_scopes_of_any_length_make_a_short_reason(fake: FakeMastodon) -> None:
    fake.scopes = [f"read:{number}" for number in range(9999)]
    with pytest.raises(Refused) as caught:
        fake.adapter().verify()
    assert len(caught.value.reason) <= 300


def test_the_library_is_kept_from_making_objects_of_every_value() -> None:
    """It would take minutes for a large answer; the name is private there, so it may change."""
    assert "_Mastodon__try_cast_to_type" in dir(Mastodon)


def test_a_publication_asks_nothing_else(fake: FakeMastodon) -> None:
    """Mastodon.py would like to know the server's version, and asks for ever where it gets none."""
    fake.arm(fakes.reply(WRONG), on="GET")
    adapter = fake.adapter()
    adapter.publish(outgoing(media=(adapter.upload(image()),)))
    assert [request.route for request in fake.requests] == ["POST /api/v2/media", "POST /api/v1/statuses"]


def test_a_picture_is_waited_for(fake: FakeMastodon) -> None:
    fake.processing = 3
    adapter = fake.adapter()
    adapter.publish(outgoing(media=(adapter.upload(image()),)))
    assert len(fake.posts[0].media) == 1


def test_a_picture_is_not_waited_for_for_ever(fake: FakeMastodon) -> None:
    fake.processing = 1000
    with pytest.raises(NotSent, match="still processing"):
        fake.adapter().upload(image())
    assert fake.count("GET /api/v1/media") == 3


@pytest.mark.parametrize("status", [404, 405, 501])
def test_a_picture_is_taken_where_nobody_can_ask_for_it(fake: FakeMastodon, status: int) -> None:
    fake.processing = 1
    fake.arm(fakes.reply(error(status, "No such route")), on="GET /api/v1/media/")
    adapter = fake.adapter()
    media = adapter.upload(image())
    fake._unready[media.id] = 0
    adapter.publish(outgoing(media=(media,)))
    assert len(fake.posts[0].media) == 1


def test_a_picture_without_an_address_is_waited_for(fake: FakeMastodon) -> None:
    fake.arm(fakes.reply(as_json({"id": "7", "type": "image"}, 202)), on="POST /api/v2/media")
    fake.media["7"], fake._unready["7"] = (b"", ""), 0
    assert fake.adapter().upload(image()).id == "7"


@pytest.mark.parametrize(
    "words",
    [
        "Validation failed: Cannot attach files that have not finished processing. Try again in a moment!",
        "No se pueden adjuntar archivos que no se han terminado de procesar.",
        "Media is still being processed",
    ],
)
def test_a_picture_that_is_not_ready_after_all_is_tried_again(fake: FakeMastodon, words: str) -> None:
    adapter = fake.adapter()
    media = adapter.upload(image())
    fake.arm(fakes.reply(error(422, words)), on="POST /api/v1/statuses", times=1)
    with pytest.raises(NotSent):
        adapter.publish(outgoing(media=(media,)))
    adapter.publish(outgoing(media=(media,)))
    assert len(fake.posts) == 1


def test_a_picture_that_is_not_ready_is_known_whatever_the_words(fake: FakeMastodon) -> None:
    adapter = fake.adapter()
    media = adapter.upload(image())
    fake._unready[media.id] = 1
    fake.arm(fakes.reply(error(422, "Medien sind noch in Arbeit")), on="POST /api/v1/statuses")
    with pytest.raises(NotSent, match="still processing"):
        adapter.publish(outgoing(media=(media,)))


@pytest.mark.parametrize("status", [400, 404, 409])
def test_it_is_known_whatever_the_refusal(fake: FakeMastodon, status: int) -> None:
    adapter = fake.adapter()
    media = adapter.upload(image())
    fake._unready[media.id] = 1
    fake.arm(fakes.reply(error(status, "No")), on="POST /api/v1/statuses")
    with pytest.raises(NotSent, match="still processing"):
        adapter.publish(outgoing(media=(media,)))


def test_what_is_refused_while_its_picture_is_ready_stays_refused(fake: FakeMastodon) -> None:
    adapter = fake.adapter()
    media = adapter.upload(image())
    fake.arm(fakes.reply(error(422, "Text is too long")), on="POST /api/v1/statuses")
    with pytest.raises(Refused, match="too long"):
        adapter.publish(outgoing(media=(media,)))


def test_an_account_without_a_server_is_broken() -> None:
    with FakeMastodon() as fake:
        adapter = fake.adapter(base_url=None)
    for call in (adapter.verify, lambda: adapter.publish(outgoing())):
        with pytest.raises(Refused, match="base_url") as caught:
            call()
        assert caught.value.account_broken


@pytest.mark.parametrize(
    ("words", "broken"),
    [
        ("This action is outside the authorized scopes", True),
        ("Your login is currently disabled", True),
        ("This action is not allowed", False),
    ],
)
def test_a_token_without_the_scope_breaks_the_account(fake: FakeMastodon, words: str, broken: bool) -> None:
    fake.arm(fakes.reply(error(403, words)), on="POST /api/v1/statuses")
    with pytest.raises(Refused) as caught:
        fake.adapter().publish(outgoing())
    assert caught.value.account_broken is broken


def test_the_servers_own_limits_are_told(fake: FakeMastodon) -> None:
    limits = fake.adapter().verify().limits
    assert (limits["max_characters"], limits["description_limit"]) == ("500", "1500")


@pytest.mark.parametrize("answer", [WRONG, as_json({}), as_json([]), error(404, "Not found")])
def test_an_account_is_good_though_its_server_tells_no_limits(
    fake: FakeMastodon, answer: fakes.Reply
) -> None:
    fake.arm(fakes.reply(answer), on="GET /api/v2/instance")
    assert fake.adapter().verify().limits == {}


def test_a_post_without_its_time_is_not_understood(fake: FakeMastodon) -> None:
    adapter = fake.adapter()
    adapter.publish(outgoing())
    adapter.verify()
    fake.arm(fakes.reply(as_json([{"id": "1", "content": "x"}])), on=f"GET /api/v1/accounts/{ACCOUNT_ID}")
    with pytest.raises(Unknown):
        adapter.recent(dt.datetime.now(dt.UTC))


@pytest.mark.parametrize(
    "odd",
    [
        {"in_reply_to_id": 0},
        {"in_reply_to_id": ""},
        {"mentions": None},
        {"media_attachments": None},
    ],
    ids=str,
)
def test_nothing_may_be_written_in_other_ways(
    fake: FakeMastodon, monkeypatch: pytest.MonkeyPatch, odd: dict[str, object]
) -> None:
    shown = fake._shown
    monkeypatch.setattr(fake, "_shown", lambda post: shown(post) | odd)
    adapter = fake.adapter()
    adapter.publish(outgoing("Read it"))
    (found,) = adapter.recent(dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1))
    assert (found.text, found.reply_to, found.images) == ("Read it", None, 0)


def test_json_is_asked_for(fake: FakeMastodon) -> None:
    """Or some servers answer with a page, or lead to one where people sign in."""
    adapter = fake.adapter()
    adapter.verify()
    adapter.publish(outgoing())
    assert {request.headers["accept"] for request in fake.requests} == {"application/json"}


def test_a_post_that_says_it_is_old_hides_no_newer_one(fake: FakeMastodon) -> None:
    """As on GoToSocial, where a post may be backdated."""
    adapter = fake.adapter()
    for number in range(8):
        adapter.publish(outgoing(f"No. {number}", number=number))
    for number, post in enumerate(fake.posts):
        if number % 4 == 3:  # the last one of a page too
            fake.posts[number] = dataclasses.replace(post, created_at=post.created_at - dt.timedelta(days=9))
    found = adapter.recent(dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1))
    assert [post.text for post in found] == [f"No. {number}" for number in (6, 5, 4, 2, 1, 0)]


def test_a_page_without_anything_is_not_always_the_last(
    fake: FakeMastodon, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where boosts are taken out of a page that was counted with them."""
    timeline = fake._timeline

    def only_boosts_first(request: Request) -> Reply:
        if "max_id" in request.query:
            return timeline(request)
        return as_json([], Link=f'<{fake.url}{request.route}?max_id=9999999999999999999>; rel="next"')

    monkeypatch.setattr(fake, "_timeline", only_boosts_first)
    adapter = fake.adapter()
    receipt = adapter.publish(outgoing())
    found = adapter.recent(dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1))
    assert [post.receipt for post in found] == [receipt]


def test_pages_that_never_end_are_not_taken_for_all(
    fake: FakeMastodon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mastodon, "PAGES", 2)
    adapter = fake.adapter()
    for number in range(11):
        adapter.publish(outgoing(f"No. {number}", number=number))
    with pytest.raises(Unknown, match="too many posts"):
        adapter.recent(dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1))


def test_a_count_that_fails_is_no_missing_post(fake: FakeMastodon) -> None:
    fake.arm(fakes.reply(error(403, "No")), on="GET /api/v1/statuses")
    with pytest.raises(PlatformError):
        fake.adapter().engagement([Receipt(1, "1")])


@pytest.mark.parametrize(
    ("html", "written"),
    [
        ("<p>One</p><p>Two<br>three</p>", "One\n\nTwo\nthree"),
        ("<p>a &amp; b &lt;c&gt; &quot;d&quot; &#39;e&#39;</p>", "a & b <c> \"d\" 'e'"),
        (
            '<p><a href="https://example.org/a/very/long/way"><span class="invisible">https://</span>'
            '<span class="ellipsis">example.org/a/very</span><span class="invisible">/long/way</span></a>',
            "https://example.org/a/very/long/way",
        ),
        ('<p><a href="https://example.org/long">example.org/lo…</a></p>', "https://example.org/long"),
        ('<p><a href="/tags/x" class="mention hashtag">#<span>ReformaYA</span></a></p>', "#ReformaYA"),
        ('<p><a href="https://m.example/@bob">@<span>bob</span></a>, hi</p>', "@bob@m.example, hi"),
        ("<p>n\u0303</p>", "ñ"),
        ("No tags at all", "No tags at all"),
        ("<ol><li>One</li><li>Two</li></ol><p>Three</p>", "One\nTwo\n\nThree"),
        ("<h1>One</h1><blockquote><p>Two</p></blockquote>", "One\n\n\n\nTwo"),
        ("<p><em>One</em> <strong>two</strong></p>", "One two"),
        ("", ""),
    ],
)
def test_html_becomes_the_words_that_were_written(html: str, written: str) -> None:
    assert words(html, {"https://m.example/@bob": "bob@m.example"}) == written


def test_a_pictures_name_stays_here(fake: FakeMastodon) -> None:
    """It may name a person or a place, and some servers show it."""
    picture = dataclasses.replace(image(), name="media/Ana-Testigo-Tijuana.png")
    fake.adapter().upload(picture)
    (request,) = fake.requests
    assert b'filename="image.png"' in request.body
    assert b"Ana" not in request.body
