"""The record of a post: what atproto's lexicons say of it, and what can be clicked in it."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaign_bot.model import Receipt
from campaign_bot.platforms import tid
from campaign_bot.platforms.base import Media
from campaign_bot.platforms.bluesky import Bluesky, facets, record
from support import lexicons
from support.platforms import outgoing

needs_lexicons = pytest.mark.skipif(not lexicons.LEXICONS.exists(), reason=lexicons.REASON)

AT = dt.datetime(2026, 12, 1, 17, 0, 0, 250_000, tzinfo=dt.UTC)
POST = "at://did:plc:ewvi7nxzyoun6zhxrhs64oiz/app.bsky.feed.post/3lhxbdqkktc2c"
CID = "bafyreibjifzpqj6o6wcq3hejh7y4z4z2vmiklkvykc57tw3pcbx3kxifpm"
FIRST = Receipt(1, POST, extra={"cid": CID})
SECOND = Receipt(2, f"{POST[:-1]}d", extra={"cid": CID})
SHAPE = {"mime_type": "image/png", "size": "1234", "width": "1200", "height": "800"}
PICTURE = Media("bafkreiccldh766hwcnuxnf2wh6jgzepf2nlu2lvcllt63eww5p6chi4ity", "La primera página.", SHAPE)


def test_a_record_has_all_that_was_frozen_and_nothing_else():
    made = record(
        outgoing(
            "Léela: example.org/carta",
            languages=("es",),
            created_at=AT,
            media=(PICTURE,),
            reply_to=SECOND,
            root=FIRST,
        )
    )

    assert made == {
        "$type": "app.bsky.feed.post",
        "text": "Léela: example.org/carta",
        "createdAt": "2026-12-01T17:00:00.250000Z",
        "langs": ["es"],
        "facets": [
            {
                "index": {"byteStart": 8, "byteEnd": 25},
                "features": [{"$type": "app.bsky.richtext.facet#link", "uri": "https://example.org/carta"}],
            }
        ],
        "reply": {"root": {"uri": FIRST.id, "cid": CID}, "parent": {"uri": SECOND.id, "cid": CID}},
        "embed": {
            "$type": "app.bsky.embed.images",
            "images": [
                {
                    "alt": "La primera página.",
                    "image": {
                        "$type": "blob",
                        "ref": {"$link": PICTURE.id},
                        "mimeType": "image/png",
                        "size": 1234,
                    },
                    "aspectRatio": {"width": 1200, "height": 800},
                }
            ],
        },
    }


def test_a_plain_text_has_neither_facets_nor_reply_nor_embed():
    made = record(outgoing("Just words, @someone.example", created_at=AT))
    assert set(made) == {"$type", "text", "createdAt", "langs"}


def test_the_time_is_the_same_instant_wherever_it_was_taken():
    tijuana = AT.astimezone(dt.timezone(dt.timedelta(hours=-8)))
    assert record(outgoing("a", created_at=tijuana)) == record(outgoing("a", created_at=AT))


def test_no_more_languages_are_told_than_a_record_takes():
    assert record(outgoing("a", languages=("en", "es", "fr", "nah")))["langs"] == ["en", "es", "fr"]


def test_a_tag_that_is_too_long_for_one_stays_plain():
    assert len(facets("#" + "a" * 64)) == 1
    assert facets("#" + "a" * 65) == []


# ---------------------------------------------------------------- facets by bytes

PLAIN = ["Año", "¿ya?", "👩🏽‍⚖️", "👨‍👩‍👧‍👦", "e\u0301", "«letra»", "a", "\u00a0", "@alguien.example", "🇲🇽"]
TAGS = ["#ReformaDeAsiloYA", "#AsylumReformNOW", "#Añoñuevo", "#día_1"]
LINKS = [
    "https://example.org/carta",
    "example.org/letter",
    "https://example.org/ñ?a=1&b=2#x",
    "http://example.com",
]


@given(st.lists(st.sampled_from(PLAIN + TAGS + LINKS), max_size=12), st.sampled_from([" ", "\n", "\n\n"]))
def test_a_facet_s_bytes_are_the_very_tag_or_link(words: list[str], between: str):
    text = between.join(words)
    written = text.encode()
    found = []
    for facet in facets(text):
        part = written[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode()
        (feature,) = facet["features"]
        meant = {"#tag": lambda one: "#" + one["tag"], "#link": lambda one: one["uri"]}
        kind = feature["$type"].removeprefix("app.bsky.richtext.facet")
        assert meant[kind](feature) in (part, f"https://{part}")
        found.append(part)

    assert found == [word for word in words if word in TAGS + LINKS]


# ---------------------------------------------------------------- lexicons


@needs_lexicons
@given(
    st.lists(st.sampled_from(PLAIN + TAGS + LINKS), max_size=12).map(" ".join),
    st.lists(st.sampled_from(["en", "es", "es-MX", "nah"]), min_size=1, max_size=4, unique=True),
    st.lists(st.just(PICTURE), max_size=Bluesky.rules.images),
    st.sampled_from([(None, None), (FIRST, None), (SECOND, FIRST)]),
    st.datetimes(dt.datetime(2000, 1, 1), dt.datetime(2100, 1, 1), timezones=st.just(dt.UTC)),  # noqa: DTZ001
)
def test_every_record_is_what_the_lexicons_say(
    text: str,
    languages: list[str],
    media: list[Media],
    before: tuple[Receipt | None, Receipt | None],
    created_at: dt.datetime,
):
    part = outgoing(
        text,
        languages=tuple(languages),
        media=tuple(media),
        reply_to=before[0],
        root=before[1],
        created_at=created_at,
    )
    assert lexicons.problems(record(part), "app.bsky.feed.post") == []


@needs_lexicons
def test_our_limits_are_those_of_the_lexicons():
    rules = Bluesky.rules
    most = record(outgoing("ñ" * 300, media=(PICTURE,) * rules.images))
    assert lexicons.problems(most, "app.bsky.feed.post") == []
    assert (rules.limit, rules.byte_limit, rules.images, rules.image_bytes) == (300, 3000, 4, 2_000_000)

    too_much = record(outgoing("n" * 3001, media=(PICTURE,) * (rules.images + 1)))
    assert lexicons.problems(too_much, "app.bsky.feed.post") == [
        "/text: 3001 bytes",
        "/text: 3001 graphemes",
        "/embed/images: 5 items",
    ]


@needs_lexicons
@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"createdAt": "2026-12-01 17:00"}, "/createdAt: 2026-12-01 17:00 is no datetime"),
        ({"langs": ["Spanish!"]}, "/langs/0: Spanish! is no language"),
        ({"txt": "a"}, ": txt is unknown"),
        ({"reply": {"parent": {"uri": POST, "cid": CID}}}, "/reply: lacks root"),
        (
            {"reply": {"root": {"uri": POST, "cid": CID}, "parent": {"uri": "1", "cid": CID}}},
            "/reply/parent/uri",
        ),
        ({"embed": {"$type": "app.bsky.embed.image"}}, "/embed: $type app.bsky.embed.image is none of"),
        (
            {"facets": [{"index": {"byteStart": -1, "byteEnd": 1}, "features": []}]},
            "/facets/0/index/byteStart",
        ),
    ],
)
def test_the_check_itself_sees_what_is_wrong(change: dict[str, object], problem: str):
    (seen,) = lexicons.problems(record(outgoing("a", created_at=AT)) | change, "app.bsky.feed.post")
    assert problem in seen


@needs_lexicons
def test_the_check_knows_a_time_and_a_key_as_the_protocol_s_own_examples_do():
    form = lexicons.FORMATS["datetime"]
    valid = lexicons.examples("datetime_syntax_valid.txt")
    assert valid
    assert [one for one in valid if not form.fullmatch(one)] == []
    assert [one for one in lexicons.examples("datetime_syntax_invalid.txt") if form.fullmatch(one)] == []
    assert tid.new(AT, 3) == outgoing(created_at=AT, number=3).record_key
