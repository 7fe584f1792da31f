"""Links, hashtags and mentions, as they will be clickable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaign_bot.text import Entity, EntityKind, entities

LINK, HASHTAG, MENTION = EntityKind

MARKS = "#@.:/()-_ \n&{}é日✊\u0301\u200d" + "aZ1"


def found(text: str) -> list[tuple[EntityKind, str, str]]:
    return [(entity.kind, text[entity.start : entity.end], entity.value) for entity in entities(text)]


def test_a_post() -> None:
    text = (
        "Lee: https://example.org/carta.\n\n#ReformaDeAsiloYA, #AsiloAquí ✊🏽 (con @unidas@social.example)"
    )
    assert found(text) == [
        (LINK, "https://example.org/carta", "https://example.org/carta"),
        (HASHTAG, "#ReformaDeAsiloYA", "ReformaDeAsiloYA"),
        (HASHTAG, "#AsiloAquí", "AsiloAquí"),
        (MENTION, "@unidas@social.example", "unidas@social.example"),
    ]


def test_a_bare_domain_is_marked_and_gets_a_protocol() -> None:
    assert entities("see example.org/letter") == [
        Entity(LINK, 4, 22, "https://example.org/letter", bare=True),
    ]


@pytest.mark.parametrize(
    "text",
    ["#1", "# word", "#", "word#tag", "&#39;", "a@example.org", "@", "@@a", "#️⃣", "https://", "http://x"],
)
def test_what_is_none(text: str) -> None:
    assert entities(text) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("@unidas.", "unidas"),
        (".@unidas, hi", "unidas"),
        ("@unidas.bsky.social!", "unidas.bsky.social"),
        ("(@a_b)", "a_b"),
    ],
)
def test_mentions(text: str, name: str) -> None:
    assert [entity.value for entity in entities(text)] == [name]


def test_what_stands_inside_a_link_belongs_to_it() -> None:
    assert [kind for kind, *_ in found("https://mastodon.social/@a/#b #c")] == [LINK, HASHTAG]


@given(st.lists(st.sampled_from([*MARKS, "https://", "example.com", "co"]), max_size=40).map("".join))
def test_in_order_apart_and_inside_the_text(text: str) -> None:
    end = 0
    for entity in entities(text):
        assert end <= entity.start < entity.end <= len(text)
        end = entity.end
        written = text[entity.start : entity.end]
        if entity.kind is LINK:
            assert entity.value == (f"https://{written}" if entity.bare else written)
        else:
            assert written[1:] == entity.value
