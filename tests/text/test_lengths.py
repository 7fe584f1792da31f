"""What a text counts on each kind of platform."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaign_bot.model import Unit
from campaign_bot.text import entities, invalid_characters, length

X, MASTODON, GRAPHEMES = Unit.X_WEIGHTED, Unit.MASTODON, Unit.GRAPHEMES

WORDS = st.text(st.characters(codec="utf-8"), max_size=40)


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("", 0),
        ("Lee la carta: ¡ya! ¿Quién? «así» “así” – ½ ñ", 44),
        ("…", 2),
        ("•€→№✓", 10),
        ("n\u0303", 1),  # composed first
        ("El asilo es un derecho.Ya", 25),  # no space after the full stop; no such top-level domain
        ("El asilo es ley.es justo", 12 + 23 + 6),
        ("Lee https://example.org/carta.", 4 + 23 + 1),
        ("Lee (https://example.org/carta)", 5 + 23 + 1),
        ("Lee https://es.wikipedia.org/wiki/Asilo_(derecho)!", 4 + 23 + 1),
        ("see example.com, notes.md", 4 + 23 + 2 + 23),
        ("write to press@example.org", 26),
        ("http://localhost:8000", 21),
        ("https://example.org/" + "a" * 4000, 23),
        ("https://example.org/" + "a" * 5000, 5020),  # longer than X takes a URL to be
    ],
)
def test_x_weights(text: str, weight: int) -> None:
    assert length(text, X) == weight


@pytest.mark.parametrize(
    "emoji",
    [
        "✊",
        "✊🏽",
        "❤️",
        "☺",
        "👩‍👩‍👧‍👦",
        "🇲🇽",
        "1️⃣",
        "#⃣",
        "🏳️‍🌈",
        "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
        "🐦‍🔥",
        "🧑‍🦽‍➡️",
        "⭐️",
        "©️",
        "✌️🏽",
        "🧑🏽‍🤝‍🧑🏻",
    ],
)
def test_an_emoji_is_2_on_x_and_1_elsewhere(emoji: str) -> None:
    assert length(emoji, X) == 2
    assert length(f"a {emoji}{emoji}", X) == 6
    assert length(emoji, GRAPHEMES) == length(emoji, MASTODON) == 1


@pytest.mark.parametrize(
    ("text", "weight"), [("©", 1), ("1", 1), ("☺︎", 4), ("😀️", 4), ("🇲", 2), ("\u200d", 1)]
)
def test_what_looks_like_a_part_of_an_emoji_is_none(text: str, weight: int) -> None:
    assert length(text, X) == weight


@pytest.mark.parametrize("character", ["\ufffe", "\ufeff", "\uffff"])
def test_characters_that_x_refuses(character: str) -> None:
    assert invalid_characters(f"a{character}b{character}", X) == (character,)
    assert invalid_characters(f"a{character}b", GRAPHEMES) == ()


@pytest.mark.parametrize(
    ("text", "graphemes"),
    [
        ("https://example.org/a-very-long-way/to/the/letter", 23),
        ("example.org/a-very-long-way/to/the/letter", 41),  # only with its protocol
        ("Gracias @unidas@mastodon.example.", 16),
        ("@a.b@mastodon.example", 4),
        ("@unidas", 7),
        ("press@example.org", 17),
        ("https://mastodon.social/@unidas@example.org", 23),
        ("¡Asilo ya! ✊🏽", 12),
    ],
)
def test_mastodon(text: str, graphemes: int) -> None:
    assert length(text, MASTODON) == graphemes


@pytest.mark.parametrize(
    ("text", "graphemes"),
    [
        ("a\r\nb", 3),
        ("a\nb\r\n", 4),
        ("á\r\n", 2),
        ("e\u0301", 1),
        ("🇲🇽🇺🇸🇲", 3),
        ("한", 1),
        ("नमस्ते", 3),
        ("https://t.co", 12),
    ],
)
def test_graphemes(text: str, graphemes: int) -> None:
    assert length(text, GRAPHEMES) == graphemes


def test_other_units() -> None:
    assert length("✊🏽ñ", Unit.UTF16) == 4
    assert length("✊🏽ñ", Unit.CODEPOINTS) == 3


# fmt: off
ADVERSARIAL = [
    "a.", "@", "(", "http://", "a.co/(", "é.", "日a.com", "a@b.", "a.xn--", "http://a.com/(x", "a.日", "-a.",
    "_a.", "http://t.co/a,", "#", "#a", "{", "@a.", "@a@b.", "👩\u200d", "🇲", "1\ufe0f", "\u0301\u0323", "क्",
    "🏴\U000e0067\U000e0062",
]
# fmt: on


@pytest.mark.parametrize("piece", ADVERSARIAL)
def test_no_shape_of_text_takes_more_than_linear_time(piece: str) -> None:
    """What makes pattern matching go back and forth; a quadratic step would take minutes here."""
    text = "x" + (piece * 100_000)[:99_999]
    for unit in Unit:
        assert length(text, unit) > 0
    entities(text)


@given(WORDS, WORDS, st.sampled_from(Unit))
def test_what_stands_behind_a_blank_line_adds_up(text: str, tags: str, unit: Unit) -> None:
    """Render measures the tags by themselves."""
    text = text.rstrip("\r")
    tail = f"\n\n#{tags}"
    assert length(text + tail, unit) == length(text, unit) + length(tail, unit)


@given(WORDS)
def test_equivalent_spellings_weigh_the_same_on_x(text: str) -> None:
    assert length(unicodedata.normalize("NFD", text), X) == length(unicodedata.normalize("NFC", text), X)


@given(st.text(st.characters(codec="utf-8", exclude_characters=".\u200d\u20e3\ufe0f"), max_size=60))
def test_without_urls_and_sequences_x_weighs_characters(text: str) -> None:
    text = unicodedata.normalize("NFC", text)
    light = [range(0x1100), range(0x2000, 0x200E), range(0x2010, 0x2020), range(0x2032, 0x2038)]
    weight = sum(1 if any(ord(c) in span for span in light) else 2 for c in text)
    assert length(text, X) <= weight
    if not any(0x1F1E6 <= ord(c) <= 0x1F3FF for c in text):
        assert length(text, X) == weight


@given(WORDS)
def test_graphemes_are_never_more_than_characters(text: str) -> None:
    assert (text != "") <= length(text, GRAPHEMES) <= len(text)
