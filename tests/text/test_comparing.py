"""What a platform may make of a text and still show the same one."""

from __future__ import annotations

import pytest

from campaign_bot.text import comparable


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("Sign at example.org!", "Sign at http://example.org!"),
        ("Sign at example.org", "Sign at https://example.org/"),
        ("Sign: https://Example.ORG/Letter/", "Sign: http://example.org/Letter"),
        ("https://example.org/?a=1&b=2", "http://example.org?a=1&b=2"),
        ("Lee https://example.org/año.", "Lee https://example.org/a%C3%B1o."),
        ("españa.es y example.org", "http://españa.es y http://example.org"),
        ("One\n\ntwo  three \n", "One two three"),
        ("Cafe\u0301", "Café"),
        ("I \u2764\ufe0f it", "I \u2764 it"),
        ("in\u200bvisible\ufeff", "invisible"),
        ("Thanks @Ana@social.example!", "Thanks @ana!"),
        ("Thanks @ana.example.org.", "Thanks @Ana.Example.org."),
        ("🏴\U000e0067\U000e0062\U000e007f", "🏴\U000e0067\U000e0062\U000e007f"),
    ],
)
def test_what_platforms_alter_is_folded(ours: str, theirs: str) -> None:
    assert comparable(ours) == comparable(theirs)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.org/Letter", "https://example.org/letter"),
        ("https://example.org/a", "https://example.org/b"),
        ("https://example.org/?a=1", "https://example.org/?a=2"),
        ("https://example.org", "https://example.com"),
        ("Hello", "hello"),
        ("Hello.", "Hello"),
        ("twowords", "two words"),
        ("Thanks @ana", "Thanks @bea"),
        ("ana@example.org", "ana@example.com"),
        ("🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", "🏴"),
    ],
)
def test_another_text_stays_another(one: str, other: str) -> None:
    assert comparable(one) != comparable(other)


@pytest.mark.parametrize("text", ["", "\ud800", "%", "http://", "@", "@@@", "a.b" * 50_000, "@a@" * 50_000])
def test_any_text_can_be_compared(text: str) -> None:
    assert comparable(text) == comparable(text + " ")
