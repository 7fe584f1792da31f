"""What a server shows of a text, and the words that were sent, wherever it keeps them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from campaign_bot.model import Receipt
from campaign_bot.platforms.base import RemotePost
from campaign_bot.platforms.errors import NotSent, PlatformError, Refused, Unknown
from campaign_bot.platforms.showing import MANNERS, Kept, Showing, markdown, trimmed, typographic
from support import fakes
from support.fakes import WRONG, Reply, as_json
from support.fakes_mastodon import FakeMastodon, error
from support.platforms import FAKES, outgoing

TRICKY = '¯\\_(ツ)_/¯ \\* Q&amp;A&nbsp;*Ya* "hoy" -- it\'s...'
"""Every rule changes it."""
LISTS = "1. Read\n- Sign\n\n# Send\n> Now"
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def fake() -> Iterator[FakeMastodon]:
    with FakeMastodon() as running:
        yield running.enable()


def posted(fake: FakeMastodon, text: str = TRICKY) -> RemotePost:
    """A post as the account's listing has it."""
    adapter = fake.adapter()
    adapter.publish(outgoing(text))
    (found,) = adapter.recent(dt.datetime.now(dt.UTC) - MINUTE)
    return found


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("¯\\_(ツ)_/¯", "¯_(ツ)_/¯"),
        ("\\*", "*"),
        ("Q&amp;A", "Q&A"),
        ("a&nbsp;b&#39;c", "a\u00a0b'c"),
        ("*Ya* **hoy** _ahora_ `ya` *Q&amp;A*", "Ya hoy ahora ya Q&A"),
        ("snake_case_name 2 * 3 * 4 a&b", "snake_case_name 2 * 3 * 4 a&b"),
    ],
)
def test_inline_markdown_is_read(sent: str, shown: str) -> None:
    assert markdown(sent) == shown


def test_quotes_dashes_and_blank_lines_are_tidied() -> None:
    assert typographic('"Ya" -- it\'s... --- no') == "“Ya” – it’s… — no"
    assert trimmed("One  \n\n\n\nTwo\n ") == "One\n\nTwo"


def test_most_servers_show_what_was_sent() -> None:
    assert MANNERS[0](TRICKY) == TRICKY


@pytest.mark.parametrize("kept", Kept)
@pytest.mark.parametrize("rules", [manner.rules for manner in MANNERS])
def test_the_words_that_were_sent_are_read_wherever_they_are_kept(
    fake: FakeMastodon, kept: Kept, rules: tuple[type, ...]
) -> None:
    fake.showing = Showing(rules, kept)
    found = posted(fake)
    listed, source = {found.text, *found.also}, fake.adapter().source(found.receipt)
    assert fake.showing(TRICKY) in listed
    assert (TRICKY in listed) is (kept is Kept.LISTED or fake.showing(TRICKY) == TRICKY)
    assert source == (TRICKY if kept is Kept.SOURCE else None)


def test_an_account_whose_posts_are_markdown_is_told_that_ours_are_not(fake: FakeMastodon) -> None:
    fake.reads_blocks = True
    assert posted(fake, LISTS).text == LISTS
    assert fake.requests[0].form()["content_type"] == ["text/plain"]


def test_where_it_does_not_listen_the_words_are_still_apart(fake: FakeMastodon) -> None:
    fake.reads_blocks, fake.obeys = True, False
    assert posted(fake, LISTS).text.split() == ["Read", "Sign", "Send", "Now"]


@pytest.mark.parametrize("listed", [None, 5, ["a"], {"a": 1}])
def test_what_is_no_text_in_a_listing_is_no_reading(fake: FakeMastodon, listed: object) -> None:
    adapter = fake.adapter()
    adapter.publish(outgoing("One"))
    adapter.verify()
    page = [fake._shown(fake.posts[0]) | {"text": listed}]
    fake.arm(fakes.reply(as_json(page)), on="GET /api/v1/accounts/1", times=1)
    (found,) = adapter.recent(dt.datetime.now(dt.UTC) - MINUTE)
    assert (found.text, found.also) == ("One", ())


def test_entities_in_a_listed_text_are_undone_too(fake: FakeMastodon) -> None:
    """Nobody says whether a server writes them there."""
    fake.showing = Showing((markdown,), Kept.LISTED)
    assert set(posted(fake, "*Q&amp;A*").also) == {"*Q&amp;A*", "*Q&A*"}


# ---------------------------------------------------------------- the source of one post


@pytest.mark.parametrize(
    "answer",
    [error(status, "No") for status in (400, 404, 405, 406, 410, 422, 501)] + [as_json({"text": None})],
)
def test_a_server_without_a_source_has_none(fake: FakeMastodon, answer: Reply) -> None:
    fake.arm(fakes.reply(answer), on="GET /api/v1/statuses")
    assert fake.adapter().source(Receipt(1, "1")) is None


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (error(401, "The access token is invalid"), Refused),
        (error(403, "No"), Refused),
        (error(429, "Slow down"), NotSent),
        (error(503, "Down"), Unknown),
        (WRONG, Unknown),
        *(
            (Reply(200, body), Unknown)
            for body in (b"<html>", b"", b"[]", b"{}", b'{"text": 5}', b"[" * 9999)
        ),
        (Reply(200, b" " * 5_000_001), Unknown),
    ],
)
def test_a_source_that_cannot_be_read_is_no_missing_one(
    fake: FakeMastodon, answer: Reply, kind: type[PlatformError]
) -> None:
    fake.arm(fakes.reply(answer), on="GET /api/v1/statuses")
    with pytest.raises(kind):
        fake.adapter().source(Receipt(1, "1"))


def test_an_id_leads_nowhere_else(fake: FakeMastodon) -> None:
    fake.adapter().source(Receipt(1, "../../oauth/revoke?x=#"))
    assert fake.requests[0].path == "/api/v1/statuses/..%2F..%2Foauth%2Frevoke%3Fx%3D%23/source"


@pytest.mark.parametrize("kind", [one for one in FAKES if one is not FakeMastodon])
def test_other_platforms_show_what_was_sent(kind: type[fakes.FakePlatform]) -> None:
    """X escapes what it shows; a record on Bluesky is what was written."""
    with kind() as fake:
        adapter = fake.enable().adapter()
        receipt = adapter.publish(outgoing(TRICKY))
        (found,) = adapter.recent(dt.datetime.now(dt.UTC) - MINUTE)
        assert (found.text, found.also, adapter.source(receipt)) == (TRICKY, (), None)
